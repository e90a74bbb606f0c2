/* The inputs of a batch that are left, in the order in which they begin. */
#ifndef MN_CLI_QUEUE_H
#define MN_CLI_QUEUE_H

#include "batch/supervisor_state.h"

/* Largest input first. 0 or MIEN_ENOMEM. Freed by mn_queue_free. */
int mn_queue_make(struct mn_batch *b);
void mn_queue_free(struct mn_batch *b);

/* Jobs that were not begun, or are to be tried again. */
int mn_queue_left(const struct mn_batch *b);

/* The largest input that is left; with claims, that no other process has. MN_NO_JOB: none. */
int mn_queue_next(struct mn_batch *b);

/* Shows other machines, about once a minute, that this process and its claims live. */
void mn_queue_touch(struct mn_batch *b);

#endif
