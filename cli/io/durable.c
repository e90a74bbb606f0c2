#include "io/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

struct mn_durable {
    int fd;
    char *path;
    int (*sync)(int fd);
    pthread_t thread;
    pthread_mutex_t lock; /* the rest */
    pthread_cond_t told;
    bool written, stop;
    int error, count;
};

static int sync_data(int fd)
{
#if defined(_POSIX_SYNCHRONIZED_IO) && _POSIX_SYNCHRONIZED_IO > 0
    return fdatasync(fd);
#else
    return fsync(fd);
#endif
}

/* A file that is new is not there after a power cut if its folder does not know it yet. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd); /* some file systems cannot, and do not need to */
        close(fd);
    }
    free(folder);
}

/* Until something was written since the last request and the pause is over. false: it is to stop.
 */
static bool await(struct mn_durable *d, double next)
{
    pthread_mutex_lock(&d->lock);
    while (!d->stop && !d->written)
        pthread_cond_wait(&d->told, &d->lock);
    while (!d->stop && mn_now() < next) { /* a note does not cut the pause short, the end does */
        double left = next - mn_now();
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        long n = until.tv_nsec + (long)((left < 0.9 ? left : 0.9) * 1e9) + 1;
        until.tv_sec += n / 1000000000;
        until.tv_nsec = n % 1000000000;
        pthread_cond_timedwait(&d->told, &d->lock, &until);
    }
    bool go_on = !d->stop;
    d->written = false; /* what is written from here on wants another one */
    pthread_mutex_unlock(&d->lock);
    return go_on;
}

static void *durable_main(void *arg)
{
    struct mn_durable *d = arg;
    double next = 0;
    while (await(d, next)) {
        next = mn_now() + MN_DURABLE_PAUSE;
        int err = d->sync(d->fd) < 0 ? errno : 0;
        if (d->count == 0)
            sync_folder(d->path);
        pthread_mutex_lock(&d->lock);
        d->count++;
        if (err != EINVAL && err != ENOTSUP && err != EROFS && err != EINTR) /* it has no disk */
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
    d->sync = sync ? sync : sync_data;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->told, NULL);
    if (d->path && pthread_create(&d->thread, NULL, durable_main, d) == 0)
        return d;
    pthread_cond_destroy(&d->told);
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
    pthread_cond_signal(&d->told);
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
    pthread_cond_signal(&d->told);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    int count = d->count;
    pthread_cond_destroy(&d->told);
    pthread_mutex_destroy(&d->lock);
    free(d->path);
    free(d);
    *pd = NULL;
    return count;
}
