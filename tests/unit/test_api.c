/* The public interface used wrongly, or at its limits: each call returns what <mien/mien.h>
 * documents, and every lent picture is released exactly once. With the stub networks. */
#include <mien/mien.h>
#include <mien/models.h>
#include <mien/stats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "base/testing.h"
#include "check.h"

enum { W = 96, H = 64 };

static uint8_t bytes[W * H * 3 + 64];
static int said;
static char last_said[2000];

static void listen(void *ctx, enum mien_log_level level, const char *message)
{
    CHECK(ctx == &said);
    CHECK(level <= MIEN_LOG_DEBUG);
    CHECK(message[0] && !strchr(message, '\n'));
    if (level == MIEN_LOG_ERROR)
        said++;
    snprintf(last_said, sizeof(last_said), "%s", message);
}

static mien_settings stub(enum mien_exec exec)
{
    mien_settings s;
    mien_settings_init(&s);
    mn_testing_set((struct mn_testing){0});
    s.provider = "stub";
    s.exec = exec;
    s.workers = 2;
    s.log = listen;
    s.log_ctx = &said;
    return s;
}

static mien_pipeline *open_with(const mien_settings *s)
{
    mien_pipeline *p = NULL;
    REQUIRE(mien_open(&p, s) == 0);
    REQUIRE(p != NULL);
    return p;
}

static mien_picture gray(void)
{
    return (mien_picture){
        .format = MIEN_GRAY8, .width = W, .height = H, .plane = {bytes}, .stride = {W}};
}

/* Counts how often a lent picture was released. */
static void picture_released(void *ctx)
{
    atomic_fetch_add((atomic_int *)ctx, 1);
}

static mien_frame *acquire(mien_pipeline *p)
{
    mien_frame *f = NULL;
    REQUIRE(mien_acquire(p, &f) == 0);
    REQUIRE(f != NULL);
    return f;
}

static void send(mien_pipeline *p, int64_t index, atomic_int *count)
{
    mien_frame *f = acquire(p);
    mien_picture pic = gray();
    CHECK_INT(mien_frame_wrap(f, &pic, index, (double)index / 25, picture_released, count), 0);
    CHECK_INT(mien_send(p, &f), 0);
    CHECK(f == NULL);
}

/* Receives frames until the call returns something else. */
static int receive_all(mien_pipeline *p, int64_t *next, int want_error)
{
    mien_frame *f;
    int err;
    while ((err = mien_receive(p, &f, 1)) == 0) {
        CHECK_INT(f->index, (*next)++);
        CHECK_INT(f->error, want_error);
        mien_release(p, &f);
        CHECK(f == NULL);
    }
    CHECK(f == NULL);
    return err;
}

/* ------------------------------------------------------------------------------- settings ---- */

static void refused(const mien_settings *s, const char *what)
{
    mien_pipeline *p = (mien_pipeline *)&said;
    int before = said, err = mien_open(&p, s);
    CHECK_INT(err, MIEN_EINVAL);
    CHECK(p == NULL);
    CHECK_INT(said, before + 1); /* one sentence */
    if (err != MIEN_EINVAL || said != before + 1)
        printf("  for %s\n", what);
    if (err == 0)
        mien_close(&p);
}

