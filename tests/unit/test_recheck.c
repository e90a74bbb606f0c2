/* Landmarks through the whole pipeline with the stub networks: estimated boxes are detected again
 * where the landmarks look wrong, networks that answer with NANs do no harm, fifty faces stay fifty
 * faces, a lost face is found again; and any number of workers gives the same bytes. */
#include <mien/mien.h>
#include <mien/stats.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/testing.h"
#include "check.h"

/* The thread sanitizer makes everything twenty times slower; one number of workers and some frames
 * are enough for it. */
#if defined(__SANITIZE_THREAD__)
#define THREADS_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREADS_WATCHED 1
#endif
#endif
#if !defined(THREADS_WATCHED)
#define THREADS_WATCHED 0
#endif

enum { W = 640, H = 360, MOST_FRAMES = 64, MOST_FACES = 56 };

static uint8_t chroma[W / 2 * (H / 2)];

struct rect {
    int x, y, w, h;
};

/* The faces in picture k; returns how many. */
typedef int scene(int k, struct rect *out);

struct row {
    int num_faces;
    mien_face face[MOST_FACES];
};

struct result {
    int rows;
    int64_t detections;
    struct row row[MOST_FRAMES];
};

static uint8_t *draw(scene *who, int k)
{
    uint8_t *luma = malloc((size_t)W * H);
    struct rect r[MOST_FACES];
    REQUIRE(luma != NULL);
    memset(luma, 30, (size_t)W * H);
    for (int i = who(k, r) - 1; i >= 0; i--)
        for (int y = r[i].y < 0 ? 0 : r[i].y; y < r[i].y + r[i].h && y < H; y++)
            for (int x = r[i].x < 0 ? 0 : r[i].x; x < r[i].x + r[i].w && x < W; x++)
                luma[y * W + x] = 220;
    return luma;
}

static void take(mien_pipeline *p, struct result *r, mien_frame **f)
{
    struct row *row = &r->row[r->rows++];
    CHECK_INT((*f)->error, 0);
    row->num_faces = (*f)->num_faces;
    REQUIRE(row->num_faces <= MOST_FACES);
    if (row->num_faces)
        for (int i = 0; i < row->num_faces; i++)
            row->face[i] = *mien_frame_face(*f, i);
    mien_release(p, f);
}

static struct result *analyse(scene *who, int frames, double fps, const mien_settings *s)
{
    struct result *r = calloc(1, sizeof(*r));
    mien_pipeline *p;
    mien_frame *f;
    REQUIRE(r && frames <= MOST_FRAMES && mien_open(&p, s) == 0);
    for (int k = 0; k < frames; k++) {
        int err;
        while ((err = mien_acquire(p, &f)) == MIEN_EAGAIN) {
            REQUIRE(mien_receive(p, &f, 1) == 0);
            take(p, r, &f);
        }
        REQUIRE(err == 0);
        uint8_t *luma = draw(who, k);
        const mien_picture pic = {.format = MIEN_I420,
                                  .width = W,
                                  .height = H,
                                  .plane = {luma, chroma, chroma},
                                  .stride = {W, W / 2, W / 2}};
        REQUIRE(mien_frame_wrap(f, &pic, k, k / fps, free, luma) == 0);
        REQUIRE(mien_send(p, &f) == 0);
    }
    REQUIRE(mien_send(p, NULL) == 0);
    while (mien_receive(p, &f, 1) == 0)
        take(p, r, &f);
    CHECK_INT(r->rows, frames);
    mien_stats stats;
    mien_get_stats(p, &stats);
    r->detections = stats.detections;
    mien_close(&p);
    return r;
}

static mien_settings settings_of(unsigned analysis, int every, int live)
{
    mien_settings s;
    mien_settings_init(&s);
    s.provider = "stub";
    s.refiner = "none";
    s.analysis = analysis;
    s.detect_every = every;
    s.live = live;
    return s;
}

