/* Latencies, the in-flight limit of a live run, and the wakeup. */
#include <pthread.h>
#include <time.h>

#include "io/wakeup.h"
#include "check.h"
#include "report/monitor.h"
#include "run/inflight_limit.h"

static void test_latency(void)
{
    static struct mn_monitor m;
    CHECK(mn_monitor_recent(&m, 0.5) == 0);
    double now = mn_now();
    for (int i = 0; i < 3 * MN_MOST_IN_FLIGHT; i++) {
        mn_monitor_sent(&m, now - 1);
        if (i % 3)
            continue; /* up to two others stay in flight */
        while (mn_monitor_in_flight(&m) > 1) {
            mn_monitor_received(&m);
            mn_monitor_delivered(&m);
        }
    }
    while (mn_monitor_in_flight(&m)) {
        mn_monitor_received(&m);
        mn_monitor_delivered(&m);
    }
    CHECK(m.delivered.count == 3 * MN_MOST_IN_FLIGHT);
    CHECK(m.latency.count == m.delivered.count);
    double median = mn_monitor_recent(&m, 0.5), longest = mn_monitor_recent(&m, 1);
    CHECK(median >= 1 && longest >= median && longest < 60);
    CHECK(m.last_service >= 0);
}

/* A simulated pipeline: with d->now frames in flight each takes service[d->now] seconds. */
static int simulate(struct mn_inflight_limit *d, int frames, const double *service, double interval)
{
    int64_t dropped = 0;
    for (int i = 0; i < frames; i++) {
        double s = service[d->now];
        dropped += (int64_t)(s / d->now / interval); /* those that arrived meanwhile */
        mn_inflight_limit_step(d, interval / 2 + s, s, interval, dropped);
        CHECK(d->now >= 1 && d->now <= d->most);
    }
    return d->now;
}

static void test_limit(void)
{
    struct mn_inflight_limit d;
    const double interval = 1.0 / 30;
    /* a core for each frame: up to the maximum */
    const double free_cores[] = {0, 0.2, 0.2, 0.2, 0.2};
    mn_inflight_limit_init(&d, 4);
    CHECK(d.now == 1);
    CHECK(simulate(&d, 200, free_cores, interval) == 4);
    CHECK(d.highest == 4);
    CHECK(d.changes == 3);

    /* one core: a second frame delays both, so the limit stays at one nearly all the time */
    const double one_core[] = {0, 0.2, 0.4, 0.6, 0.8};
    mn_inflight_limit_init(&d, 4);
    int above = 0;
    for (int i = 0; i < 200; i++)
        above += simulate(&d, 8, one_core, interval) > 1;
    CHECK(above < 20);
    CHECK(d.highest == 2);

    /* fast enough: nothing is dropped, so one frame in flight is enough */
    const double fast[] = {0, 0.01, 0.01, 0.01, 0.01};
    mn_inflight_limit_init(&d, 4);
    CHECK(simulate(&d, 500, fast, interval) == 1);
    CHECK(d.changes == 0);

    mn_inflight_limit_init(&d, 0); /* sequential */
    CHECK(simulate(&d, 100, free_cores, interval) == 1);
}

static void *ring(void *arg)
{
    const struct timespec t = {0, 20000000};
    nanosleep(&t, NULL);
    mn_wakeup_ring(arg);
    return NULL;
}

static void test_wakeup(void)
{
    struct mn_wakeup b;
    mn_wakeup_init(&b);
    double start = mn_now();
    mn_wakeup_wait(&b, 0.05);
    CHECK(mn_now() - start >= 0.045);
    mn_wakeup_ring(&b); /* remembered, once */
    mn_wakeup_ring(&b);
    start = mn_now();
    mn_wakeup_wait(&b, 20);
    CHECK(mn_now() - start < 10);
    start = mn_now();
    mn_wakeup_wait(&b, 0.05);
    CHECK(mn_now() - start >= 0.045);

    pthread_t thread;
    int err = pthread_create(&thread, NULL, ring, &b);
    CHECK(err == 0);
    start = mn_now();
    mn_wakeup_wait(&b, 20);
    CHECK(mn_now() - start < 10);
    pthread_join(thread, NULL);
    mn_wakeup_finish(&b);
}

int main(void)
{
    test_latency();
    test_limit();
    test_wakeup();
    return check_done();
}
