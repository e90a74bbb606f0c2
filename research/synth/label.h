/* The truth about a rendered face, in the conventions of mien.h: pixels with the first pixel's
 * centre at (0, 0) for marks and at (0.5, 0.5) for the box and the five points, camera axes x
 * right, y down, z ahead, millimetres, degrees for gaze, radians for the head. */
#ifndef SY_LABEL_H
#define SY_LABEL_H

#include "render.h"

struct sy_label {
    float box[4]; /* hairline to chin, side to side */
    float point5[5][2];
    float mark68[68][2], mark68_mm[68][3];
    float mark98[98][2], mark98_mm[98][3];
    uint8_t seen5[5], seen68[68], seen98[98]; /* inside the picture and not covered */
    float head_mm[3], head_rad[3];            /* middle of the 68 marks as they lie on the skin */
    float gaze[2];        /* from between the eyes to what is looked at: yaw, pitch */
    float eye_gaze[2][2]; /* [0]: the eye at image left of a frontal face (subject's right) */
    float eye_mm[2][3];
    float au[MIEN_AU_INTENSITIES];
    float male, age, origin[3];
    int glasses; /* enum sy_glasses */
    float seen;  /* share of the 68 marks that are seen */
};

void sy_label_make(struct sy_label *l, const struct sy_render *r, int face);

/* As a JSON object. */
#include <stdio.h>
void sy_label_json(const struct sy_label *l, FILE *out);

/* As floats in the order of docs/synth.md. */
#define SY_RECORD (1 + 4 + 10 + 5 + 136 + 68 + 204 + 196 + 98 + 6 + 2 + 4 + 6 + 17 + 6 + 1)
void sy_label_record(const struct sy_label *l, int picture, float out[SY_RECORD]);

#endif