/* Sequential, and the same with workers delayed at random. */
static struct result *everywhere(scene *who, int frames, double fps, mien_settings s)
{
    mn_testing_set((struct mn_testing){0});
    struct result *want = analyse(who, frames, fps, &s);
    for (int workers = THREADS_WATCHED ? 3 : 1; workers <= (THREADS_WATCHED ? 3 : 5);
         workers += 2) {
        s.exec = MIEN_THREADS;
        s.workers = workers;
        mn_testing_set((struct mn_testing){.jitter = 1500});
        struct result *have = analyse(who, frames, fps, &s);
        CHECK_INT(have->detections, want->detections);
        CHECK(!memcmp(have->row, want->row, sizeof(want->row)));
        free(have);
    }
    return want;
}

static bool boxed(const mien_face *f, const struct rect *r, double tolerance)
{
    const double edge[4] = {r->x, r->y, r->x + r->w, r->y + r->h};
    bool good = true;
    for (int k = 0; k < 4; k++)
        good = good && fabs((double)f->box[k] - edge[k]) <= tolerance;
    return good;
}

static void all_finite(const struct result *r)
{
    for (int k = 0; k < r->rows; k++)
        for (int i = 0; i < r->row[k].num_faces; i++) {
            const mien_face *f = &r->row[k].face[i];
            for (int p = 0; p < MIEN_FACE_LANDMARKS; p++)
                CHECK(isfinite(f->landmark[p][0]) && isfinite(f->landmark[p][1]));
            if (!(f->has & MIEN_LANDMARKS))
                CHECK(f->landmark_success == 0 && f->landmark[0][0] == 0);
        }
}

/* ------------------------------------------------------------------------- estimates go wrong ----
 */

enum { EVERY = 7 };

/* One face that moves 8 pixels a frame, to and fro, and one that stands still. */
static int walking(int k, struct rect *out)
{
    int way = k % 42 < 21 ? k % 42 : 42 - k % 42;
    out[0] = (struct rect){40 + 8 * way, 60, 60, 130};
    out[1] = (struct rect){460, 80, 60, 100};
    return 2;
}

/* In a live stream boxes are carried: after five frames the moving face has left its box, and the
 * detector runs again. */
static void left_behind(void)
{
    enum { FRAMES = 49 };
    mien_settings s = settings_of(MIEN_LANDMARKS | MIEN_GAZE, EVERY, 1);
    struct result *r = everywhere(walking, FRAMES, 30, s);
    int again = 0;
    for (int k = 0; k < r->rows; k++) {
        struct rect at[2];
        walking(k, at);
        CHECK_INT(r->row[k].num_faces, 2);
        const mien_face *walker = &r->row[k].face[0], *other = &r->row[k].face[1];
        CHECK(walker->has & MIEN_LANDMARKS && walker->landmark_success);
        CHECK_INT(walker->id, 0);
        bool detected = walker->box_source == MIEN_BOX_DETECTED;
        if (detected)
            CHECK(boxed(walker, &at[0], 1.5));
        again += detected && k % EVERY;
        CHECK_INT(other->box_source, k % EVERY ? MIEN_BOX_CARRIED : MIEN_BOX_DETECTED);
        CHECK(boxed(other, &at[1], 1.5));
    }
    CHECK_INT(again, 2 * FRAMES / EVERY); /* the fifth and the sixth frame after each key frame */
    CHECK_INT(r->detections, FRAMES / EVERY + again);
    all_finite(r);
    free(r);
}

/* A face that is there in key frames only: on an empty box the network answers with NANs. */
static int blinking(int k, struct rect *out)
{
    out[0] = (struct rect){100, 60, 90, 120};
    out[1] = (struct rect){400, 90, 80, 100};
    return k % 5 ? 1 : 2;
}

static void no_numbers(void)
{
    for (int live = 0; live < 2; live++) {
        struct result *r = everywhere(blinking, 26, 30, settings_of(MIEN_LANDMARKS, 5, live));
        all_finite(r);
        for (int k = 0; k < r->rows; k++) {
            CHECK_INT(r->row[k].num_faces, k == 0 || r->row[k].num_faces == 2 ? 2 : 1);
            CHECK(r->row[k].face[0].landmark_success && r->row[k].face[0].has & MIEN_LANDMARKS);
            if (r->row[k].num_faces == 2)
                CHECK_INT(r->row[k].face[1].landmark_success, k % 5 == 0);
        }
        CHECK_INT(r->detections, 26); /* every frame was verified and failed, or is a key frame */
        free(r);
    }
}

