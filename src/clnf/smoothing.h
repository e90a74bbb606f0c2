/* What neighbours in a response map say to each other: the smoothing matrices of experts
 * (experts.h).
 *
 * A matrix is made when its view is first looked from: inverting it takes 10 us and 13 kB, there
 * are a thousand, and in most films heads turn to few of the views. Nothing can go wrong then,
 * because what could not be inverted was refused when the file was read. */
#ifndef MN_CLNF_TIES_H
#define MN_CLNF_TIES_H

#include <stdbool.h>

#include "clnf/kernels.h"

#define MN_CLNF_MAX_BETAS 8

struct mn_clnf_ties;

/* Components first, then room for all experts, then these in order of their views. 0 or
 * MIEN_ENOMEM. */
int mn_clnf_ties_open(struct mn_clnf_ties **out, int window, int betas);
int mn_clnf_ties_expect(struct mn_clnf_ties *t, int experts);
void mn_clnf_ties_close(struct mn_clnf_ties **t);

/* The i-th fixed matrix between the places of a window, window^2 x window^2. 0; MIEN_EINVAL: it
 * does not commute with mirroring; MIEN_ENOMEM. */
int mn_clnf_ties_component(struct mn_clnf_ties *t, int i, const double *dense);

/* The next expert, which is the view's: [2 (alphas * identity + sum of beta * component)]^-1 goes
 * to *smooth once the view is settled; *smooth itself is there at once. False: there is no inverse.
 */
bool mn_clnf_ties_add(struct mn_clnf_ties *t, int view, double alphas, const double *beta,
                      float **smooth);

/* Makes the matrices of a view unless they are there. Any thread; all see the same. */
void mn_clnf_ties_settle(struct mn_clnf_ties *t, int view);

#endif
