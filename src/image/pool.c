#include "image/pool.h"

#include "base/mem.h"

int mn_pool_init(struct mn_pool *pool, int num_frames, int max_faces, size_t work_size)
{
    memset(pool, 0, sizeof(*pool));
    pthread_mutex_init(&pool->lock, NULL);
    pool->num_frames = num_frames;
    pool->max_faces = max_faces;
    pool->frames = mn_alloc((size_t)num_frames, sizeof(*pool->frames));
    pool->free = mn_alloc((size_t)num_frames, sizeof(*pool->free));
    const size_t stride = (work_size + MN_ALIGN - 1) / MN_ALIGN * MN_ALIGN;
    pool->work = mn_alloc_sparse((size_t)num_frames, stride);
    if (!pool->frames || !pool->free || !pool->work)
        return MIEN_ENOMEM;
    for (int i = 0; i < num_frames; i++) {
        struct mn_frame *f = &pool->frames[i];
        f->slot = i;
        f->detections = mn_alloc_sparse((size_t)max_faces, sizeof(*f->detections));
        f->faces = mn_alloc_sparse((size_t)max_faces, sizeof(*f->faces));
        f->work = (struct mn_work *)(void *)((uint8_t *)pool->work + (size_t)i * stride);
        if (!f->detections || !f->faces)
            return MIEN_ENOMEM;
        pool->free[pool->num_free++] = f;
    }
    return 0;
}

void mn_pool_finish(struct mn_pool *pool)
{
    for (int i = 0; pool->frames && i < pool->num_frames; i++) {
        struct mn_frame *f = &pool->frames[i];
        if (f->release)
            f->release(f->release_ctx);
        if (pool->shared)
            continue;
        free(f->detections);
        free(f->faces);
    }
    free(pool->work);
    free(pool->frames);
    free(pool->free);
    pool->frames = NULL;
    pool->free = NULL;
    pthread_mutex_destroy(&pool->lock);
}

struct mn_frame *mn_pool_get(struct mn_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct mn_frame *f = pool->num_free ? pool->free[--pool->num_free] : NULL;
    pthread_mutex_unlock(&pool->lock);
    if (!f)
        return NULL;
    memset(&f->pub, 0, sizeof(f->pub));
    f->seq = 0;
    f->leg = -1;
    f->last = false;
    f->box_source = MIEN_BOX_DETECTED;
    f->num_detections = 0;
    f->num_faces = 0;
    return f;
}

void mn_pool_put(struct mn_pool *pool, struct mn_frame *f)
{
    if (f->release)
        f->release(f->release_ctx);
    f->release = NULL;
    pthread_mutex_lock(&pool->lock);
    pool->free[pool->num_free++] = f;
    pthread_mutex_unlock(&pool->lock);
}
