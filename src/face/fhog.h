/* Felzenszwalb's HOG of the aligned face as dlib computes it with cells of 8 pixels: 12 x 12 cells
 * of 31 features. The models were trained on exactly these numbers, so dlib's roundings and its
 * rule for channels of equal gradient are reproduced (differences are below 1e-6).
 *
 * Method: Felzenszwalb, Girshick, McAllester, Ramanan, "Object detection with discriminatively
 * trained part-based models", PAMI 2010. */
#ifndef MN_FACE_FHOG_H
#define MN_FACE_FHOG_H

#include "face/align.h"

#define MN_FHOG_CELLS 12
#define MN_FHOG_FEATURES 31 /* 18 signed directions, 9 unsigned, 4 of texture */
#define MN_FHOG_SIZE (MN_FHOG_CELLS * MN_FHOG_CELLS * MN_FHOG_FEATURES)

/* The direction, one of 18, of each gradient. Read-only; threads may share it. */
struct mn_fhog_table {
    uint8_t bin[512 * 512]; /* [gy + 256][gx + 256] */
};

/* NULL without memory. Release it with free(). */
struct mn_fhog_table *mn_fhog_table_make(void);

/* out: [row][column][feature]. */
void mn_fhog(const struct mn_fhog_table *table, const struct mn_face_kernels *kernels,
             const struct mn_aligned *face, float out[MN_FHOG_SIZE]);

#endif
