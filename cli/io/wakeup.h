/* Wakes the one thread that waits for several things at once: a picture from the source, a result
 * of the pipeline, a key in the window. Whoever has news rings; the sleeper then looks at all of
 * them. A ring that nobody waits for yet is remembered, so none is lost between looking and
 * waiting. */
#ifndef MN_CLI_BELL_H
#define MN_CLI_BELL_H

#include <pthread.h>
#include <stdbool.h>

struct mn_bell {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool rung;
};

void mn_bell_init(struct mn_bell *b);
void mn_bell_finish(struct mn_bell *b);

/* Any thread. The pointer is a struct mn_bell, so that this can be a callback. */
void mn_bell_ring(void *bell);

/* Until the bell rings, or so many seconds. */
void mn_bell_wait(struct mn_bell *b, double seconds);

#endif
