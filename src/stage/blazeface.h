/* The arithmetic of MediaPipe's full-range face detector around its network: what the outputs mean.
 *
 * One anchor in the middle of each cell of 4 x 4 input pixels. Each has a score (a logit) and 16
 * numbers in input pixels: centre of the face relative to the anchor, its width and height, then
 * six points relative to the anchor (eye at image left, eye at image right, nose tip, mouth centre,
 * two ears). Overlapping candidates are averaged by score, as MediaPipe does, instead of dropped.
 *
 * The result is what the rest of mien expects of a detector: a box like RetinaFace's, which
 * includes forehead and chin (the network's is tighter: median offsets over eight clips, made
 * symmetric), and five points, for which the mouth's corners lie beside its centre, along the line
 * of the eyes. */
#ifndef MN_STAGE_BLAZEFACE_H
#define MN_STAGE_BLAZEFACE_H

#include "stage/retinaface.h"

#define MN_BLAZEFACE_VALUES 16 /* per anchor, besides the score */

/* Anchors of an input of W x H pixels; both are multiples of 4. */
size_t mn_blazeface_anchor_count(int W, int H);

struct mn_blazeface {
    const float *values; /* 16 per anchor */
    const float *score;  /* one logit per anchor */
    int width, height;   /* of the input */
    int left, top;       /* where the picture begins in it */
    double factor;       /* input pixels per picture pixel */
    float threshold;     /* score, 0..1, that a detection must exceed */
    float min_side;      /* picture pixels, shorter side; smaller ones are dropped */
};

/* Detections in picture pixels, best score first (ties: lower anchor first), at most `max`. scratch
 * holds as many candidates as there are anchors. Returns the number of detections. */
int mn_blazeface_decode(const struct mn_blazeface *b, struct mn_candidate *scratch,
                        struct mn_detection *out, int max);

#endif
