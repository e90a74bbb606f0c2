/* The inner loops of the landmark tracker. Builds of the same source (kernels.c): plain C for any
 * machine, one for AVX2 and one for AVX-512, chosen at run time. Every sum is taken in the same
 * order in all and nothing is fused, so they give the same bits. */
#ifndef MN_CLNF_KERNELS_H
#define MN_CLNF_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "image/rows.h"

#define MN_CLNF_SUPPORT 11    /* side of what an expert looks at, in samples */
#define MN_CLNF_MAX_WINDOW 11 /* side of a response map; all are odd, 3 or more */
#define MN_CLNF_AREA_PITCH 24 /* floats from row to row of an area */
#define MN_CLNF_MAP_PITCH 16  /* floats from row to row of a map; 0 beyond its window */
#define MN_CLNF_MAX_AREA (MN_CLNF_MAX_WINDOW + MN_CLNF_SUPPORT - 1)
#define MN_CLNF_NEURONS 8 /* lanes of an expert: up to 7 neurons */

/* One point in one view at one scale. */
struct mn_clnf_expert {
    int neurons;    /* 0: the point is not seen in this view */
    float weight;   /* of its vote */
    float *pattern; /* 11 x 11 x 8: neuron k's pattern times its steepness in lane k; 0 beyond */
    float bias[MN_CLNF_NEURONS], gain[MN_CLNF_NEURONS]; /* gain: 2 alpha; 0 for one too weak */
    float sum[MN_CLNF_NEURONS];                         /* of each lane's pattern */
    float *smooth; /* what neighbours in the map say to each other, see experts.h; NULL: nothing */
    float scale;   /* without smooth: factor of the map */
};

/* Where to sample: sample (u, v) lies at x = (x_of_row[v] + x_of_column[u]) >> 5 in 1/32 pixel, y
 * likewise. */
struct mn_clnf_grid {
    int x_of_column[MN_CLNF_MAX_AREA], y_of_column[MN_CLNF_MAX_AREA];
    int x_of_row[MN_CLNF_MAX_AREA], y_of_row[MN_CLNF_MAX_AREA];
};

/* A convolution and its rectifier (clnf/net.h). Maps lie pixel by pixel, all channels of a pixel
 * together. */
struct mn_clnf_layer {
    int size;            /* of the kernel, square */
    int inputs, outputs; /* channels; outputs: a multiple of 8 */
    int pitch;           /* numbers from pixel to pixel of the input, at least `inputs` */
    float *kernel;       /* size rows x size columns x inputs x outputs */
    float *bias, *slope; /* of each output; slope: factor of what is negative */
};

struct mn_clnf_kernels {
    const char *name;

    /* n pixels B, G, R, 0 to grey. */
    void (*grey)(const uint32_t *bgr, int n, uint8_t *out);

    /* The same of n values of luma, by the rule for Y of m (image/rows.h): grey but for what
     * rounding and clamping of three colours would make of it. */
    void (*luma)(const uint8_t *y, int n, const struct mn_yuv *m, uint8_t *out);

    /* side x side samples, interpolated, times 1024. All lie inside the plane, and so do their
     * right and lower neighbours; 3 more bytes must be readable. */
    void (*sample)(const uint8_t *plane, int pitch, const struct mn_clnf_grid *grid, int side,
                   int32_t (*out)[MN_CLNF_AREA_PITCH]);

    /* The response map of an expert: window rows of MN_CLNF_MAP_PITCH. samples: window + 10
     * rows of as many. */
    void (*respond)(const struct mn_clnf_expert *e, int window,
                    int32_t (*samples)[MN_CLNF_AREA_PITCH], float *map);

    /* Replaces an n x n symmetric positive definite matrix by its inverse. False: it is not. */
    bool (*invert)(double *matrix, int n);

    /* Sums of the map times kernel, ky[r] * kx[c], and of that times c and r; ky and kx have
     * MN_CLNF_MAP_PITCH numbers, 0 beyond window. */
    void (*moments)(const float *map, int window, const float *kx, const float *ky, float out[3]);

    /* Response of one layer of the validator: out[y][x][16] += sum of in[y + dy][x + dx] *
     * kernel[dy][dx][16]; in: side x side, out: side - size + 1 squared. */
    void (*convolve)(const float *in, int side, const float *kernel, int size, float *out);

    /* in: width x height pixels; out: width - size + 1 by height - size + 1 of l->outputs each. */
    void (*layer)(const struct mn_clnf_layer *l, const float *in, int width, int height,
                  float *out);
};

extern const struct mn_clnf_kernels mn_clnf_kernels_plain;

/* Builds that this machine runs, the plain one first, then faster and faster ones; NULL beyond. */
const struct mn_clnf_kernels *mn_clnf_kernels_build(int i);

/* The fastest build this machine runs; MIEN_PLAIN=1 in the environment asks for the plain one. */
const struct mn_clnf_kernels *mn_clnf_kernels_best(void);

#endif
