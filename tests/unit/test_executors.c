/* Every executor gives the same bytes: sequential, and 1 to 8 threads or processes delayed at
 * random, on moving pictures, with the stub networks (a bright rectangle is a face). */
#include <mien/mien.h>
#include <mien/stats.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/testing.h"
#include "check.h"

/* Sanitizers slow everything down: the thread sanitizer some 60 times, the address sanitizer 7
 * times. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SLOWED 3
#elif __has_feature(address_sanitizer)
#define SLOWED 2
#endif
#elif defined(__SANITIZE_THREAD__)
#define SLOWED 3
#elif defined(__SANITIZE_ADDRESS__)
#define SLOWED 2
#endif
#ifndef SLOWED
#define SLOWED 1
#endif

enum { W = 320, H = 180, PICTURES = 90, MOST_FRAMES = 300, MOST_FACES = 6, PEOPLE = 4 };

static uint8_t luma[PICTURES][H][W], chroma[(W + 1) / 2 * ((H + 1) / 2)];

struct rect {
    int x, y, w, h; /* h = 0: absent */
};

/* Where each person is in picture k. One sways, one rises over the upper border and comes back, one
 * appears and vanishes, one jumps too far to be interpolated. They never touch. */
static struct rect person(int who, int k)
{
    switch (who) {
    case 0:
        return (struct rect){20 + (k < 45 ? k : 90 - k), 30, 60, 72};
    case 1:
        return (struct rect){150, 40 - 2 * (k < 45 ? k : 90 - k), 44, 56};
    case 2:
        return (struct rect){230, 20, 50, k >= 25 && k < 52 ? 60 : 0};
    default:
        return (struct rect){10 + 61 * (k / 9 % 5), 124, 40, 48};
    }
}

static int visible_height(const struct rect *r)
{
    int top = r->y > 0 ? r->y : 0, bottom = r->y + r->h < H ? r->y + r->h : H;
    return bottom > top ? bottom - top : 0;
}

/* The right half is darker by an amount that changes, so that each person's gaze changes too. */
static void draw(void)
{
    memset(chroma, 128, sizeof(chroma));
    for (int k = 0; k < PICTURES; k++) {
        memset(luma[k], 30, sizeof(luma[k]));
        for (int who = 0; who < PEOPLE; who++) {
            struct rect r = person(who, k);
            for (int y = r.y > 0 ? r.y : 0; y < r.y + r.h && y < H; y++)
                for (int x = r.x; x < r.x + r.w; x++)
                    luma[k][y][x] =
                        (uint8_t)(x < r.x + r.w / 2 ? 220 : 220 - (3 * k + 11 * who) % 30);
        }
    }
}

static double time_of(int k) /* uneven, sometimes repeated */
{
    return 7 + 0.04 * (k % 17 == 4 ? k - 1 : k) + 0.003 * (k % 5);
}

struct row {
    int64_t index;
    double time;
    int error, num_faces;
    mien_face face[MOST_FACES];
};

struct result {
    int rows;
    atomic_int released;
    struct row row[MOST_FRAMES];
    int stages;
    int64_t through[MIEN_STAGES_MAX]; /* frames, by stage */
};

static void give_up(void *ctx)
{
    atomic_fetch_add((atomic_int *)ctx, 1);
}

static void give_back(void *buffer)
{
    mien_buffer_put(buffer);
}

static void take(mien_pipeline *p, struct result *r, mien_frame **f)
{
    REQUIRE(r->rows < MOST_FRAMES);
    struct row *row = &r->row[r->rows++];
    row->index = (*f)->index;
    row->time = (*f)->time;
    row->error = (*f)->error;
    row->num_faces = (*f)->num_faces;
    REQUIRE((*f)->num_faces <= MOST_FACES);
    if ((*f)->num_faces)
        for (int i = 0; i < (*f)->num_faces; i++)
            row->face[i] = *mien_frame_face(*f, i);
    mien_release(p, f);
}

