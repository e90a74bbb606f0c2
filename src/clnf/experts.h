/* The experts of one scale: for each landmark and view, a local detector that turns a small patch
 * of the picture into a response map. It is a continuous conditional neural field (CCNF, here) or a
 * network (CEN, clnf/cen.h). For src/clnf only. */
#ifndef MN_CLNF_EXPERTS_H
#define MN_CLNF_EXPERTS_H

#include "base/log.h"
#include "clnf/cen.h"
#include "clnf/kernels.h"
#include "clnf/smoothing.h"

/* For response maps of one size: window * 10 rows of MN_CLNF_MAP_PITCH, the mean shift's kernel
 * centred at 0, 0.1, 0.2, ... */
struct mn_clnf_table {
    int window; /* 0: unused */
    float *kernel;
};

/* All experts of one scale. */
struct mn_clnf_scale {
    float size; /* samples per millimetre of the model */
    int views;
    float centre[MN_CLNF_MAX_VIEWS][3];    /* head rotation of each view, radians */
    struct mn_clnf_expert *expert;         /* views x points */
    float *store;                          /* memory of the experts' patterns */
    struct mn_smoothing *smoothing;        /* their smoothing matrices; NULL: none */
    struct mn_cen *cen;                    /* the networks; NULL: CCNF */
    const double *gram[MN_CLNF_MAX_VIEWS]; /* like mn_pdm.gram, with weighted points; the PDM's own
                                              where all points are visible with weight 1 */
    double *own_gram[MN_CLNF_MAX_VIEWS];   /* those of gram that this struct owns */
    struct mn_clnf_table table[2]; /* the window of a search for a lost face, and of a near one */
    double spread;                 /* standard deviation of the mean shift's kernel, samples */
    double regularisation;
};

/* Loads a file of experts. window: side of the response maps to compute. weight: factor for the
 * experts' confidences; 0: all weigh 1. s must be zeroed. 0 or an error, logged. Release s with
 * mn_clnf_experts_free in either case. */
int mn_clnf_experts_load(struct mn_clnf_scale *s, const char *path, int points, int window,
                         double weight, struct mn_log *log);

/* The same with a file of networks. */
int mn_clnf_experts_load_cen(struct mn_clnf_scale *s, const char *path, double weight,
                             struct mn_log *log);
void mn_clnf_experts_free(struct mn_clnf_scale *s);

#endif
