/* The moving average of gaze against its formula, with synthetic frames. */
#include "drive.h"

static struct drive D;

static void open_stage(double tau)
{
    memset(&D, 0, sizeof(D));
    D.ctx.settings.smooth = tau;
    drive_open(&D, &mn_stage_smooth, 4);
}

static void close_stage(void)
{
    CHECK_INT(D.pool.num_free, D.pool.num_frames);
    drive_close(&D);
}

static uint32_t seed = 1;

static float angle(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / 16777216.0f * 60 - 30;
}

/* One frame; the faces are changed in place. */
static void see(double time, mien_face *faces, int num)
{
    struct mn_frame *f = drive_frame(&D, time);
    f->num_faces = num;
    memcpy(f->faces, faces, (size_t)num * sizeof(*faces));
    uint64_t seq = f->seq;
    drive_push(&D, f);
    f = drive_next(&D, seq);
    CHECK_INT(drive_waiting(&D), 0);
    CHECK_INT(f->num_faces, num);
    for (int i = 0; i < num; i++) { /* nothing else changes */
        mien_face before = faces[i], after = f->faces[i];
        before.yaw_smooth = after.yaw_smooth;
        before.pitch_smooth = after.pitch_smooth;
        CHECK(!memcmp(&before, &after, sizeof(before)));
    }
    memcpy(faces, f->faces, (size_t)num * sizeof(*faces));
    drive_done(&D, f);
}

static mien_face see_one(double time, int id, float yaw, float pitch)
{
    mien_face a = {.id = id, .has = MIEN_GAZE, .yaw = yaw, .pitch = pitch};
    see(time, &a, 1);
    return a;
}

/* The average by the formula. */
struct average {
    bool any;
    double time, yaw, pitch;
};

static void expect(struct average *m, double tau, double time, float yaw, float pitch)
{
    double dt = time - m->time;
    if (!m->any || dt > 1.0) {
        m->yaw = (double)yaw;
        m->pitch = (double)pitch;
    } else {
        if (dt <= 0)
            dt = 1.0 / 30;
        double alpha = fmin(fmax(1 - exp(-dt / tau), 0), 1);
        m->yaw = alpha * (double)yaw + (1 - alpha) * m->yaw;
        m->pitch = alpha * (double)pitch + (1 - alpha) * m->pitch;
    }
    m->any = true;
    m->time = time;
}

static void follow(const double *times, int num, double tau)
{
    open_stage(tau);
    struct average m = {false};
    for (int k = 0; k < num; k++) {
        float yaw = angle(), pitch = angle();
        mien_face a = see_one(times[k], 3, yaw, pitch);
        expect(&m, tau, times[k], yaw, pitch);
        CHECK_NEAR(a.yaw_smooth, m.yaw, 1e-5);
        CHECK_NEAR(a.pitch_smooth, m.pitch, 1e-5);
    }
    close_stage();
}

static void formula(void)
{
    double even[200], uneven[200];
    for (int k = 0; k < 200; k++) {
        even[k] = k / 30.0;
        uneven[k] = (k ? uneven[k - 1] : 0) + 0.001 * (1 + k * k % 97);
    }
    follow(even, 200, 0.1);
    follow(even, 200, 0.5);
    follow(even, 200, 1e-6);
    follow(even, 200, 1e6);
    follow(uneven, 200, 0.1);
    /* standing still and going back: as if 1/30 had passed */
    const double odd[] = {1, 1, 1, 1.1, 1.05, 1.2, 0, 0.1, 0.1, -5, -4.9};
    follow(odd, 11, 0.1);

    /* at 30 frames a second a step of 1 becomes 0.283 */
    open_stage(0.1);
    CHECK_NEAR(see_one(0, 0, 0, 0).yaw_smooth, 0, 0);
    mien_face a = see_one(1 / 30.0, 0, 1, -1);
    CHECK_NEAR(a.yaw_smooth, 0.28347, 1e-4);
    CHECK_NEAR(a.pitch_smooth, -0.28347, 1e-4);
    close_stage();
}

/* The average after a step of 1 and this gap; 1: the past is forgotten. */
static double after_gap(double gap)
{
    open_stage(10);
    see_one(7, 0, 0, 0);
    double v = (double)see_one(7 + gap, 0, 1, 1).yaw_smooth;
    close_stage();
    return v;
}

