#include "batch/supervisor.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/cores.h"
#include "base/shared.h"
#include "batch/claim.h"
#include "batch/ledger.h"
#include "batch/limits.h"
#include "batch/slot.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"
#include "report/collection.h"
#include "report/sidecar.h"

#define SLICE_MS 50
#define MEMORY_CHECK 0.5 /* seconds between two looks at the memory of a job */
#define STALL 600.0      /* seconds without a new frame after which a job counts as hung */
#define GRACE 0.7        /* seconds for jobs to end after Ctrl-C */

enum { NO_JOB = -1, MAX_SLOTS = 1024 };

struct slot {
    struct mn_child child;
    struct mn_shared memory;
    bool ready; /* its models are open */
    int job;    /* NO_JOB: idle */
    double started, beat, looked;
    int64_t frames; /* at `beat` */
};

struct batch {
    struct mn_plan *plan;
    const struct mn_options *options;
    struct mn_summary *summary;
    struct mn_timeout timeout;
    struct slot slot[MAX_SLOTS];
    int num_slots, workers, cores;
    int *order;   /* jobs, largest input first */
    int *attempt; /* of each job */
    int *again;   /* jobs to try again: a stack */
    int next, num_again;
    char program[MN_SLOT_PATH];
    struct mn_ledger ledger;
    struct mn_collection shown;
    char *claims;    /* folder; NULL: none are made */
    double touched;  /* when claims and ledger were */
    double stopping; /* when the first signal was noticed; 0: none */
    int64_t memory_kills;
    int result;
};

/* ---------------------------------------------------------------------------------- order ---- */

static int make_order(struct batch *b)
{
    const size_t n = (size_t)b->plan->n;
    b->order = mn_plan_order(b->plan);
    b->attempt = calloc(n, sizeof(int));
    b->again = calloc(n, sizeof(int));
    if (!b->order || !b->attempt || !b->again)
        return mn_fail(MIEN_ENOMEM, "out of memory for %d jobs", b->plan->n);
    return 0;
}

static int left(const struct batch *b)
{
    return b->plan->n - b->next + b->num_again;
}

/* The largest input that is left; with claims, that no other process has. */
static int take_next(struct batch *b)
{
    if (b->num_again)
        return b->again[--b->num_again];
    while (b->next < b->plan->n) {
        const int i = b->order[b->next++];
        if (!b->claims || mn_claim_take(b->claims, b->plan->job[i].rows))
            return i;
        b->shown.files--;
        b->shown.bytes -= b->plan->job[i].bytes;
    }
    return NO_JOB;
}

/* Shows other machines that this process lives. */
static void touch(struct batch *b)
{
    const double now = mn_now();
    if (now - b->touched < fmin(MN_CLAIM_TOUCH, MN_LEDGER_TOUCH))
        return;
    b->touched = now;
    mn_ledger_touch(&b->ledger);
    if (!b->claims)
        return;
    for (int i = 0; i < b->num_slots; i++)
        if (b->slot[i].job != NO_JOB)
            mn_claim_touch(b->claims, b->plan->job[b->slot[i].job].rows);
    for (int i = 0; i < b->num_again; i++)
        mn_claim_touch(b->claims, b->plan->job[b->again[i]].rows);
}

/* --------------------------------------------------------------------------------- outcome ---- */

static struct mn_slot_page *page_of(const struct slot *s)
{
    return (struct mn_slot_page *)s->memory.base;
}

static void note(struct batch *b, const struct slot *s, enum mn_ledger_event event,
                 struct mn_ledger_entry *e)
{
    const struct mn_job *job = &b->plan->job[s->job];
    char key[MN_LEDGER_KEY];
    mn_ledger_key(key, job->place);
    e->event = event;
    e->video = job->place;
    e->key = key[0] ? key : NULL;
    e->output = mn_path_below(b->options->output, job->rows);
    e->job = s - b->slot + 1;
    e->pid = s->child.pid;
    e->attempt = b->attempt[s->job];
    e->bytes = job->bytes;
    mn_ledger_write(&b->ledger, e);
}

static void add_result(struct batch *b, int err)
{
    if (err == MIEN_EINTERRUPTED || b->result == 0)
        b->result = err;
}

