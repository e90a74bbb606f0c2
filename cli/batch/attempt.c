#include "batch/attempt.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "batch/claim.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "io/path.h"
#include "report/sidecar.h"

#define MEMORY_CHECK 0.5 /* seconds between two looks at the memory of a job */
#define STALL 600.0      /* seconds without a new frame after which a job counts as hung */

void mn_attempt_note(struct mn_batch *b, const struct mn_job_slot *s, enum mn_ledger_event event,
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

static void add_result(struct mn_batch *b, int err)
{
    if (err == MIEN_EINTERRUPTED || b->result == 0)
        b->result = err;
}

void mn_attempt_end(struct mn_batch *b, struct mn_job_slot *s, enum mn_job_state state, int err,
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
    mn_attempt_note(b, s, event[state],
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
    s->job = MN_NO_JOB;
}

/* Why a slot ended by itself. */
static void explain_end(const struct mn_batch *b, int how, char *why, size_t size)
{
    if (WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL && mn_memory_kills() > b->memory_kills)
        snprintf(why, size, "the kernel killed it because memory was used up");
    else if (WIFSIGNALED(how))
        snprintf(why, size, "it crashed with signal %d (%s)", WTERMSIG(how),
                 strsignal(WTERMSIG(how)));
    else
        snprintf(why, size, "its process ended with status %d", WEXITSTATUS(how));
}

static bool is_last_attempt(const struct mn_batch *b, const struct mn_job_slot *s)
{
    return b->attempt[s->job] > b->options->retries;
}

/* Tries the job of a slot again, or gives it up. */
static void try_again(struct mn_batch *b, struct mn_job_slot *s, int err, const char *message)
{
    if (is_last_attempt(b, s))
        mn_attempt_end(b, s, MN_JOB_QUARANTINED, err, message);
    else
        b->again[b->num_again++] = s->job;
    s->job = MN_NO_JOB;
}

void mn_attempt_repeat(struct mn_batch *b, struct mn_job_slot *s, const char *message)
{
    mn_attempt_note(b, s, MN_LEDGER_LOST,
                    &(struct mn_ledger_entry){.signal = SIGKILL,
                                              .frame = mn_slot_page_of(s)->frames,
                                              .cause = message,
                                              .seconds = mn_now() - s->started});
    try_again(b, s, MIEN_EWORKER, message);
}

void mn_attempt_lose(struct mn_batch *b, struct mn_job_slot *s, const char *why)
{
    char cause[200], message[MN_SLOT_PATH + 400];
    int how = 0;
    const int64_t frame = mn_slot_page_of(s)->frames;
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
    mn_attempt_note(b, s, MN_LEDGER_LOST,
                    &(struct mn_ledger_entry){.signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0,
                                              .frame = frame,
                                              .cause = cause,
                                              .seconds = mn_now() - s->started});
    try_again(b, s, why ? MN_ELIMIT : MIEN_EWORKER, message);
    s->child = (struct mn_child){0, -1};
}

void mn_attempt_limits(struct mn_batch *b, struct mn_job_slot *s, char *why, size_t size)
{
    const double now = mn_now(), used = now - s->started;
    const int64_t frames = mn_slot_page_of(s)->frames;
    const double most = mn_timeout_for(&b->timeout, (double)mn_slot_page_of(s)->media_ms / 1e3);
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
