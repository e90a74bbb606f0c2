/* How many frames may be in flight in a live run: a concurrency controller between 1 and the number
 * of workers. It follows AIMD (additive increase, multiplicative decrease) in its shape: up by one
 * while frames are dropped, down as soon as frames delay each other; with so few frames the way
 * down is one as well, and it is the pause before the next increase that doubles. */
#ifndef MN_CLI_INFLIGHT_LIMIT_H
#define MN_CLI_INFLIGHT_LIMIT_H

#include <stdint.h>

struct mn_inflight_limit {
    int now, most;        /* frames */
    int highest, changes; /* for the reports */
    int seen;             /* frames since the last decision */
    int pause,
        next_pause;  /* decisions without an increase: remaining, and after the next decrease */
    double alone;    /* seconds in the pipeline while no other frame was in flight */
    double sum;      /* of the latencies since the last decision, seconds */
    int64_t dropped; /* frames, at the last decision */
};

/* Starts with 1. most: the number of workers; values below 1 count as 1. */
void mn_inflight_limit_init(struct mn_inflight_limit *l, int most);

/* After each delivered frame. latency: from capture to delivery; service: from sending to
 * receiving; interval: between two frames of the source; all in seconds. dropped: frames so far. */
void mn_inflight_limit_step(struct mn_inflight_limit *l, double latency, double service,
                            double interval, int64_t dropped);

#endif
