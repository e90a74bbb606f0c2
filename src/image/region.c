#include "image/region.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "base/mem.h"
#include "image/picture.h"

#define PAGE 65536u /* bytes: a page of any machine, or a multiple */
#define SLACK 4096  /* vector code reads a little beyond the last row */
#define BUFFER_SIZE ((uint64_t)MIEN_MAX_AREA * 3 + (uint64_t)MIEN_MAX_SIDE * 2 * 256)
#define MORE_BUFFERS 40 /* that a decoder keeps: 16 references, reordering */
#define MAX_SLOTS 4096
#define MAX_WORKERS 256

static_assert(sizeof(struct mn_region_header) == 128, "shared layout");
static_assert(sizeof(struct mn_detection) == 80, "shared layout");

static uint64_t round_up(uint64_t n)
{
    return (n + PAGE - 1) / PAGE * PAGE;
}

static struct mn_region_header header_for(const struct mn_region_plan *p, uint32_t max_faces,
                                          uint32_t slots, uint32_t workers)
{
    struct mn_region_header h = {
        .magic = MN_REGION_MAGIC,
        .version = MN_REGION_VERSION,
        .header_size = sizeof(h),
        .program = MIEN_VERSION,
        .slot_size = p->slot_size,
        .worker_size = p->worker_size,
        .detection_size = sizeof(struct mn_detection),
        .face_size = sizeof(mien_face),
        .work_size = p->work_size,
        .settings_size = p->settings_size,
        .num_slots = slots,
        .num_workers = workers,
        .max_faces = max_faces,
        .num_buffers = 2 * slots + MORE_BUFFERS,
    };
    uint64_t n = max_faces;
    h.frame_stride =
        round_up(n * h.detection_size) + 2 * round_up(n * h.face_size) + 2 * round_up(h.work_size);
    h.buffer_size = round_up(BUFFER_SIZE + SLACK);
    h.slots = round_up(sizeof(h));
    h.workers = h.slots + round_up((uint64_t)h.num_slots * h.slot_size);
    h.frames = h.workers + h.num_workers * round_up(h.worker_size);
    h.total = h.frames + h.num_slots * h.frame_stride;
    h.pixels = h.num_buffers * h.buffer_size;
    return h;
}

bool mn_region_fits(const struct mn_region_header *h, const struct mn_region_plan *plan,
                    uint64_t records, uint64_t pixels)
{
    if (h->num_slots < 1 || h->num_slots > MAX_SLOTS || h->num_workers < 1 ||
        h->num_workers > MAX_WORKERS || h->max_faces != MIEN_FACES_LIMIT)
        return false;
    struct mn_region_header want = header_for(plan, h->max_faces, h->num_slots, h->num_workers);
    return memcmp(h, &want, sizeof(want)) == 0 && h->total == records && h->pixels == pixels;
}