static void send(mien_pipeline *p, struct result *r, int k)
{
    mien_frame *f;
    int err;
    while ((err = mien_acquire(p, &f)) == MIEN_EAGAIN) {
        REQUIRE(mien_receive(p, &f, 1) == 0); /* any other result would wait for ever */
        take(p, r, &f);
    }
    REQUIRE(err == 0);
    mien_picture pic = {.format = MIEN_I420,
                        .width = W,
                        .height = H,
                        .plane = {luma[k % PICTURES][0], chroma, chroma},
                        .stride = {W, (W + 1) / 2, (W + 1) / 2}};
    mien_buffer *b = k % 2 ? mien_buffer_get(p, sizeof(luma[0]) + 2 * sizeof(chroma)) : NULL;
    if (b) {
        memcpy(b->data, luma[k % PICTURES], sizeof(luma[0]));
        memcpy(b->data + sizeof(luma[0]), chroma, sizeof(chroma));
        pic.plane[0] = b->data;
        pic.plane[1] = pic.plane[2] = b->data + sizeof(luma[0]);
        REQUIRE(mien_frame_wrap(f, &pic, 1000 + 3 * k, time_of(k), give_back, b) == 0);
        atomic_fetch_add(&r->released, 1); /* by give_back */
    } else {
        REQUIRE(mien_frame_wrap(f, &pic, 1000 + 3 * k, time_of(k), give_up, &r->released) == 0);
    }
    REQUIRE(mien_send(p, &f) == 0);
    while (k % 3 == 0 && mien_receive(p, &f, 0) == 0)
        take(p, r, &f);
}

static void finish(mien_pipeline *p, struct result *r)
{
    mien_frame *f;
    int err;
    REQUIRE(mien_send(p, NULL) == 0);
    while ((err = mien_receive(p, &f, 1)) == 0)
        take(p, r, &f);
    CHECK_INT(err, MIEN_EEOF);
    mien_stats stats;
    mien_get_stats(p, &stats);
    r->stages = stats.num_stages;
    for (int i = 0; i < stats.num_stages; i++)
        r->through[i] = stats.stage[i].frames;
}

static mien_settings settings_of(int workers, int every, int live)
{
    mien_settings s;
    mien_settings_init(&s);
    s.provider = "stub";
    s.exec = workers ? MIEN_THREADS : MIEN_SEQUENTIAL;
    s.workers = workers;
    s.detect_every = every;
    s.live = live;
    mn_testing_set((struct mn_testing){.jitter = workers ? 2000 : 0});
    return s;
}

static struct result *analyse(const mien_settings *s, int frames)
{
    struct result *r = calloc(1, sizeof(*r));
    mien_pipeline *p;
    REQUIRE(r != NULL);
    REQUIRE(mien_open(&p, s) == 0);
    for (int k = 0; k < frames; k++) {
        if (k == frames / 3 && s->max_workers)
            CHECK_INT(mien_add_workers(p, s->max_workers), 0);
        send(p, r, k);
    }
    finish(p, r);
    mien_stats stats;
    mien_get_stats(p, &stats);
    CHECK_INT(stats.frames, frames);
    mien_close(&p);
    CHECK(p == NULL);
    CHECK_INT(r->released, frames);
    CHECK_INT(r->rows, frames);
    for (int k = 0; k < r->rows; k++) {
        CHECK_INT(r->row[k].index, 1000 + 3 * k);
        CHECK_NEAR(r->row[k].time, time_of(k), 0);
        CHECK_INT(r->row[k].error, 0);
    }
    return r;
}

/* Byte for byte; the rest of each row is zero in both. */
static void compare(const struct result *a, const struct result *b, const mien_settings *s)
{
    int first = -1, differ = 0;
    CHECK_INT(b->rows, a->rows);
    CHECK_INT(b->stages, a->stages); /* and the same stages ran on as many frames */
    for (int i = 0; i < a->stages; i++)
        CHECK_INT(b->through[i], a->through[i]);
    for (int k = 0; k < a->rows && k < b->rows; k++)
        if (memcmp(&a->row[k], &b->row[k], sizeof(a->row[k]))) {
            differ++;
            first = first < 0 ? k : first;
        }
    CHECK_INT(differ, 0);
    if (differ)
        printf("  from frame %d on, with %d workers, detect_every %d, live %d\n", first, s->workers,
               s->detect_every, s->live);
}

