/* The experts of one scale: for each landmark and view, a local detector (a continuous conditional
 * neural field, CCNF) that turns a small patch of the picture into a response map. For src/clnf
 * only. */
#ifndef MN_CLNF_EXPERTS_H
#define MN_CLNF_EXPERTS_H

#include "base/log.h"
#include "clnf/kernels.h"
#include "clnf/smoothing.h"

/* All experts of one size of picture. */
struct mn_clnf_scale {
    float size; /* samples per millimetre of the model */
    int views;
    float centre[MN_CLNF_MAX_VIEWS][3];    /* rotations, radians */
    struct mn_clnf_expert *expert;         /* views x points */
    float *store;                          /* the experts' patterns */
    struct mn_smoothing *smoothing;        /* and their matrices; NULL: they have none */
    const double *gram[MN_CLNF_MAX_VIEWS]; /* like mn_pdm.gram, of the weighted points; the PDM's
                                              own where all are seen and weigh the same */
    double *own_gram[MN_CLNF_MAX_VIEWS];   /* to free */
    int window;                            /* side of its response maps */
    double spread;                         /* of the mean shift's kernel, samples */
    double regularisation;
    float *kernel; /* (10 * window) x MN_CLNF_MAP_PITCH: the kernel around 0, 0.1, 0.2, ... */
};

/* window: side of the maps to make. weight: factor of the experts' confidence, 0: all weigh 1.
 * s is zeroed before. 0 or an error, logged; the caller frees with mn_clnf_experts_free. */
int mn_clnf_experts_load(struct mn_clnf_scale *s, const char *path, int points, int window,
                         double weight, struct mn_log *log);
void mn_clnf_experts_free(struct mn_clnf_scale *s);

#endif
