/* A team: every task runs once, helpers take tasks, nothing waits for those that do not come. */
#include "base/team.h"

#include <pthread.h>
#include <stdatomic.h>

#include "check.h"

enum { TASKS = 60, ROUNDS = 3000, HELPERS = 3 };

struct work {
    int done[TASKS];      /* each written by the thread that runs the task */
    atomic_int by_helper; /* tasks that the owner did not run */
    atomic_int at[HELPERS + 1];
    atomic_bool shared, wait; /* two threads were the same member; the owner waits for a helper */
};

static void run(void *ctx, int task, int member)
{
    struct work *w = ctx;
    if (atomic_fetch_add(&w->at[member], 1))
        atomic_store(&w->shared, true);
    w->done[task]++;
    if (member > 0)
        atomic_fetch_add(&w->by_helper, 1);
    while (member == 0 && atomic_load(&w->wait) && !atomic_load(&w->by_helper))
        ;
    atomic_fetch_sub(&w->at[member], 1);
}

static atomic_bool quit;

static void *help(void *team)
{
    while (!atomic_load(&quit)) {
        if (mn_team_has_work(team))
            mn_team_help(team);
    }
    return NULL;
}

static void all_done(const struct work *w, int tasks, int times)
{
    for (int i = 0; i < TASKS; i++)
        CHECK_INT(w->done[i], i < tasks ? times : 0);
}

static void alone(void)
{
    struct work w = {0};
    struct mn_team *t;
    CHECK_INT(mn_team_members(NULL), 1);
    mn_team_run(NULL, run, &w, TASKS);
    REQUIRE(mn_team_open(&t, 4) == 0);
    CHECK_INT(mn_team_members(t), 4);
    mn_team_run(t, run, &w, TASKS); /* none helps */
    CHECK(!mn_team_has_work(t) && !mn_team_has_work(NULL));
    all_done(&w, TASKS, 2);
    CHECK_INT(atomic_load(&w.by_helper), 0);
    mn_team_close(&t);
    REQUIRE(mn_team_open(&t, 1000) == 0);
    CHECK_INT(mn_team_members(t), MN_TEAM_MOST);
    mn_team_close(&t);
}

static void count_call(void *calls)
{
    ++*(int *)calls;
}

static void together(void)
{
    struct work w = {0};
    struct mn_team *t;
    pthread_t thread[HELPERS];
    int calls = 0;
    REQUIRE(mn_team_open(&t, HELPERS + 1) == 0);
    mn_team_on_work(t, count_call, &calls);
    for (int i = 0; i < HELPERS; i++)
        REQUIRE(pthread_create(&thread[i], NULL, help, t) == 0);
    atomic_store(&w.wait, true); /* work that would never end without a helper */
    mn_team_run(t, run, &w, 2);
    atomic_store(&w.wait, false);
    CHECK(atomic_load(&w.by_helper) > 0);
    for (int i = 0; i < ROUNDS; i++)
        mn_team_run(t, run, &w, TASKS);
    atomic_store(&quit, true);
    for (int i = 0; i < HELPERS; i++)
        pthread_join(thread[i], NULL);
    CHECK_INT(calls, ROUNDS + 1);
    CHECK(!atomic_load(&w.shared));
    for (int i = 0; i < 2; i++)
        w.done[i]--; /* of the first work */
    all_done(&w, TASKS, ROUNDS);
    mn_team_close(&t);
}

int main(void)
{
    alone();
    together();
    return check_done();
}
