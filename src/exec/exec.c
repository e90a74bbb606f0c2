/* An executor from the outside: open, send, receive, close. */
#include "exec/exec.h"

#include "base/mem.h"
#include "exec/scheduler.h"
#include "stage/work.h"

/* ------------------------------------------------------------------------------- sending ---- */

static void begin(struct mn_exec *e, struct mn_frame *f)
{
    mn_scheduler_begin_work(e); /* until f was handed on, so that receive waits for it */
    f->work->detect = mn_work_is_key(f, e->ctx->settings.detect_every);
    if (atomic_load_explicit(&e->interrupted, memory_order_relaxed))
        f->pub.error = MIEN_EINTERRUPTED;
    mn_scheduler_advance(e, f, true);
    mn_scheduler_end_work(e);
    mn_scheduler_run_ready(e);
}

void mn_exec_send(struct mn_exec *e, struct mn_frame *f)
{
    f->leg = -1;
    pthread_mutex_lock(&e->lock);
    f->seq = e->num_sent++;
    pthread_mutex_unlock(&e->lock);
    struct mn_frame *next = f;
    if (e->ctx->key_frames) {
        next = e->newest;
        e->newest = f;
    }
    if (next)
        begin(e, next);
}

void mn_exec_end(struct mn_exec *e)
{
    struct mn_frame *last = e->newest;
    e->newest = NULL;
    if (last) {
        last->last = true;
        begin(e, last);
    }
    pthread_mutex_lock(&e->lock);
    e->ended = true;
    e->active++;
    pthread_mutex_unlock(&e->lock);
    for (int leg = 0; leg < e->legs.num; leg++)
        if (e->legs.stage[leg]->order == MN_IN_ORDER)
            mn_scheduler_drain(e, leg);
    mn_scheduler_end_work(e);
    mn_scheduler_run_ready(e);
}

/* ----------------------------------------------------------------------------- receiving ---- */

int mn_exec_receive(struct mn_exec *e, struct mn_frame **out, bool wait)
{
    int err;
    *out = NULL;
    pthread_mutex_lock(&e->lock);
    for (;;) {
        struct mn_frame **slot = &e->done[e->next_out % (uint64_t)e->frames];
        if (*slot) {
            *out = *slot;
            *slot = NULL;
            e->next_out++;
            err = 0;
            break;
        }
        if (mn_scheduler_at_end(e)) {
            err = MIEN_EEOF;
            break;
        }
        if (!wait || e->active == 0) {
            err = MIEN_EAGAIN;
            break;
        }
        pthread_cond_wait(&e->finished, &e->lock);
    }
    pthread_mutex_unlock(&e->lock);
    return err;
}

bool mn_exec_at_end(struct mn_exec *e)
{
    pthread_mutex_lock(&e->lock);
    bool end = mn_scheduler_at_end(e);
    pthread_mutex_unlock(&e->lock);
    return end;
}

void mn_exec_reset(struct mn_exec *e)
{
    atomic_store_explicit(&e->interrupted, false, memory_order_relaxed);
    pthread_mutex_lock(&e->lock);
    e->ended = false;
    e->num_sent = e->next_out = 0;
    for (int leg = 0; leg < e->legs.num; leg++) {
        struct mn_exec_lane *l = &e->lane[leg];
        l->next = 0;
        l->end_seen = false;
        if (e->legs.stage[leg]->reset)
            e->legs.stage[leg]->reset(l->state);
    }
    pthread_mutex_unlock(&e->lock);
}

void mn_exec_interrupt(struct mn_exec *e)
{
    atomic_store_explicit(&e->interrupted, true, memory_order_relaxed);
}

int mn_exec_leg(const struct mn_exec *e, const struct mn_stage *stage)
{
    for (int leg = 0; leg < e->legs.num; leg++)
        if (e->legs.stage[leg] == stage)
            return leg;
    return -1;
}

void *mn_exec_lane_state(struct mn_exec *e, const struct mn_stage *stage)
{
    const int leg = mn_exec_leg(e, stage);
    return leg < 0 ? NULL : e->lane[leg].state;
}

/* ------------------------------------------------------------------------------- opening ---- */

static int open_lane(struct mn_exec *e, int leg)
{
    struct mn_exec_lane *l = &e->lane[leg];
    const struct mn_stage *stage = e->legs.stage[leg];
    l->slot = mn_alloc((size_t)e->frames, sizeof(struct mn_frame *));
    l->spans = mn_alloc(1, sizeof(*l->spans));
    l->state = mn_alloc(1, stage->state_size);
    if (!l->slot || !l->spans || !l->state)
        return MIEN_ENOMEM;
    return stage->open ? stage->open(l->state, e->ctx) : 0;
}

static void close_lane(struct mn_exec *e, int leg)
{
    struct mn_exec_lane *l = &e->lane[leg];
    if (l->state && e->legs.stage[leg]->close)
        e->legs.stage[leg]->close(l->state);
    free(l->state);
    free(l->spans);
    free(l->slot);
}