/* ------------------------------------------------------ what the sequential executor has to find
 * ----
 */

static const mien_face *face_at(const struct row *row, const struct rect *r, double tolerance)
{
    const double edge[4] = {r->x, r->y > 0 ? r->y : 0, r->x + r->w, r->y + r->h};
    for (int i = 0; i < row->num_faces; i++) {
        bool here = true;
        for (int k = 0; k < 4; k++)
            here = here && fabs((double)row->face[i].box[k] - edge[k]) <= tolerance;
        if (here)
            return &row->face[i];
    }
    return NULL;
}

static void plausible(const struct result *r, int every, int live)
{
    int ids[PEOPLE] = {-1, -1, -1, -1}, highest = -1, detected = 0, between = 0, carried = 0;
    for (int k = 0; k < r->rows && k < PICTURES; k++) {
        const struct row *row = &r->row[k];
        for (int i = 0; i < row->num_faces; i++) {
            const mien_face *f = &row->face[i];
            detected += f->box_source == MIEN_BOX_DETECTED;
            between += f->box_source == MIEN_BOX_INTERPOLATED;
            carried += f->box_source == MIEN_BOX_CARRIED;
            highest = f->id > highest ? f->id : highest;
            CHECK(f->box[2] > f->box[0] && f->box[3] > f->box[1]);
            CHECK(f->confidence > 0.5f && f->confidence <= 1);
            if (i)
                CHECK(f->id > f[-1].id);
        }
        if (every > 1 && live)
            continue; /* carried boxes lag behind */
        int least = 0, most = 0;
        for (int who = 0; who < PEOPLE; who++) {
            struct rect q = person(who, k);
            int height = visible_height(&q);
            most += height > 0;
            if (height < 16)
                continue;
            least++;
            /* between key frames time is uneven, and this person moves by 2 pixels a frame */
            const mien_face *f = face_at(row, &q, every > 1 && who == 1 ? 3 : 1.5);
            CHECK(f != NULL);
            if (!f)
                printf("  person %d in frame %d, detect_every %d\n", who, k, every);
            else if (who != 3 && ids[who] < 0)
                ids[who] = f->id;
            else if (who == 0) /* always in the picture */
                CHECK_INT(f->id, ids[who]);
            CHECK(!f || f->yaw != 0);
        }
        CHECK(row->num_faces >= least && row->num_faces <= most);
    }
    CHECK(detected > 0);
    CHECK_INT(between > 0, every > 1 && !live);
    CHECK_INT(carried > 0, every > 1 && live);
    CHECK(ids[0] < 0 || ids[0] != ids[1]);
    CHECK(highest < 40); /* the one that jumps is a new person each time */
}

/* Worker processes. Every other picture lies in the shared memory, the rest is copied. */
static void same_in_processes(int every, int live, int frames, int workers)
{
    mien_settings s = settings_of(0, every, live);
    struct result *want = analyse(&s, frames);
    s = settings_of(workers, every, live);
    s.exec = MIEN_PROCESSES;
    struct result *have = analyse(&s, frames);
    compare(want, have, &s);
    free(have);
    free(want);
}

static void same_for_all(int every, int live, int frames, int first, int step)
{
    mien_settings s = settings_of(0, every, live);
    struct result *want = analyse(&s, frames);
    plausible(want, every, live);
    for (int workers = first; workers <= 8; workers += step) {
        s = settings_of(workers, every, live);
        struct result *have = analyse(&s, frames);
        compare(want, have, &s);
        free(have);
    }
    free(want);
}

/* One worker, in the caller's thread or its own, gets company while the stream runs. */
static void same_with_more_workers(int every, int live)
{
    const int frames = SLOWED == 3 ? 24 : PICTURES;
    mien_settings s = settings_of(0, every, live);
    struct result *want = analyse(&s, frames);
    for (int workers = 0; workers <= 2; workers++) {
        s = settings_of(workers, every, live);
        s.max_workers = 4;
        mn_testing_set((struct mn_testing){.jitter = 2000});
        struct result *have = analyse(&s, frames);
        compare(want, have, &s);
        free(have);
    }
    free(want);
}

