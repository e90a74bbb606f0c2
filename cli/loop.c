#include "loop.h"

#include "say.h"
#include "stop.h"

static int final_au(void *pipeline, int64_t index, int32_t id, mien_au *out)
{
    return mien_final_au(pipeline, index, id, out);
}

/* Sinks learn of the stream with its first result: only then is the size certain. */
static int begin(struct mn_loop *l)
{
    const struct mn_source_facts *f = mn_source_facts(l->source);
    struct mn_stream stream = {
        .input = f->name,
        .width = f->width,
        .height = f->height,
        .frame_rate = f->frame_rate,
        .time_num = f->time_num,
        .time_den = f->time_den,
        .layout = l->layout,
    };
    int err = 0;
    for (int i = 0; i < l->num_sinks && err == 0; i++)
        err = l->sink[i]->info->begin(l->sink[i], &stream);
    return err;
}

static int deliver(struct mn_loop *l, const mien_frame *all)
{
    double t = mn_now();
    mien_frame one = *all;
    const mien_frame *f = all;
    if (l->person >= 0) {
        one.num_faces = 0;
        for (int i = 0; i < all->num_faces && !one.num_faces; i++)
            if (all->faces[i].id == l->person) {
                one.faces = &all->faces[i];
                one.num_faces = 1;
            }
        f = &one;
    }
    int err = l->frames == 0 ? begin(l) : 0;
    for (int i = 0; i < l->num_sinks && err == 0; i++)
        err = l->sink[i]->info->frame(l->sink[i], f);
    l->frames++;
    l->rows += f->num_faces ? f->num_faces : 1;
    l->faces += f->num_faces;
    l->frames_with_face += f->num_faces > 0;
    if (f->error == MIEN_EWORKER && l->quarantined++ < MN_QUARANTINED_NAMED)
        l->quarantined_frame[l->quarantined - 1] = f->index + 1;
    for (int i = 0; i < f->num_faces; i++)
        if (f->faces[i].id >= l->people)
            l->people = f->faces[i].id + 1;
    mn_hist_add(&l->sinks, mn_now() - t);
    return err;
}

/* Reads one frame and sends it; ends the stream when there is none. */
static int feed(struct mn_loop *l, mien_frame *f, int64_t *sent, bool *ended)
{
    double t = mn_now();
    int err = mn_stop ? MIEN_EINTERRUPTED : mn_source_read(l->source, f);
    mn_hist_add(&l->decode, mn_now() - t);
    if (err == 0 && l->start > 0 && f->time < l->start) {
        l->skipped++;
        mien_release(l->pipeline, &f);
        return 0;
    }
    if (err == 0 && l->given)
        err = mn_given_apply(l->given, f);
    if (err == 0) {
        ++*sent;
        err = mien_send(l->pipeline, &f);
        if (err == 0 && l->max_frames && *sent >= l->max_frames) {
            l->stopped_early = true;
            err = MIEN_EEOF;
        }
    }
    mien_release(l->pipeline, &f);
    if (err < 0) {
        *ended = true;
        mien_send(l->pipeline, NULL);
    }
    return err == MIEN_EEOF ? 0 : err;
}

int mn_loop_run(struct mn_loop *l)
{
    struct mn_progress progress;
    const struct mn_source_facts *facts = mn_source_facts(l->source);
    int64_t expected = facts->frames_expected, sent = 0;
    if (l->max_frames && (expected == 0 || l->max_frames < expected))
        expected = l->max_frames;
    mn_progress_start(&progress, l->progress, facts->name, facts->live ? 0 : expected);

    double started = mn_now();
    bool ended = false, broken = false; /* broken: a sink takes no more */
    int err = 0;
    for (;;) {
        mien_frame *f = NULL;
        int got = mien_receive(l->pipeline, &f, 0);
        if (got == MIEN_EAGAIN) {
            if (!ended && mien_acquire(l->pipeline, &f) == 0) {
                int e = feed(l, f, &sent, &ended);
                if (e < 0 && err == 0)
                    err = e;
                continue;
            }
            got = mien_receive(l->pipeline, &f, 1);
        }
        if (got == MIEN_EEOF)
            break;
        if (got < 0) {
            err = err ? err : mn_fail(MIEN_EINTERNAL, "the pipeline stands still; please report this");
            break;
        }
        if (f->error && f->error != MIEN_EWORKER && err == 0) /* that one gets a row that says so */
            err = f->error == MIEN_EINTERRUPTED
                      ? f->error
                      : mn_fail(f->error, "%s, frame %lld: %s", facts->name, (long long)f->index + 1,
                                mien_strerror(f->error));
        if (!broken && (err == 0 || (err == MIEN_EINTERRUPTED && !f->error))) {
            int e = deliver(l, f);
            broken = e < 0;
            if (e < 0)
                err = e;
            if (l->frames == 1)
                l->first_row = mn_now() - started;
            mn_progress_update(&progress, l->frames, l->faces, facts->frames_dropped);
        }
        mien_release(l->pipeline, &f);
        if (err < 0 && !ended) {
            ended = true;
            mien_send(l->pipeline, NULL);
        }
    }
    l->seconds = mn_now() - started;
    mn_progress_end(&progress, l->frames, l->faces, facts->frames_dropped);
    for (int i = 0; i < l->num_sinks && err == 0 && l->frames; i++)
        if (l->sink[i]->info->revise && (l->layout.analysis & MIEN_AU))
            err = l->sink[i]->info->revise(l->sink[i], final_au, l->pipeline);
    mien_reset(l->pipeline);
    if (l->frames == 0 && (err == 0 || err == MIEN_EINTERRUPTED)) {
        int e = begin(l); /* an empty result still has its header */
        err = err ? err : e;
    }
    return err;
}
