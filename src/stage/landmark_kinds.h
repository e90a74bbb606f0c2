/* Kinds of landmark networks: what they take and what they return. A new kind is a row. */
#ifndef MN_STAGE_LANDMARK_KINDS_H
#define MN_STAGE_LANDMARK_KINDS_H

#include <stdbool.h>

#include "image/resample.h"
#include "image/upright.h"
#include "infer/engine.h"

/* The part of the picture that the network sees. */
struct mn_landmark_crop {
    struct mn_rect square;     /* of kinds that resample */
    struct mn_upright_map map; /* of kinds that warp */
    bool mirrored;
    float share; /* what the result counts */
};

struct mn_landmark_kind {
    const char *name;
    int side;          /* pixels of the input, which is a square */
    int points;        /* MIEN_FACE_LANDMARKS or MIEN_WFLW_LANDMARKS */
    bool judges;       /* a second output: its confidence, 0 to 1 */
    bool bgr;          /* planes B, G, R instead of R, G, B */
    float scale, bias; /* of a value from 0 to 255 */
    float centre;      /* of the first pixel, as the network counts */
    double growth;     /* what the network sees, in sides of the box */
    /* The part for this box. false: there is none. */
    bool (*crop)(const float box[4], double growth, struct mn_landmark_crop *out);
    bool warps;
    /* A point of the output, in pixels of the picture. */
    void (*place)(const struct mn_landmark_crop *c, const float point[2], float out[2]);
};

/* The kind of a model, and which of its outputs are points and confidence (-1: none). NULL: it is
 * no landmark network. */
const struct mn_landmark_kind *mn_landmark_kind_of(const struct mn_model *m, int *points,
                                                   int *confidence);

/* 68 points of 98, in iBUG's order. */
void mn_landmark_68_of_98(const float from[MIEN_WFLW_LANDMARKS][2],
                          float to[MIEN_FACE_LANDMARKS][2]);

#endif
