#include "run/inflight_limit.h"

#include <string.h>

#define FRAMES_PER_DECISION 8
#define LONGEST_PAUSE 64 /* decisions */

void mn_inflight_limit_init(struct mn_inflight_limit *l, int most)
{
    memset(l, 0, sizeof(*l));
    l->most = most > 1 ? most : 1;
    l->now = l->highest = 1;
    l->next_pause = 1;
}

static void set(struct mn_inflight_limit *l, int limit)
{
    l->now = limit;
    l->changes++;
    if (limit > l->highest)
        l->highest = limit;
}

/* Frames may be late by two intervals and one inference; later ones delay each other. */
static void decide(struct mn_inflight_limit *l, double interval, int64_t dropped)
{
    double mean = l->sum / FRAMES_PER_DECISION, bound = 2 * interval + l->alone;
    if (mean > bound && l->now > 1) {
        set(l, l->now - 1);
        l->next_pause = l->next_pause * 2 < LONGEST_PAUSE ? l->next_pause * 2 : LONGEST_PAUSE;
        l->pause = l->next_pause;
    } else if (dropped > l->dropped && l->now < l->most && --l->pause < 0) {
        set(l, l->now + 1);
    }
    l->seen = 0;
    l->sum = 0;
    l->dropped = dropped;
}

void mn_inflight_limit_step(struct mn_inflight_limit *l, double latency, double service,
                            double interval, int64_t dropped)
{
    if (l->now == 1) /* a moving mean: networks become slower when the machine gets hot */
        l->alone += (service - l->alone) / (l->alone > 0 ? 8 : 1);
    l->sum += latency;
    if (++l->seen >= FRAMES_PER_DECISION)
        decide(l, interval, dropped);
}
