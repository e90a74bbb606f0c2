#include "base/team.h"

#include <mien/mien.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"

#if defined(__x86_64__) || defined(__i386__)
#define pause_briefly() __builtin_ia32_pause()
#else
#define pause_briefly() atomic_signal_fence(memory_order_seq_cst)
#endif

#define LOOKS 1000 /* of the owner for helpers that are about to leave, before it sleeps */

struct mn_team {
    int members;
    void (*call)(void *ctx);
    void *call_ctx;

    /* Written by the owner while `open` is false and `inside` 0. */
    mn_team_fn *fn;
    void *ctx;
    atomic_int tasks; /* helpers compare it with `next` before they count themselves in */

    /* A helper counts itself in before it looks at `open`; the owner clears `open` before it looks
     * at `inside`. So either the helper sees that there is no work, or the owner waits for it. */
    atomic_bool open;
    atomic_int inside, joined, next;
    pthread_mutex_t lock;
    pthread_cond_t left;
};

int mn_team_open(struct mn_team **out, int members)
{
    struct mn_team *t = *out = mn_alloc(1, sizeof(*t));
    if (!t)
        return MIEN_ENOMEM;
    t->members = members > MN_TEAM_MOST ? MN_TEAM_MOST : members;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->left, NULL);
    return 0;
}

void mn_team_close(struct mn_team **team)
{
    struct mn_team *t = *team;
    if (!t)
        return;
    pthread_cond_destroy(&t->left);
    pthread_mutex_destroy(&t->lock);
    free(t);
    *team = NULL;
}

void mn_team_on_work(struct mn_team *t, void (*call)(void *ctx), void *ctx)
{
    t->call = call;
    t->call_ctx = ctx;
}

int mn_team_members(const struct mn_team *t)
{
    return t ? t->members : 1;
}

/* The next task; not below `tasks`: none is left. */
static int take(struct mn_team *t)
{
    return atomic_fetch_add(&t->next, 1);
}

static void wait_for_helpers(struct mn_team *t)
{
    for (int i = 0; i < LOOKS; i++) {
        if (!atomic_load(&t->inside))
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&t->lock);
    while (atomic_load(&t->inside))
        pthread_cond_wait(&t->left, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

void mn_team_run(struct mn_team *t, mn_team_fn *fn, void *ctx, int tasks)
{
    if (!t || t->members < 2 || tasks < 2) {
        for (int i = 0; i < tasks; i++)
            fn(ctx, i, 0);
        return;
    }
    t->fn = fn;
    t->ctx = ctx;
    atomic_store(&t->tasks, tasks);
    atomic_store(&t->joined, 1);
    atomic_store(&t->next, 0);
    atomic_store(&t->open, true);
    if (t->call)
        t->call(t->call_ctx);
    for (int i; (i = take(t)) < tasks;)
        fn(ctx, i, 0);
    atomic_store(&t->open, false);
    wait_for_helpers(t);
}

bool mn_team_has_work(const struct mn_team *t)
{
    return t && atomic_load(&t->open) && atomic_load(&t->next) < atomic_load(&t->tasks);
}

static void leave(struct mn_team *t)
{
    if (atomic_fetch_sub(&t->inside, 1) > 1)
        return;
    pthread_mutex_lock(&t->lock);
    pthread_cond_signal(&t->left);
    pthread_mutex_unlock(&t->lock);
}

void mn_team_help(struct mn_team *t)
{
    atomic_fetch_add(&t->inside, 1);
    if (atomic_load(&t->open)) {
        const int member = atomic_fetch_add(&t->joined, 1), tasks = atomic_load(&t->tasks);
        for (int i; member < t->members && (i = take(t)) < tasks;)
            t->fn(t->ctx, i, member);
    }
    leave(t);
}