static struct mn_region *new_region(void)
{
    struct mn_region *r = mn_alloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->shared.fd = r->pixels.fd = -1;
    r->refs = 1;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

int mn_region_create(struct mn_region **out, const struct mn_region_plan *plan)
{
    struct mn_region *r = *out = new_region();
    if (!r)
        return MIEN_ENOMEM;
    r->head = header_for(plan, MIEN_FACES_LIMIT, plan->num_slots, plan->num_workers);
    uint32_t n = r->head.num_buffers;
    r->buffer = mn_alloc(n, sizeof(*r->buffer));
    r->free = mn_alloc(n, sizeof(*r->free));
    if (!r->buffer || !r->free || mn_shared_create(&r->shared, (size_t)r->head.total) < 0 ||
        mn_shared_create(&r->pixels, (size_t)r->head.pixels) < 0) {
        int err = errno;
        mn_region_unref(out);
        errno = err;
        return MIEN_ENOMEM;
    }
    memcpy(r->shared.base, &r->head, sizeof(r->head));
    for (uint32_t i = n; i--;) {
        struct mn_buffer *b = &r->buffer[i];
        b->region = r;
        b->pub.offset = (size_t)(i * r->head.buffer_size);
        b->pub.data = r->pixels.base + b->pub.offset;
        b->pub.size = (size_t)r->head.buffer_size - SLACK;
        b->pub.fd = r->pixels.fd;
        r->free[r->num_free++] = b;
    }
    return 0;
}

static int attach(struct mn_shared *s, int fd, bool write)
{
    return mn_shared_attach(s, fd, write) == 0 ? 0 : errno == EPROTO ? MIEN_EWORKER : MIEN_ENOMEM;
}

int mn_region_attach(struct mn_region **out, int records, int pixels,
                     const struct mn_region_plan *plan)
{
    struct mn_region *r = *out = new_region();
    if (!r) {
        close(records);
        close(pixels);
        return MIEN_ENOMEM;
    }
    int err = attach(&r->shared, records, true), other = attach(&r->pixels, pixels, false);
    err = err < 0 ? err : other;
    if (err == 0 && r->shared.size < sizeof(r->head))
        err = MIEN_EWORKER;
    if (err == 0) {
        memcpy(&r->head, r->shared.base, sizeof(r->head));
        if (!mn_region_fits(&r->head, plan, r->shared.size, r->pixels.size))
            err = MIEN_EWORKER;
    }
    if (err < 0)
        mn_region_unref(out);
    return err;
}

static void unref(struct mn_region *r)
{
    pthread_mutex_lock(&r->lock);
    bool last = --r->refs == 0;
    pthread_mutex_unlock(&r->lock);
    if (!last)
        return;
    mn_shared_close(&r->shared);
    mn_shared_close(&r->pixels);
    pthread_mutex_destroy(&r->lock);
    free(r->buffer);
    free(r->free);
    free(r);
}

void mn_region_unref(struct mn_region **r)
{
    if (*r)
        unref(*r);
    *r = NULL;
}

void *mn_region_slot(const struct mn_region *r, uint32_t i)
{
    return r->shared.base + r->head.slots + (uint64_t)i * r->head.slot_size;
}

void *mn_region_worker(const struct mn_region *r, uint32_t i)
{
    return r->shared.base + r->head.workers + (uint64_t)i * round_up(r->head.worker_size);
}

struct mn_region_frame mn_region_frame(const struct mn_region *r, uint32_t i)
{
    const struct mn_region_header *h = &r->head;
    uint8_t *p = r->shared.base + h->frames + i * h->frame_stride;
    struct mn_region_frame f = {.detections = (struct mn_detection *)(void *)p};
    p += round_up((uint64_t)h->max_faces * h->detection_size);
    for (int k = 0; k < 2; k++) {
        f.faces[k] = (mien_face *)(void *)p;
        p += round_up((uint64_t)h->max_faces * h->face_size);
    }
    for (int k = 0; k < 2; k++) {
        f.work[k] = (struct mn_work *)(void *)p;
        p += round_up(h->work_size);
    }
    return f;
}

void mn_region_share_pool(const struct mn_region *r, struct mn_pool *pool)
{
    for (int i = 0; i < pool->num_frames; i++) {
        struct mn_frame *f = &pool->frames[i];
        struct mn_region_frame place = mn_region_frame(r, (uint32_t)i);
        free(f->detections);
        free(f->faces);
        f->detections = place.detections;
        f->faces = place.faces[0];
        f->other_faces = place.faces[1];
        f->work = place.work[0];
        f->other_work = place.work[1];
    }
    free(pool->work);
    pool->work = NULL;
    pool->shared = true;
}

struct mn_buffer *mn_region_buffer_get(struct mn_region *r, size_t size, bool lend)
{
    struct mn_buffer *b = NULL;
    pthread_mutex_lock(&r->lock);
    bool may = !lend || r->lent < (int)(r->head.num_buffers - r->head.num_slots);
    if (may && r->num_free && size <= r->head.buffer_size - SLACK) {
        b = r->free[--r->num_free];
        b->lent = lend;
        r->lent += lend;
        r->refs++;
    }
    pthread_mutex_unlock(&r->lock);
    return b;
}

void mn_region_buffer_put(struct mn_buffer *b)
{
    struct mn_region *r = b->region;
    pthread_mutex_lock(&r->lock);
    r->free[r->num_free++] = b;
    r->lent -= b->lent;
    pthread_mutex_unlock(&r->lock);
    unref(r);
}

bool mn_region_holds(const struct mn_region *r, const void *p, uint64_t n)
{
    const uintptr_t at = (uintptr_t)p, base = (uintptr_t)r->pixels.base;
    return at >= base && at - base < r->pixels.size && n <= r->pixels.size - (at - base);
}

static bool lies_in(const struct mn_region *r, const mien_picture *p)
{
    for (int i = 0; i < 3; i++) {
        int row, rows;
        mn_picture_plane(p, i, &row, &rows);
        uint64_t n = rows ? (uint64_t)p->stride[i] * (uint64_t)(rows - 1) + (uint64_t)row : 0;
        if (rows && !mn_region_holds(r, p->plane[i], n))
            return false;
    }
    return true;
}

static void put(void *buffer)
{
    mn_region_buffer_put(buffer);
}

int mn_region_take_in(struct mn_region *r, struct mn_frame *f)
{
    mien_picture *p = &f->pub.picture;
    if (lies_in(r, p))
        return 0;
    struct mn_buffer *b = mn_region_buffer_get(r, (size_t)r->head.buffer_size - SLACK, false);
    if (!b)
        return MIEN_ENOMEM;
    uint8_t *to = b->pub.data;
    for (int i = 0; i < 3; i++) {
        int row, rows;
        mn_picture_plane(p, i, &row, &rows);
        int stride = (row + MN_ALIGN - 1) / MN_ALIGN * MN_ALIGN;
        for (int y = 0; y < rows; y++)
            memcpy(to + (size_t)y * (size_t)stride, p->plane[i] + (ptrdiff_t)y * p->stride[i],
                   (size_t)row);
        p->plane[i] = to;
        p->stride[i] = stride;
        to += (size_t)stride * (size_t)rows;
    }
    pthread_mutex_lock(&r->lock);
    r->copies++;
    pthread_mutex_unlock(&r->lock);
    if (f->release)
        f->release(f->release_ctx);
    f->release = put;
    f->release_ctx = b;
    return 0;
}
