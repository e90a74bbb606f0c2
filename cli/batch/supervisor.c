#include "batch/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cores.h"
#include "batch/attempt.h"
#include "batch/claim.h"
#include "batch/queue.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"

#define SLICE_MS 50
#define GRACE 0.7       /* seconds for jobs to end after Ctrl-C */
#define WORTH_CORES 2.0 /* seconds that a job must still need to get more workers */

/* ----------------------------------------------------------------------------------- slots ---- */

/* The command line of this run, for the slots: without the names of the inputs. */
static char **slot_words(const struct mn_batch *b, char number[3][24])
{
    const struct mn_options *o = b->options;
    char **words = calloc((size_t)o->num_words + 8, sizeof(*words));
    int n = 0, input = 0;
    if (!words)
        return NULL;
    words[n++] = (char *)"mien";
    words[n++] = (char *)MN_SLOT_FLAG;
    for (int i = 0; i < 3; i++)
        words[n++] = number[i];
    for (int i = 1; i < o->num_words; i++)
        if (input < o->num_inputs && o->words[i] == o->inputs[input])
            input++;
        else
            words[n++] = o->words[i];
    return words;
}

static int start_slot(struct mn_batch *b, struct mn_job_slot *s)
{
    char number[3][24];
    snprintf(number[0], sizeof(number[0]), "%ld", (long)getpid());
    snprintf(number[1], sizeof(number[1]), "%d", b->workers);
    snprintf(number[2], sizeof(number[2]), "%d", b->cores);
    char **words = slot_words(b, number);
    int err = words ? 0 : ENOMEM;
    if (!err && !s->memory.base && mn_shared_create(&s->memory, sizeof(struct mn_slot_page)) < 0)
        err = errno;
    if (!err)
        err = mn_child_start(&s->child, b->program, words, (const int[2]){s->memory.fd, -1});
    free(words);
    s->ready = false;
    s->started = s->beat = mn_now();
    return err ? mn_fail(MIEN_EWORKER, "a job process cannot be started: %s", strerror(err)) : 0;
}

static int running(const struct mn_batch *b)
{
    int n = 0;
    for (int i = 0; i < b->num_slots; i++)
        n += b->slot[i].job != MN_NO_JOB;
    return n;
}

/* Seconds until a job is done; 0: not known. */
static double remaining(const struct mn_job_slot *s)
{
    const struct mn_slot_page *page = mn_slot_page_of(s);
    const double done = (double)page->frames, all = (double)page->expected;
    return done > 0 && all > done ? (mn_now() - s->started) * (all - done) / done : 0;
}

/* The last jobs get the cores that no other job will use, if they run long enough for more workers
 * to open their networks. */
static void give_cores(struct mn_batch *b)
{
    const int jobs = running(b);
    if (mn_queue_left(b) || jobs == 0 || jobs == b->num_slots)
        return;
    for (int i = 0; i < b->num_slots; i++) {
        struct mn_job_slot *s = &b->slot[i];
        if (s->job != MN_NO_JOB && remaining(s) > WORTH_CORES)
            mn_slot_page_of(s)->workers = b->cores / jobs;
    }
}

static void give_job(struct mn_batch *b, struct mn_job_slot *s)
{
    static struct mn_slot_request q;
    int i = mn_queue_next(b);
    if (i == MN_NO_JOB)
        return;
    const struct mn_job *job = &b->plan->job[i];
    memset(&q, 0, sizeof(q));
    snprintf(q.input, sizeof(q.input), "%s", job->input);
    snprintf(q.rows, sizeof(q.rows), "%s", job->rows);
    snprintf(q.video, sizeof(q.video), "%s", job->video ? job->video : "");
    q.bytes = job->bytes;
    q.again = b->attempt[i]++ > 0;
    s->job = i;
    s->started = s->beat = s->looked = mn_now();
    s->frames = 0;
    memset(mn_slot_page_of(s), 0, sizeof(struct mn_slot_page));
    mn_attempt_note(b, s, MN_LEDGER_RUN, &(struct mn_ledger_entry){0});
    /* a slot that does not take it is lost, which is noticed later */
    mn_child_send_within(s->child.fd, &q, sizeof(q), 10, &mn_signal_received);
}

/* -------------------------------------------------------------------------------- replies ---- */

static int take_reply(struct mn_batch *b, struct mn_job_slot *s, struct mn_slot_reply *r)
{
    r->text[sizeof(r->text) - 1] = 0;
    if (r->kind == MN_SLOT_MESSAGE) {
        mn_msg((enum mien_log_level)r->level, "%s", r->text);
    } else if (r->kind == MN_SLOT_READY) {
        s->ready = true;
        return r->err;
    } else if (s->job != MN_NO_JOB && r->state >= 0 && r->state < MN_JOB_STATES) {
        b->plan->job[s->job].media_seconds = r->media_seconds;
        if (r->err == MIEN_EWORKER && r->state == MN_JOB_FAILED)
            mn_attempt_repeat(b, s, r->text);
        else
            mn_attempt_end(b, s, (enum mn_job_state)r->state, r->err, r->text);
    }
    return 0;
}