static void settings(void)
{
    mien_settings s;
    memset(&s, 0x5A, sizeof(s));
    mien_settings_init(&s);
    CHECK_INT(s.exec, MIEN_SEQUENTIAL);
    CHECK_INT(s.workers, 0);
    CHECK_INT(s.size, sizeof(s));
    CHECK_NEAR(s.smooth, 0, 0);
    CHECK(!s.models && !s.detector && !s.gaze_model && !s.provider && !s.log);
    CHECK(s.detect_every == 0 && s.live == 0 && s.max_faces == 0 && s.frames == 0);

#define REFUSED(field, value)             \
    do {                                  \
        s = stub(MIEN_THREADS);           \
        s.field = (value);                \
        refused(&s, #field " = " #value); \
    } while (0)
    REFUSED(exec, (enum mien_exec)77);
    REFUSED(exec, (enum mien_exec) - 1);
    REFUSED(workers, -1);
    REFUSED(workers, 100000);
    REFUSED(intra_op, -1);
    REFUSED(intra_op, 100000);
    REFUSED(detect_every, -1);
    REFUSED(detect_every, 1000000);
    REFUSED(max_faces, -1);
    REFUSED(max_faces, MIEN_FACES_LIMIT + 1);
    REFUSED(frames, -1);
    REFUSED(frames, 1000000);
    REFUSED(min_face, -1);
    REFUSED(min_face, NAN);
    REFUSED(det_threshold, -0.1f);
    REFUSED(det_threshold, 1);
    REFUSED(det_threshold, NAN);
    REFUSED(smooth, INFINITY);
    REFUSED(detector_size, 400);
    REFUSED(gaze_size, 90);
    REFUSED(landmark_method, (enum mien_landmark_method)4);
    REFUSED(analysis, MIEN_ALL + 1);
    REFUSED(fx, 100); /* without fy */
    REFUSED(cx, -1);
    CHECK(strstr(mien_last_message(), "cx is -1"));
    for (int i = 0; i < 2; i++) { /* never initialised: not even the log callback can be trusted */
        mien_pipeline *none = (mien_pipeline *)&said;
        s = stub(MIEN_THREADS);
        s.size = i ? (size_t)1 << 40 : 0;
        CHECK_INT(mien_open(&none, &s), MIEN_EINVAL);
        CHECK(!none && strstr(mien_last_message(), "mien_settings_init"));
    }

    s = stub(MIEN_THREADS); /* values at the ends of their ranges */
    s.max_faces = MIEN_FACES_LIMIT;
    s.detect_every = 1000;
    s.det_threshold = 0.999f;
    s.min_face = 1e6f;
    s.smooth = 1e6;
    mien_pipeline *p = open_with(&s);
    mien_close(&p);
    CHECK(p == NULL);
    mien_close(&p);
    mien_close(NULL);

    s = stub(MIEN_THREADS); /* default: as many workers as cores; no log callback */
    s.workers = 0;
    s.log = NULL;
    p = open_with(&s);
    mien_stats stats;
    mien_get_stats(p, &stats);
    CHECK_INT(stats.workers, mien_cores());
    mien_close(&p);

    s = stub(MIEN_SEQUENTIAL);
    s.provider = "no such provider";
    p = (mien_pipeline *)&said;
    int before = said;
    CHECK(mien_open(&p, &s) < 0);
    CHECK(p == NULL);
    CHECK_INT(said, before + 1);
    s.log = NULL;
    CHECK(mien_open(&p, &s) < 0);
}

/* The settings' strings are needed only during mien_open. */
static void strings(void)
{
    char *provider = malloc(5), *models = malloc(5);
    REQUIRE(provider && models);
    memcpy(provider, "stub", 5);
    memcpy(models, "none", 5);
    mien_settings s = stub(MIEN_THREADS);
    s.provider = provider;
    s.models = models;
    mien_pipeline *p = open_with(&s);
    memset(provider, 'x', 4);
    free(provider);
    free(models);
    memset(&s, 0, sizeof(s));

    mien_model_use use[8];
    memset(use, 0, sizeof(use));
    int n = mien_models_used(p, use, 8);
    CHECK(n >= 2 && n <= 8);
    CHECK_STR(use[0].role, "detector");
    CHECK_STR(use[1].role, "gaze");
    CHECK_STR(use[0].provider, "stub");
    use[1].role = "untouched";
    CHECK_INT(mien_models_used(p, use, 1), n);
    CHECK_STR(use[1].role, "untouched");
    CHECK_INT(mien_models_used(p, NULL, 0), n);
    mien_close(&p);
}

/* ------------------------------------------------------------------------------- pictures ---- */

static int wrap(mien_pipeline *p, const mien_picture *pic)
{
    atomic_int count = 0;
    mien_frame *f = acquire(p);
    int err = mien_frame_wrap(f, pic, 0, 0, picture_released, &count);
    CHECK_INT(count, 0);
    if (err < 0)
        CHECK_INT(mien_send(p, &f), MIEN_EINVAL); /* no picture was wrapped */
    CHECK(f != NULL);
    mien_release(p, &f);
    CHECK_INT(count, err == 0); /* not called for a refused picture */
    return err;
}

static void pictures(void)
{
    mien_settings s = stub(MIEN_SEQUENTIAL);
    mien_pipeline *p = open_with(&s);
    const mien_picture good[] = {
        gray(),
        {.format = MIEN_BGR24, .width = W, .height = H, .plane = {bytes}, .stride = {3 * W}},
        {.format = MIEN_I420,
         .matrix = MIEN_BT709,
         .width = 5,
         .height = 5,
         .plane = {bytes, bytes, bytes},
         .stride = {5, 3, 3}},
        {.format = MIEN_GRAY8,
         .width = MIEN_MAX_SIDE,
         .height = 6000,
         .plane = {bytes},
         .stride = {MIEN_MAX_SIDE}}, /* checked only when the frame is sent */
        {.format = MIEN_GRAY8,
         .matrix = (enum mien_matrix)9,
         .width = 1,
         .height = 1,
         .plane = {bytes},
         .stride = {1}}, /* unused for this format */
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        CHECK_INT(wrap(p, &good[i]), 0);

    static const struct {
        int width, height, want;
    } sizes[] = {
        {0, 10, MIEN_EDIMENSIONS},
        {10, 0, MIEN_EDIMENSIONS},
        {-10, 10, MIEN_EDIMENSIONS},
        {10, -10, MIEN_EDIMENSIONS},
        {-10, -10, MIEN_EDIMENSIONS},
        {MIEN_MAX_SIDE + 1, 1, MIEN_EDIMENSIONS},
        {1, MIEN_MAX_SIDE + 1, MIEN_EDIMENSIONS},
        {MIEN_MAX_SIDE, 6001, MIEN_EDIMENSIONS}, /* the area */
        {16384, 16384, MIEN_EDIMENSIONS},
        {65536, 65536, MIEN_EDIMENSIONS},
        {2147483647, 2147483647, MIEN_EDIMENSIONS},
        {-2147483647 - 1, 2, MIEN_EDIMENSIONS},
    };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        mien_picture pic = {.format = MIEN_GRAY8,
                            .width = sizes[i].width,
                            .height = sizes[i].height,
                            .plane = {bytes},
                            .stride = {2147483647}};
        CHECK_INT(wrap(p, &pic), sizes[i].want);
    }
    for (int i = 0; i < 3; i++) {
        mien_picture pic = good[2];
        pic.plane[i] = NULL;
        CHECK_INT(wrap(p, &pic), MIEN_EINVAL);
        pic = good[2];
        pic.stride[i]--;
        CHECK_INT(wrap(p, &pic), MIEN_EINVAL);
        pic.stride[i] = -100;
        CHECK_INT(wrap(p, &pic), MIEN_EINVAL);
    }
    mien_picture pic = good[1];
    pic.stride[0]--;
    CHECK_INT(wrap(p, &pic), MIEN_EINVAL);
    pic = good[2];
    pic.format = (enum mien_format)9;
    CHECK_INT(wrap(p, &pic), MIEN_EINVAL);
    pic = good[2];
    pic.matrix = (enum mien_matrix)9;
    CHECK_INT(wrap(p, &pic), MIEN_EINVAL);
    pic.matrix = (enum mien_matrix) - 1;
    CHECK_INT(wrap(p, &pic), MIEN_EINVAL);

    const double times[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        mien_frame *f = acquire(p);
        CHECK_INT(mien_frame_wrap(f, &good[0], 0, times[i], NULL, NULL), MIEN_EINVAL);
        mien_release(p, &f);
    }
    mien_close(&p);
}

/* Small and thin pictures are analysed, and no face is found in them. */
static void slivers(void)
{
    static uint8_t black[MIEN_MAX_SIDE * 3];
    static const int sizes[][2] = {{1, 1},
                                   {2, 1},
                                   {1, 2},
                                   {3, 3},
                                   {7, 5},
                                   {2000, 1},
                                   {1, 2000},
                                   {MIEN_MAX_SIDE, 1},
                                   {1, MIEN_MAX_SIDE},
                                   {641, 3}};
    mien_settings s = stub(MIEN_SEQUENTIAL);
    mien_pipeline *p = open_with(&s);
    int num = 0;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int format = MIEN_I420; format <= MIEN_GRAY8; format++) {
            int w = sizes[i][0], h = sizes[i][1];
            mien_picture pic = {
                .format = (enum mien_format)format,
                .width = w,
                .height = h,
                .plane = {black, black, black},
                .stride = {format == MIEN_BGR24 ? 3 * w : w, (w + 1) / 2, (w + 1) / 2}};
            mien_frame *f = acquire(p);
            CHECK_INT(mien_frame_wrap(f, &pic, num, num, NULL, NULL), 0);
            CHECK_INT(mien_send(p, &f), 0);
            CHECK_INT(mien_receive(p, &f, 1), 0);
            REQUIRE(f != NULL);
            CHECK_INT(f->error, 0);
            CHECK_INT(f->num_faces, 0);
            CHECK_INT(f->index, num++);
            mien_release(p, &f);
        }
    mien_close(&p);
}

