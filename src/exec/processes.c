/* One worker and one frame, as seen by the parent's thread for that worker:
 *
 *            +---------------- start <---------------------------------+
 *            v                                                         |
 *   fill slot, send RUN --> wait --DONE--> adopt the results           | killed and
 *                            |  |                                      | collected
 *                            |  +--gone, stopped, bad record--> end ---+
 *                            +-----time limit reached---------> end ---+--> too often: give the
 *                                                                           frame up
 *
 * Inputs stay as they were until the results are adopted (two banks of faces and work records), so
 * a second try sees what the first one saw, and the outcome is the same bytes. */
#include "exec/processes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/filename.h"
#include "base/mem.h"
#include "exec/wire.h"
#include "stage/work.h"

#define SLICE_MS 100      /* a waiting thread checks for quit and for a stopped worker this often */
#define START_LIMIT 120.0 /* seconds to load the models */
#define FRAME_LIMIT 60.0  /* seconds for a frame: 256 faces on a slow machine stay below */
#define MOST_DEATHS 5     /* of a frame: it survives if workers are killed from outside at times */
#define MOST_TIMEOUTS 2   /* of a frame: each costs the limit */
#define MOST_STARTS 20    /* in a row that fail by themselves */
#define MOST_KILLED 100   /* in a row, also those that were killed before they could work */

struct process {
    struct mn_child child;
    bool ready;
    char *payload; /* MN_WIRE_PAYLOAD + 1 */
};

struct mn_processes {
    const struct mn_context *ctx;
    const struct mn_legs *legs;
    struct mn_region *region;
    struct process *process;
    int num;
    char program[MN_FILENAME_MAX];
    char provider[MN_WIRE_PROVIDERS]; /* written once, before the first start returns */
    atomic_bool have_provider, quit;
    atomic_bool works; /* a worker was ready once */
    atomic_int broken; /* an error, logged: no worker can be started, and the run ends with it */
    atomic_int logger; /* the worker whose errors at start are logged; -1: none yet */
    _Atomic int64_t restarts, quarantined;
    mien_settings settings; /* its strings lie in `strings` */
    char *strings;
};

struct mn_region_plan mn_processes_plan(uint32_t slots, uint32_t workers)
{
    return (struct mn_region_plan){
        .slot_size = sizeof(struct mn_wire_slot),
        .worker_size = sizeof(struct mn_wire_worker),
        .work_size = (uint32_t)mn_work_size(MIEN_FACES_LIMIT),
        .settings_size = sizeof(struct mn_wire_settings),
        .num_slots = slots,
        .num_workers = workers,
    };
}

/* $MIEN_WORKER; else beside the program or libmien, or where an installation keeps it. */
static int find_program(struct mn_processes *p)
{
    static const char *const beside[] = {"mien-worker", "../mien-worker",
                                         "../libexec/mien/mien-worker",
                                         "../../libexec/mien/mien-worker", "mien/mien-worker"};
    const char *user = getenv("MIEN_WORKER");
    char dir[MN_FILENAME_MAX];
    if (user && *user) {
        if (mn_filename_copy(p->program, user, p->ctx->log) < 0)
            return MIEN_EWORKER;
        if (access(p->program, X_OK) == 0)
            return 0;
        mn_error(p->ctx->log,
                 "%s: no worker program can be started from there (%s); check "
                 "MIEN_WORKER",
                 user, strerror(errno));
        return MIEN_EWORKER;
    }
    if (mn_child_own_folder(dir, sizeof(dir)) == 0)
        for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
            if (mn_filename_join(p->program, dir, beside[i], NULL) == 0 &&
                access(p->program, X_OK) == 0)
                return 0;
    mn_error(p->ctx->log,
             "the program mien-worker is not beside mien; install it again, name it with "
             "MIEN_WORKER, or use --exec threads");
    return MIEN_EWORKER;
}