/* The job has ended for good. */
static void end_job(struct batch *b, struct slot *s, enum mn_job_state state, int err,
                    const char *message)
{
    static const enum mn_ledger_event event[MN_JOB_STATES] = {
        [MN_JOB_TODO] = MN_LEDGER_STOP,
        [MN_JOB_DONE] = MN_LEDGER_DONE,
        [MN_JOB_KEPT] = MN_LEDGER_SKIPPED,
        [MN_JOB_FAILED] = MN_LEDGER_FAILED,
        [MN_JOB_QUARANTINED] = MN_LEDGER_QUARANTINED,
        [MN_JOB_INTERRUPTED] = MN_LEDGER_STOP,
    };
    struct mn_job *job = &b->plan->job[s->job];
    struct mn_sidecar facts = {0};
    const bool rows = state == MN_JOB_DONE && mn_sidecar_read(&facts, job->rows);
    const double seconds = mn_now() - s->started;
    b->shown.ended++;
    b->shown.kept += state == MN_JOB_KEPT;
    b->shown.failed += err < 0 && err != MIEN_EINTERRUPTED;
    b->shown.frames_ended += rows ? facts.frames : 0;
    b->shown.media_ended += state == MN_JOB_DONE ? job->media_seconds : 0;
    if (state == MN_JOB_KEPT)
        b->shown.bytes -= job->bytes;
    else
        b->shown.bytes_ended += job->bytes;
    add_result(b, err);
    if (b->claims)
        mn_claim_end(b->claims, job->rows, state == MN_JOB_FAILED || state == MN_JOB_QUARANTINED);
    note(b, s, event[state],
         &(struct mn_ledger_entry){.frames = rows ? facts.frames : 0,
                                   .exit = err < 0 ? mn_exit_status(err) : 0,
                                   .cause = *message ? message : NULL,
                                   .seconds = seconds,
                                   .media_seconds = job->media_seconds});
    if (state != MN_JOB_KEPT)
        mn_collection_ended(&b->shown, job->place, mn_job_state_name(state),
                            rows ? job->rows : NULL, facts.frames, seconds);
    int e = b->summary ? mn_summary_add(b->summary, job, state, err, message) : 0;
    add_result(b, e);
    s->job = NO_JOB;
}

/* ----------------------------------------------------------------------------------- slots ---- */

/* The command line of this run, for the slots: without the names of the inputs. */
static char **slot_words(const struct batch *b, char *parent, char *workers)
{
    const struct mn_options *o = b->options;
    char **words = calloc((size_t)o->num_words + 8, sizeof(*words));
    int n = 0, input = 0;
    if (!words)
        return NULL;
    words[n++] = (char *)"mien";
    words[n++] = (char *)MN_SLOT_FLAG;
    words[n++] = parent;
    words[n++] = workers;
    for (int i = 1; i < o->num_words; i++)
        if (input < o->num_inputs && o->words[i] == o->inputs[input])
            input++;
        else
            words[n++] = o->words[i];
    return words;
}

