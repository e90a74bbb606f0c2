#include "web/painter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct mn_painter {
    struct mn_jpeg *jpeg;
    void (*made)(void *ctx, const uint8_t *data, size_t size);
    void *ctx;
    pthread_t thread;
    pthread_mutex_t lock; /* of the members below */
    pthread_cond_t news;
    bool busy, stop;
    const uint8_t *plane[3];
    int stride[3];
};

static void *paint(void *arg)
{
    struct mn_painter *p = arg;
#ifdef __linux__
    setpriority(PRIO_PROCESS, 0, 19); /* of this thread alone, on Linux */
#endif
    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        if (!p->busy) {
            pthread_cond_wait(&p->news, &p->lock);
            continue;
        }
        const uint8_t *data;
        size_t size;
        pthread_mutex_unlock(&p->lock);
        if (mn_jpeg_encode(p->jpeg, p->plane, p->stride, &data, &size) == 0)
            p->made(p->ctx, data, size);
        pthread_mutex_lock(&p->lock);
        p->busy = false;
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void finish(struct mn_painter *p)
{
    pthread_cond_destroy(&p->news);
    pthread_mutex_destroy(&p->lock);
    mn_jpeg_close(&p->jpeg);
    free(p);
}

struct mn_painter *mn_painter_start(struct mn_jpeg *j,
                                    void (*made)(void *ctx, const uint8_t *data, size_t size),
                                    void *ctx)
{
    struct mn_painter *p = calloc(1, sizeof(*p));
    if (!p) {
        mn_jpeg_close(&j);
        return NULL;
    }
    p->jpeg = j;
    p->made = made;
    p->ctx = ctx;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->news, NULL);
    if (pthread_create(&p->thread, NULL, paint, p) == 0)
        return p;
    finish(p);
    return NULL;
}

bool mn_painter_free(struct mn_painter *p)
{
    pthread_mutex_lock(&p->lock);
    const bool is_free = !p->busy;
    pthread_mutex_unlock(&p->lock);
    return is_free;
}

void mn_painter_give(struct mn_painter *p, uint8_t *const plane[3], const int stride[3])
{
    pthread_mutex_lock(&p->lock);
    for (int i = 0; i < 3; i++)
        p->plane[i] = plane[i];
    memcpy(p->stride, stride, sizeof(p->stride));
    p->busy = true;
    pthread_cond_signal(&p->news);
    pthread_mutex_unlock(&p->lock);
}

void mn_painter_stop(struct mn_painter **p)
{
    if (!*p)
        return;
    pthread_mutex_lock(&(*p)->lock);
    (*p)->stop = true;
    pthread_cond_signal(&(*p)->news);
    pthread_mutex_unlock(&(*p)->lock);
    pthread_join((*p)->thread, NULL);
    finish(*p);
    *p = NULL;
}
