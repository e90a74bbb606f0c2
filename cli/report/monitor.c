#include "report/monitor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void mn_monitor_sent(struct mn_monitor *m, double captured)
{
    assert(mn_monitor_in_flight(m) < MN_MOST_IN_FLIGHT);
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
