/* Drives one in-order stage by hand: frames go in one by one, and those that come out are recorded.
 */
#ifndef MN_TESTS_DRIVE_H
#define MN_TESTS_DRIVE_H

#include "check.h"
#include "image/pool.h"
#include "stage/stage.h"
#include "stage/work.h"

#define DRIVE_OUT 4096

struct drive {
    const struct mn_stage *stage;
    struct mn_context ctx;
    int work_faces; /* faces that work records have room for; 0: MIEN_FACES_LIMIT */
    void *state;
    struct mn_spans spans;
    struct mn_pool pool;
    uint64_t sent;
    int num_out, read;
    struct mn_frame *out[DRIVE_OUT];
};

static inline void drive_emit(void *ctx, struct mn_frame *f)
{
    struct drive *d = ctx;
    REQUIRE(d->num_out < DRIVE_OUT);
    d->out[d->num_out++] = f;
}

/* Set d->ctx.settings and d->work_faces first. frames: the most that are in use at the same time.
 */
static inline void drive_open(struct drive *d, const struct mn_stage *stage, int frames)
{
    d->stage = stage;
    REQUIRE(stage->order == MN_IN_ORDER);
    const int room = d->work_faces ? d->work_faces : MIEN_FACES_LIMIT;
    REQUIRE(mn_pool_init(&d->pool, frames, MIEN_FACES_LIMIT, mn_work_size(room)) == 0);
    d->state = calloc(1, stage->state_size);
    REQUIRE(d->state != NULL);
    REQUIRE(stage->open(d->state, &d->ctx) == 0);
}

static inline void drive_close(struct drive *d)
{
    d->stage->close(d->state);
    free(d->state);
    mn_pool_finish(&d->pool);
}

/* The next frame of the stream, empty. */
static inline struct mn_frame *drive_frame(struct drive *d, double time)
{
    struct mn_frame *f = mn_pool_get(&d->pool);
    REQUIRE(f != NULL);
    mn_work_reset(f);
    f->seq = d->sent++;
    f->pub.index = (int64_t)f->seq;
    f->pub.time = time;
    return f;
}

static inline void drive_push(struct drive *d, struct mn_frame *f)
{
    d->stage->push(d->state, f, &d->spans, drive_emit, d);
}

static inline void drive_flush(struct drive *d)
{
    if (d->stage->flush)
        d->stage->flush(d->state, &d->spans, drive_emit, d);
}

/* The next frame that came out, which must be number `seq`; give it back with drive_done. */
static inline struct mn_frame *drive_next(struct drive *d, uint64_t seq)
{
    CHECK(d->read < d->num_out);
    if (d->read >= d->num_out)
        exit(check_done());
    struct mn_frame *f = d->out[d->read++];
    CHECK_INT(f->seq, seq);
    return f;
}

static inline int drive_waiting(const struct drive *d)
{
    return d->num_out - d->read;
}

static inline void drive_done(struct drive *d, struct mn_frame *f)
{
    mn_pool_put(&d->pool, f);
    if (d->read == d->num_out)
        d->read = d->num_out = 0;
}

/* A new stream begins. */
static inline void drive_reset(struct drive *d)
{
    d->stage->reset(d->state);
    d->sent = 0;
}

/* Adds a detection; its points are spread over the box. */
static inline void drive_box(struct mn_frame *f, float x1, float y1, float x2, float y2,
                             float score)
{
    struct mn_detection *d = &f->detections[f->num_detections++];
    *d = (struct mn_detection){.box = {x1, y1, x2, y2}, .score = score};
    for (int p = 0; p < 5; p++) {
        d->point[p][0] = x1 + (x2 - x1) * (0.2f + 0.1f * (float)p);
        d->point[p][1] = y1 + (y2 - y1) * (0.3f + 0.1f * (float)p);
    }
}

#endif
