/* Confidence intervals: people are drawn with replacement, each with all of its frames, because the
 * frames of one person are not independent. The same seed draws the same people on any machine. */
#ifndef MN_CLI_RESAMPLE_H
#define MN_CLI_RESAMPLE_H

#include <stdint.h>

/* Draw number `draw` of `people`: how often each is drawn. */
void mn_resample_draw(uint64_t seed, int draw, int people, int *times);

/* The middle 95 % of n values, which are sorted; NAN if fewer than nine in ten are defined, or
 * n is 0. */
void mn_resample_interval(double *values, int n, double *low, double *high);

#endif
