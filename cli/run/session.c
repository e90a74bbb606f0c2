#include "run/session.h"

#include <mien/stats.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/atomic_file.h"
#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"
#include "report/models_used.h"
#include "report/sidecar.h"
#include "report/stage_table.h"
#include "report/stats.h"
#include "run/live.h"
#include "run/offline.h"
#include "run/second_pass.h"

int mn_session_open_source(struct mn_source **out, const struct mn_options *o, const char *input,
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
        .many = o->batch != NULL,
        .memory = memory,
        .stop = &mn_signal_received,
    };
    int err = mn_source_open(out, input, &so);
    if (err == MIEN_EINTERRUPTED)
        mn_msg(MIEN_LOG_ERROR, "interrupted before the first frame of %s", input);
    return err;
}

/* ----------------------------------------------------------------------- names of outputs ---- */

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return !strcmp(a, b) || (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
                             x.st_ino == y.st_ino && S_ISREG(x.st_mode));
}

/* The i-th output must be neither the input nor one of those before it. */
static int check_distinct(const char *const *output, int i, const char *input)
{
    if (same_file(output[i], input) && strcmp(input, "-"))
        return mn_fail(MIEN_EINVAL,
                       "%s would be overwritten by its own result; choose another name for the "
                       "output",
                       input);
    for (int k = 0; k < i; k++)
        if (output[k] && !mn_path_is_stream(output[k]) && same_file(output[i], output[k]))
            return mn_fail(MIEN_EINVAL,
                           "two results would both be written to %s; give them different names",
                           output[i]);
    return 0;
}

int mn_session_check_outputs(const struct mn_options *o, const char *input, const char *rows,
                             const char *video)
{
    char *sidecar = rows ? mn_sidecar_name(rows) : NULL;
    const char *output[5 + MN_MAX_SINKS] = {rows, video, sidecar, o->stats, o->summary};
    int err = 0, n = 5;
    for (int i = 0; i < MN_MAX_SINKS; i++) /* files that have options of their own */
        if (!mn_sinks[i]->streams)
            output[n++] = o->sink[mn_sinks[i]->role];
    for (int i = 0; i < n && err == 0; i++) {
        if (!output[i])
            continue;
        err = check_distinct(output, i, input);
        if (err == 0)
            err = mn_atomic_file_check(output[i], o->force);
    }
    free(sidecar);
    return err;
}

/* -------------------------------------------------------------------------------- session ---- */

int mn_session_frames(const struct mn_run *run, struct mn_tally *tally)
{
    struct mn_deliver d;
    bool live = mn_source_facts(run->source)->live && run->wakeup;
    mn_deliver_start(&d, run, tally);
    return mn_deliver_finish(&d, live ? mn_live_run(&d) : mn_offline_run(&d));
}

struct session {
    const struct mn_options *options;
    const char *rows, *video; /* names of outputs, or NULL */
    const char *input;        /* as the user named it */
    struct mn_run run;
    struct mn_tally tally;
    struct mn_monitor monitor;
    bool ran;                 /* the sinks are open and frames were read */
    struct mn_sink *recorder; /* of the results for the second pass; NULL: there is one pass */
    int err;                  /* outcome of the run */
    int verdict;              /* what was wrong with the input although the results are complete */
};

static void init(struct session *s, mien_pipeline *p, struct mn_source *source)
{
    const struct mn_options *o = s->options;
    s->input = mn_source_facts(source)->name;
    s->run = (struct mn_run){
        .pipeline = p,
        .source = source,
        .layout = {.analysis = mien_analysis_of(p),
                   .openface = o->openface,
                   .au = mn_models_used_au(p),
                   .claimed_only = o->claimed_only},
        .start = o->start,
        .max_frames = o->max_frames,
        .frame_skip = o->frame_skip,
        .anonymise = o->anonymise,
        .person = o->person,
        .progress = o->progress,
        .batch = o->batch,
        .wakeup = o->wakeup,
        .log_every = o->log_every,
    };
    s->tally.monitor = o->wakeup ? &s->monitor : NULL;
    mn_source_decode_into(source, p);
    mien_clear_stats(p);
}

static int open_sinks(struct session *s)
{
    const struct mn_options *o = s->options;
    struct mn_sink_request wanted = {.format = o->format, .force = o->force};
    memcpy(wanted.name, o->sink, sizeof(wanted.name));
    wanted.name[MN_SINK_ROWS] = s->rows;
    wanted.name[MN_SINK_VIDEO] = s->video;
    int err =
        o->landmarks_from ? mn_external_landmarks_open(&s->run.landmarks, o->landmarks_from) : 0;
    if (err == 0)
        err = mn_sink_open_all(s->run.sink, &s->run.num_sinks, &wanted);
    for (int i = 0; i < s->run.num_sinks && err == 0; i++)
        if (s->run.sink[i]->info->role == MN_SINK_VIDEO && mn_second_pass_wanted(&s->run, o)) {
            err = mn_second_pass_record(&s->run.sink[i], s->video);
            s->recorder = err == 0 ? s->run.sink[i] : NULL;
        }
    return err;
}

/* Later errors do not replace the first one. */
static void add_error(struct session *s, int err)
{
    if (s->err == 0)
        s->err = err;
}

static void run_frames(struct session *s)
{
    s->ran = true;
    s->err = mn_session_frames(&s->run, &s->tally);
    if (s->err == 0)
        s->verdict = mn_source_verdict(s->run.source, s->tally.stopped_early);
    if (s->verdict == MIEN_EWORKER) /* it was killed before it could judge the input: try again */
        s->err = s->verdict;
    if (s->options->stats)
        add_error(
            s, mn_stats_write(s->options->stats, &s->run, &s->tally, s->err ? s->err : s->verdict));
}