static int start_slot(struct batch *b, struct slot *s)
{
    char parent[24], workers[24];
    snprintf(parent, sizeof(parent), "%ld", (long)getpid());
    snprintf(workers, sizeof(workers), "%d", b->workers);
    char **words = slot_words(b, parent, workers);
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

static int running(const struct batch *b)
{
    int n = 0;
    for (int i = 0; i < b->num_slots; i++)
        n += b->slot[i].job != NO_JOB;
    return n;
}

/* The last jobs get the cores that no other job will use, if they take long enough to open the
 * models again. */
static int workers_for(const struct batch *b, const struct mn_job *job)
{
    const double done = (double)b->shown.bytes_ended, spent = mn_now() - b->shown.started;
    const double seconds = done > 0 ? spent * b->num_slots * (double)job->bytes / done : 0;
    const int others = running(b) + left(b); /* this job is not counted as running yet */
    if (others >= b->num_slots || (b->shown.ended && seconds < 3))
        return b->workers;
    return b->cores / (others + 1);
}

static void give_job(struct batch *b, struct slot *s)
{
    static struct mn_slot_request q;
    int i = take_next(b);
    if (i == NO_JOB)
        return;
    const struct mn_job *job = &b->plan->job[i];
    memset(&q, 0, sizeof(q));
    snprintf(q.input, sizeof(q.input), "%s", job->input);
    snprintf(q.rows, sizeof(q.rows), "%s", job->rows);
    snprintf(q.video, sizeof(q.video), "%s", job->video ? job->video : "");
    q.bytes = job->bytes;
    q.workers = workers_for(b, job);
    q.again = b->attempt[i]++ > 0;
    s->job = i;
    s->started = s->beat = s->looked = mn_now();
    s->frames = 0;
    memset(page_of(s), 0, sizeof(struct mn_slot_page));
    note(b, s, MN_LEDGER_RUN, &(struct mn_ledger_entry){0});
    /* a slot that does not take it is lost, which is noticed later */
    mn_child_send_within(s->child.fd, &q, sizeof(q), 10, &mn_signal_received);
}

/* ------------------------------------------------------------------------- lost attempts ---- */

/* Why a slot ended by itself. */
static void explain_end(const struct batch *b, int how, char *why, size_t size)
{
    if (WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL && mn_memory_kills() > b->memory_kills)
        snprintf(why, size, "the kernel killed it because memory was used up");
    else if (WIFSIGNALED(how))
        snprintf(why, size, "it crashed with signal %d (%s)", WTERMSIG(how),
                 strsignal(WTERMSIG(how)));
    else
        snprintf(why, size, "its process ended with status %d", WEXITSTATUS(how));
}

static bool is_last_attempt(const struct batch *b, const struct slot *s)
{
    return b->attempt[s->job] > b->options->retries;
}

/* Tries the job of a slot again, or gives it up. */
static void try_again(struct batch *b, struct slot *s, int err, const char *message)
{
    if (is_last_attempt(b, s))
        end_job(b, s, MN_JOB_QUARANTINED, err, message);
    else
        b->again[b->num_again++] = s->job;
    s->job = NO_JOB;
}

/* The slot itself goes on, but a process that it needs for the job was killed. */
static void give_back(struct batch *b, struct slot *s, const char *message)
{
    note(b, s, MN_LEDGER_LOST,
         &(struct mn_ledger_entry){.signal = SIGKILL,
                                   .frame = page_of(s)->frames,
                                   .cause = message,
                                   .seconds = mn_now() - s->started});
    try_again(b, s, MIEN_EWORKER, message);
}

/* Ends the slot, and tries its job again or gives it up. why: the limit it exceeded; NULL: it ended
 * by itself. */
static void lose(struct batch *b, struct slot *s, const char *why)
{
    char cause[200], message[MN_SLOT_PATH + 400];
    int how = 0;
    const int64_t frame = page_of(s)->frames;
    const pid_t pid = s->child.pid;
    mn_child_end(&s->child, &how);
    s->child.pid = pid; /* for the ledger */
    if (why)
        snprintf(cause, sizeof(cause), "%s", why);
    else
        explain_end(b, how, cause, sizeof(cause));
    b->memory_kills = mn_memory_kills();
    const struct mn_job *job = &b->plan->job[s->job];
    const bool last = is_last_attempt(b, s);
    snprintf(message, sizeof(message), "%s: %s after frame %lld, in attempt %d of %d%s", job->input,
             cause, (long long)frame, b->attempt[s->job], b->options->retries + 1,
             last ? "; it is given up: check the file, or use other limits" : "");
    mn_msg(last ? MIEN_LOG_ERROR : MIEN_LOG_WARNING, "%s", message);
    note(b, s, MN_LEDGER_LOST,
         &(struct mn_ledger_entry){.signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0,
                                   .frame = frame,
                                   .cause = cause,
                                   .seconds = mn_now() - s->started});
    try_again(b, s, why ? MN_ELIMIT : MIEN_EWORKER, message);
    s->child = (struct mn_child){0, -1};
}

/* The limit that a running job exceeds, in words; "" if it exceeds none. */
static void check_limits(struct batch *b, struct slot *s, char *why, size_t size)
{
    const double now = mn_now(), used = now - s->started;
    const int64_t frames = page_of(s)->frames;
    const double most = mn_timeout_for(&b->timeout, (double)page_of(s)->media_ms / 1e3);
    why[0] = 0;
    if (frames != s->frames) {
        s->frames = frames;
        s->beat = now;
    }
    if (most > 0 && used > most)
        snprintf(why, size, "it took more than the %.0f seconds of --timeout", most);
    else if (now - s->beat > STALL)
        snprintf(why, size, "it wrote no frame for %.0f seconds", STALL);
    if (why[0] || !(b->options->max_memory > 0) || now - s->looked < MEMORY_CHECK)
        return;
    s->looked = now;
    const double mb = (double)mn_memory_of_tree(s->child.pid) / (1 << 20);
    if (mb > b->options->max_memory)
        snprintf(why, size, "it used %.0f MB; --max-memory allows %.0f", mb,
                 b->options->max_memory);
}

/* -------------------------------------------------------------------------------- replies ---- */

static int take_reply(struct batch *b, struct slot *s, struct mn_slot_reply *r)
{
    r->text[sizeof(r->text) - 1] = 0;
    if (r->kind == MN_SLOT_MESSAGE) {
        mn_msg((enum mien_log_level)r->level, "%s", r->text);
    } else if (r->kind == MN_SLOT_READY) {
        s->ready = true;
        return r->err;
    } else if (s->job != NO_JOB && r->state >= 0 && r->state < MN_JOB_STATES) {
        b->plan->job[s->job].media_seconds = r->media_seconds;
        if (r->err == MIEN_EWORKER && r->state == MN_JOB_FAILED)
            give_back(b, s, r->text);
        else
            end_job(b, s, (enum mn_job_state)r->state, r->err, r->text);
    }
    return 0;
}

/* Takes what the slot has sent. 0, or the error that its models could not be opened with. */
static int serve(struct batch *b, struct slot *s)
{
    struct mn_slot_reply r;
    int got, err = 0;
    while (err == 0 && (got = mn_child_recv(s->child.fd, &r, sizeof(r), 0)) == 0)
        err = take_reply(b, s, &r);
    if (err || got > 0)
        return err;
    if (s->job != NO_JOB) {
        lose(b, s, NULL);
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

static int tend(struct batch *b, struct slot *s)
{
    char why[160];
    int err = 0;
    if (s->child.fd >= 0)
        err = serve(b, s);
    if (err == 0 && s->job != NO_JOB && s->child.fd >= 0) {
        check_limits(b, s, why, sizeof(why));
        if (why[0])
            lose(b, s, why);
    }
    if (mn_signal_received)
        return err;
    if (err == 0 && s->child.fd < 0 && left(b) > 0)
        err = start_slot(b, s);
    if (err == 0 && s->ready && s->job == NO_JOB && s->child.fd >= 0)
        give_job(b, s);
    return err;
}

static void wait_for_news(const struct batch *b)
{
    struct pollfd fd[MAX_SLOTS];
    for (int i = 0; i < b->num_slots; i++)
        fd[i] = (struct pollfd){b->slot[i].child.fd, POLLIN, 0}; /* -1 is ignored */
    poll(fd, (nfds_t)b->num_slots, SLICE_MS);
}

static void show(struct batch *b)
{
    b->shown.running = running(b);
    b->shown.frames_running = 0;
    b->shown.bytes_running = 0;
    for (int i = 0; i < b->num_slots; i++) {
        const struct slot *s = &b->slot[i];
        if (s->job == NO_JOB)
            continue;
        const int64_t frames = page_of(s)->frames, expected = page_of(s)->expected;
        b->shown.frames_running += frames;
        if (expected > 0 && frames < expected)
            b->shown.bytes_running +=
                (double)b->plan->job[s->job].bytes * (double)frames / (double)expected;
    }
    mn_collection_update(&b->shown);
}

/* ------------------------------------------------------------------------------------ end ---- */

/* After a signal no job begins. With --grace those that run may finish within that time. */
static bool goes_on(struct batch *b)
{
    if (!mn_signal_received)
        return left(b) || running(b);
    if (b->stopping <= 0)
        b->stopping = mn_now();
    return running(b) && mn_now() - b->stopping < b->options->grace;
}

/* Jobs that are interrupted keep what they have written, as a partial file. */
static void stop_slots(struct batch *b)
{
    const double since = mn_now();
    for (int i = 0; i < b->num_slots; i++)
        if (b->slot[i].child.pid > 0 && b->slot[i].job != NO_JOB)
            kill(b->slot[i].child.pid, SIGTERM);
    while (running(b) && mn_now() - since < GRACE) {
        wait_for_news(b);
        for (int i = 0; i < b->num_slots; i++) {
            struct mn_slot_reply r;
            struct slot *s = &b->slot[i];
            while (s->job != NO_JOB && mn_child_recv(s->child.fd, &r, sizeof(r), 0) == 0)
                take_reply(b, s, &r);
        }
    }
    for (int i = 0; i < b->num_slots; i++)
        if (b->slot[i].job != NO_JOB)
            end_job(b, &b->slot[i], MN_JOB_INTERRUPTED, MIEN_EINTERRUPTED, "");
    b->result = MIEN_EINTERRUPTED;
}

/* Jobs that were never begun. */
static void summarise_rest(struct batch *b)
{
    for (int i; (i = take_next(b)) != NO_JOB;)
        if (b->summary)
            mn_summary_add(b->summary, &b->plan->job[i], MN_JOB_TODO, 0, "");
}

static void finish(struct batch *b, char *claims)
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
    free(b->order);
    free(b->attempt);
    free(b->again);
    free(claims);
}

/* ---------------------------------------------------------------------------------- start ---- */

static int prepare(struct batch *b)
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
    b->num_slots = mn_jobs_allowed(o->jobs, b->cores < MAX_SLOTS ? b->cores : MAX_SLOTS,
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
        b->slot[i] = (struct slot){.child = {0, -1}, .memory = {NULL, 0, -1}, .job = NO_JOB};
    return make_order(b);
}

static void begin(struct batch *b)
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
    static struct batch b;
    b = (struct batch){.plan = plan, .options = o, .summary = summary};
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
        if (err == 0 && (left(&b) || running(&b)))
            wait_for_news(&b);
        show(&b);
        touch(&b);
    }
    const bool all = !running(&b) && !left(&b);
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
