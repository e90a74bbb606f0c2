#include "io/durable.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "io/atomic_file.h"

struct mn_durable {
    int fd;
    char *path;
    int (*sync)(int fd);
    pthread_t thread;
    pthread_mutex_t lock; /* of the rest */
    pthread_cond_t changed;
    bool written, stop;
    int error, count;
};

/* Waits until something was written since the last sync and the pause is over. false: stop. */
static bool await(struct mn_durable *d, double next)
{
    pthread_mutex_lock(&d->lock);
    while (!d->stop && !d->written)
        pthread_cond_wait(&d->changed, &d->lock);
    while (!d->stop && mn_now() < next) { /* only the end shortens the pause */
        double left = next - mn_now();
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        long n = until.tv_nsec + (long)((left < 0.9 ? left : 0.9) * 1e9) + 1;
        until.tv_sec += n / 1000000000;
        until.tv_nsec = n % 1000000000;
        pthread_cond_timedwait(&d->changed, &d->lock, &until);
    }
    bool go_on = !d->stop;
    d->written = false; /* later writes need another sync */
    pthread_mutex_unlock(&d->lock);
    return go_on;
}

static void *durable_main(void *arg)
{
    struct mn_durable *d = arg;
    double next = 0;
    while (await(d, next)) {
        next = mn_now() + MN_DURABLE_PAUSE;
        int err = mn_atomic_file_sync(d->fd, d->sync);
        if (d->count == 0) /* a power failure must not lose the name of the file */
            mn_atomic_file_sync_folder(d->path);
        pthread_mutex_lock(&d->lock);
        d->count++;
        d->error = err ? err : d->error;
        pthread_mutex_unlock(&d->lock);
    }
    return NULL;
}

struct mn_durable *mn_durable_start(int fd, const char *path, int (*sync)(int fd))
{
    struct mn_durable *d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->fd = fd;
    d->path = strdup(path);
    d->sync = sync;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->changed, NULL);
    if (d->path && pthread_create(&d->thread, NULL, durable_main, d) == 0)
        return d;
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
    free(d->path);
    free(d);
    return NULL;
}

int mn_durable_note(struct mn_durable *d)
{
    if (!d)
        return 0;
    pthread_mutex_lock(&d->lock);
    d->written = true;
    int err = d->error;
    d->error = 0;
    pthread_cond_signal(&d->changed);
    pthread_mutex_unlock(&d->lock);
    return err;
}

int mn_durable_stop(struct mn_durable **pd)
{
    struct mn_durable *d = *pd;
    if (!d)
        return 0;
    pthread_mutex_lock(&d->lock);
    d->stop = true;
    pthread_cond_signal(&d->changed);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    int count = d->count;
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
    free(d->path);
    free(d);
    *pd = NULL;
    return count;
}