/* Takes what the slot has sent. 0, or the error that its models could not be opened with. */
static int serve(struct mn_batch *b, struct mn_job_slot *s)
{
    struct mn_slot_reply r;
    int got, err = 0;
    while (err == 0 && (got = mn_child_recv(s->child.fd, &r, sizeof(r), 0)) == 0)
        err = take_reply(b, s, &r);
    if (err || got > 0)
        return err;
    if (s->job != MN_NO_JOB) {
        mn_attempt_lose(b, s, NULL);
        return 0;
    }
    const bool opened = s->ready;
    int how = 0;
    mn_child_end(&s->child, &how);
    return opened ? 0
                  : mn_fail(MIEN_EWORKER,
                            "a job process ended while it opened the models (status %d); run mien "
                            "extract with --jobs 0 on one input to find out why",
                            how);
}

static int tend(struct mn_batch *b, struct mn_job_slot *s)
{
    char why[160];
    int err = 0;
    if (s->child.fd >= 0)
        err = serve(b, s);
    if (err == 0 && s->job != MN_NO_JOB && s->child.fd >= 0) {
        mn_attempt_limits(b, s, why, sizeof(why));
        if (why[0])
            mn_attempt_lose(b, s, why);
    }
    if (mn_signal_received)
        return err;
    if (err == 0 && s->child.fd < 0 && mn_queue_left(b) > 0)
        err = start_slot(b, s);
    if (err == 0 && s->ready && s->job == MN_NO_JOB && s->child.fd >= 0)
        give_job(b, s);
    return err;
}

static void wait_for_news(const struct mn_batch *b)
{
    struct pollfd fd[MN_MAX_SLOTS];
    for (int i = 0; i < b->num_slots; i++)
        fd[i] = (struct pollfd){b->slot[i].child.fd, POLLIN, 0}; /* -1 is ignored */
    poll(fd, (nfds_t)b->num_slots, SLICE_MS);
}

static void show(struct mn_batch *b)
{
    b->shown.running = running(b);
    b->shown.frames_running = 0;
    b->shown.bytes_running = 0;
    for (int i = 0; i < b->num_slots; i++) {
        const struct mn_job_slot *s = &b->slot[i];
        if (s->job == MN_NO_JOB)
            continue;
        const int64_t frames = mn_slot_page_of(s)->frames, expected = mn_slot_page_of(s)->expected;
        b->shown.frames_running += frames;
        if (expected > 0 && frames < expected)
            b->shown.bytes_running +=
                (double)b->plan->job[s->job].bytes * (double)frames / (double)expected;
    }
    mn_collection_update(&b->shown);
}

/* ------------------------------------------------------------------------------------ end ---- */

/* After a signal no job begins. With --grace those that run may finish within that time. */
static bool goes_on(struct mn_batch *b)
{
    if (!mn_signal_received)
        return mn_queue_left(b) || running(b);
    if (b->stopping <= 0)
        b->stopping = mn_now();
    return running(b) && mn_now() - b->stopping < b->options->grace;
}

/* Jobs that are interrupted keep what they have written, as a partial file. */
static void stop_slots(struct mn_batch *b)
{
    const double since = mn_now();
    for (int i = 0; i < b->num_slots; i++)
        if (b->slot[i].child.pid > 0 && b->slot[i].job != MN_NO_JOB)
            kill(b->slot[i].child.pid, SIGTERM);
    while (running(b) && mn_now() - since < GRACE) {
        wait_for_news(b);
        for (int i = 0; i < b->num_slots; i++) {
            struct mn_slot_reply r;
            struct mn_job_slot *s = &b->slot[i];
            while (s->job != MN_NO_JOB && mn_child_recv(s->child.fd, &r, sizeof(r), 0) == 0)
                take_reply(b, s, &r);
        }
    }
    for (int i = 0; i < b->num_slots; i++)
        if (b->slot[i].job != MN_NO_JOB)
            mn_attempt_end(b, &b->slot[i], MN_JOB_INTERRUPTED, MIEN_EINTERRUPTED, "");
    b->result = MIEN_EINTERRUPTED;
}

/* Jobs that were never begun. */
static void summarise_rest(struct mn_batch *b)
{
    for (int i; (i = mn_queue_next(b)) != MN_NO_JOB;)
        if (b->summary)
            mn_summary_add(b->summary, &b->plan->job[i], MN_JOB_TODO, 0, "");
}

