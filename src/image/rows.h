/* The inner loops over one row of pixels. Two builds of the same source (rows.c): plain C for any
 * machine, and AVX2. All arithmetic is in integers up to the last step, which is a multiplication
 * and an addition in float32 without fusing. So both builds give the same bytes. */
#ifndef MN_IMAGE_ROWS_H
#define MN_IMAGE_ROWS_H

#include <stdint.h>

#include "image/yuv.h"

struct mn_rows {
    const char *name;

    /* Converts n pixels of one row from Y, U, V to B, G, R. yuv[0] points at an even column, yuv[1]
     * and yuv[2] at its chroma sample. n may be odd; reads and writes n rounded up to even. */
    void (*from_yuv)(const uint8_t *const yuv[3], int n, const struct mn_yuv *m,
                     uint8_t *const bgr[3]);

    /* Splits n interleaved B, G, R pixels into three planes. */
    void (*from_bgr)(const uint8_t *bgr, int n, uint8_t *const plane[3]);

    /* The horizontal linear pass: out[i] = (p[at[i]] * w0[i] + p[at[i] + 1] * w1[i]) >> 4, with
     * weights of 11 bits. One byte past the last pixel of p must be readable. */
    void (*horizontal)(const uint8_t *p, const int32_t *at, const int16_t *w0, const int16_t *w1,
                       int n, int16_t *out);

    /* The vertical linear pass and the normalisation:
     *   v = clamp((((w[0] * a) >> 16) + ((w[1] * b) >> 16) + 2) >> 2); out = v * scale + bias. */
    void (*vertical)(const int16_t *a, const int16_t *b, const int w[2], int n, float scale,
                     float bias, float *out);

    /* 2 x 2 means: out = ((a0 + a1 + b0 + b1 + 2) >> 2) * scale + bias; n outputs. */
    void (*half)(const uint8_t *a, const uint8_t *b, int n, float scale, float bias, float *out);

    /* out = p * scale + bias. */
    void (*to_float)(const uint8_t *p, int n, float scale, float bias, float *out);
};

extern const struct mn_rows mn_rows_plain;

/* The fastest build for this CPU; the plain one with MIEN_PLAIN=1 in the environment. */
const struct mn_rows *mn_rows_best(void);

#endif
