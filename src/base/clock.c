#include "base/clock.h"

#include <math.h>
#include <time.h>

#define FIRST 1e-7      /* upper end of bucket 0, seconds */
#define PER_OCTAVE 24.0 /* buckets per factor of two */

double mn_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void mn_hist_add(struct mn_hist *h, double seconds)
{
    int i = 0;
    if (seconds > FIRST)
        i = 1 + (int)(log2(seconds / FIRST) * PER_OCTAVE);
    if (i >= MN_HIST_BUCKETS)
        i = MN_HIST_BUCKETS - 1;
    h->bucket[i]++;
    h->count++;
    h->total += seconds;
    if (seconds > h->max)
        h->max = seconds;
}

void mn_hist_merge(struct mn_hist *into, const struct mn_hist *from)
{
    into->count += from->count;
    into->total += from->total;
    if (from->max > into->max)
        into->max = from->max;
    for (int i = 0; i < MN_HIST_BUCKETS; i++)
        into->bucket[i] += from->bucket[i];
}

double mn_hist_quantile(const struct mn_hist *h, double q)
{
    if (h->count == 0)
        return 0;
    int64_t want = (int64_t)ceil(q * (double)h->count), seen = 0;
    if (want < 1)
        want = 1;
    for (int i = 0; i < MN_HIST_BUCKETS; i++) {
        seen += h->bucket[i];
        if (seen >= want) {
            double v = FIRST * exp2((i - 0.5) / PER_OCTAVE);
            return v < h->max ? v : h->max;
        }
    }
    return h->max;
}

void mn_rate_add(struct mn_rate *r, double now)
{
    if (r->count == 0)
        r->first = now;
    r->at[r->count++ % MN_RATE_WINDOW] = now;
}

static double per_second(double events, double seconds)
{
    return events > 0 && seconds > 0 ? events / seconds : 0;
}

double mn_rate_recent(const struct mn_rate *r)
{
    int64_t n = r->count < MN_RATE_WINDOW ? r->count : MN_RATE_WINDOW;
    if (n < 2)
        return 0;
    double newest = r->at[(r->count - 1) % MN_RATE_WINDOW],
           oldest = r->at[(r->count - n) % MN_RATE_WINDOW];
    return per_second((double)(n - 1), newest - oldest);
}

double mn_rate_mean(const struct mn_rate *r)
{
    if (r->count < 2)
        return 0;
    return per_second((double)(r->count - 1), r->at[(r->count - 1) % MN_RATE_WINDOW] - r->first);
}
