/* The inner loops of the action unit chain. Three builds of the same source (kernels.c): plain C
 * for any machine, AVX2 and AVX-512. The program chooses at run time. All builds add in the same
 * order and fuse nothing, so they give the same bits. */
#ifndef MN_FACE_KERNELS_H
#define MN_FACE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MN_FACE_SIDE 112      /* side of the aligned face, pixels */
#define MN_FACE_PAD 64        /* readable bytes behind a plane */
#define MN_PRODUCT_COLUMNS 36 /* 35 models, and one for full vectors */

/* The source of one row of the aligned face: destination column x is read at (x0 + dx[x], y0 +
 * dy[x]) in 1/1024 pixel of `patch`, whose pixels are B, G, R, 0. Columns `first` .. `last` lie
 * inside the patch, and so do their lower and right neighbours. */
struct mn_warp_row {
    const uint32_t *patch;
    int pitch; /* pixels */
    int x0, y0;
    const int32_t *dx, *dy;
    int first, last;
};

struct mn_face_kernels {
    const char *name;

    /* pdm.c: out[0..pitch) = sum over k of weights[k] * turned[k][0..pitch); pitch % 4 == 0. */
    void (*expand)(const double *turned, int modes, int pitch, const double *weights, double *out);
    /* out[r][0..columns) = sum over j of rhs[j][r] * basis[j][0..columns), r < 8;
     * columns % 4 == 0. */
    void (*multiply_basis)(const double *basis, int rows, int columns, const double *rhs,
                           double *out);
    /* out[k][0..columns) = sum over q < 6 of g[q] * gram[q][k][0..columns), rows `pitch` apart. */
    void (*combine)(const double *gram, int modes, int columns, const double g[6], double *out,
                    int pitch);
    /* Solves a symmetric positive definite n x n system. a: upper triangle, destroyed; b becomes
     * the solution. False if a is not positive definite. n % 4 == 0. */
    bool (*solve)(double *a, int n, double *b);

    /* align.c: combines n pixels of three planes into B, G, R, 0. */
    void (*interleave)(const uint8_t *b, const uint8_t *g, const uint8_t *r, int n, uint32_t *out);
    /* Interpolates linearly in 1/32 pixel, with weights of 10 bits, rounded: columns first .. last
     * of the three destination rows. */
    void (*warp)(const struct mn_warp_row *w, uint8_t *const row[3]);
    /* Sets the bits of all pixels in the triangle x0, y0, x1, y1, x2, y2, its border included.
     * Pixel x of row y is bit x & 7 of mask[y][x >> 3]. */
    void (*triangle)(const float t[6], uint8_t (*mask)[MN_FACE_SIDE / 8]);

    /* fhog.c: gradients of pixels 1 .. 110 of a row; the rows above and below must exist. place:
     * (gy + 256) * 512 + gx + 256 of the channel with the strongest gradient; length: its length.
     */
    void (*gradient)(const uint8_t *const plane[3], int row, int32_t *place, float *length);
    /* Converts a row of a histogram (18 bins, padded to 20) and its four block energies to 31
     * features. */
    void (*describe)(const float *h, const float energy[4], float *out);

    /* au_models.c: acc[0..36) += sum over i of x[i] * w[i][0..36). */
    void (*product)(const float *x, int n, const float *w, double *acc);
    /* median.c: out = (int)clamp(x * scale + offset, 0, top). */
    void (*quantise)(const double *x, int n, double scale, double offset, double top,
                     uint16_t *out);
};

extern const struct mn_face_kernels mn_face_kernels_plain;

/* The i-th build that this CPU runs, the plain one first; NULL after the last. */
const struct mn_face_kernels *mn_face_kernels_build(int i);

/* The fastest build for this CPU; the plain one with MIEN_PLAIN=1 in the environment. */
const struct mn_face_kernels *mn_face_kernels_best(void);

#endif