/* ------------------------------------------------------------------------------ the order ---- */

static void misuse(enum mien_exec exec)
{
    mien_settings s = stub(exec);
    mien_pipeline *p = open_with(&s);
    atomic_int count = 0;
    mien_frame *f = (mien_frame *)&said;

    /* nothing was sent: nothing comes, and receive does not wait */
    CHECK_INT(mien_receive(p, &f, 0), MIEN_EAGAIN);
    CHECK(f == NULL);
    CHECK_INT(mien_receive(p, &f, 1), MIEN_EAGAIN);
    CHECK(f == NULL);

    f = acquire(p); /* sent without a picture: it stays the caller's */
    mien_frame *same = f;
    CHECK_INT(mien_send(p, &f), MIEN_EINVAL);
    CHECK(f == same);
    mien_picture pic = gray();
    CHECK_INT(mien_frame_wrap(f, &pic, 0, 0, picture_released, &count), 0);
    CHECK_INT(mien_send(p, &f), 0);
    CHECK(f == NULL);
    CHECK_INT(mien_send(p, &f), MIEN_EINVAL); /* sent already */

    CHECK_INT(mien_reset(p), MIEN_EINVAL); /* in the middle of a stream */
    for (int i = 1; i < 4; i++)
        send(p, i, &count);
    CHECK_INT(mien_send(p, NULL), 0);
    CHECK_INT(mien_send(p, NULL), MIEN_EINVAL); /* ended already */
    CHECK_INT(mien_reset(p), MIEN_EINVAL);      /* there is more to receive, */
    f = acquire(p);
    CHECK_INT(mien_frame_wrap(f, &pic, 4, 0, picture_released, &count), 0);
    CHECK_INT(mien_send(p, &f), MIEN_EINVAL); /* after the end */
    mien_release(p, &f);
    CHECK_INT(count, 1);
    int64_t next = 0;
    CHECK_INT(receive_all(p, &next, 0), MIEN_EEOF);
    CHECK_INT(next, 4); /* and none of it was lost */
    CHECK_INT(count, 5);
    CHECK_INT(mien_receive(p, &f, 1), MIEN_EEOF);
    CHECK_INT(mien_receive(p, &f, 0), MIEN_EEOF);

    for (int stream = 0; stream < 3; stream++) { /* each stream begins with all frames free */
        CHECK_INT(mien_reset(p), 0);
        CHECK_INT(mien_reset(p), MIEN_EINVAL);
        CHECK_INT(mien_receive(p, &f, 0), MIEN_EAGAIN);
        mien_stats stats;
        mien_get_stats(p, &stats);
        mien_frame *all[64];
        int n = 0;
        while (n < 64 && mien_acquire(p, &all[n]) == 0)
            n++;
        CHECK_INT(n, stats.frames_in_pool);
        while (n)
            mien_release(p, &all[--n]);
        for (int i = 0; i < 3; i++)
            send(p, i, &count);
        CHECK_INT(mien_send(p, NULL), 0);
        next = 0;
        CHECK_INT(receive_all(p, &next, 0), MIEN_EEOF);
        CHECK_INT(next, 3);
    }
    CHECK_INT(count, 14);

    CHECK_INT(mien_reset(p), 0); /* a stream of nothing */
    CHECK_INT(mien_send(p, NULL), 0);
    CHECK_INT(mien_receive(p, &f, 1), MIEN_EEOF);

    mien_release(p, NULL);
    f = NULL;
    mien_release(p, &f);
    mien_close(&p);
    CHECK_INT(count, 14);
}

/* Frames after a key frame wait for the next one, and the newest frame until it is known whether it
 * is the last: receive must return MIEN_EAGAIN, not wait for ever. */
static void held_back(enum mien_exec exec)
{
    mien_settings s = stub(exec);
    s.detect_every = 4;
    mn_testing_set((struct mn_testing){.jitter = exec == MIEN_THREADS ? 2000 : 0});
    mien_pipeline *p = open_with(&s);
    atomic_int count = 0;
    int64_t next = 0;
    for (int i = 0; i < 12; i++) {
        send(p, i, &count);
        if (i % 4 == 0 || i % 4 == 3 || i == 1) {
            CHECK_INT(receive_all(p, &next, 0), MIEN_EAGAIN);
            CHECK_INT(next,
                      i ? (i - 1) / 4 * 4 + 1 : 0); /* up to the key frame before the newest */
        }
    }
    CHECK_INT(mien_send(p, NULL), 0);
    CHECK_INT(receive_all(p, &next, 0), MIEN_EEOF);
    CHECK_INT(next, 12);
    CHECK_INT(count, 12);
    mien_stats stats;
    mien_get_stats(p, &stats);
    CHECK_INT(stats.detections, 4); /* 0, 4, 8, and the last */
    mien_close(&p);
}

