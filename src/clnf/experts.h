/* The experts of one scale: for each landmark and view, a local detector (a continuous conditional
 * neural field, CCNF) that turns a small patch of the picture into a response map. For src/clnf
 * only. */
#ifndef MN_CLNF_EXPERTS_H
#define MN_CLNF_EXPERTS_H

#include "base/log.h"
#include "clnf/kernels.h"
#include "clnf/smoothing.h"

/* All experts of one scale. */
struct mn_clnf_scale {
    float size; /* samples per millimetre of the model */
    int views;
    float centre[MN_CLNF_MAX_VIEWS][3];    /* head rotation of each view, radians */
    struct mn_clnf_expert *expert;         /* views x points */
    float *store;                          /* memory of the experts' patterns */
    struct mn_smoothing *smoothing;        /* their smoothing matrices; NULL: none */
    const double *gram[MN_CLNF_MAX_VIEWS]; /* like mn_pdm.gram, with weighted points; the PDM's own
                                              where all points are visible with weight 1 */
    double *own_gram[MN_CLNF_MAX_VIEWS];   /* those of gram that this struct owns */
    int window;                            /* side of the response maps */
    double spread; /* standard deviation of the mean shift's kernel, samples */
    double regularisation;
    float *kernel; /* (10 * window) x MN_CLNF_MAP_PITCH: the kernel centred at 0, 0.1, 0.2, ... */
};

/* Loads a file of experts. window: side of the response maps to compute. weight: factor for the
 * experts' confidences; 0: all weigh 1. s must be zeroed. 0 or an error, logged. Release s with
 * mn_clnf_experts_free in either case. */
int mn_clnf_experts_load(struct mn_clnf_scale *s, const char *path, int points, int window,
                         double weight, struct mn_log *log);
void mn_clnf_experts_free(struct mn_clnf_scale *s);

#endif
