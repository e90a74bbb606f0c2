#include "run/offline.h"

#include "io/msg.h"
#include "io/signal.h"

struct offline {
    struct mn_deliver *deliver;
    const struct mn_run *run;
    int64_t sent;
    bool ended;  /* the pipeline knows that no frame follows */
    bool broken; /* a sink failed: results are dropped from then on */
    int err;     /* the first error */
};

static void end(struct offline *o)
{
    if (!o->ended)
        mien_send(o->run->pipeline, NULL);
    o->ended = true;
}

static int send(struct offline *o, mien_frame **f, double captured)
{
    const struct mn_run *run = o->run;
    struct mn_tally *tally = o->deliver->tally;
    int err = run->landmarks ? mn_external_landmarks_apply(run->landmarks, *f) : 0;
    if (err < 0)
        return err;
    o->sent++;
    if (tally->monitor)
        mn_monitor_sent(tally->monitor, captured);
    err = mien_send(run->pipeline, f);
    if (err == 0 &&
        ((run->max_frames && o->sent >= run->max_frames) || mn_deliver_quits(o->deliver))) {
        tally->stopped_early = true;
        return MIEN_EEOF;
    }
    return err;
}

/* Reads one frame and sends it; ends the stream if there is none. */
static int feed(struct offline *o, mien_frame *f)
{
    double start = mn_now();
    int err = mn_signal_received ? MIEN_EINTERRUPTED : mn_source_read(o->run->source, f);
    double captured = mn_now();
    mn_hist_add(&o->deliver->tally->decode, captured - start);
    if (err == 0 && !mn_deliver_skips(o->deliver, f))
        err = send(o, &f, captured);
    mien_release(o->run->pipeline, &f);
    if (err < 0)
        end(o);
    return err == MIEN_EEOF ? 0 : err;
}

/* After a signal the frames that are complete are still delivered. */
static void take(struct offline *o, mien_frame *f)
{
    bool wanted = o->err == 0 || (o->err == MIEN_EINTERRUPTED && !f->error);
    if (wanted && !o->broken) {
        int err = mn_deliver_result(o->deliver, f);
        o->broken = err < 0;
        if (err < 0)
            o->err = err;
    }
    mien_release(o->run->pipeline, &f);
    if (o->err < 0)
        end(o);
}

/* Takes a result if there is one, else sends a frame if one is free, else waits for a result.
 * MIEN_EEOF after the last result. */
static int step(struct offline *o)
{
    mien_pipeline *p = o->run->pipeline;
    mien_frame *f = NULL;
    int got = mien_receive(p, &f, 0);
    if (got == MIEN_EAGAIN && !o->ended && mien_acquire(p, &f) == 0) {
        int err = feed(o, f);
        o->err = o->err ? o->err : err;
        return 0;
    }
    if (got == MIEN_EAGAIN)
        got = mien_receive(p, &f, 1);
    if (got == 0)
        take(o, f);
    return got;
}

int mn_offline_run(struct mn_deliver *d)
{
    struct offline o = {.deliver = d, .run = d->run};
    int got;
    do
        got = step(&o);
    while (got == 0);
    if (got != MIEN_EEOF && o.err == 0)
        return mn_fail(MIEN_EINTERNAL, "internal error: the pipeline has neither a free frame nor "
                                       "one in flight; please report this");
    return o.err;
}
