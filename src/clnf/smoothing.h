/* What neighbours in a response map say to each other: the smoothing matrices of experts
 * (experts.h).
 *
 * A matrix is made when its view is first looked from: inverting it takes 10 us and 13 kB, there
 * are a thousand, and in most films heads turn to few of the views. Nothing can go wrong then,
 * because what could not be inverted was refused when the file was read. */
#ifndef MN_CLNF_SMOOTHING_H
#define MN_CLNF_SMOOTHING_H

#include <stdbool.h>

#include "clnf/smoothing_layout.h"

#define MN_CLNF_MAX_BETAS 8
#define MN_CLNF_MAX_VIEWS 16

struct mn_smoothing;

/* Components first, then room for all experts, then these in order of their views. 0 or
 * MIEN_ENOMEM. */
int mn_smoothing_open(struct mn_smoothing **out, int window, int betas);
int mn_smoothing_reserve(struct mn_smoothing *t, int experts);
void mn_smoothing_close(struct mn_smoothing **t);

/* The i-th fixed matrix between the places of a window, window^2 x window^2. 0; MIEN_EINVAL: it
 * does not commute with mirroring; MIEN_ENOMEM. */
int mn_smoothing_set_component(struct mn_smoothing *t, int i, const double *dense);

/* The next expert, which is the view's: [2 (alphas * identity + sum of beta * component)]^-1 goes
 * to *smooth once the view is settled; *smooth itself is there at once. False: there is no inverse.
 */
bool mn_smoothing_add_expert(struct mn_smoothing *t, int view, double alphas, const double *beta,
                             float **smooth);

/* Makes the matrices of a view unless they are there. Any thread; all see the same. */
void mn_smoothing_ensure(struct mn_smoothing *t, int view);

#endif
