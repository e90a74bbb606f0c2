/* The speed of a run: rates over the last frames and since the start, and the latency from the
 * capture of a frame to the moment when every sink has its result. Used by one thread. */
#ifndef MN_CLI_MONITOR_H
#define MN_CLI_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define MN_MOST_IN_FLIGHT 2048 /* more frames than a pipeline has; checked by mn_monitor_sent */

struct mn_monitor {
    struct mn_rate analysed, delivered;
    struct mn_hist latency;        /* seconds from capture to delivery */
    struct mn_hist service;        /* seconds from sending to receiving */
    double recent[MN_RATE_WINDOW]; /* the last latencies, seconds */
    double last_latency, last_service;
    /* frames in flight; they return in the order in which they were sent */
    struct {
        double captured, sent;
    } flight[MN_MOST_IN_FLIGHT];
    uint64_t num_sent, num_received;
    int64_t dropped; /* frames of a live source that were replaced by newer ones */
};

/* captured: mn_now() when the frame arrived. */
void mn_monitor_sent(struct mn_monitor *m, double captured);
void mn_monitor_received(struct mn_monitor *m);
void mn_monitor_delivered(struct mn_monitor *m); /* the frame received last */
int mn_monitor_in_flight(const struct mn_monitor *m);

/* A quantile of the last latencies, seconds. q: 0.5 the median, 1 the largest. */
double mn_monitor_recent(const struct mn_monitor *m, double q);

#endif
