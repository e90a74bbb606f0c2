#include "report/monitor.h"

#include <stdlib.h>
#include <string.h>

void mn_monitor_sent(struct mn_monitor *m, double captured)
{
    uint64_t i = m->num_sent++ % MN_MOST_IN_FLIGHT;
    m->flight[i].captured = captured;
    m->flight[i].sent = mn_now();
}

void mn_monitor_received(struct mn_monitor *m)
{
    double now = mn_now();
    m->last_service = now - m->flight[m->num_received % MN_MOST_IN_FLIGHT].sent;
    mn_hist_add(&m->service, m->last_service);
    mn_rate_add(&m->analysed, now);
    m->num_received++;
}

void mn_monitor_delivered(struct mn_monitor *m)
{
    double now = mn_now();
    m->last_latency = now - m->flight[(m->num_received - 1) % MN_MOST_IN_FLIGHT].captured;
    m->recent[m->delivered.count % MN_RATE_WINDOW] = m->last_latency;
    mn_hist_add(&m->latency, m->last_latency);
    mn_rate_add(&m->delivered, now);
}

int mn_monitor_in_flight(const struct mn_monitor *m)
{
    return (int)(m->num_sent - m->num_received);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double mn_monitor_recent(const struct mn_monitor *m, double q)
{
    double sorted[MN_RATE_WINDOW];
    int n = m->delivered.count < MN_RATE_WINDOW ? (int)m->delivered.count : MN_RATE_WINDOW;
    if (n == 0)
        return 0;
    memcpy(sorted, m->recent, (size_t)n * sizeof(*sorted));
    qsort(sorted, (size_t)n, sizeof(*sorted), ascending);
    return sorted[(int)(q * (n - 1) + 0.5)];
}

#define LOOK 8           /* frames between two decisions */
#define MOST_PATIENCE 64 /* decisions */

void mn_inflight_limit_init(struct mn_inflight_limit *d, int most)
{
    memset(d, 0, sizeof(*d));
    d->most = most > 1 ? most : 1;
    d->now = d->highest = 1;
    d->patience = 1;
}

static void set(struct mn_inflight_limit *d, int depth)
{
    d->now = depth;
    d->changes++;
    if (depth > d->highest)
        d->highest = depth;
}

void mn_inflight_limit_step(struct mn_inflight_limit *d, double latency, double service,
                            double interval, int64_t dropped)
{
    if (d->now == 1) /* moving: networks get slower when the machine gets hot */
        d->alone += (service - d->alone) / (d->alone > 0 ? 8 : 1);
    d->sum += latency;
    if (++d->looked < LOOK)
        return;
    double mean = d->sum / LOOK, most = 2 * interval + d->alone;
    if (mean > most && d->now > 1) {
        set(d, d->now - 1);
        d->patience = d->patience * 2 < MOST_PATIENCE ? d->patience * 2 : MOST_PATIENCE;
        d->wait = d->patience;
    } else if (dropped > d->dropped && d->now < d->most && --d->wait < 0) {
        set(d, d->now + 1);
    }
    d->looked = 0;
    d->sum = 0;
    d->dropped = dropped;
}