/* The pool is the back-pressure, and mien_acquire never blocks. */
static void pool(enum mien_exec exec)
{
    mien_settings s = stub(exec);
    s.frames = 1; /* too few: raised to the least that works */
    s.detect_every = 3;
    mien_pipeline *p = open_with(&s);
    mien_stats stats;
    mien_get_stats(p, &stats);
    CHECK(stats.frames_in_pool >= 4 && stats.frames_in_pool <= 12);
    mien_frame *held[64], *f = (mien_frame *)&said;
    int n = 0;
    while (n < 64 && mien_acquire(p, &held[n]) == 0)
        n++;
    CHECK_INT(n, stats.frames_in_pool);
    CHECK_INT(mien_acquire(p, &f), MIEN_EAGAIN);
    CHECK(f == NULL);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            CHECK(held[i] != held[j]);
    mien_release(p, &held[--n]);
    CHECK(held[n] == NULL);
    CHECK_INT(mien_acquire(p, &f), 0);
    mien_release(p, &f);
    while (n)
        mien_release(p, &held[--n]);
    mien_close(&p);
}

/* ---------------------------------------------------------------------------------- release ----
 */

static void released(enum mien_exec exec)
{
    mien_settings s = stub(exec);
    mien_picture pic = gray();
    enum { NUM = 6 };
    atomic_int count[NUM] = {0};

    mien_pipeline *p = open_with(&s);
    mien_frame *f = acquire(p); /* released without being sent */
    CHECK_INT(mien_frame_wrap(f, &pic, 0, 0, picture_released, &count[0]), 0);
    mien_release(p, &f);
    CHECK_INT(count[0], 1);

    f = acquire(p); /* wrapped again: the first picture is released, the second kept */
    CHECK_INT(mien_frame_wrap(f, &pic, 0, 0, picture_released, &count[1]), 0);
    CHECK_INT(mien_frame_wrap(f, &pic, 0, 0, picture_released, &count[2]), 0);
    CHECK_INT(count[1], 1);
    CHECK_INT(count[2], 0);
    mien_picture bad = pic;
    bad.width = 0;
    CHECK_INT(mien_frame_wrap(f, &bad, 0, 0, picture_released, &count[3]), MIEN_EDIMENSIONS);
    CHECK_INT(count[2] + count[3], 0);
    CHECK_INT(mien_send(p, &f), 0);
    CHECK_INT(mien_receive(p, &f, 1), 0);
    CHECK_INT(count[2], 0); /* the caller may still read the picture */
    CHECK(f && f->picture.plane[0] == bytes);
    mien_release(p, &f);
    CHECK_INT(count[2], 1);
    CHECK_INT(count[3], 0);

    f = acquire(p); /* the frame has forgotten that picture */
    mien_release(p, &f);
    f = acquire(p);
    CHECK_INT(mien_frame_wrap(f, &pic, 1, 0, NULL, NULL), 0); /* nothing to call */
    CHECK_INT(mien_send(p, &f), 0);
    CHECK_INT(mien_receive(p, &f, 1), 0);
    mien_release(p, &f);
    mien_close(&p);
    for (int i = 0; i < 4; i++)
        CHECK_INT(count[i], i < 3);
}

/* Closed with frames in every place: waiting, half done, done. */
static void close_early(enum mien_exec exec)
{
    for (int sent = 0; sent < 9; sent++)
        for (int end = 0; end < 2; end++) {
            mien_settings s = stub(exec);
            s.detect_every = 3;
            s.frames = 12;
            mn_testing_set((struct mn_testing){.jitter = exec == MIEN_THREADS ? 1000 : 0});
            mien_pipeline *p = open_with(&s);
            atomic_int count = 0;
            for (int i = 0; i < sent; i++)
                send(p, i, &count);
            if (end)
                CHECK_INT(mien_send(p, NULL), 0);
            mien_close(&p);
            CHECK(p == NULL);
            CHECK_INT(count, sent);
        }
}

/* ------------------------------------------------------------------------------- interrupt ---- */

static void interrupt(enum mien_exec exec)
{
    for (int every = 1; every <= 4; every += 3) {
        mien_settings s = stub(exec);
        s.detect_every = every;
        mien_pipeline *p = open_with(&s);
        atomic_int count = 0;
        int64_t next = 0;
        send(p, 0, &count);
        CHECK_INT(receive_all(p, &next, 0), MIEN_EAGAIN);
        mien_interrupt(p);
        for (int i = 1; i < 6; i++)
            send(p, i, &count);
        CHECK_INT(mien_send(p, NULL), 0);
        CHECK_INT(receive_all(p, &next, MIEN_EINTERRUPTED), MIEN_EEOF);
        CHECK_INT(next, 6); /* all frames are returned */
        CHECK_INT(count, 6);
        CHECK_INT(mien_reset(p), 0); /* a reset ends the interruption */
        next = 0;
        send(p, 0, &count);
        CHECK_INT(mien_send(p, NULL), 0);
        CHECK_INT(receive_all(p, &next, 0), MIEN_EEOF);
        CHECK_INT(next, 1);
        mien_close(&p);
    }
}

static void *interrupter(void *ctx)
{
    struct timespec t = {0, 15000000};
    nanosleep(&t, NULL);
    mien_interrupt(ctx);
    return NULL;
}

/* From another thread, at any moment: frames in order, none missing, no face in those
 * that were passed through. */
static void interrupt_amid(void)
{
    mien_settings s = stub(MIEN_THREADS);
    mn_testing_set((struct mn_testing){.jitter = 4000});
    s.detect_every = 2;
    mien_pipeline *p = open_with(&s);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, interrupter, p) == 0);
    atomic_int count = 0;
    int64_t next = 0, sent = 0;
    int interrupted = 0, err;
    bool ended = false;
    mien_frame *f;
    for (;;) {
        if (sent < 60 && mien_acquire(p, &f) == 0) {
            mien_picture pic = gray();
            CHECK_INT(mien_frame_wrap(f, &pic, sent, (double)sent, picture_released, &count), 0);
            CHECK_INT(mien_send(p, &f), 0);
            sent++;
            continue;
        }
        if (sent == 60 && !ended) {
            CHECK_INT(mien_send(p, NULL), 0);
            ended = true;
        }
        if ((err = mien_receive(p, &f, 1)) < 0)
            break;
        CHECK_INT(f->index, next++);
        CHECK(f->error == 0 || (f->error == MIEN_EINTERRUPTED && f->num_faces == 0));
        interrupted += f->error != 0;
        mien_release(p, &f);
    }
    CHECK_INT(err, MIEN_EEOF);
    CHECK_INT(next, 60);
    CHECK_INT(count, 60);
    CHECK(interrupted > 0);
    pthread_join(thread, NULL);
    mien_close(&p);
}

