/* Monotonic time, histograms of durations, and rates of events. */
#ifndef MN_BASE_CLOCK_H
#define MN_BASE_CLOCK_H

#include <stdint.h>

/* Seconds since a fixed but unknown time; never decreases. */
double mn_now(void);

#define MN_HIST_BUCKETS 768

/* Durations in seconds. Each bucket is 2^(1/24) (about 3 %) wider than the one before it, from 100
 * ns to about 400 s. One writer at a time. */
struct mn_hist {
    int64_t count;
    double total, max;
    uint32_t bucket[MN_HIST_BUCKETS];
};

void mn_hist_add(struct mn_hist *h, double seconds);
void mn_hist_merge(struct mn_hist *into, const struct mn_hist *from);

/* The duration below which the share q (0..1) of the samples lies; 0 without samples. Accurate to
 * half a bucket, and never above the maximum. */
double mn_hist_quantile(const struct mn_hist *h, double q);

#define MN_RATE_WINDOW 30

/* The times of the latest events of one kind. All zero: no event yet. */
struct mn_rate {
    double at[MN_RATE_WINDOW]; /* seconds; event i is at index i modulo the window */
    double first;
    int64_t count;
};

void mn_rate_add(struct mn_rate *r, double now);
double mn_rate_recent(
    const struct mn_rate *r); /* events per second over the window; 0 with fewer than two */
double mn_rate_mean(
    const struct mn_rate *r); /* events per second since the first; 0 with fewer than two */

#endif
