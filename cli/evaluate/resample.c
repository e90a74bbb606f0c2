#include "evaluate/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64 of Steele, Lea and Flood: the n-th number of a seed. */
static uint64_t number(uint64_t seed, uint64_t n)
{
    uint64_t z = seed + (n + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void mn_resample_draw(uint64_t seed, int draw, int people, int *times)
{
    memset(times, 0, (size_t)people * sizeof(*times));
    for (int i = 0; i < people; i++) {
        const uint64_t n = (uint64_t)draw * (uint64_t)people + (uint64_t)i;
        const uint64_t high = number(seed, n) >> 32;
        times[(high * (uint64_t)people) >> 32]++;
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at(const double *v, int n, double share)
{
    const double rank = share * (n - 1);
    const int i = (int)rank;
    return i + 1 < n ? v[i] + (rank - i) * (v[i + 1] - v[i]) : v[i];
}

void mn_resample_interval(double *values, int n, double *low, double *high)
{
    int defined = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(values[i]))
            values[defined++] = values[i];
    *low = *high = NAN;
    if (defined == 0 || defined < 0.9 * n)
        return;
    qsort(values, (size_t)defined, sizeof(*values), by_value);
    *low = at(values, defined, 0.025);
    *high = at(values, defined, 0.975);
}