int mn_processes_open(struct mn_processes **out, const struct mn_context *ctx,
                      const struct mn_legs *legs, int workers)
{
    struct mn_processes *p = *out = mn_alloc(1, sizeof(*p));
    if (!p)
        return MIEN_ENOMEM;
    p->ctx = ctx;
    p->legs = legs;
    p->region = ctx->region;
    p->num = workers;
    atomic_store(&p->logger, -1);
    p->process = mn_alloc((size_t)workers, sizeof(*p->process));
    /* the caller's strings end with mien_open, and workers may be started at any time */
    p->strings = mn_alloc(1, sizeof(struct mn_wire_settings));
    if (!p->process || !p->strings)
        return MIEN_ENOMEM;
    for (int i = 0; i < workers; i++) {
        p->process[i].child = (struct mn_child){0, -1};
        p->process[i].payload = mn_alloc(1, MN_WIRE_PAYLOAD + 1);
        if (!p->process[i].payload)
            return MIEN_ENOMEM;
    }
    struct mn_wire_settings *w = (struct mn_wire_settings *)(void *)p->strings;
    if (mn_wire_pack_settings(w, &ctx->settings, 0) < 0) {
        mn_error(ctx->log, "the names of models and folders are too long");
        return MIEN_EINVAL;
    }
    mn_wire_unpack_settings(&p->settings, w, sizeof(*w));
    return find_program(p);
}

void mn_processes_close(struct mn_processes **pp)
{
    struct mn_processes *p = *pp;
    if (!p)
        return;
    for (int i = 0; p->process && i < p->num; i++) {
        mn_processes_stop(p, i);
        free(p->process[i].payload);
    }
    free(p->process);
    free(p->strings);
    free(p);
    *pp = NULL;
}

void mn_processes_quit(struct mn_processes *p)
{
    atomic_store(&p->quit, true);
}

/* While workers start, only one of them may log errors: all find the same ones. */
static bool may_log(struct mn_processes *p, int i)
{
    int none = -1;
    return p->process[i].ready || atomic_compare_exchange_strong(&p->logger, &none, i) || none == i;
}

/* Logs a worker's message. */
static void log_for(struct mn_processes *p, int i, uint32_t level, char *text)
{
    if (!may_log(p, i))
        return;
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' ';
    if (level <= MIEN_LOG_DEBUG)
        mn_log(p->ctx->log, (enum mien_log_level)level, "%s", text);
}

enum outcome { ANSWERED, LOST, STOPPED, LATE, QUITTING };

/* Waits for a message of this kind, or MN_WIRE_FAILED. Time in which this process was stopped does
 * not count: only slices that were waited do. */
static enum outcome await(struct mn_processes *p, int i, enum mn_wire_kind kind, double limit,
                          struct mn_wire_message *m)
{
    struct process *w = &p->process[i];
    double waited = 0;
    for (;;) {
        int got = mn_wire_recv(w->child.fd, m, w->payload, p->region->head.num_slots, SLICE_MS);
        if (got < 0)
            return LOST;
        if (got == 0 && m->kind == MN_WIRE_LOG) {
            log_for(p, i, m->leg, w->payload);
            continue;
        }
        if (got == 0)
            return m->kind == (uint32_t)kind || m->kind == MN_WIRE_FAILED ? ANSWERED : LOST;
        waited += SLICE_MS / 1000.0;
        if (atomic_load(&p->quit))
            return QUITTING;
        if (mn_child_lost(&w->child))
            return STOPPED;
        if (waited > limit)
            return LATE;
    }
}

static bool agrees(struct mn_processes *p, int i)
{
    char names[MN_LEGS_TEXT], *text = p->process[i].payload, *newline = strchr(text, '\n');
    mn_legs_names(p->legs, names, sizeof(names));
    if (!newline || newline - text >= MN_WIRE_PROVIDERS || strcmp(newline + 1, names)) {
        if (may_log(p, i))
            mn_error(p->ctx->log,
                     "%s is of another version than mien, or finds other models; "
                     "install both again",
                     p->program);
        return false;
    }
    *newline = 0;
    if (i == 0 && !atomic_load(&p->have_provider)) {
        snprintf(p->provider, sizeof(p->provider), "%s", text);
        atomic_store(&p->have_provider, true);
    }
    return true;
}