static void restart(void)
{
    CHECK_NEAR(after_gap(0.9), 1 - exp(-0.09), 1e-6);
    CHECK_NEAR(after_gap(1), 1 - exp(-0.1), 1e-6);
    CHECK_NEAR(after_gap(1.125), 1, 0);
    CHECK_NEAR(after_gap(100), 1, 0);
}

static void switched_off(void)
{
    open_stage(0);
    for (int k = 0; k < 50; k++) {
        float yaw = angle(), pitch = angle();
        mien_face a = see_one(k / 30.0, k % 3, yaw, pitch);
        CHECK(a.yaw_smooth == yaw && a.pitch_smooth == pitch);
    }
    close_stage();
}

/* Each person has its own average; a face without gaze leaves it unchanged. */
static void people(void)
{
    enum { NUM = 40 };
    struct average m[NUM] = {{false}};
    open_stage(0.1);
    for (int k = 0; k < 200; k++) {
        mien_face a[NUM];
        int num = 0, frame_error = k % 50 == 49;
        for (int id = 0; id < NUM; id++) {
            if ((k + id) % 11 == 0)
                continue; /* not in the picture */
            a[num++] = (mien_face){.id = id,
                                   .has = (k + id) % 7 ? MIEN_GAZE : MIEN_LANDMARKS,
                                   .yaw = angle(),
                                   .pitch = angle()};
            if (!(a[num - 1].has & MIEN_GAZE))
                a[num - 1].yaw = a[num - 1].pitch = 0;
        }
        if (frame_error) {
            struct mn_frame *f = drive_frame(&D, k / 25.0);
            f->pub.error = MIEN_EENGINE;
            drive_push(&D, f);
            f = drive_next(&D, (uint64_t)k);
            CHECK_INT(f->pub.error, MIEN_EENGINE);
            drive_done(&D, f);
            continue;
        }
        see(k / 25.0, a, num);
        for (int i = 0; i < num; i++) {
            struct average *p = &m[a[i].id];
            if (a[i].has & MIEN_GAZE) {
                expect(p, 0.1, k / 25.0, a[i].yaw, a[i].pitch);
                CHECK_NEAR(a[i].yaw_smooth, p->yaw, 1e-5);
                CHECK_NEAR(a[i].pitch_smooth, p->pitch, 1e-5);
            } else {
                CHECK_NEAR(a[i].yaw_smooth, 0, 0);
                CHECK_NEAR(a[i].pitch_smooth, 0, 0);
            }
        }
    }
    close_stage();
}

/* Thousands of persons come and go, `strangers` new ones in each frame; those that stay are not
 * forgotten. */
static void thousands(int strangers, int frames)
{
    static mien_face a[MIEN_FACES_LIMIT];
    struct average m = {false};
    int next = 1;
    open_stage(0.1);
    for (int k = 0; k < frames; k++) {
        double t = k / 30.0;
        for (int i = 0; i <= strangers; i++)
            a[i] = (mien_face){
                .id = i ? next++ : 0, .has = MIEN_GAZE, .yaw = angle(), .pitch = angle()};
        float yaw = a[0].yaw, pitch = a[0].pitch;
        see(t, a, strangers + 1);
        expect(&m, 0.1, t, yaw, pitch);
        CHECK_NEAR(a[0].yaw_smooth, m.yaw, 1e-5);
        CHECK_NEAR(a[0].pitch_smooth, m.pitch, 1e-5);
        for (int i = 1; i <= strangers; i++)
            CHECK(a[i].yaw_smooth == a[i].yaw && a[i].pitch_smooth == a[i].pitch);
    }
    close_stage();
}

static void reset(void)
{
    open_stage(0.5);
    see_one(0, 0, 10, 10);
    CHECK(see_one(0.1, 0, 20, 20).yaw_smooth < 20);
    drive_reset(&D);
    CHECK_NEAR(see_one(0.2, 0, 30, 30).yaw_smooth, 30, 0); /* another stream, another person */
    close_stage();
}

static void unknown_times(void)
{
    open_stage(0.1);
    const double times[] = {0, NAN, 0.1, INFINITY, -INFINITY, 0.2};
    for (int k = 0; k < 6; k++) {
        mien_face a = see_one(times[k], 0, 5, 6);
        CHECK(isfinite(a.yaw_smooth) && isfinite(a.pitch_smooth));
    }
    close_stage();
}

int main(void)
{
    formula();
    restart();
    switched_off();
    people();
    thousands(3, 2000);
    thousands(MIEN_FACES_LIMIT - 1, 40);
    reset();
    unknown_times();
    return check_done();
}