static void finish(struct mn_batch *b, char *claims)
{
    for (int i = 0; i < b->num_slots; i++) {
        mn_child_end(&b->slot[i].child, NULL);
        mn_shared_close(&b->slot[i].memory);
    }
    mn_collection_end(&b->shown);
    if (b->shown.kept)
        mn_msg(MIEN_LOG_INFO, "%d of %d results existed and were kept", b->shown.kept, b->plan->n);
    if (b->shown.failed && b->plan->n > 1)
        mn_msg(MIEN_LOG_ERROR, "%d of %d inputs failed; the messages above show why",
               b->shown.failed, b->plan->n);
    mn_ledger_write(&b->ledger, &(struct mn_ledger_entry){.event = MN_LEDGER_STOP});
    mn_ledger_close(&b->ledger);
    mn_queue_free(b);
    free(claims);
}

/* ---------------------------------------------------------------------------------- start ---- */

static int prepare(struct mn_batch *b)
{
    const struct mn_options *o = b->options;
    for (int i = 0; i < b->plan->n; i++)
        if (strlen(b->plan->job[i].input) >= MN_SLOT_PATH ||
            strlen(b->plan->job[i].rows) >= MN_SLOT_PATH)
            return mn_fail(MIEN_EINVAL, "%.60s...: the path is too long; use --jobs 0",
                           b->plan->job[i].input);
    if (mn_child_own_program(b->program, sizeof(b->program)) < 0)
        return mn_fail(MIEN_EWORKER, "the program's own file cannot be found; use --jobs 0");
    if (o->job_timeout)
        mn_timeout_parse(&b->timeout, o->job_timeout);
    b->cores = mn_cores();
    if (o->settings.workers > 0) /* the user's number for each job */
        b->cores = b->cores / o->settings.workers > 1 ? b->cores / o->settings.workers : 1;
    b->num_slots = mn_jobs_allowed(o->jobs, b->cores < MN_MAX_SLOTS ? b->cores : MN_MAX_SLOTS,
                                   mn_memory_available(), b->plan->n);
    b->workers = o->settings.workers > 0 ? o->settings.workers : b->cores / b->num_slots;
    if (o->settings.workers > 0)
        b->cores = b->workers;
    if (o->jobs > b->num_slots && b->plan->n > b->num_slots)
        mn_msg(
            MIEN_LOG_WARNING,
            "--jobs %d: only %d, so that jobs and workers fit %d cores and %lld MB of free memory",
            o->jobs, b->num_slots, mn_cores(), (long long)(mn_memory_available() >> 20));
    for (int i = 0; i < b->num_slots; i++)
        b->slot[i] =
            (struct mn_job_slot){.child = {0, -1}, .memory = {NULL, 0, -1}, .job = MN_NO_JOB};
    return mn_queue_make(b);
}

static void begin(struct mn_batch *b)
{
    int64_t bytes = 0;
    for (int i = 0; i < b->plan->n; i++)
        bytes += b->plan->job[i].bytes;
    b->memory_kills = mn_memory_kills();
    mn_collection_start(&b->shown, (enum mn_progress_mode)b->options->progress, b->plan->n, bytes);
    b->ledger.fd = -1;
    if (mn_path_is_folder(b->options->output))
        mn_ledger_open(&b->ledger, b->options->output);
    mn_ledger_write(&b->ledger, &(struct mn_ledger_entry){.event = MN_LEDGER_START,
                                                          .files = b->plan->n,
                                                          .bytes = bytes,
                                                          .all_files = b->plan->listed,
                                                          .all_bytes = b->plan->listed_bytes,
                                                          .job = b->num_slots});
}

int mn_supervisor_run(struct mn_plan *plan, const struct mn_options *o, struct mn_summary *summary)
{
    static struct mn_batch b;
    b = (struct mn_batch){.plan = plan, .options = o, .summary = summary};
    int err = prepare(&b);
    if (err < 0)
        return err;
    b.result = plan->unread ? MIEN_ENOINPUT : 0;
    if (o->claim && !(b.claims = mn_claim_folder(o->output)))
        return MIEN_EOUTPUT;
    b.touched = mn_now();
    begin(&b);
    while (err == 0 && goes_on(&b)) {
        for (int i = 0; i < b.num_slots && err == 0; i++)
            err = tend(&b, &b.slot[i]);
        if (err == 0 && (mn_queue_left(&b) || running(&b)))
            wait_for_news(&b);
        give_cores(&b);
        show(&b);
        mn_queue_touch(&b);
    }
    const bool all = !running(&b) && !mn_queue_left(&b);
    if (err < 0 || !all)
        stop_slots(&b);
    if (err < 0)
        b.result = err;
    else if (!all && o->grace > 0 && mn_signal_received != SIGINT)
        b.result = MN_ERESUBMIT;
    char *claims = b.claims;
    b.claims = NULL; /* the rest is only listed */
    summarise_rest(&b);
    finish(&b, claims);
    return b.result;
}
