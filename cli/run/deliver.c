#include "run/deliver.h"

#include "io/msg.h"
#include "report/stats.h"

void mn_deliver_start(struct mn_deliver *d, const struct mn_run *run, struct mn_tally *tally)
{
    const struct mn_source_facts *facts = mn_source_facts(run->source);
    int64_t expected = facts->frames_expected;
    if (run->max_frames && (expected == 0 || run->max_frames < expected))
        expected = run->max_frames;
    *d = (struct mn_deliver){.run = run, .tally = tally};
    mn_progress_start(&d->progress, run->progress, facts->name, facts->live ? 0 : expected,
                      run->batch);
    d->started = mn_now();
}

/* The sinks get the facts of the stream with its first result: only then is the size certain. */
static int begin(struct mn_deliver *d)
{
    const struct mn_run *run = d->run;
    const struct mn_source_facts *f = mn_source_facts(run->source);
    struct mn_stream stream = {
        .input = f->name,
        .width = f->width,
        .height = f->height,
        .frame_rate = f->frame_rate,
        .start = run->start,
        .time_num = f->time_num,
        .time_den = f->time_den,
        .sar_num = f->sar_num,
        .sar_den = f->sar_den,
        .matrix = f->matrix,
        .primaries = f->primaries,
        .transfer = f->transfer,
        .live = f->live && run->wakeup,
        .monitor = d->tally->monitor,
        .layout = run->layout,
        .anonymise = run->anonymise,
    };
    int err = 0;
    for (int i = 0; i < run->num_sinks && err == 0; i++)
        err = run->sink[i]->info->begin(run->sink[i], &stream);
    return err;
}

bool mn_deliver_skips(struct mn_deliver *d, const mien_frame *f)
{
    const struct mn_run *run = d->run;
    bool early = run->start > 0 && f->time < run->start;
    bool between = !early && run->frame_skip && f->index % (run->frame_skip + 1) != 0;
    d->tally->before_start += early;
    d->tally->passed_over += between;
    return early || between;
}

bool mn_deliver_quits(const struct mn_deliver *d)
{
    for (int i = 0; i < d->run->num_sinks; i++) {
        const struct mn_sink *s = d->run->sink[i];
        if (s->info->quits && s->info->quits(s))
            return true;
    }
    return false;
}

/* The faces of a frame that are delivered. */
static struct mn_result result_of(struct mn_deliver *d, const mien_frame *f)
{
    struct mn_result r = {.frame = f, .face = d->face};
    for (int i = 0; i < f->num_faces; i++)
        if (d->run->person < 0 || mien_frame_face(f, i)->id == d->run->person)
            d->face[r.num_faces++] = mien_frame_face(f, i);
    return r;
}

static int hand_out(struct mn_deliver *d, const mien_frame *f)
{
    const struct mn_run *run = d->run;
    const struct mn_result r = result_of(d, f);
    double start = mn_now();
    int err = d->tally->frames == 0 ? begin(d) : 0;
    for (int i = 0; i < run->num_sinks && err == 0; i++)
        err = run->sink[i]->info->frame(run->sink[i], &r);
    int e = mn_tally_add(d->tally, &r);
    if (run->num_sinks)
        mn_hist_add(&d->tally->sinks, mn_now() - start);
    return err ? err : e;
}

static int frame_error(const struct mn_deliver *d, const mien_frame *f)
{
    if (f->error == MIEN_EWORKER) /* its row has the error */
        return 0;
    if (f->error == 0 || f->error == MIEN_EINTERRUPTED)
        return f->error;
    return mn_fail(f->error, "%s, frame %lld: %s", mn_source_facts(d->run->source)->name,
                   (long long)f->index + 1, mien_strerror(f->error));
}

static void log_line(struct mn_deliver *d)
{
    const struct mn_run *run = d->run;
    if (!run->log_every || d->tally->frames % run->log_every != 0)
        return;
    mn_tally_sinks(d->tally, run->sink, run->num_sinks);
    mn_stats_line(run, d->tally);
}

int mn_deliver_result(struct mn_deliver *d, const mien_frame *f)
{
    struct mn_tally *t = d->tally;
    if (t->monitor) {
        mn_monitor_received(t->monitor);
        t->monitor->dropped = mn_source_facts(d->run->source)->frames_dropped;
    }
    int err = frame_error(d, f);
    if (err == 0)
        err = hand_out(d, f);
    if (err < 0)
        return err;
    if (t->monitor) {
        mn_monitor_delivered(t->monitor);
        log_line(d);
    }
    if (t->frames == 1)
        t->first_row = mn_now() - d->started;
    mn_progress_update(&d->progress, t->frames, t->faces,
                       mn_source_facts(d->run->source)->frames_dropped);
    return 0;
}

static int final_au(void *pipeline, int64_t index, int32_t id, mien_au *out)
{
    return mien_final_au(pipeline, index, id, out);
}

/* Action units are calibrated with the whole video, so their final values are known only now. */
static int revise(struct mn_deliver *d)
{
    const struct mn_run *run = d->run;
    int err = 0;
    if (!(run->layout.analysis & MIEN_AU) || d->tally->frames == 0)
        return 0;
    for (int i = 0; i < run->num_sinks && err == 0; i++)
        if (run->sink[i]->info->revise)
            err = run->sink[i]->info->revise(run->sink[i], final_au, run->pipeline);
    return err;
}

int mn_deliver_finish(struct mn_deliver *d, int err)
{
    const struct mn_run *run = d->run;
    struct mn_tally *t = d->tally;
    mn_source_stop(run->source); /* its counts do not change any more */
    t->seconds = mn_now() - d->started;
    mn_progress_end(&d->progress, t->frames, t->faces,
                    mn_source_facts(run->source)->frames_dropped);
    if (err == 0)
        err = revise(d);
    mien_reset(run->pipeline);
    if (t->frames == 0 && (err == 0 || err == MIEN_EINTERRUPTED)) {
        int e = begin(d); /* an empty result has its header */
        err = err ? err : e;
    }
    mn_tally_sinks(t, run->sink, run->num_sinks);
    return err;
}

void mn_deliver_abort(struct mn_deliver *d, bool ended)
{
    mien_pipeline *p = d->run->pipeline;
    mien_frame *f = NULL;
    mien_interrupt(p);
    if (!ended)
        mien_send(p, NULL);
    while (mien_receive(p, &f, 1) == 0)
        mien_release(p, &f);
}