/* ---------------------------------------------------------------------------------- figures ----
 */

static void one_bright_face(void)
{
    memset(bytes, 20, sizeof(bytes));
    for (int y = 16; y < 48; y++)
        memset(bytes + y * W + 32, 230, 28);
}

static void statistics(enum mien_exec exec)
{
    mien_settings s = stub(exec);
    s.detect_every = 4;
    mien_pipeline *p = open_with(&s);
    one_bright_face();
    atomic_int count = 0;
    int64_t next = 0;
    for (int i = 0; i < 9; i++) {
        send(p, i, &count);
        mien_frame *f;
        while (mien_receive(p, &f, 1) == 0) {
            CHECK_INT(f->index, next++);
            CHECK_INT(f->num_faces, 1);
            mien_release(p, &f);
        }
    }
    CHECK_INT(mien_send(p, NULL), 0);
    CHECK_INT(receive_all(p, &next, 0), MIEN_EEOF);
    mien_stats stats;
    mien_get_stats(p, &stats);
    CHECK_INT(stats.frames, 9);
    CHECK_INT(stats.detections, 3); /* 0, 4, 8 */
    CHECK_INT(stats.faces, 9);
    CHECK_INT(stats.workers, exec == MIEN_THREADS ? 2 : 1);
    CHECK(stats.num_spans >= 5 && stats.num_spans <= MIEN_SPANS_MAX);
    CHECK(stats.queue_max >= 1 && stats.queue_mean > 0);
    for (int i = 0; i < stats.num_spans; i++) {
        const mien_span *a = &stats.span[i];
        CHECK(a->name && a->name[0]);
        CHECK(a->count >= 0 && a->total >= 0 && a->median <= a->p95 && a->p95 <= a->max);
        if (!strcmp(a->name, "detect.network"))
            CHECK_INT(a->count, 3);
        if (!strcmp(a->name, "gaze.network"))
            CHECK_INT(a->count, 9);
        CHECK_INT(a->network != 0, strstr(a->name, ".network") != NULL);
    }
    CHECK(stats.num_stages >= 3 && stats.num_stages <= MIEN_STAGES_MAX);
    for (int i = 0; i < stats.num_stages; i++) {
        const mien_stage_rate *a = &stats.stage[i];
        CHECK_INT(a->frames, strcmp(a->name, "detect") ? 9 : 3); /* 0, 4, 8 */
        CHECK(a->recent > 0 && a->recent == a->mean);            /* all of them are recent */
    }
    CHECK(!strcmp(stats.stage[0].name, "detect"));
    mien_clear_stats(p);
    mien_get_stats(p, &stats);
    CHECK_INT(stats.frames + stats.detections + stats.faces, 0);
    for (int i = 0; i < stats.num_spans; i++)
        CHECK_INT(stats.span[i].count, 0);
    for (int i = 0; i < stats.num_stages; i++)
        CHECK(stats.stage[i].frames == 0 && stats.stage[i].recent == 0 && stats.stage[i].mean == 0);
    mien_close(&p);
    memset(bytes, 0, sizeof(bytes));
}

/* The faces are the caller's until release, in the order of their numbers. */
static void faces(void)
{
    static uint8_t big[320 * 180];
    memset(big, 20, sizeof(big));
    for (int i = 0; i < 3; i++)
        for (int y = 40; y < 120; y++)
            memset(big + y * 320 + 20 + 100 * i, 230, 50 + 10 * (size_t)i);
    mien_settings s = stub(MIEN_SEQUENTIAL);
    s.max_faces = 2;
    s.min_face = 10;
    mien_pipeline *p = open_with(&s);
    mien_picture pic = {
        .format = MIEN_GRAY8, .width = 320, .height = 180, .plane = {big}, .stride = {320}};
    mien_frame *f = acquire(p);
    CHECK_INT(f->num_faces, 0);
    CHECK_INT(mien_frame_wrap(f, &pic, -5, -1.5, NULL, NULL), 0); /* the caller's own numbers */
    CHECK_INT(mien_send(p, &f), 0);
    CHECK_INT(mien_receive(p, &f, 1), 0);
    CHECK_INT(f->index, -5);
    CHECK_NEAR(f->time, -1.5, 0);
    CHECK_INT(f->num_faces, 2);
    CHECK_NEAR(mien_frame_face(f, 0)->box[0], 220, 1.5); /* the largest first */
    CHECK_NEAR(mien_frame_face(f, 0)->box[2], 290, 1.5);
    CHECK_NEAR(mien_frame_face(f, 1)->box[0], 120, 1.5);
    CHECK_INT(mien_frame_face(f, 0)->id, 0);
    CHECK_INT(mien_frame_face(f, 1)->id, 1);
    mien_release(p, &f);
    mien_close(&p);

    s.min_face = 75; /* larger than every face */
    p = open_with(&s);
    f = acquire(p);
    CHECK_INT(mien_frame_wrap(f, &pic, 0, 0, NULL, NULL), 0);
    CHECK_INT(mien_send(p, &f), 0);
    CHECK_INT(mien_receive(p, &f, 1), 0);
    CHECK_INT(f->num_faces, 0);
    mien_release(p, &f);
    mien_close(&p);
}