static void report_quarantine(struct session *s)
{
    int64_t n = s->tally.quarantined;
    if (n == 0 || s->verdict)
        return;
    s->verdict =
        mn_fail(MIEN_EWORKER,
                "%s: %lld %s not analysed because %s crashed worker processes repeatedly; the "
                "first is frame %lld, the sidecar names them; the rows of all other frames are "
                "complete",
                s->input, (long long)n, n == 1 ? "frame was" : "frames were",
                n == 1 ? "it" : "they", (long long)s->tally.quarantined_frame[0]);
}

static void warn_about_empty_rows(const struct session *s)
{
    if (s->tally.frames == 0 && s->run.start > 0)
        mn_msg(MIEN_LOG_WARNING,
               "%s ends before --start %g, so there are no rows; choose an earlier time", s->input,
               s->run.start);
    else if (s->run.person >= 0 && s->tally.people == 0)
        mn_msg(MIEN_LOG_WARNING,
               "no face in %s has face_id %d, so its rows have no faces; choose a face_id that a "
               "run without --person lists",
               s->input, s->run.person);
}

/* After an error the sinks do not report what it causes. */
static void finish_sinks(struct session *s)
{
    for (int i = 0; i < s->run.num_sinks; i++) {
        struct mn_sink *sink = s->run.sink[i];
        mn_msg_mute(s->err < 0);
        add_error(s, sink->info->finish(sink, s->err == 0));
    }
    mn_msg_mute(false);
}

/* The second pass. The first one has reported what is wrong with the input. */
static int draw(struct session *s)
{
    struct mn_source *source = NULL;
    mn_msg_mute(true);
    int err = mn_session_open_source(&source, s->options, s->input, false, s->run.pipeline);
    mn_msg_mute(false);
    if (err == 0)
        err = mn_second_pass_run(s->recorder, &s->run, source, s->tally.frames);
    mn_source_close(&source);
    return err;
}

static void report_interruption(const struct session *s)
{
    bool file = s->rows && !mn_path_is_stream(s->rows);
    long long frames = s->tally.frames;
    if (!s->ran || (!s->rows && !s->video))
        mn_msg(MIEN_LOG_ERROR, "interrupted after %lld frames of %s", frames, s->input);
    else
        mn_msg(MIEN_LOG_ERROR, "interrupted: %lld frames of %s are kept%s%s%s", frames, s->input,
               file ? " in " : "", file ? s->rows : "", file ? ".partial" : "");
}

/* The report on the terminal: with --verbose, with log lines, or where a person watches. */
static bool wants_report(const struct session *s)
{
    enum mn_progress_mode progress = s->options->progress;
    return mn_msg_level() >= MIEN_LOG_INFO || s->run.log_every ||
           (progress != MN_PROGRESS_NONE && progress != MN_PROGRESS_JSON && isatty(STDERR_FILENO));
}

static void report(const struct session *s)
{
    const struct mn_tally *t = &s->tally;
    const struct mn_source_facts *f = mn_source_facts(s->run.source);
    mien_stats stats;
    mien_get_stats(s->run.pipeline, &stats);
    fprintf(stderr, "%s: %lld %s, %lld %s, %lld %s, %.1f frames per second", s->input,
            (long long)t->frames, t->frames == 1 ? "frame" : "frames", (long long)t->rows,
            t->rows == 1 ? "row" : "rows", (long long)t->people,
            t->people == 1 ? "person" : "people",
            t->seconds > 0 ? (double)t->frames / t->seconds : 0);
    if (f->live)
        fprintf(stderr, ", %lld frames dropped", (long long)f->frames_dropped);
    const enum mien_landmark_method method = s->options->settings.landmark_method;
    if (method == MIEN_LANDMARK_CECLM || method == MIEN_LANDMARK_CLNF)
        fprintf(stderr, ", landmarks by OpenFace's %s",
                method == MIEN_LANDMARK_CECLM ? "CE-CLM" : "CLNF");
    fprintf(stderr, "%s%s%s%s\n", s->rows ? " -> " : "", s->rows ? s->rows : "",
            s->video ? ", " : "", s->video ? s->video : "");
    if (t->monitor)
        mn_stats_summary(stderr, &s->run, t);
    mn_stage_table_print(stderr, t, &stats);
    mn_stage_table_queue(stderr, &stats);
}

int mn_session_run(mien_pipeline *p, struct mn_source *source, const struct mn_options *o,
                   const char *rows, const char *video)
{
    struct session *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    s->options = o;
    s->rows = rows;
    s->video = video;
    init(s, p, source);
    s->err = open_sinks(s);
    if (s->err == 0 && rows && o->recipe)
        s->err = mn_sidecar_begin(rows, o->recipe);
    if (s->err == 0)
        run_frames(s);
    if (s->err == 0) {
        report_quarantine(s);
        warn_about_empty_rows(s);
    }
    if (s->err == 0 && s->recorder && s->tally.frames > 0)
        s->err = draw(s);
    finish_sinks(s);
    if (s->ran && rows)
        add_error(s, mn_sidecar_write(rows, o, &s->run, &s->tally, s->err, s->verdict));
    if (s->err == MIEN_EINTERRUPTED)
        report_interruption(s);
    if (s->ran && wants_report(s))
        report(s);
    int err = s->err ? s->err : s->verdict;
    mn_external_landmarks_close(&s->run.landmarks);
    mn_tally_finish(&s->tally);
    free(s);
    return err;
}
