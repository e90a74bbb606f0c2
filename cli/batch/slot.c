#include "batch/slot.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/shared.h"
#include "batch/job.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"
#include "report/recipe.h"

struct slot {
    struct mn_options options;
    int independent; /* --independent of the user */
    mien_pipeline *pipeline;
    struct mn_shared memory;
    struct mn_progress_batch batch;
    struct mn_job job;
    int workers; /* that the pipeline has */
};

/* --------------------------------------------------------------------------------- replies ---- */

/* Messages come from any thread. */
static bool reply(const struct mn_slot_reply *r)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    bool sent = mn_child_send(MN_CHILD_SOCKET, r, sizeof(*r)) == 0;
    pthread_mutex_unlock(&lock);
    return sent;
}

static void send_message(enum mien_log_level level, const char *text)
{
    struct mn_slot_reply r = {.kind = MN_SLOT_MESSAGE, .level = (int32_t)level};
    snprintf(r.text, sizeof(r.text), "%s", text);
    reply(&r);
}

/* The batch has no other use for these cores. If workers cannot be added, the job goes on without.
 */
static void add_workers(struct slot *s, int workers)
{
    if (workers <= s->workers)
        return;
    s->workers = workers;
    if (mien_add_workers(s->pipeline, workers) == 0)
        mn_msg(MIEN_LOG_DEBUG, "%s: it goes on with %d workers", s->job.input, workers);
}

static void beat(void *ctx, int64_t frames, int64_t expected)
{
    struct slot *s = ctx;
    struct mn_slot_page *page = (struct mn_slot_page *)s->memory.base;
    atomic_store_explicit(&page->frames, frames, memory_order_relaxed);
    atomic_store_explicit(&page->expected, expected, memory_order_relaxed);
    atomic_store_explicit(&page->media_ms, (int64_t)(s->job.media_seconds * 1e3),
                          memory_order_relaxed);
    add_workers(s, atomic_load_explicit(&page->workers, memory_order_relaxed));
}

/* ----------------------------------------------------------------------------------- jobs ---- */

/* A single worker needs no threads of its own; the results are the same. */
static void set_workers(mien_settings *s, int workers, int most)
{
    s->workers = workers;
    s->max_workers = most;
    if (s->exec != MIEN_PROCESSES)
        s->exec = workers > 1 ? MIEN_THREADS : MIEN_SEQUENTIAL;
}

static int open_pipeline(struct slot *s)
{
    int err = mien_open(&s->pipeline, &s->options.settings);
    if (err == 0)
        s->options.recipe = mn_recipe_hash(&s->options, s->pipeline);
    return err;
}

static int run_job(struct slot *s, const struct mn_slot_request *q, enum mn_job_state *state)
{
    struct mn_job *job = &s->job;
    int err = 0;
    *state = MN_JOB_TODO;
    if (s->options.resume)
        *state = mn_plan_earlier(job, &s->options, &err);
    if (*state != MN_JOB_TODO)
        return err;
    struct mn_options here = s->options;
    here.force = q->again || mn_job_replaces(job, &here);
    s->workers = here.settings.workers;
    err = mn_job_run(job, &here, &s->pipeline, s->independent, NULL, 0);
    s->options.settings.independent_frames = here.settings.independent_frames;
    *state = mn_job_state_of(job, err);
    return err;
}

static bool serve(struct slot *s, struct mn_slot_request *q)
{
    struct mn_slot_reply r = {.kind = MN_SLOT_END};
    enum mn_job_state state;
    s->job = (struct mn_job){.input = q->input,
                             .rows = q->rows,
                             .video = q->video[0] ? q->video : NULL,
                             .place = mn_path_last_part(q->input),
                             .bytes = q->bytes};
    mn_msg_capture(r.text, sizeof(r.text));
    r.err = run_job(s, q, &state);
    mn_msg_capture(NULL, 0);
    r.state = (int32_t)state;
    r.media_seconds = s->job.media_seconds;
    return reply(&r);
}

/* ----------------------------------------------------------------------------------- main ---- */

static int parse(struct slot *s, int argc, char **argv)
{
    int err = mn_options_parse(&s->options, "extract", argc, argv);
    struct mn_options *o = &s->options;
    s->independent = o->settings.independent_frames;
    o->progress = MN_PROGRESS_NONE;
    o->batch = &s->batch;
    s->batch.beat = beat;
    s->batch.ctx = s;
    o->isolate = !o->no_isolate;
    o->settings.exclude = mn_options_unwritten(o);
    return err;
}

/* argv: program, flag, pid of the parent, workers, the most workers that may be added, options. */
static int start(struct slot *s, int argc, char **argv)
{
    if (argc < 5)
        return MIEN_EINVAL;
    mn_child_harden((pid_t)atol(argv[2]));
    mn_signal_install();
    if (mn_shared_attach(&s->memory, MN_CHILD_EXTRA, true) < 0 ||
        s->memory.size < sizeof(struct mn_slot_page))
        return MIEN_EINTERNAL;
    mn_msg_redirect(send_message);
    int err = parse(s, argc - 4, argv + 4);
    set_workers(&s->options.settings, atoi(argv[3]), atoi(argv[4]));
    return err ? err : open_pipeline(s);
}

int mn_slot_main(int argc, char **argv)
{
    static struct slot s;
    static struct mn_slot_request q;
    struct mn_slot_reply r = {.kind = MN_SLOT_READY};
    s.memory.fd = -1;
    r.err = start(&s, argc, argv);
    bool more = reply(&r) && r.err == 0;
    while (more && !mn_signal_received) {
        int got = mn_child_recv(MN_CHILD_SOCKET, &q, sizeof(q), 500);
        more = got >= 0 && (got > 0 || serve(&s, &q));
    }
    mien_close(&s.pipeline);
    mn_shared_close(&s.memory);
    return mn_exit_status(r.err);
}
