/* The kinds of face-detection networks: what goes in, which outputs they have, and how those become
 * detections. A kind is recognised by the widths of its outputs. Adding one is adding a row. */
#ifndef MN_STAGE_DETECTORS_H
#define MN_STAGE_DETECTORS_H

#include "image/frame.h"
#include "image/resample.h"
#include "infer/engine.h"
#include "stage/retinaface.h"

#define MN_DETECTOR_OUTPUTS 3

/* One run: the outputs in the order of the kind, and which of their detections count. */
struct mn_detector_run {
    const float *output[MN_DETECTOR_OUTPUTS];
    const float (*anchors)[4]; /* of mn_detector_kind.anchors */
    size_t count;              /* of anchors */
    int width, height;         /* of the input, pixels */
    int left, top;             /* where the picture begins in it */
    double factor;             /* input pixels per picture pixel */
    float threshold;           /* a score must exceed it */
    float min_side;            /* picture pixels, shorter side of a box */
};

struct mn_detector_kind {
    const char *name;
    int side;         /* of the square input, pixels, unless the user names one */
    bool small_first; /* a smaller input is tried first where large faces suffice */
    bool centred;     /* the picture lies in the middle of the square, else at its top left */
    bool rgb;         /* planes in memory: R, G, B; else B, G, R */
    struct mn_norm norm;
    int num_outputs;
    int values[MN_DETECTOR_OUTPUTS]; /* per anchor: the last dimension of each output */
    size_t (*anchor_count)(int width, int height);
    void (*anchors)(int width, int height, float (*out)[4]); /* NULL: decode needs none */
    /* Best score first, at most `max`. scratch holds `count` candidates. */
    int (*decode)(const struct mn_detector_run *r, struct mn_candidate *scratch,
                  struct mn_detection *out, int max);
};

/* The kind of a model, and which output of the model is which of the kind's; NULL: none fits. */
const struct mn_detector_kind *mn_detectors_bind(const struct mn_model *m,
                                                 int output[MN_DETECTOR_OUTPUTS]);

#endif
