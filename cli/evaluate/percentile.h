/* Percentiles of numbers that are not negative, in memory of fixed size: exact for the first
 * MN_PERCENTILE_EXACT numbers; beyond that numbers are counted in cells, and the result is off by
 * at most 1 % of itself (numbers below 2^-17, 8e-6, count as 0). */
#ifndef MN_CLI_PERCENTILE_H
#define MN_CLI_PERCENTILE_H

#include <stdbool.h>
#include <stdint.h>

enum { MN_PERCENTILE_EXACT = 2048 };

/* All zero: no numbers yet. */
struct mn_percentile {
    int64_t n;
    union {
        float value[MN_PERCENTILE_EXACT];    /* the numbers while n is at most this */
        uint32_t count[MN_PERCENTILE_EXACT]; /* of each cell */
    };
};

/* v: finite, at least 0. */
void mn_percentile_add(struct mn_percentile *p, double v);

/* Percentile 0 to 100, interpolated linearly between neighbours; NAN without numbers. May sort. */
double mn_percentile_at(struct mn_percentile *p, double percent);

#endif
