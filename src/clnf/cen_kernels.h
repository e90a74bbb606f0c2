/* The inner loops of CE-CLM's networks. Three builds of one source, as in clnf/kernels.h: all give
 * the same bits. */
#ifndef MN_CLNF_CEN_KERNELS_H
#define MN_CLNF_CEN_KERNELS_H

#include "clnf/kernels.h"

#define MN_CEN_INPUTS (1 + MN_CLNF_SUPPORT * MN_CLNF_SUPPORT) /* the first is constantly 1 */
#define MN_CEN_LANES 16 /* the number of positions is padded to a multiple of this */

enum mn_cen_activation { MN_CEN_SIGMOID = 0, MN_CEN_RECTIFIER = 2 };

struct mn_cen_layer {
    enum mn_cen_activation activation;
    int inputs, outputs;
    const float *bias, *weight; /* in the mapped file; weight: outputs rows of inputs */
};

struct mn_cen_kernels {
    const char *name;

    /* Writes normalised neighbourhoods: MN_CEN_INPUTS rows of `pitch` floats, of which one for each
     * position is written. dense: all positions in column-major order, otherwise every second one.
     * mirrored: of the picture flipped from left to right. samples: window + 10 rows, times 1024.
     */
    void (*gather)(int window, bool dense, bool mirrored, int32_t (*samples)[MN_CLNF_AREA_PITCH],
                   int pitch, float *out);

    /* Computes one layer for n positions, a multiple of MN_CEN_LANES. Rows of in and out are
     * `pitch` floats apart. */
    void (*layer)(const struct mn_cen_layer *l, const float *in, int n, int pitch, float *out);
};

/* As mn_clnf_kernels_build and mn_clnf_kernels_best. */
const struct mn_cen_kernels *mn_cen_kernels_build(int i);
const struct mn_cen_kernels *mn_cen_kernels_best(void);

#endif
