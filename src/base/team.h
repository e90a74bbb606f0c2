/* Divides one piece of work among threads that have nothing else to do ("fork and join"). The owner
 * of the work posts it and takes tasks of it itself; idle threads join; the owner returns when all
 * tasks are done. Nothing waits for a helper that did not come, so the result is the same without
 * any. Which thread runs a task depends on timing: a task may write only what belongs to it.
 *
 * One owner at a time, and tasks post no work of their own. Nothing is allocated after opening. */
#ifndef MN_BASE_TEAM_H
#define MN_BASE_TEAM_H

#include <stdbool.h>

#define MN_TEAM_MOST 16 /* members */

struct mn_team;

/* task: 0 .. tasks - 1. member: 0 .. members - 1, of no other thread meanwhile; 0 is the owner. */
typedef void mn_team_fn(void *ctx, int task, int member);

/* members: threads that may work at once, the owner included; cut to MN_TEAM_MOST. 0 or
 * MIEN_ENOMEM. */
int mn_team_open(struct mn_team **out, int members);
void mn_team_close(struct mn_team **team);

/* call is called whenever work was posted, by its owner, to wake threads that may help. Before the
 * first work. */
void mn_team_on_work(struct mn_team *t, void (*call)(void *ctx), void *ctx);

/* 1 if t is NULL. */
int mn_team_members(const struct mn_team *t);

/* Runs all tasks; t NULL: in the calling thread, in order. */
void mn_team_run(struct mn_team *t, mn_team_fn *fn, void *ctx, int tasks);

/* Any other thread: is there work? t may be NULL. */
bool mn_team_has_work(const struct mn_team *t);

/* Takes tasks until none is left. */
void mn_team_help(struct mn_team *t);

#endif
