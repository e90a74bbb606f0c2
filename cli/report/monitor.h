/* How fast a run is: rates over the last frames and since the start, and the latency from the
 * moment a picture was there to the moment every sink had its result. Belongs to the thread of the
 * loop. */
#ifndef MN_CLI_MONITOR_H
#define MN_CLI_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define MN_MOST_IN_FLIGHT 2048 /* more frames than any pipeline has */

struct mn_monitor {
    struct mn_rate analysed, delivered;
    struct mn_hist latency, service; /* capture to delivery; sending to receiving */
    double recent[MN_RATE_WINDOW];   /* the last latencies */
    double last_latency, last_service;
    /* frames under way; they come back in the order they were sent */
    struct {
        double captured, sent;
    } flight[MN_MOST_IN_FLIGHT];
    uint64_t num_sent, num_received;
};

void mn_monitor_sent(struct mn_monitor *m, double captured);
void mn_monitor_received(struct mn_monitor *m);
void mn_monitor_delivered(struct mn_monitor *m); /* the frame received last */
int mn_monitor_in_flight(const struct mn_monitor *m);

/* Of the last latencies, seconds. q: 0.5 the median, 1 the largest. */
double mn_monitor_recent(const struct mn_monitor *m, double q);

/* How many frames may be under way at a time in a live run: between 1 and `most`. One more when
 * pictures had to be dropped and the latency allows it, one less when waiting for each other makes
 * frames later than two frame intervals and one inference. After a step back it waits longer and
 * longer before it tries again. */
struct mn_inflight_limit {
    int now, most;
    int highest, changes; /* for the account */
    int looked, wait, patience;
    double alone;    /* seconds of one inference while nothing else was under way */
    double sum;      /* of the latencies since the last look */
    int64_t dropped; /* at the last look */
};

void mn_inflight_limit_init(struct mn_inflight_limit *d, int most);

/* After each delivered frame. interval: seconds between two pictures of the source. */
void mn_inflight_limit_step(struct mn_inflight_limit *d, double latency, double service,
                            double interval, int64_t dropped);

#endif
