/* The arithmetic of RetinaFace around its network: where the picture goes, and what the outputs
 * mean. Method: uniface 0.1.6 (letterbox, +1 overlaps), with anchors right for any input shape. */
#ifndef MN_STAGE_RETINAFACE_H
#define MN_STAGE_RETINAFACE_H

#include <stddef.h>

#include "image/frame.h"

/* Where a w x h picture lies on a tw x th canvas: top left, nw x nh pixels, scaled by factor (the
 * vertical one, used for both axes on the way back). nw or nh may be 0 for extreme shapes. */
struct mn_letterbox {
    int nw, nh;
    double factor;
};
struct mn_letterbox mn_letterbox(int w, int h, int tw, int th);

/* Anchors for an input of W x H: {cx, cy, w, h} relative to it. */
size_t mn_anchor_count(int W, int H);
void mn_anchors(int W, int H, float (*out)[4]);

#define MN_RETINAFACE_TOP 5000 /* candidates that enter the suppression */
#define MN_RETINAFACE_KEEP 750 /* detections that leave it */

struct mn_candidate {
    struct mn_detection d;
    int anchor;
};

/* Network outputs to detections in picture pixels, best score first (ties: lower anchor first),
 * at most `max`. loc: 4, conf: 2 (no face, face), landmarks: 10 values per anchor. scratch holds
 * `count` candidates. Returns the number of detections. */
int mn_retinaface_decode(const float *loc, const float *conf, const float *landmarks,
                         const float (*anchors)[4], size_t count, int W, int H, double factor,
                         float threshold, float min_side, struct mn_candidate *scratch,
                         struct mn_detection *out, int max);

#endif