/* A good estimate needs no second detection. */
static int standing(int k, struct rect *out)
{
    (void)k;
    out[0] = (struct rect){100, 60, 70, 90};
    out[1] = (struct rect){-20, 120, 90, 100}; /* cut by the border */
    out[2] = (struct rect){500, 280, 70, 100}; /* by another */
    return 3;
}

static void good_guesses(void)
{
    struct result *r = everywhere(standing, 31, 30, settings_of(MIEN_LANDMARKS, 5, 0));
    CHECK_INT(r->detections, 7);
    for (int k = 0; k < r->rows; k++)
        CHECK_INT(r->row[k].num_faces, 3);
    all_finite(r);
    free(r);
}

/* ----------------------------------------------------------------------------- many people ---- */

static int crowd(int k, struct rect *out)
{
    for (int i = 0; i < 50; i++)
        out[i] = (struct rect){8 + 63 * (i % 10) + k % 3, 10 + 70 * (i / 10), 26 + i % 5, 40};
    return 50;
}

static void fifty(void)
{
    struct result *r = everywhere(crowd, THREADS_WATCHED ? 5 : 16, 30,
                                  settings_of(MIEN_LANDMARKS | MIEN_GAZE, 0, 0));
    for (int k = 0; k < r->rows; k++) {
        CHECK_INT(r->row[k].num_faces, 50);
        for (int i = 0; i < 50; i++) {
            CHECK_INT(r->row[k].face[i].id, i);
            CHECK(r->row[k].face[i].has & MIEN_LANDMARKS);
        }
    }
    all_finite(r);
    free(r);
}

/* ------------------------------------------------------------------------- lost and found ---- */

/* A face that is absent for one second, then for three, at ten frames a second. */
static int leaving(int k, struct rect *out)
{
    out[0] = (struct rect){300, 100, 70, 90};
    return !((k >= 10 && k < 20) || (k >= 25 && k < 55));
}

static void lost_and_found(void)
{
    for (int every = THREADS_WATCHED ? 5 : 1; every <= 5; every += 4) {
        struct result *r = everywhere(leaving, 60, 10, settings_of(MIEN_LANDMARKS, every, 0));
        struct rect at;
        for (int k = 0; k < r->rows; k++) {
            CHECK_INT(r->row[k].num_faces, leaving(k, &at));
            if (r->row[k].num_faces)
                CHECK_INT(r->row[k].face[0].id, k >= 55);
        }
        free(r);
    }
}

/* ------------------------------------------------------------------------- detector sizes ---- */

/* A small face alone, a small one with a large one, and a large one alone. */
static int sizes(int k, struct rect *out)
{
    struct rect large = {100, 60, 140, 160}, small = {500, 200, 24, 30};
    out[0] = k == 0 ? small : large;
    out[1] = small;
    return k == 1 ? 2 : 1;
}

static void small_look_first(void)
{
    mien_settings s = settings_of(MIEN_LANDMARKS, 1, 0);
    struct result *r = everywhere(sizes, 3, 30, s);
    CHECK_INT(r->detections, 2 + 2 + 1);
    for (int k = 0; k < 3; k++)
        CHECK_INT(r->row[k].num_faces, k == 1 ? 2 : 1);
    s.detector_size = 640;
    struct result *full = everywhere(sizes, 3, 30, s);
    CHECK_INT(full->detections, 3);
    CHECK(!memcmp(full->row, r->row, 2 * sizeof(r->row[0])));
    free(full);
    free(r);
    s = settings_of(MIEN_LANDMARKS, 1, 0);
    s.detector_size = 500;
    mien_pipeline *p;
    CHECK_INT(mien_open(&p, &s), MIEN_EINVAL);
    s = settings_of(MIEN_LANDMARKS, 1, 0);
    s.landmark_method = MIEN_LANDMARK_CLNF; /* it needs the refiner, which is "none" */
    CHECK_INT(mien_open(&p, &s), MIEN_EINVAL);
}

int main(void)
{
    alarm(300);
    memset(chroma, 128, sizeof(chroma));
    left_behind();
    no_numbers();
    good_guesses();
    fifty();
    lost_and_found();
    small_look_first();
    return check_done();
}
