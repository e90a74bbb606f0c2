/* The threads of a live run and what each waits for:
 *
 *   reader thread (cli/source)  waits for the camera; keeps the newest frame in its one slot; rings
 *   workers (src/exec)          wait for frames; ring when one is complete
 *   this loop                   waits for the wakeup; takes results, then sends the newest frame
 *   main thread (--view)        waits for window events; rings on a key; shows the newest picture
 *
 * A frame that is not taken in time is replaced by the newer one. So only frames in flight can be
 * late, and the in-flight limit keeps these few. */
#include "run/live.h"

#include <mien/stats.h>

#include "io/msg.h"
#include "io/signal.h"
#include "io/wakeup.h"

#define SIGNAL_INTERVAL 0.05 /* seconds between two checks for a signal, which cannot ring */

struct live {
    struct mn_deliver *deliver;
    const struct mn_run *run;
    struct mn_tally *tally;
    double interval; /* seconds between two frames of the source, nominal */
    bool ended;      /* the pipeline knows that no frame follows */
};

/* Sends the newest frame. MIEN_EAGAIN: there is none yet, or no free frame. */
static int send_newest(struct live *l)
{
    const struct mn_run *run = l->run;
    mien_frame *f = NULL;
    if (mien_acquire(run->pipeline, &f) < 0)
        return MIEN_EAGAIN;
    int err = mn_source_poll(run->source, f);
    if (err == 0 && !mn_deliver_skips(l->deliver, f)) {
        mn_monitor_sent(l->tally->monitor, mn_source_facts(run->source)->captured);
        err = mien_send(run->pipeline, &f);
    }
    mien_release(run->pipeline, &f);
    return err;
}

static bool is_done(const struct live *l)
{
    int64_t most = l->run->max_frames;
    return mn_signal_received || mn_deliver_quits(l->deliver) ||
           (most && (int64_t)l->tally->monitor->num_sent >= most);
}

static int take(struct live *l, mien_frame *f)
{
    const struct mn_monitor *m = l->tally->monitor;
    int err = mn_deliver_result(l->deliver, f);
    mn_inflight_limit_step(&l->tally->limit, m->last_latency, m->last_service, l->interval,
                           mn_source_facts(l->run->source)->frames_dropped);
    mien_release(l->run->pipeline, &f);
    return err;
}

/* Sends a frame or waits; ends the stream when the source has ended or the run is done. */
static int feed(struct live *l)
{
    int err = MIEN_EAGAIN;
    if (is_done(l)) {
        l->tally->stopped_early = true;
        err = MIEN_EEOF;
    } else if (mn_monitor_in_flight(l->tally->monitor) < l->tally->limit.now) {
        err = send_newest(l);
    }
    if (err == MIEN_EAGAIN) {
        mn_wakeup_wait(l->run->wakeup, SIGNAL_INTERVAL);
        return 0;
    }
    if (err == MIEN_EEOF || (err == MIEN_EINTERRUPTED && mn_signal_received)) {
        l->ended = true;
        mien_send(l->run->pipeline, NULL);
        return 0;
    }
    return err;
}

/* MIEN_EEOF after the last result. */
static int step(struct live *l)
{
    mien_frame *f = NULL;
    int err = mien_receive(l->run->pipeline, &f, l->ended);
    if (err == 0)
        return take(l, f);
    return err == MIEN_EAGAIN && !l->ended ? feed(l) : err;
}

int mn_live_run(struct mn_deliver *d)
{
    struct live l = {.deliver = d, .run = d->run, .tally = d->tally};
    double rate = mn_source_facts(d->run->source)->frame_rate;
    mien_stats stats;
    mien_get_stats(d->run->pipeline, &stats);
    l.interval = 1 / (rate > 0 ? rate : 30);
    mn_inflight_limit_init(&d->tally->limit, stats.workers);
    int err = 0;
    while (err == 0)
        err = step(&l);
    if (err == MIEN_EAGAIN)
        err = mn_fail(MIEN_EINTERNAL, "internal error: the pipeline has neither a free frame nor "
                                      "one in flight; please report this");
    if (err != MIEN_EEOF)
        mn_deliver_abort(d, l.ended);
    return err == MIEN_EEOF ? 0 : err;
}