static void refused_workers(void)
{
    mien_settings s = settings_of(2, 1, 0);
    mien_pipeline *p;
    REQUIRE(mien_open(&p, &s) == 0);
    CHECK_INT(mien_add_workers(p, 2), 0);
    CHECK_INT(mien_add_workers(p, 1), 0);
    CHECK_INT(mien_add_workers(p, 3), MIEN_EINVAL);
    CHECK_INT(mien_add_workers(NULL, 3), MIEN_EINVAL);
    mien_stats stats;
    mien_get_stats(p, &stats);
    CHECK_INT(stats.workers, 2);
    mien_close(&p);
}

/* 300 in, 300 out, with the fewest frames in flight that work. */
static void long_run(void)
{
    mien_settings s = settings_of(0, 5, 0);
    s.frames = 1;
    const int frames = SLOWED == 3 ? 50 : MOST_FRAMES;
    struct result *want = analyse(&s, frames);
    s = settings_of(4, 5, 0);
    mn_testing_set((struct mn_testing){.jitter = 300});
    s.frames = 1;
    struct result *have = analyse(&s, frames);
    compare(want, have, &s);
    free(have);
    free(want);
}

/* A second stream in the same pipeline is like the first. */
static void again(void)
{
    mien_settings s = settings_of(3, 5, 0);
    struct result *r[2];
    mien_pipeline *p;
    REQUIRE(mien_open(&p, &s) == 0);
    for (int i = 0; i < 2; i++) {
        r[i] = calloc(1, sizeof(*r[i]));
        REQUIRE(r[i] != NULL);
        for (int k = 0; k < 32; k++)
            send(p, r[i], k);
        finish(p, r[i]);
        CHECK_INT(mien_reset(p), 0);
        mien_clear_stats(p);
    }
    mien_close(&p);
    compare(r[0], r[1], &s);
    free(r[0]);
    free(r[1]);
}

/* Pipelines in parallel do not influence each other. */
static void side_by_side(void)
{
    enum { NUM = 2, FRAMES = 27 };
    static const int every[NUM] = {1, 5};
    mien_pipeline *p[NUM];
    struct result *have[NUM];
    for (int i = 0; i < NUM; i++) {
        mien_settings s = settings_of(2, every[i], 0);
        have[i] = calloc(1, sizeof(*have[i]));
        REQUIRE(have[i] && mien_open(&p[i], &s) == 0);
    }
    for (int k = 0; k < FRAMES; k++)
        for (int i = 0; i < NUM; i++)
            send(p[i], have[i], k);
    for (int i = 0; i < NUM; i++) {
        finish(p[i], have[i]);
        mien_close(&p[i]);
        mien_settings s = settings_of(0, every[i], 0);
        struct result *want = analyse(&s, FRAMES);
        compare(want, have[i], &s);
        free(want);
        free(have[i]);
    }
}

int main(void)
{
    alarm(600); /* a deadlock is a failure, not a wait */
    draw();
    static const int many[] = {0, PICTURES, 45, 20}, some[] = {0, 48, 25, 12};
    same_for_all(5, 0, many[SLOWED], 1, SLOWED);
    same_for_all(1, 0, some[SLOWED], 2, 6);
    same_for_all(2, 0, some[SLOWED], 3, 3);
    same_for_all(7, 0, some[SLOWED], 1, 4);
    same_for_all(1, 1, some[SLOWED], 3, 5);
    same_for_all(2, 1, some[SLOWED], 2, 5);
    same_for_all(5, 1, some[SLOWED], 4, 3);
    same_for_all(7, 1, some[SLOWED], 1, 7);
    same_with_more_workers(5, 0);
    same_with_more_workers(2, 1);
    refused_workers();
    if (getenv("MIEN_WORKER")) {
        same_in_processes(5, 0, some[SLOWED], 2);
        same_in_processes(1, 0, some[SLOWED], SLOWED > 1 ? 3 : 8);
        if (SLOWED == 1)
            same_in_processes(2, 1, some[SLOWED], 3);
    } else {
        puts("without MIEN_WORKER: no processes");
    }
    long_run();
    again();
    side_by_side();
    return check_done();
}
