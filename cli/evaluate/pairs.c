#include "evaluate/pairs.h"

#include <math.h>

/* Welford's update, which loses no digits when the means are large. */
void mn_pairs_add(struct mn_pairs *p, double a, double b, double difference)
{
    const double size = fabs(difference);
    p->n++;
    const double from_a = a - p->mean_a, from_b = b - p->mean_b;
    p->mean_a += from_a / (double)p->n;
    p->mean_b += from_b / (double)p->n;
    p->square_a += from_a * (a - p->mean_a);
    p->square_b += from_b * (b - p->mean_b);
    p->product += from_a * (b - p->mean_b);
    p->sum += size;
    p->bias += difference;
    p->max = size > p->max ? size : p->max;
    mn_percentile_add(&p->size, size);
}

double mn_pairs_mean(const struct mn_pairs *p)
{
    return p->n ? p->sum / (double)p->n : NAN;
}

double mn_pairs_bias(const struct mn_pairs *p)
{
    return p->n ? p->bias / (double)p->n : NAN;
}

double mn_pairs_r(const struct mn_pairs *p)
{
    const double scale = sqrt(p->square_a) * sqrt(p->square_b);
    return scale > 0 ? p->product / scale : NAN;
}
