/* Wakes the one thread that waits for several things at once: a frame of the source, a result of
 * the pipeline, a key in the window. Each of them rings; the woken thread then checks all of them.
 * A ring is remembered until the next wait, so none is lost between checking and waiting. */
#ifndef MN_CLI_WAKEUP_H
#define MN_CLI_WAKEUP_H

#include <pthread.h>
#include <stdbool.h>

struct mn_wakeup {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool rung;
};

void mn_wakeup_init(struct mn_wakeup *w);
void mn_wakeup_finish(struct mn_wakeup *w);

/* Any thread. The parameter is a struct mn_wakeup, so that this function can be a callback. */
void mn_wakeup_ring(void *wakeup);

/* Returns after a ring, or after so many seconds. */
void mn_wakeup_wait(struct mn_wakeup *w, double seconds);

#endif
