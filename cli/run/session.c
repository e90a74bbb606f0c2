#include "run/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/loop.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "report/sidecar.h"
#include "report/stats.h"
#include "io/signal.h"

static void report(const struct mn_loop *l, const char *rows, const char *video)
{
    const struct mn_source_facts *f = mn_source_facts(l->source);
    fprintf(stderr, "%s: %lld %s, %lld %s, %lld %s, %.1f frames per second", f->name,
            (long long)l->frames, l->frames == 1 ? "frame" : "frames", (long long)l->rows,
            l->rows == 1 ? "row" : "rows", (long long)l->people,
            l->people == 1 ? "person" : "people",
            l->seconds > 0 ? (double)l->frames / l->seconds : 0);
    if (f->live)
        fprintf(stderr, ", %lld frames dropped", (long long)f->frames_dropped);
    fprintf(stderr, "%s%s%s%s\n", rows ? " -> " : "", rows ? rows : "", video ? ", " : "",
            video ? video : "");
    if (l->live)
        mn_stats_summary(stderr, l);
    mn_stats_print(stderr, l);
}

int mn_open_source(struct mn_source **out, const struct mn_options *o, const char *input,
                   bool remote, mien_pipeline *memory)
{
    const struct mn_source_options so = {
        .rotate = o->rotate,
        .tagged_colour = o->tagged_colour,
        .fps = o->fps,
        .threads = 1,
        .remote = remote,
        .realtime = o->realtime,
        .camera_size = o->camera_size,
        .timeout = o->timeout,
        .reconnect = o->reconnect,
        .wakeup = o->wakeup,
        .isolate = o->isolate,
        .memory = memory,
        .stop = &mn_signal_received,
    };
    int err = mn_source_open(out, input, &so);
    if (err == MIEN_EINTERRUPTED)
        mn_msg(MIEN_LOG_ERROR, "interrupted before the first frame of %s", input);
    return err;
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return !strcmp(a, b) || (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
                             x.st_ino == y.st_ino && S_ISREG(x.st_mode));
}

int mn_check_outputs(const struct mn_options *o, const char *input, const char *rows,
                     const char *video)
{
    char *sidecar = rows ? mn_sidecar_name(rows) : NULL;
    const char *outputs[] = {rows, video, sidecar, o->stats, o->summary};
    int err = 0;
    for (int i = 0; i < 5 && err == 0; i++) {
        if (!outputs[i])
            continue;
        if (same_file(outputs[i], input) && strcmp(input, "-"))
            err = mn_fail(MIEN_EINVAL,
                          "%s would be overwritten by its own result; choose another "
                          "name for the output",
                          input);
        for (int k = 0; k < i && err == 0; k++)
            if (outputs[k] && !mn_path_is_stream(outputs[k]) && same_file(outputs[i], outputs[k]))
                err = mn_fail(MIEN_EINVAL,
                              "two results would both be written to %s; give them "
                              "different names",
                              outputs[i]);
        if (err == 0)
            err = mn_atomic_file_check(outputs[i], o->force);
    }
    free(sidecar);
    return err;
}

int mn_analyse(mien_pipeline *p, struct mn_source *source, const struct mn_options *o,
               const char *rows, const char *video, struct mn_live *live)
{
    struct mn_loop *l = calloc(1, sizeof(*l));
    if (!l)
        return MIEN_ENOMEM;
    l->pipeline = p;
    l->start = o->start;
    l->person = o->person;
    l->max_frames = o->max_frames;
    l->frame_skip = o->frame_skip;
    l->live = live;
    l->progress = o->progress;
    l->batch = o->batch;
    l->source = source;
    l->layout = (struct mn_layout){mien_analysis_of(p), o->openface};
    struct mn_sink_request wanted = {.format = o->format, .force = o->force};
    memcpy(wanted.name, o->sink, sizeof(wanted.name));
    wanted.name[MN_SINK_ROWS] = rows;
    wanted.name[MN_SINK_VIDEO] = video;
    mn_source_decode_into(source, p);
    mien_clear_stats(p);
    int verdict = 0,
        err = o->landmarks_from ? mn_external_landmarks_open(&l->given, o->landmarks_from) : 0;
    if (err == 0)
        err = mn_sink_open_all(l->sink, &l->num_sinks, &wanted);
    bool ran = err == 0, file = rows && !mn_path_is_stream(rows);
    if (ran) {
        err = mn_loop_run(l);
        if (err == 0)
            verdict = mn_source_verdict(l->source, l->stopped_early);
        if (live)
            mn_stats_objects(l);
        if (o->stats) {
            int e = mn_stats_write(o->stats, l, err ? err : verdict);
            err = err ? err : e;
        }
        if (err == 0 && verdict == 0 && l->quarantined)
            verdict =
                mn_fail(MIEN_EWORKER,
                        "%s: %lld %s not analysed because worker processes died "
                        "of %s again and again, the first is number %lld; all "
                        "other rows are there, the sidecar names them",
                        mn_source_facts(source)->name, (long long)l->quarantined,
                        l->quarantined == 1 ? "frame was" : "frames were",
                        l->quarantined == 1 ? "it" : "them", (long long)l->quarantined_frame[0]);
    }
    if (ran && err == 0 && l->frames == 0 && l->start > 0)
        mn_msg(MIEN_LOG_WARNING,
               "%s ends before --start %g, so there are no rows; choose an earlier one",
               mn_source_facts(source)->name, l->start);
    else if (ran && err == 0 && l->person >= 0 && l->people == 0)
        mn_msg(
            MIEN_LOG_WARNING,
            "nobody in %s has face_id %d, so there are no faces in its rows; choose one that a run "
            "without --person shows",
            mn_source_facts(source)->name, l->person);
    for (int i = 0; i < l->num_sinks; i++) {
        mn_msg_mute(err < 0); /* the reason was said */
        int e = l->sink[i]->info->finish(l->sink[i], err == 0);
        if (e < 0 && err == 0)
            err = e;
    }
    mn_msg_mute(false);
    if (ran && file) {
        int e = mn_sidecar_write(rows, o, l, err, verdict);
        if (e < 0 && err == 0)
            err = e;
    }
    if (err == MIEN_EINTERRUPTED && (!ran || (!rows && !video)))
        mn_msg(MIEN_LOG_ERROR, "interrupted after %lld frames of %s", (long long)l->frames,
               mn_source_facts(source)->name);
    else if (err == MIEN_EINTERRUPTED)
        mn_msg(MIEN_LOG_ERROR, "interrupted: %lld frames of %s are kept%s%s%s",
               (long long)l->frames, mn_source_facts(source)->name, file ? " in " : "",
               file ? rows : "", file ? ".partial" : "");
    if (ran && (mn_msg_level() >= MIEN_LOG_INFO || (live && live->log_every) ||
                (o->progress != MN_PROGRESS_NONE && o->progress != MN_PROGRESS_JSON &&
                 isatty(STDERR_FILENO))))
        report(l, rows, video);
    mn_external_landmarks_close(&l->given);
    free(l->id);
    free(l);
    return err ? err : verdict;
}
