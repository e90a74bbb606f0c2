/* Monotonic time, service times of one kind of work, and how often it happens. */
#ifndef MN_BASE_CLOCK_H
#define MN_BASE_CLOCK_H

#include <stdint.h>

/* Seconds since some fixed point; never goes back. */
double mn_now(void);

#define MN_HIST_BUCKETS 768

/* Buckets grow by 2^(1/24), about 3 %, from 100 ns to about 400 s. One writer at a time. */
struct mn_hist {
    int64_t count;
    double total, max;
    uint32_t bucket[MN_HIST_BUCKETS];
};

void mn_hist_add(struct mn_hist *h, double seconds);
void mn_hist_merge(struct mn_hist *into, const struct mn_hist *from);

/* Value below which the share q (0..1) of the samples lies; 0 without samples. Right to half a
 * bucket, and never above the maximum. */
double mn_hist_quantile(const struct mn_hist *h, double q);

#define MN_RATE_WINDOW 30

/* The times of the last events of one kind. All zero: none yet. */
struct mn_rate {
    double at[MN_RATE_WINDOW]; /* seconds, by number modulo the window */
    double first;
    int64_t count;
};

void mn_rate_add(struct mn_rate *r, double now);
double mn_rate_recent(const struct mn_rate *r); /* a second, over the window; 0 below two events */
double mn_rate_mean(const struct mn_rate *r);   /* a second, since the first; 0 below two events */

#endif
