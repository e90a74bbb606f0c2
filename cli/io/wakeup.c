#include "io/wakeup.h"

#include <math.h>
#include <time.h>

/* A clock that is never set back or forward; macOS has none for conditions. */
#if defined(__APPLE__)
#define CLOCK CLOCK_REALTIME
#else
#define CLOCK CLOCK_MONOTONIC
#endif

void mn_wakeup_init(struct mn_wakeup *w)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#if !defined(__APPLE__)
    pthread_condattr_setclock(&attributes, CLOCK);
#endif
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->cond, &attributes);
    pthread_condattr_destroy(&attributes);
    w->rung = false;
}

void mn_wakeup_finish(struct mn_wakeup *w)
{
    pthread_cond_destroy(&w->cond);
    pthread_mutex_destroy(&w->lock);
}

void mn_wakeup_ring(void *wakeup)
{
    struct mn_wakeup *w = wakeup;
    pthread_mutex_lock(&w->lock);
    w->rung = true;
    pthread_cond_signal(&w->cond);
    pthread_mutex_unlock(&w->lock);
}

void mn_wakeup_wait(struct mn_wakeup *w, double seconds)
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
    pthread_mutex_lock(&w->lock);
    int err = 0;
    while (!w->rung && err == 0)
        err = pthread_cond_timedwait(&w->cond, &w->lock, &until);
    w->rung = false;
    pthread_mutex_unlock(&w->lock);
}