/* External landmarks are kept as they are, and measured. */
static void given(enum mien_exec exec)
{
    mien_settings s = stub(exec);
    s.detect_every = 2;
    s.frames = 16;
    mien_pipeline *p = open_with(&s);
    mien_picture pic = gray();
    one_bright_face();
    static mien_external_face give[MIEN_FACES_LIMIT + 1];
    for (int i = 0; i <= MIEN_FACES_LIMIT; i++) {
        give[i] = (mien_external_face){.id = 3 * i - 100, .confidence = 0.25f};
        for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
            give[i].landmark[k][0] = (float)(10 + i % 7 + k % 30);
            give[i].landmark[k][1] = (float)(5 + i % 5 + k % 40);
        }
    }
    mien_frame *f = acquire(p);
    CHECK_INT(mien_frame_wrap(f, &pic, 0, 0, NULL, NULL), 0);
    CHECK_INT(mien_frame_set_faces(f, give, -1), MIEN_EINVAL);
    CHECK_INT(mien_frame_set_faces(f, give, MIEN_FACES_LIMIT + 1), MIEN_EINVAL);
    mien_external_face pair[2] = {give[0], give[1]};
    pair[1].id = pair[0].id; /* the same person twice, or out of order */
    CHECK_INT(mien_frame_set_faces(f, pair, 2), MIEN_EINVAL);
    pair[1].id--;
    CHECK_INT(mien_frame_set_faces(f, pair, 2), MIEN_EINVAL);
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 6; i++) {
        pair[1] = give[1];
        pair[1].landmark[i % 2 ? 67 : 0][i / 3] = bad[i % 3];
        CHECK_INT(mien_frame_set_faces(f, pair, 2), MIEN_EINVAL);
    }
    mien_release(p, &f);

    const int nums[] = {3, MIEN_FACES_LIMIT, 0,
                        1}; /* alternating with frames that the detector searches */
    int64_t sent = 0;
    for (int i = 0; i < 8; i++) {
        f = acquire(p);
        CHECK_INT(mien_frame_wrap(f, &pic, i, i, NULL, NULL), 0);
        if (i % 2 == 0)
            CHECK_INT(mien_frame_set_faces(f, give, nums[i / 2]), 0);
        CHECK_INT(mien_send(p, &f), 0);
    }
    CHECK_INT(mien_send(p, NULL), 0);
    while (mien_receive(p, &f, 1) == 0) {
        int64_t i = sent++;
        CHECK_INT(f->index, i);
        CHECK_INT(f->error, 0);
        CHECK_INT(f->num_faces, i % 2 ? 1 : nums[i / 2]);
        for (int k = 0; i % 2 == 0 && k < f->num_faces; k++) {
            const mien_face *a = mien_frame_face(f, k);
            CHECK_INT(a->id, give[k].id);
            CHECK_NEAR(a->confidence, 0.25, 0);
            CHECK(!memcmp(a->landmark, give[k].landmark, sizeof(a->landmark)));
            CHECK_INT(a->has, MIEN_LANDMARKS | MIEN_GAZE);
            const float box[4] = {(float)(10 + k % 7), (float)(5 + k % 5), (float)(39 + k % 7),
                                  (float)(44 + k % 5)};
            CHECK(!memcmp(a->box, box, sizeof(box))); /* what the points span */
        }
        mien_release(p, &f);
    }
    CHECK_INT(sent, 8);
    mien_stats stats;
    mien_get_stats(p, &stats);
    CHECK_INT(stats.detections, 4); /* the frames without external landmarks */
    mien_au au;
    CHECK_INT(mien_final_au(p, 0, give[0].id, &au), MIEN_EINVAL); /* not measured here */
    CHECK_INT(mien_analysis_of(p), MIEN_GAZE);
    mien_network_time times[3] = {{.seconds = -1}, {.seconds = -1}, {.seconds = -1}};
    CHECK_INT(mien_measure_networks(p, 0.01, times, 1), 2);
    CHECK(times[0].seconds > 0 && times[1].seconds == -1); /* not more than asked for */
    CHECK_INT(mien_measure_networks(p, 0.01, times, 3), 2);
    CHECK_STR(times[0].role, "detector");
    CHECK(times[0].seconds > 0 && !times[0].per_face);
    CHECK_STR(times[1].role, "gaze");
    CHECK(times[1].seconds > 0 && times[1].per_face);
    CHECK(times[2].seconds == -1);
    mien_close(&p);

    s.external_landmarks = 1; /* every frame has external landmarks; eyes come from a search only */
    s.analysis = MIEN_EYES;
    CHECK_INT(mien_open(&p, &s), MIEN_EINVAL);
    s.analysis = MIEN_GAZE;
    p = open_with(&s);
    for (int i = 0; i < 3; i++) {
        f = acquire(p);
        CHECK_INT(mien_frame_wrap(f, &pic, i, i, NULL, NULL), 0);
        CHECK_INT(mien_frame_set_faces(f, give, 2), 0);
        CHECK_INT(mien_send(p, &f), 0);
        CHECK_INT(mien_receive(p, &f, 1), 0);
        REQUIRE(f != NULL);
        CHECK_INT(f->num_faces, 2);
        CHECK_INT(mien_frame_face(f, 1)->id, give[1].id);
        CHECK_INT(mien_frame_face(f, 1)->has, MIEN_LANDMARKS | MIEN_GAZE);
        mien_release(p, &f);
    }
    f = acquire(p); /* a frame without */
    CHECK_INT(mien_frame_wrap(f, &pic, 3, 3, NULL, NULL), 0);
    CHECK_INT(mien_send(p, &f), 0);
    CHECK_INT(mien_receive(p, &f, 1), 0);
    REQUIRE(f != NULL);
    CHECK_INT(f->num_faces, 0);
    mien_release(p, &f);
    mien_get_stats(p, &stats);
    CHECK_INT(stats.detections, 0);
    mien_close(&p);
    memset(bytes, 0, sizeof(bytes));
}

/* ---------------------------------------------------------------------------- one picture ---- */

/* Two bright rectangles, which the stub takes for faces. */
static mien_picture two_faces(void)
{
    static uint8_t pixels[200 * 320];
    memset(pixels, 0, sizeof(pixels));
    for (int y = 20; y < 120; y++)
        memset(pixels + y * 320 + 40, 255, 70);
    for (int y = 60; y < 130; y++)
        memset(pixels + y * 320 + 220, 255, 50);
    return (mien_picture){
        .format = MIEN_GRAY8, .width = 320, .height = 200, .plane = {pixels}, .stride = {320}};
}