static int open_worker(struct mn_exec *e, struct mn_exec_worker *w, int index)
{
    w->exec = e;
    w->index = index;
    w->jitter = (uint32_t)index * 7919u + 1;
    w->start_result = e->kind != MIEN_SEQUENTIAL;
    w->spans = e->processes ? mn_processes_spans(e->processes, index)
                            : mn_alloc_sparse(MN_MAX_LEGS, sizeof(*w->spans));
    if (!w->spans)
        return MIEN_ENOMEM;
    return e->kind == MIEN_SEQUENTIAL ? mn_legs_open(&e->legs, e->ctx, w->state) : 0;
}

static void close_worker(struct mn_exec *e, struct mn_exec_worker *w)
{
    if (w->started)
        pthread_join(w->thread, NULL);
    mn_legs_close(&e->legs, w->state);
    if (!e->processes)
        free(w->spans);
}

static int start_thread(struct mn_exec_worker *w)
{
    if (pthread_create(&w->thread, NULL, mn_scheduler_worker, w))
        return MIEN_ENOMEM;
    w->started = true;
    return 0;
}

static int start_threads(struct mn_exec *e)
{
    int err = 0;
    for (int i = 0; i < e->num_workers && err == 0; i++)
        err = start_thread(&e->workers[i]);
    return err;
}

/* Until every worker has what it needs, or one of them fails. Each opens its own stages, all at the
 * same time. */
static int wait_for_workers(struct mn_exec *e)
{
    int err = 0;
    pthread_mutex_lock(&e->lock);
    for (int i = 0; i < e->num_workers && err == 0; i++) {
        while (e->workers[i].start_result > 0)
            pthread_cond_wait(&e->finished, &e->lock);
        err = e->workers[i].start_result;
    }
    pthread_mutex_unlock(&e->lock);
    return err;
}

static int open_all(struct mn_exec *e)
{
    int err = mn_legs_init(&e->legs, mn_stages, e->ctx);
    e->workers = mn_alloc((size_t)e->ctx->settings.max_workers, sizeof(*e->workers));
    e->ready = mn_alloc((size_t)e->frames, sizeof(struct mn_frame *));
    e->done = mn_alloc((size_t)e->frames, sizeof(struct mn_frame *));
    if (err == 0 && (!e->workers || !e->ready || !e->done))
        err = MIEN_ENOMEM;
    if (err == 0 && e->kind == MIEN_PROCESSES)
        err = mn_processes_open(&e->processes, e->ctx, &e->legs, e->num_workers);
    for (int leg = 0; leg < e->legs.num && err == 0; leg++)
        if (e->legs.stage[leg]->order == MN_IN_ORDER)
            err = open_lane(e, leg);
    for (int i = 0; i < e->num_workers && err == 0; i++)
        err = open_worker(e, &e->workers[i], i);
    if (err == 0 && e->kind != MIEN_SEQUENTIAL)
        err = start_threads(e);
    if (err == 0 && e->kind != MIEN_SEQUENTIAL)
        err = wait_for_workers(e);
    return err;
}

int mn_exec_open(struct mn_exec **out, const struct mn_context *ctx)
{
    *out = NULL;
    struct mn_exec *e = mn_alloc(1, sizeof(*e));
    if (!e)
        return MIEN_ENOMEM;
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->work, NULL);
    pthread_cond_init(&e->finished, NULL);
    e->ctx = ctx;
    e->kind = ctx->settings.exec;
    e->frames = ctx->settings.frames;
    e->num_workers = ctx->settings.workers;
    e->testing = *mn_testing();
    if (ctx->team)
        mn_team_on_work(ctx->team, mn_scheduler_call_helpers, e);
    int err = open_all(e);
    if (err < 0)
        mn_exec_close(&e);
    *out = e;
    return err;
}

/* No task is ready and no lane is busy between two calls of the only thread, so another thread may
 * take over the stages that were opened for it. */
static int to_threads(struct mn_exec *e)
{
    if (e->kind != MIEN_SEQUENTIAL)
        return 0;
    int err = start_thread(&e->workers[0]);
    if (err == 0)
        e->kind = MIEN_THREADS;
    return err;
}

int mn_exec_add_workers(struct mn_exec *e, int workers)
{
    int err = workers > e->num_workers ? to_threads(e) : 0;
    while (err == 0 && e->num_workers < workers) {
        struct mn_exec_worker *w = &e->workers[e->num_workers];
        err = open_worker(e, w, e->num_workers);
        if (err == 0)
            err = start_thread(w);
        if (err < 0) {
            close_worker(e, w);
            break;
        }
        pthread_mutex_lock(&e->lock);
        e->num_workers++;
        pthread_mutex_unlock(&e->lock);
    }
    return err;
}

void mn_exec_close(struct mn_exec **pe)
{
    struct mn_exec *e = *pe;
    if (!e)
        return;
    pthread_mutex_lock(&e->lock);
    e->quit = true;
    pthread_cond_broadcast(&e->work);
    pthread_mutex_unlock(&e->lock);
    if (e->processes)
        mn_processes_quit(e->processes);
    for (int i = 0; e->workers && i < e->num_workers; i++)
        close_worker(e, &e->workers[i]);
    mn_processes_close(&e->processes);
    for (int leg = 0; leg < e->legs.num; leg++)
        close_lane(e, leg);
    pthread_cond_destroy(&e->finished);
    pthread_cond_destroy(&e->work);
    pthread_mutex_destroy(&e->lock);
    free(e->workers);
    free(e->ready);
    free(e->done);
    free(e);
    *pe = NULL;
}
