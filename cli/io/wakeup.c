#include "io/wakeup.h"

#include <math.h>
#include <time.h>

/* A clock that nobody sets; macOS has none for conditions. */
#if defined(__APPLE__)
#define CLOCK CLOCK_REALTIME
#else
#define CLOCK CLOCK_MONOTONIC
#endif

void mn_bell_init(struct mn_bell *b)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#if !defined(__APPLE__)
    pthread_condattr_setclock(&attributes, CLOCK);
#endif
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->cond, &attributes);
    pthread_condattr_destroy(&attributes);
    b->rung = false;
}

void mn_bell_finish(struct mn_bell *b)
{
    pthread_cond_destroy(&b->cond);
    pthread_mutex_destroy(&b->lock);
}

void mn_bell_ring(void *bell)
{
    struct mn_bell *b = bell;
    pthread_mutex_lock(&b->lock);
    b->rung = true;
    pthread_cond_signal(&b->cond);
    pthread_mutex_unlock(&b->lock);
}

void mn_bell_wait(struct mn_bell *b, double seconds)
{
    struct timespec until;
    clock_gettime(CLOCK, &until);
    double whole = floor(seconds);
    until.tv_sec += (time_t)whole;
    until.tv_nsec += (long)((seconds - whole) * 1e9);
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&b->lock);
    int err = 0;
    while (!b->rung && err == 0)
        err = pthread_cond_timedwait(&b->cond, &b->lock, &until);
    b->rung = false;
    pthread_mutex_unlock(&b->lock);
}
