#include "run/loop.h"

#include <stdlib.h>
#include <string.h>

#include "run/live.h"
#include "io/msg.h"
#include "sink/display.h"
#include "report/stats.h"
#include "io/signal.h"

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
        .start = l->start,
        .time_num = f->time_num,
        .time_den = f->time_den,
        .sar_num = f->sar_num,
        .sar_den = f->sar_den,
        .matrix = f->matrix,
        .primaries = f->primaries,
        .transfer = f->transfer,
        .live = f->live && l->live,
        .monitor = l->live ? &l->live->monitor : NULL,
        .layout = l->layout,
    };
    int err = 0;
    for (int i = 0; i < l->num_sinks && err == 0; i++)
        err = l->sink[i]->info->begin(l->sink[i], &stream);
    return err;
}

/* Numbers may come again, leave out others, and be anything where landmarks are given. */
static int count_person(struct mn_loop *l, int32_t id)
{
    int low = 0, high = l->people;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (l->id[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < l->people && l->id[low] == id)
        return 0;
    if (l->people == l->room_for_ids) {
        int room = l->room_for_ids ? 2 * l->room_for_ids : 16;
        int32_t *more = realloc(l->id, (size_t)room * sizeof(*more));
        if (!more)
            return MIEN_ENOMEM;
        l->id = more;
        l->room_for_ids = room;
    }
    memmove(&l->id[low + 1], &l->id[low], (size_t)(l->people - low) * sizeof(*l->id));
    l->id[low] = id;
    l->people++;
    return 0;
}

static int deliver(struct mn_loop *l, const mien_frame *f)
{
    double t = mn_now();
    const mien_face *face[MIEN_FACES_LIMIT];
    struct mn_result r = {.frame = f, .face = face};
    for (int i = 0; i < f->num_faces; i++)
        if (l->person < 0 || f->faces[i].id == l->person)
            face[r.num_faces++] = &f->faces[i];
    int err = l->frames == 0 ? begin(l) : 0;
    for (int i = 0; i < l->num_sinks && err == 0; i++)
        err = l->sink[i]->info->frame(l->sink[i], &r);
    l->frames++;
    l->rows += r.num_faces ? r.num_faces : 1;
    l->faces += r.num_faces;
    l->frames_with_face += r.num_faces > 0;
    if (f->error == MIEN_EWORKER && l->quarantined++ < MN_QUARANTINED_NAMED)
        l->quarantined_frame[l->quarantined - 1] = f->index + 1;
    for (int i = 0; i < r.num_faces && err == 0; i++)
        err = count_person(l, face[i]->id);
    mn_hist_add(&l->sinks, mn_now() - t);
    return err;
}

bool mn_loop_skips(struct mn_loop *l, const mien_frame *f)
{
    bool early = l->start > 0 && f->time < l->start;
    bool between = !early && l->frame_skip && f->index % (l->frame_skip + 1) != 0;
    l->skipped += early;
    l->passed_over += between;
    return early || between;
}

bool mn_loop_quits(const struct mn_loop *l)
{
    return l->live && l->live->view && mn_display_quits();
}

static int frame_error(const struct mn_loop *l, const mien_frame *f)
{
    if (f->error == MIEN_EWORKER) /* gets a row that says so */
        return 0;
    if (f->error == 0 || f->error == MIEN_EINTERRUPTED)
        return f->error;
    return mn_fail(f->error, "%s, frame %lld: %s", mn_source_facts(l->source)->name,
                   (long long)f->index + 1, mien_strerror(f->error));
}

int mn_loop_result(struct mn_loop *l, const mien_frame *f)
{
    struct mn_live *live = l->live;
    if (live)
        mn_monitor_received(&live->monitor);
    int err = frame_error(l, f);
    if (err == 0)
        err = deliver(l, f);
    if (err < 0)
        return err;
    if (live) {
        mn_monitor_delivered(&live->monitor);
        if (live->log_every && l->frames % live->log_every == 0)
            mn_stats_line(l);
    }
    if (l->frames == 1)
        l->first_row = mn_now() - l->started;
    mn_progress_update(&l->shown, l->frames, l->faces, mn_source_facts(l->source)->frames_dropped);
    return 0;
}

/* Reads one frame and sends it; ends the stream when there is none. */
static int feed(struct mn_loop *l, mien_frame *f, int64_t *sent, bool *ended)
{
    double t = mn_now();
    int err = mn_signal_received ? MIEN_EINTERRUPTED : mn_source_read(l->source, f);
    double read = mn_now();
    mn_hist_add(&l->decode, read - t);
    if (err == 0 && mn_loop_skips(l, f)) {
        mien_release(l->pipeline, &f);
        return 0;
    }
    if (err == 0 && l->given)
        err = mn_external_landmarks_apply(l->given, f);
    if (err == 0) {
        ++*sent;
        if (l->live)
            mn_monitor_sent(&l->live->monitor, read);
        err = mien_send(l->pipeline, &f);
        if (err == 0 && ((l->max_frames && *sent >= l->max_frames) || mn_loop_quits(l))) {
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

/* Of a source that waits: every frame is analysed, and an empty pool is what holds it back. */
static int run_patient(struct mn_loop *l)
{
    int64_t sent = 0;
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
            err = err ? err
                      : mn_fail(MIEN_EINTERNAL, "the pipeline stands still; please report this");
            break;
        }
        if (!broken && (err == 0 || (err == MIEN_EINTERRUPTED && !f->error))) {
            int e = mn_loop_result(l, f);
            broken = e < 0;
            if (e < 0)
                err = e;
        }
        mien_release(l->pipeline, &f);
        if (err < 0 && !ended) {
            ended = true;
            mien_send(l->pipeline, NULL);
        }
    }
    return err;
}

int mn_loop_run(struct mn_loop *l)
{
    const struct mn_source_facts *facts = mn_source_facts(l->source);
    int64_t expected = facts->frames_expected;
    if (l->max_frames && (expected == 0 || l->max_frames < expected))
        expected = l->max_frames;
    mn_progress_start(&l->shown, l->progress, facts->name, facts->live ? 0 : expected, l->batch);

    l->started = mn_now();
    int err = facts->live && l->live ? mn_live_run(l) : run_patient(l);
    mn_source_stop(l->source); /* from here on its counts stand still */
    l->seconds = mn_now() - l->started;
    mn_progress_end(&l->shown, l->frames, l->faces, facts->frames_dropped);
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