/* One attempt. lost: it went away without a message, so another attempt may do better. killed: it
 * was lost, and not by its own fault. */
static int start(struct mn_processes *p, int i, bool *lost, bool *killed)
{
    struct process *w = &p->process[i];
    char parent[24];
    char name[] = "mien-worker";
    char *argv[] = {name, parent, NULL};
    *lost = *killed = false;
    snprintf(parent, sizeof(parent), "%ld", (long)getpid());
    const int extra[2] = {p->region->shared.fd, p->region->pixels.fd};
    int failed = mn_child_start(&w->child, p->program, argv, extra);
    if (failed) {
        if (may_log(p, i))
            mn_error(p->ctx->log,
                     "%s cannot be started: %s; install it again, or use --exec threads",
                     p->program, strerror(failed));
        return failed == ENOMEM || failed == EAGAIN ? MIEN_ENOMEM : MIEN_EWORKER;
    }
    struct mn_wire_settings *s = mn_alloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    struct mn_wire_message m = {.kind = MN_WIRE_SETTINGS, .size = sizeof(*s)};
    int err = mn_wire_pack_settings(s, &p->settings, (uint32_t)i);
    if (err == 0 && mn_wire_send(w->child.fd, m, s) < 0)
        err = MIEN_EWORKER;
    free(s);
    enum outcome o = err ? LOST : await(p, i, MN_WIRE_READY, START_LIMIT, &m);
    if (o == ANSWERED && m.kind == MN_WIRE_READY && agrees(p, i)) {
        w->ready = true;
        atomic_store(&p->works, true);
        return 0;
    }
    int how = 0;
    *lost = o == LOST || o == STOPPED;
    mn_child_end(&w->child, &how);
    /* where a worker has worked before, the program is not at fault */
    *killed = *lost && (atomic_load(&p->works) || (WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL));
    return o == ANSWERED && m.error < 0 ? m.error : MIEN_EWORKER;
}

int mn_processes_start(struct mn_processes *p, int i)
{
    bool lost = true, killed;
    int err = 0, failed = 0;
    for (int k = 0; k < MOST_KILLED && failed < MOST_STARTS && lost; k++) {
        if (atomic_load(&p->quit) || atomic_load(&p->broken))
            break;
        if (k) {
            struct timespec t = {0, 10000000L * (k < 10 ? k : 10)};
            nanosleep(&t, NULL);
        }
        err = start(p, i, &lost, &killed);
        if (err == 0)
            return 0;
        failed += !killed;
    }
    err = err < 0 ? err : MIEN_EWORKER;
    if (atomic_load(&p->broken)) /* logged already, for another worker */
        return atomic_load(&p->broken);
    if (lost && !atomic_load(&p->quit) && may_log(p, i))
        mn_error(p->ctx->log,
                 "%s ends before it can work; try it with --exec threads, and check "
                 "memory and limits",
                 p->program);
    if (!atomic_load(&p->quit))
        atomic_store(&p->broken, err);
    return err;
}

void mn_processes_stop(struct mn_processes *p, int i)
{
    mn_child_end(&p->process[i].child, NULL);
    p->process[i].ready = false;
}

static void log_loss(struct mn_processes *p, int i, const struct mn_frame *f, enum outcome o,
                     int how)
{
    char text[64];
    if (o == LATE)
        snprintf(text, sizeof(text), "took too long");
    else if (o == STOPPED && WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL)
        snprintf(text, sizeof(text), "was stopped or killed");
    else if (WIFSIGNALED(how))
        snprintf(text, sizeof(text), "died of signal %d", WTERMSIG(how));
    else
        snprintf(text, sizeof(text), "ended");
    mn_info(p->ctx->log, "worker %d %s with frame %lld; another one tries again", i, text,
            (long long)f->pub.index + 1);
}

/* What became of a frame so far. */
struct attempts {
    int deaths, timeouts, all;
};

