/* The smoothing matrices of CCNF experts. A matrix turns the sum of an expert's neurons into its
 * response map: it is the inverse of the sum of the model's terms for single positions (alphas) and
 * for pairs of neighbouring positions (betas). smoothing_layout.h has the layout.
 *
 * The matrices of a view are computed when the view is first used. There are a thousand of them,
 * each takes 10 us and 13 kB, and in most videos heads turn to few of the views. That computation
 * cannot fail, because experts whose matrix has no inverse are refused when the file is read. */
#ifndef MN_CLNF_SMOOTHING_H
#define MN_CLNF_SMOOTHING_H

#include <stdbool.h>

#include "clnf/smoothing_layout.h"

#define MN_CLNF_MAX_BETAS 8
#define MN_CLNF_MAX_VIEWS 16

struct mn_smoothing;

/* Order of calls: open, set_component for all components, reserve, add_expert for all experts in
 * order of their views. 0 or MIEN_ENOMEM. */
int mn_smoothing_open(struct mn_smoothing **out, int window, int betas);
int mn_smoothing_reserve(struct mn_smoothing *t, int experts);
void mn_smoothing_close(struct mn_smoothing **t);

/* Sets component i, a fixed matrix between the positions of a window, window^2 x window^2. 0,
 * MIEN_EINVAL if it does not commute with mirroring, or MIEN_ENOMEM. */
int mn_smoothing_set_component(struct mn_smoothing *t, int i, const double *dense);

/* Adds the next expert, which belongs to `view`. Its matrix is [2 (alphas * identity + sum of beta
 * * component)]^-1. *smooth is set at once and points to the matrix, which is valid after
 * mn_smoothing_ensure for that view. False: there is no inverse. */
bool mn_smoothing_add_expert(struct mn_smoothing *t, int view, double alphas, const double *beta,
                             float **smooth);

/* Computes the matrices of a view unless that was done before. Any thread; all threads see the same
 * matrices. */
void mn_smoothing_ensure(struct mn_smoothing *t, int view);

#endif