static void one_picture(enum mien_exec exec)
{
    mien_settings s = stub(exec);
    mien_pipeline *p = open_with(&s);
    const mien_picture pic = two_faces();
    mien_face face[4];
    int n = 77;
    for (int i = 0; i < 3; i++) { /* each one a stream of its own */
        CHECK_INT(mien_analyse_picture(p, &pic, face, 4, &n), 0);
        CHECK_INT(n, 2);
        CHECK(face[0].id == 0 && face[1].id == 1);
        CHECK_NEAR(face[0].box[0], 40, 1.5);
        CHECK_NEAR(face[1].box[0], 220, 1.5);
    }
    memset(face, 0x11, sizeof(face)); /* more faces than room */
    const mien_face before = face[1];
    CHECK_INT(mien_analyse_picture(p, &pic, face, 1, &n), 0);
    CHECK_INT(n, 2);
    CHECK(face[0].id == 0 && !memcmp(&face[1], &before, sizeof(before)));
    CHECK_INT(mien_analyse_picture(p, &pic, NULL, 0, &n), 0);
    CHECK_INT(n, 2);
    CHECK_INT(mien_analyse_picture(p, &pic, face, 4, NULL), 0);
    mien_picture wrong = pic;
    wrong.width = 0;
    CHECK_INT(mien_analyse_picture(p, &wrong, face, 4, &n), MIEN_EDIMENSIONS);
    CHECK_INT(n, 0);
    CHECK(strstr(mien_last_message(), "0 x 200"));
    wrong.width = 320;
    wrong.plane[0] = NULL;
    CHECK_INT(mien_analyse_picture(p, &wrong, face, 4, &n), MIEN_EINVAL);
    mien_interrupt(p);
    CHECK_INT(mien_analyse_picture(p, &pic, face, 4, &n), MIEN_EINTERRUPTED);
    CHECK_STR(mien_last_message(), "interrupted");
    CHECK_INT(mien_analyse_picture(p, &pic, face, 4, &n), 0); /* the reset ended the interruption */

    atomic_int count = 0; /* refused during a stream, possible after it */
    int64_t next = 0;
    send(p, 0, &count);
    CHECK_INT(mien_analyse_picture(p, &pic, face, 4, &n), MIEN_EINVAL);
    CHECK(strstr(mien_last_message(), "not idle"));
    CHECK_INT(mien_send(p, NULL), 0);
    CHECK_INT(mien_analyse_picture(p, &pic, face, 4, &n), MIEN_EINVAL);
    CHECK_INT(receive_all(p, &next, 0), MIEN_EEOF);
    CHECK_INT(mien_analyse_picture(p, &pic, face, 4, &n), 0);
    CHECK_INT(n, 2);
    send(p, 0, &count); /* and a stream after it */
    CHECK_INT(mien_send(p, NULL), 0);
    next = 0;
    CHECK_INT(receive_all(p, &next, 0), MIEN_EEOF);
    mien_stats stats;
    mien_get_stats(p, &stats);
    mien_frame *held[200]; /* all frames taken: an error, not a wait */
    for (int i = 0; i < stats.frames_in_pool; i++)
        held[i] = acquire(p);
    CHECK_INT(mien_analyse_picture(p, &pic, face, 4, &n), MIEN_EINVAL);
    for (int i = 0; i < stats.frames_in_pool; i++)
        mien_release(p, &held[i]);
    mien_close(&p);
}

/* The caller's pointer stays with its frame. */
static void user_data(enum mien_exec exec)
{
    mien_settings s = stub(exec);
    mien_pipeline *p = open_with(&s);
    const mien_picture pic = gray();
    mien_frame *f;
    for (int i = 0; i < 4; i++) {
        f = acquire(p);
        CHECK(f->user == NULL);
        CHECK_INT(mien_frame_wrap(f, &pic, i, i, NULL, NULL), 0);
        f->user = bytes + i;
        CHECK_INT(mien_send(p, &f), 0);
        if (i == 3)
            CHECK_INT(mien_send(p, NULL), 0);
    }
    for (int i = 0; mien_receive(p, &f, 1) == 0; i++) {
        CHECK(f->user == bytes + i);
        CHECK(!mien_frame_face(f, -1) && !mien_frame_face(f, f->num_faces));
        mien_release(p, &f);
    }
    mien_close(&p);
}

/* --------------------------------------------------------------------------------- NULLs ---- */

