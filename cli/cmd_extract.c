/* Analyses files as fast as the machine allows, with one pipeline for all of them. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "run/session.h"
#include "base/clock.h"
#include "batch/job.h"
#include "batch/plan.h"
#include "batch/shard.h"
#include "batch/summary.h"
#include "batch/supervisor.h"
#include "command.h"
#include "io/atomic_file.h"
#include "report/recipe.h"
#include "report/sidecar.h"
#include "io/msg.h"
#include "sink/sink.h"
#include "io/signal.h"

struct opening {
    mien_pipeline *p;
    const mien_settings *settings;
    int err;
    atomic_bool done;
};

static void *open_pipeline(void *arg)
{
    struct opening *o = arg;
    o->err = mien_open(&o->p, o->settings);
    atomic_store(&o->done, true);
    return NULL;
}

/* The number of pictures to decode before the pipeline is open: not more than it will have in
 * flight, because memory would grow, and none with --max-frames, because pictures beyond it would
 * count as decoded. */
static int pictures_ahead(const struct mn_options *o)
{
    const unsigned analysis = o->settings.analysis;
    if (o->max_frames)
        return 0;
    if (!analysis || (analysis & MIEN_GAZE))
        return 6;
    return o->settings.workers == 1 ? MN_SOURCE_AHEAD / 2 : MN_SOURCE_AHEAD;
}

/* The first input, opened before its turn. */
struct first {
    bool opened;
    struct mn_source *source;
    int err;
    char message[600]; /* its first error message */
};

/* Opens the models and, at the same time, the first input: decoding is half of the work of the main
 * thread. Returns the error of the pipeline; first->err matters only if that is 0. With --resume
 * the input is not opened, because its result may exist already. */
static int open_first(mien_pipeline **p, struct first *first, const struct mn_options *o,
                      const char *input)
{
    struct opening opening = {.settings = &o->settings};
    pthread_t thread;
    first->opened = o->settings.exec == MIEN_THREADS && !o->isolate && !o->resume &&
                    pthread_create(&thread, NULL, open_pipeline, &opening) == 0;
    if (!first->opened)
        return mien_open(p, &o->settings);
    mn_msg_defer();
    mn_msg_capture(first->message, sizeof(first->message));
    first->err = mn_session_open_source(&first->source, o, input, false, NULL);
    mn_msg_capture(NULL, 0);
    if (first->err == 0)
        mn_source_ahead(first->source, pictures_ahead(o), &opening.done);
    pthread_join(thread, NULL);
    mn_msg_flush_deferred(opening.err == 0);
    *p = opening.p;
    return opening.err;
}

/* Runs all jobs; one that fails does not end the others. Returns the first error, or
 * MIEN_EINTERRUPTED if the user ended the run. */
static int run_all(struct mn_plan *b, struct mn_options *o, mien_pipeline **p, struct first *first,
                   struct mn_summary *summary)
{
    const int statics = o->settings.independent_frames;
    struct mn_progress_batch shown = {.files = b->n, .started = mn_now()};
    int result = b->unread ? MIEN_ENOINPUT : 0, failed = 0, kept = 0;
    o->batch = b->n > 1 ? &shown : NULL;
    for (int i = 0; i < b->n; i++)
        shown.all += b->job[i].bytes;
    for (int i = 0; i < b->n; i++) {
        struct mn_job *job = &b->job[i];
        char message[sizeof(first->message)];
        enum mn_job_state state = MN_JOB_TODO;
        int err = 0;
        mn_msg_capture(message, sizeof(message));
        snprintf(message, sizeof(message), "%s", first->message);
        if (!mn_signal_received && o->resume)
            state = mn_plan_earlier(job, o, &err);
        if (!mn_signal_received && state == MN_JOB_TODO) {
            struct mn_options here = *o;
            here.force = mn_job_replaces(job, o);
            shown.file = i + 1;
            shown.here = job->bytes;
            err = mn_job_run(job, &here, p, statics, first->source, first->err);
            *first = (struct first){0};
            o->settings.independent_frames = here.settings.independent_frames;
            state = mn_job_state_of(job, err);
            shown.before += job->bytes;
        } else {
            shown.all -= job->bytes;
        }
        mn_msg_capture(NULL, 0);
        kept += state == MN_JOB_KEPT;
        failed += err < 0;
        if (state == MN_JOB_TODO || err == MIEN_EINTERRUPTED)
            result = MIEN_EINTERRUPTED;
        else if (err < 0 && result == 0)
            result = err;
        int e = summary ? mn_summary_add(summary, job, state, err, message) : 0;
        if (e < 0 && result == 0)
            result = e;
    }
    if (kept)
        mn_msg(MIEN_LOG_INFO, "%d of %d results existed and were kept", kept, b->n);
    if (failed && b->n > 1)
        mn_msg(MIEN_LOG_ERROR, "%d of %d inputs failed; the messages above show why", failed, b->n);
    return result;
}

/* In a separate process: if asked for, with worker processes, and for the files of folders, which
 * may be worse than damaged. */
static bool isolates(const struct mn_options *o, const struct mn_plan *b)
{
    return !o->no_isolate && (o->isolate || o->settings.exec == MIEN_PROCESSES || b->folders);
}

/* One input after the other, in this process. */
static int run_here(struct mn_plan *batch, struct mn_options *o, struct mn_summary *summary)
{
    mien_pipeline *p = NULL;
    struct first first = {0};
    o->isolate = isolates(o, batch);
    o->settings.exclude = mn_options_unwritten(o);
    int err = open_first(&p, &first, o, batch->job[0].input);
    if (err == 0)
        o->recipe = mn_recipe_hash(o, p);
    int result = err ? err : run_all(batch, o, &p, &first, summary);
    mn_source_close(&first.source); /* if the models did not open */
    mien_close(&p);
    return result;
}

int mn_cmd_extract(struct mn_options *o)
{
    if (o->num_inputs == 0)
        return mn_fail(MIEN_EINVAL, "no input; for example: mien extract video.mp4 -o video.csv");
    if (!o->output)
        return mn_fail(MIEN_EINVAL, "no output; name it with -o FILE.csv or -o FOLDER/");

    struct mn_plan batch = {0};
    struct mn_summary *summary = NULL;
    struct mn_shard shard;
    int err = mn_supervisor_check(o);
    if (err == 0 && o->shard)
        err = mn_shard_parse(&shard, o->shard);
    if (err == 0)
        err = mn_plan_make(&batch, o);
    if (err == 0 && o->shard)
        err = mn_shard_apply(&batch, &shard);
    if (err == 0)
        err = mn_plan_check(&batch, o);
    if (err == 0 && o->summary)
        err = mn_summary_open(&summary, o->summary, o->force || o->resume);
    if (err == 0 && batch.n == 0)
        mn_msg(MIEN_LOG_WARNING,
               "--shard %s: there are fewer inputs than shards, so this one has "
               "none",
               o->shard);
    else if (err == 0)
        err = mn_supervisor_wanted(o) ? mn_supervisor_run(&batch, o, summary)
                                      : run_here(&batch, o, summary);
    mn_summary_close(summary, err != MIEN_EINTERRUPTED);
    mn_plan_free(&batch);
    return err;
}
