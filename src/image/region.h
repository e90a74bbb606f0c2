/* Frames in memory that worker processes share: its layout, and buffers for pictures in it.
 *
 * Two mappings, of fixed size. Every part is as large as the largest thing it may hold; pages that
 * are never touched cost nothing:
 *
 *     records: header | slots | workers | frames: detections, faces, faces, work, work
 *     pixels:  buffers
 *
 * Pixels lie apart, so that a decoder process can be given them and nothing else; workers may only
 * read them, so that no picture changes when a worker misbehaves.
 *
 * Programs of different builds may meet here: fixed-width fields and offsets only, the sizes of all
 * parts in the header, and the side that attaches checks them. */
#ifndef MN_IMAGE_REGION_H
#define MN_IMAGE_REGION_H

#include <pthread.h>
#include <stdbool.h>

#include "base/shared.h"
#include "image/pool.h"

#define MN_REGION_MAGIC UINT64_C(0x316e65696d6e6d) /* "mnmien1" */
#define MN_REGION_VERSION 5

struct mn_region_header {
    uint64_t magic;
    uint32_t version, header_size;
    char program[16]; /* MIEN_VERSION */
    uint32_t slot_size, worker_size, detection_size, face_size, work_size, settings_size;
    uint32_t num_slots, num_workers, max_faces, num_buffers;
    uint64_t slots, workers, frames; /* offsets */
    uint64_t frame_stride, total;    /* of the records */
    uint64_t buffer_size, pixels;    /* one buffer, all of them */
};

/* The record sizes of this build, and for a new region the numbers. */
struct mn_region_plan {
    uint32_t slot_size, worker_size, work_size, settings_size;
    uint32_t num_slots, num_workers;
};

struct mn_region {
    struct mn_shared shared, pixels;
    struct mn_region_header head; /* a copy: the shared one is read only once */

    pthread_mutex_t lock; /* all below */
    int refs;             /* the pipeline and each buffer */
    int lent;             /* buffers given to callers */
    int64_t copies;       /* pictures that had to be copied */
    int num_free;
    struct mn_buffer *buffer;
    struct mn_buffer **free; /* stack: the one used last is taken first, because it has its pages */
};

struct mn_buffer {
    mien_buffer pub; /* first */
    struct mn_region *region;
    bool lent;
};

/* Parent. 0, MIEN_ENOMEM with errno set. */
int mn_region_create(struct mn_region **out, const struct mn_region_plan *plan);

/* Child: takes over both descriptors. 0, MIEN_EWORKER (not such a region, or of another build) or
 * MIEN_ENOMEM. */
int mn_region_attach(struct mn_region **out, int records, int pixels,
                     const struct mn_region_plan *plan);

/* Does the header describe memories of these sizes, laid out as this build would? */
bool mn_region_fits(const struct mn_region_header *h, const struct mn_region_plan *plan,
                    uint64_t records, uint64_t pixels);

/* The memories are unmapped when the last buffer has been put back, too. */
void mn_region_unref(struct mn_region **r);

void *mn_region_slot(const struct mn_region *r, uint32_t i);
void *mn_region_worker(const struct mn_region *r, uint32_t i);

/* The arrays of frame i. Two banks of faces and work records, so that a worker that dies while it
 * writes one leaves the other as it was. */
struct mn_region_frame {
    struct mn_detection *detections;
    mien_face *faces[2];
    struct mn_work *work[2]; /* work_size bytes each */
};
struct mn_region_frame mn_region_frame(const struct mn_region *r, uint32_t i);

/* Right after mn_pool_init: moves the arrays of the pool's frames into the region, which outlives
 * the pool. */
void mn_region_share_pool(const struct mn_region *r, struct mn_pool *pool);

/* A buffer for `size` bytes of pixels; NULL: none is free, or size is too large. lend: for the
 * caller of the library; one for each frame is never lent. Any thread. */
struct mn_buffer *mn_region_buffer_get(struct mn_region *r, size_t size, bool lend);
void mn_region_buffer_put(struct mn_buffer *b);

/* Do all n bytes at p lie in the buffers? */
bool mn_region_holds(const struct mn_region *r, const void *p, uint64_t n);

/* Copies the picture into a buffer of the region, and gives up the caller's, unless it lies in the
 * region already. 0 or MIEN_ENOMEM. */
int mn_region_take_in(struct mn_region *r, struct mn_frame *f);

#endif
