/* Who waits for what:
 *
 *   reader thread (cli/source)   for the camera; puts the newest picture into a place for one,
 * rings workers (src/exec)           for frames; ring when one is finished this loop for the
 * wakeup; then takes results, then sends the newest picture main thread (--view)         for the
 * window's events; rings on a key; takes the newest drawing
 *
 * A picture that is not taken in time gives way to the newer one, so the only frames that can be
 * late are those under way, and mn_inflight_limit keeps these few. */
#include "run/live.h"

#include "io/wakeup.h"
#include "io/msg.h"
#include "io/signal.h"

#define GLANCE 0.05 /* seconds between two looks for a signal, which cannot ring */

/* Takes the newest picture, if there is one. MIEN_EAGAIN: not yet. */
static int take(struct mn_loop *l)
{
    mien_frame *f = NULL;
    if (mien_acquire(l->pipeline, &f) < 0)
        return MIEN_EAGAIN;
    int err = mn_source_poll(l->source, f);
    if (err == 0 && mn_loop_skips(l, f)) {
        mien_release(l->pipeline, &f);
        return 0;
    }
    if (err == 0) {
        mn_monitor_sent(&l->live->monitor, mn_source_facts(l->source)->captured);
        err = mien_send(l->pipeline, &f);
    }
    mien_release(l->pipeline, &f);
    return err;
}

static bool enough(const struct mn_loop *l)
{
    return mn_signal_received || mn_loop_quits(l) ||
           (l->max_frames && (int64_t)l->live->monitor.num_sent >= l->max_frames);
}

/* 0: go on. MIEN_EEOF: all is out. */
static int step(struct mn_loop *l, bool *ended)
{
    struct mn_live *live = l->live;
    mien_frame *f = NULL;
    int err = mien_receive(l->pipeline, &f, *ended);
    if (err == 0) {
        err = mn_loop_result(l, f);
        mn_inflight_limit_step(&live->depth, live->monitor.last_latency, live->monitor.last_service,
                               live->interval, mn_source_facts(l->source)->frames_dropped);
        mien_release(l->pipeline, &f);
        return err;
    }
    if (err != MIEN_EAGAIN || *ended)
        return err;
    if (enough(l)) {
        l->stopped_early = true;
        err = MIEN_EEOF;
    } else if (mn_monitor_in_flight(&live->monitor) < live->depth.now) {
        err = take(l);
    }
    if (err == MIEN_EAGAIN) {
        mn_wakeup_wait(&live->wakeup, GLANCE);
        return 0;
    }
    if (err == MIEN_EEOF || (err == MIEN_EINTERRUPTED && mn_signal_received)) {
        *ended = true;
        mien_send(l->pipeline, NULL);
        return 0;
    }
    return err;
}

int mn_live_run(struct mn_loop *l)
{
    const struct mn_source_facts *facts = mn_source_facts(l->source);
    mien_stats stats;
    mien_get_stats(l->pipeline, &stats);
    l->live->interval = facts->frame_rate > 0 ? 1 / facts->frame_rate : 1.0 / 30;
    mn_inflight_limit_init(&l->live->depth, stats.workers);
    bool ended = false;
    int err = 0;
    while (err == 0)
        err = step(l, &ended);
    if (err == MIEN_EAGAIN)
        err = mn_fail(MIEN_EINTERNAL, "the pipeline stands still; please report this");
    if (err != MIEN_EEOF) { /* let those under way finish: their pictures are borrowed */
        mien_frame *f = NULL;
        mien_interrupt(l->pipeline);
        if (!ended)
            mien_send(l->pipeline, NULL);
        while (mien_receive(l->pipeline, &f, 1) == 0)
            mien_release(l->pipeline, &f);
    }
    return err == MIEN_EEOF ? 0 : err;
}
