/* The inner loops of the landmark tracker. Three builds of the same source (kernels.c): plain C for
 * any machine, AVX2 and AVX-512. The program chooses at run time. All builds add in the same order
 * and fuse nothing, so they give the same bits. */
#ifndef MN_CLNF_KERNELS_H
#define MN_CLNF_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "image/rows.h"

#define MN_CLNF_SUPPORT 11    /* side of the neighbourhood that an expert sees, in samples */
#define MN_CLNF_MAX_WINDOW 11 /* side of a CCNF response map; all are odd, 3 or more */
#define MN_CLNF_MAX_SEARCH 15 /* side of any response map */
#define MN_CLNF_AREA_PITCH 32 /* floats from row to row of an area */
#define MN_CLNF_MAP_PITCH 16  /* floats from row to row of a map; 0 beyond its window */
#define MN_CLNF_MAX_AREA (MN_CLNF_MAX_SEARCH + MN_CLNF_SUPPORT - 1)
#define MN_CLNF_NEURONS 8 /* lanes of an expert: up to 7 neurons */

/* One landmark in one view at one scale. */
struct mn_clnf_expert {
    bool visible;   /* in this view */
    int neurons;    /* 0: not visible, or a network responds instead (clnf/cen.h) */
    float weight;   /* of its vote */
    float *pattern; /* 11 x 11 x 8: in lane k the pattern of neuron k times its steepness; 0 in
                       unused lanes */
    float bias[MN_CLNF_NEURONS],
        gain[MN_CLNF_NEURONS];  /* gain: 2 alpha; 0 if alpha is negligible */
    float sum[MN_CLNF_NEURONS]; /* of each lane's pattern */
    float *smooth;              /* the smoothing matrix (smoothing_layout.h); NULL: no smoothing */
    float scale;                /* without a smoothing matrix: factor of the map */
};

/* A grid of positions: sample (u, v) lies at x = (x_of_row[v] + x_of_column[u]) >> 5 in 1/32 pixel,
 * and likewise for y. */
struct mn_clnf_grid {
    int x_of_column[MN_CLNF_MAX_AREA], y_of_column[MN_CLNF_MAX_AREA];
    int x_of_row[MN_CLNF_MAX_AREA], y_of_row[MN_CLNF_MAX_AREA];
};

/* A convolution and its rectifier (clnf/net.h). In maps, all channels of a pixel are adjacent. */
struct mn_clnf_layer {
    int size;            /* side of the square kernel */
    int inputs, outputs; /* channels; outputs: a multiple of 8 */
    int pitch;           /* floats from pixel to pixel of the input, at least `inputs` */
    float *kernel;       /* size rows x size columns x inputs x outputs */
    float *bias, *slope; /* one per output; slope: factor of negative values */
};

struct mn_clnf_kernels {
    const char *name;

    /* Converts n pixels B, G, R, 0 to grey. */
    void (*grey)(const uint32_t *bgr, int n, uint8_t *out);

    /* Converts n values of luma to grey, by the rule for Y in m (image/yuv.h). The result equals
     * that of `grey` except for rounding and clamping of the three colours. */
    void (*luma)(const uint8_t *y, int n, const struct mn_yuv *m, uint8_t *out);

    /* Reads side x side interpolated samples, times 1024. All of them must lie inside the plane,
     * and so must their right and lower neighbours; 3 more bytes must be readable. */
    void (*sample)(const uint8_t *plane, int pitch, const struct mn_clnf_grid *grid, int side,
                   int32_t (*out)[MN_CLNF_AREA_PITCH]);

    /* Computes the response map of an expert: `window` rows of MN_CLNF_MAP_PITCH. samples: window +
     * 10 rows of window + 10. */
    void (*respond)(const struct mn_clnf_expert *e, int window,
                    int32_t (*samples)[MN_CLNF_AREA_PITCH], float *map);

    /* Replaces a symmetric positive definite n x n matrix by its inverse. False: it is not positive
     * definite. */
    bool (*invert)(double *matrix, int n);

    /* out: the sum of the map times the kernel ky[r] * kx[c], and the same sums with factors c and
     * r. ky and kx have MN_CLNF_MAP_PITCH numbers, 0 beyond the window. */
    void (*moments)(const float *map, int window, const float *kx, const float *ky, float out[3]);

    /* One convolution of the validator: out[y][x][16] += sum of in[y + dy][x + dx] *
     * kernel[dy][dx][16]. in: side x side; out: side - size + 1 squared. */
    void (*convolve)(const float *in, int side, const float *kernel, int size, float *out);

    /* One layer of MTCNN. in: width x height pixels; out: width - size + 1 by height - size + 1
     * pixels of l->outputs channels. */
    void (*layer)(const struct mn_clnf_layer *l, const float *in, int width, int height,
                  float *out);
};

extern const struct mn_clnf_kernels mn_clnf_kernels_plain;

/* The i-th build that this CPU runs, the plain one first; NULL after the last. */
const struct mn_clnf_kernels *mn_clnf_kernels_build(int i);

/* The fastest build for this CPU; the plain one with MIEN_PLAIN=1 in the environment. */
const struct mn_clnf_kernels *mn_clnf_kernels_best(void);

#endif
