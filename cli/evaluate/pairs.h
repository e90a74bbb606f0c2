/* Running statistics of pairs of numbers, a and b, of any count in memory of fixed size. */
#ifndef MN_CLI_PAIRS_H
#define MN_CLI_PAIRS_H

#include "evaluate/percentile.h"

/* All zero: no pairs yet. */
struct mn_pairs {
    int64_t n;
    double mean_a, mean_b;
    double square_a, square_b, product; /* sums of squares and products about the means */
    double sum;                         /* of the sizes of differences */
    double bias;                        /* sum of differences */
    double max;                         /* largest size */
    struct mn_percentile size;
};

/* difference: b - a, or what stands for it (an angle). */
void mn_pairs_add(struct mn_pairs *p, double a, double b, double difference);

double mn_pairs_mean(const struct mn_pairs *p); /* of the sizes; NAN without pairs */
double mn_pairs_bias(const struct mn_pairs *p); /* mean difference; NAN without pairs */

/* Pearson's r; NAN if a or b does not vary. */
double mn_pairs_r(const struct mn_pairs *p);

#endif
