#include "evaluate/percentile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A cell holds the numbers whose floats share sign, exponent and the first 6 bits of the
 * significand: its width is 1/64 of its octave. There are 32 octaves from 2^-17. */
enum { DROPPED_BITS = 17, FIRST_CELL = (127 - 17) << 6 };

static int cell_of(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof(bits));
    const int cell = (int)(bits >> DROPPED_BITS) - FIRST_CELL;
    return cell < 0 ? 0 : cell >= MN_PERCENTILE_EXACT ? MN_PERCENTILE_EXACT - 1 : cell;
}

/* The middle of a cell; 0 for the first one, which holds all smaller numbers. */
static double middle(int cell)
{
    float v;
    const uint32_t bits =
        ((uint32_t)(cell + FIRST_CELL) << DROPPED_BITS) + (1u << (DROPPED_BITS - 1));
    memcpy(&v, &bits, sizeof(v));
    return cell ? (double)v : 0;
}

static void count_values(struct mn_percentile *p)
{
    float value[MN_PERCENTILE_EXACT];
    memcpy(value, p->value, sizeof(value));
    memset(p->count, 0, sizeof(p->count));
    for (int i = 0; i < MN_PERCENTILE_EXACT; i++)
        p->count[cell_of(value[i])]++;
}

void mn_percentile_add(struct mn_percentile *p, double v)
{
    if (p->n == MN_PERCENTILE_EXACT)
        count_values(p);
    if (p->n >= MN_PERCENTILE_EXACT)
        p->count[cell_of((float)v)]++;
    else
        p->value[p->n] = (float)v;
    p->n++;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double counted(const struct mn_percentile *p, double rank)
{
    int64_t before = 0;
    int cell = 0;
    for (; cell + 1 < MN_PERCENTILE_EXACT; cell++) {
        before += p->count[cell];
        if ((double)before > rank)
            break;
    }
    return middle(cell);
}

double mn_percentile_at(struct mn_percentile *p, double percent)
{
    if (p->n == 0)
        return NAN;
    const double rank = percent / 100 * (double)(p->n - 1);
    if (p->n > MN_PERCENTILE_EXACT)
        return counted(p, rank);
    qsort(p->value, (size_t)p->n, sizeof(p->value[0]), by_value);
    const int i = (int)rank;
    const double low = (double)p->value[i], high = i + 1 < p->n ? (double)p->value[i + 1] : low;
    return low + (rank - i) * (high - low);
}