/* Every function with NULL wherever an object may stand, with and without a pipeline. */
static void nulls_of(mien_pipeline *p)
{
    const mien_picture pic = gray();
    mien_settings s = stub(MIEN_SEQUENTIAL);
    mien_frame *f = NULL;
    mien_face face;
    mien_au au;
    mien_stats stats;
    int n = 77;
    CHECK_INT(mien_open(NULL, &s), MIEN_EINVAL);
    CHECK_INT(mien_open(NULL, NULL), MIEN_EINVAL);
    CHECK_INT(mien_acquire(p, NULL), MIEN_EINVAL);
    CHECK_INT(mien_acquire(NULL, &f), MIEN_EINVAL);
    CHECK_INT(mien_frame_wrap(NULL, &pic, 0, 0, NULL, NULL), MIEN_EINVAL);
    CHECK_INT(mien_frame_set_faces(NULL, NULL, 0), MIEN_EINVAL);
    CHECK_INT(mien_send(p, &f), MIEN_EINVAL);
    CHECK_INT(mien_send(NULL, &f), MIEN_EINVAL);
    CHECK_INT(mien_send(NULL, NULL), MIEN_EINVAL);
    CHECK_INT(mien_receive(p, NULL, 0), MIEN_EINVAL);
    CHECK_INT(mien_receive(NULL, &f, 1), MIEN_EINVAL);
    mien_release(p, NULL);
    mien_release(p, &f);
    mien_release(NULL, NULL);
    CHECK_INT(mien_final_au(p, 0, 0, NULL), MIEN_EINVAL);
    CHECK_INT(mien_final_au(NULL, 0, 0, &au), MIEN_EINVAL);
    CHECK_INT(mien_analyse_picture(p, NULL, &face, 1, &n), MIEN_EINVAL);
    CHECK_INT(n, 0);
    CHECK_INT(mien_analyse_picture(NULL, &pic, &face, 1, &n), MIEN_EINVAL);
    CHECK_INT(mien_analyse_picture(p, &pic, NULL, 1, &n), MIEN_EINVAL);
    CHECK(strstr(mien_last_message(), "NULL"));
    CHECK_INT(mien_reset(NULL), MIEN_EINVAL);
    CHECK_INT(mien_analysis_of(NULL), 0);
    mien_interrupt(NULL);
    mien_close(NULL);
    CHECK(!mien_frame_face(NULL, 0));
    CHECK(!mien_buffer_get(NULL, 100));
    mien_buffer_put(NULL);
    mien_get_stats(NULL, NULL);
    mien_get_stats(p, NULL);
    memset(&stats, 0x11, sizeof(stats));
    mien_get_stats(NULL, &stats);
    CHECK_INT(stats.frames, 0);
    mien_clear_stats(NULL);
    CHECK(mien_models_used(NULL, NULL, 0) < 0);
    CHECK(mien_models_used(p, NULL, 5) < 0);
    CHECK(!p || mien_models_used(p, NULL, 0) >= 0);
    CHECK_INT(mien_picture_to_bgr(NULL, bytes, 100), MIEN_EINVAL);
    CHECK_INT(mien_picture_to_bgr(&pic, NULL, 3 * W), MIEN_EINVAL);
    CHECK(!mien_model_find(NULL) && !mien_model_by_digest(NULL) && !mien_model_at(-1));
    CHECK(mien_model_verify(NULL, NULL, NULL) < 0);
    CHECK(mien_model_verify(mien_model_at(0), NULL, NULL) < 0);
    CHECK(!mien_default_models_dir(NULL, 0) && !mien_builtin_models_dir(NULL, 0));
    CHECK(!mien_default_models_dir(NULL, 100) && !mien_builtin_models_dir(NULL, 100));
    CHECK(!mien_builtin_file_at(-1));
    CHECK(mien_runtime_version(NULL, 0) < 0);
    CHECK(mien_runtime_providers(NULL, 0) < 0);
    CHECK(mien_measure_networks(NULL, 0.1, NULL, 0) < 0);
    CHECK(mien_measure_networks(p, 0.1, NULL, 3) < 0);
}

static void nulls(void)
{
    mien_settings s = stub(MIEN_SEQUENTIAL);
    mien_pipeline *p = (mien_pipeline *)&said;
    CHECK_INT(mien_open(&p, NULL), MIEN_EINVAL);
    CHECK(!p && strstr(mien_last_message(), "mien_open"));
    nulls_of(NULL);
    p = open_with(&s);
    nulls_of(p);
    mien_frame *f = acquire(p);
    CHECK_INT(mien_frame_wrap(f, NULL, 0, 0, NULL, NULL), MIEN_EINVAL);
    CHECK_INT(mien_frame_set_faces(f, NULL, 1), MIEN_EINVAL);
    CHECK_INT(mien_frame_set_faces(f, NULL, 0), 0);
    mien_release(NULL, &f);
    mien_release(p, &f);
    mien_close(&p);
}

/* -------------------------------------------------------------------------- last message ---- */

static void *message_elsewhere(void *arg)
{
    CHECK_STR(mien_last_message(), ""); /* each thread has its own */
    return arg;
}

static void last_message(void)
{
    mien_settings s = stub(MIEN_THREADS);
    mien_pipeline *p;
    pthread_t thread;
    s.models = "/no/such/folder";
    s.provider = "cpu";
    for (int exec = MIEN_SEQUENTIAL; exec <= MIEN_PROCESSES; exec++) {
        s.exec = (enum mien_exec)exec;
        s.log = listen;
        CHECK(mien_open(&p, &s) < 0);
        CHECK_STR(mien_last_message(), last_said);
        CHECK(strlen(mien_last_message()) > 20);
        s.log = NULL; /* and without a callback */
        CHECK(mien_open(&p, &s) < 0);
        CHECK_STR(mien_last_message(), last_said);
    }
    REQUIRE(pthread_create(&thread, NULL, message_elsewhere, NULL) == 0);
    pthread_join(thread, NULL);
    CHECK_STR(mien_last_message(), last_said);
    s = stub(MIEN_SEQUENTIAL);
    p = open_with(&s);
    const char *before = mien_last_message();
    mien_frame *f;
    CHECK_STR(before, ""); /* mien_open succeeded */
    CHECK_INT(mien_receive(p, &f, 0), MIEN_EAGAIN);
    CHECK_STR(mien_last_message(), ""); /* not an error */
    CHECK_INT(mien_reset(p), MIEN_EINVAL);
    CHECK(strstr(mien_last_message(), "mien_reset"));
    mien_close(&p);
    CHECK_STR(mien_version(), MIEN_VERSION);
    CHECK_INT(mien_version_number(), MIEN_VERSION_NUMBER);
}

int main(void)
{
    alarm(120); /* a deadlock is a failure, not a wait */
    settings();
    strings();
    pictures();
    slivers();
    const enum mien_exec both[2] = {MIEN_SEQUENTIAL, MIEN_THREADS};
    for (int i = 0; i < 2; i++) {
        misuse(both[i]);
        held_back(both[i]);
        pool(both[i]);
        released(both[i]);
        close_early(both[i]);
        interrupt(both[i]);
        statistics(both[i]);
        given(both[i]);
    }
    interrupt_amid();
    faces();
    for (int exec = MIEN_SEQUENTIAL; exec <= MIEN_PROCESSES; exec++) {
        one_picture((enum mien_exec)exec);
        user_data((enum mien_exec)exec);
    }
    nulls();
    last_message();
    return check_done();
}
