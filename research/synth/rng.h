/* Random numbers that are the same everywhere: a 64-bit counter through a mixer (splitmix64). */
#ifndef SY_RNG_H
#define SY_RNG_H

#include <math.h>
#include <stdint.h>

struct sy_rng {
    uint64_t state;
};

static inline uint64_t sy_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A stream of its own for each (seed, number). */
static inline struct sy_rng sy_rng_at(uint64_t seed, uint64_t number)
{
    return (struct sy_rng){sy_mix(seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u) ^
                           sy_mix(number + 0x9e3779b97f4a7c15u)};
}

static inline uint64_t sy_next(struct sy_rng *r)
{
    r->state += 0x9e3779b97f4a7c15u;
    return sy_mix(r->state);
}

/* [0, 1) */
static inline float sy_unit(struct sy_rng *r)
{
    return (float)(sy_next(r) >> 40) * 0x1p-24f;
}

static inline float sy_range(struct sy_rng *r, float low, float high)
{
    return low + (high - low) * sy_unit(r);
}

/* Whole numbers 0..n-1; 0 for n < 1. */
static inline int sy_below(struct sy_rng *r, int n)
{
    return n < 1 ? 0 : (int)((sy_next(r) >> 32) * (uint64_t)n >> 32);
}

static inline int sy_chance(struct sy_rng *r, float share)
{
    return sy_unit(r) < share;
}

/* Mean 0, deviation 1, by the sum of twelve: bounded by 6, no logarithm, so no rounding that a C
 * library could do in its own way. */
static inline float sy_normal(struct sy_rng *r)
{
    float sum = -6;
    for (int i = 0; i < 6; i++) {
        uint64_t bits = sy_next(r);
        sum += (float)(bits >> 40) * 0x1p-24f + (float)(bits & 0xffffff) * 0x1p-24f;
    }
    return sum;
}

#endif
