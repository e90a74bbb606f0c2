/* The arithmetic of RetinaFace around its network: where the picture goes in the input, and what
 * the outputs mean. Method: uniface 0.1.6 (letterbox, overlaps that count one pixel more), with
 * anchors that are right for any input size. */
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
struct mn_letterbox mn_retinaface_letterbox(int w, int h, int tw, int th);

/* Anchors for an input of W x H: {cx, cy, w, h} relative to it. */
size_t mn_retinaface_anchor_count(int W, int H);
void mn_retinaface_anchors(int W, int H, float (*out)[4]);

#define MN_RETINAFACE_TOP 5000 /* candidates that enter the suppression */
#define MN_RETINAFACE_KEEP 750 /* detections that leave it */

/* The outputs of one run, and which of their detections count. */
struct mn_retinaface {
    const float *loc, *conf, *points; /* 4, 2 (no face, face) and 10 values for each anchor */
    const float (*anchors)[4];
    size_t count;
    int width, height; /* of the input, pixels */
    double factor;     /* of the letterbox */
    float threshold;   /* a score must exceed it */
    float min_side;    /* pixels of the picture, shorter side of a box */
};

struct mn_candidate {
    struct mn_detection d;
    int anchor;
};

/* Orders candidates for qsort: best score first, equal scores by the lower anchor. */
int mn_retinaface_better_first(const void *a, const void *b);

/* Detections in pixels of the picture, best score first (equal scores: lower anchor first), at most
 * `max`. scratch holds r->count candidates. Returns the number of detections. */
int mn_retinaface_decode(const struct mn_retinaface *r, struct mn_candidate *scratch,
                         struct mn_detection *out, int max);

#endif