static bool may_try(const struct attempts *a)
{
    return a->deaths < MOST_DEATHS && a->timeouts < MOST_TIMEOUTS && a->all < MOST_KILLED;
}

/* One worker that is ready. true: the frame has its results or an error. */
static bool try_once(struct mn_processes *p, int i, struct mn_frame *f, int last_leg,
                     struct attempts *a)
{
    struct process *w = &p->process[i];
    struct mn_wire_slot *slot = mn_region_slot(p->region, (uint32_t)f->slot);
    const double limit =
        p->ctx->settings.frame_limit > 0 ? p->ctx->settings.frame_limit : FRAME_LIMIT;
    struct mn_wire_message m = {.kind = MN_WIRE_RUN, .slot = (uint32_t)f->slot};
    mn_wire_fill(p->region, f, (uint32_t)i, f->leg, last_leg);
    enum outcome o = LOST;
    if (mn_wire_send(w->child.fd, m, NULL) == 0)
        o = await(p, i, MN_WIRE_DONE, limit, &m);
    if (o == ANSWERED && m.slot == (uint32_t)f->slot &&
        mn_wire_adopt(p->region, f, (uint32_t)i) == 0)
        return true;
    /* a worker that had not begun yet cannot have died of this frame */
    bool begun = atomic_load(&slot->state) != MN_SLOT_FILLED;
    int how;
    mn_child_end(&w->child, &how);
    w->ready = false;
    atomic_store(&slot->state, MN_SLOT_FREE);
    if (o == QUITTING) {
        f->pub.error = MIEN_EINTERRUPTED;
        return true;
    }
    atomic_fetch_add(&p->restarts, 1);
    log_loss(p, i, f, o, how);
    a->deaths += begun || o == ANSWERED;
    a->timeouts += o == LATE;
    a->all++;
    return false;
}

void mn_processes_run(struct mn_processes *p, int i, struct mn_frame *f, int last_leg)
{
    struct attempts a = {0};
    while (may_try(&a)) {
        int err = p->process[i].ready ? 0 : mn_processes_start(p, i);
        if (err < 0) { /* the frame is not at fault */
            f->pub.error = err == MIEN_EWORKER ? MIEN_EENGINE : err;
            return;
        }
        if (try_once(p, i, f, last_leg, &a))
            return;
    }
    atomic_fetch_add(&p->quarantined, 1);
    mn_info(p->ctx->log, "frame %lld is given up: too many workers died or hung while they ran it",
            (long long)f->pub.index + 1);
    f->pub.error = MIEN_EWORKER;
}

int mn_processes_measure(struct mn_processes *p, int i, double seconds, double total[MN_MAX_LEGS],
                         int64_t *runs)
{
    struct process *w = &p->process[i];
    if (!w->ready)
        return MIEN_EWORKER;
    struct mn_wire_message m = {.kind = MN_WIRE_MEASURE, .seconds = seconds};
    if (mn_wire_send(w->child.fd, m, NULL) < 0 ||
        await(p, i, MN_WIRE_MEASURED, 10 * seconds + FRAME_LIMIT, &m) != ANSWERED) {
        mn_processes_stop(p, i);
        return MIEN_EWORKER;
    }
    const struct mn_wire_worker *own = mn_region_worker(p->region, (uint32_t)i);
    memcpy(total, own->total, sizeof(own->total));
    *runs = own->runs > 0 ? own->runs : 1;
    return m.error;
}

struct mn_spans *mn_processes_spans(struct mn_processes *p, int i)
{
    return ((struct mn_wire_worker *)mn_region_worker(p->region, (uint32_t)i))->spans;
}

void mn_processes_counts(struct mn_processes *p, int64_t *restarts, int64_t *quarantined)
{
    *restarts = atomic_load(&p->restarts);
    *quarantined = atomic_load(&p->quarantined);
}

void mn_processes_clear(struct mn_processes *p)
{
    atomic_store(&p->restarts, 0);
    atomic_store(&p->quarantined, 0);
}

const char *mn_processes_provider(const struct mn_processes *p)
{
    return atomic_load(&p->have_provider) ? p->provider : NULL;
}
