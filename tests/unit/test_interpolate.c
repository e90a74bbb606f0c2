/* Boxes for the frames between two key frames, with synthetic frames. */
#include "drive.h"

static struct drive D;

static void open_stage(int every, int live)
{
    memset(&D, 0, sizeof(D));
    D.work_faces = 1; /* the stage writes no work record of a face */
    D.ctx.settings.detect_every = every;
    D.ctx.settings.live = live;
    drive_open(&D, &mn_stage_interpolate, 64);
}

static void close_stage(void)
{
    CHECK_INT(drive_waiting(&D), 0);
    CHECK_INT(D.pool.num_free, D.pool.num_frames); /* every frame came out once */
    drive_close(&D);
}

/* A live stream does not wait, even if the key frame had an error: the frames after it are detected
 * themselves. */
static void live_after_a_lost_key_frame(void)
{
    open_stage(5, 1);
    for (int k = 0; k < 12; k++) {
        struct mn_frame *f = drive_frame(&D, k / 30.0);
        if (k == 5)
            f->pub.error = MIEN_EWORKER;
        else if (k % 5 == 0)
            drive_box(f, 100, 100, 140, 150, 0.9f);
        drive_push(&D, f);
        f = drive_next(&D, (uint64_t)k);
        CHECK_INT(f->work->detect, k > 5 && k < 10);
        CHECK_INT(f->num_detections, k == 5 || f->work->detect ? 0 : 1);
        drive_done(&D, f);
    }
    close_stage();
}

static void push_empty(double time)
{
    drive_push(&D, drive_frame(&D, time));
}

/* A key frame with one face of 40 x 50 whose corner is at x, y. */
static void push_key(double time, float x, float y, float score)
{
    struct mn_frame *f = drive_frame(&D, time);
    drive_box(f, x, y, x + 40, y + 50, score);
    drive_push(&D, f);
}

static void mixed(float have, float a, float b, double t)
{
    CHECK_NEAR(have, (double)a + ((double)b - (double)a) * t, 1e-3);
}

/* Face i of the frame lies between a and b, with weight t of b. */
static void between(const struct mn_frame *f, int i, const struct mn_detection *a,
                    const struct mn_detection *b, double t)
{
    const struct mn_detection *d = &f->detections[i];
    for (int k = 0; k < 4; k++)
        mixed(d->box[k], a->box[k], b->box[k], t);
    for (int p = 0; p < 5; p++)
        for (int k = 0; k < 2; k++)
            mixed(d->point[p][k], a->point[p][k], b->point[p][k], t);
    mixed(d->score, a->score, b->score, t);
}

/* One face between two key frames; frame k must have the weight want[k]. */
static void run_times(const double *time, int every, const double *want)
{
    open_stage(every, 0);
    struct mn_detection a, b;
    push_key(time[0], 100, 100, 0.9f);
    CHECK_INT(drive_waiting(&D), 1);
    for (int k = 1; k < every; k++)
        push_empty(time[k]);
    CHECK_INT(drive_waiting(&D), 1); /* held until the next key frame */
    push_key(time[every], 110, 95, 0.7f);
    CHECK_INT(drive_waiting(&D), every + 1);
    struct mn_frame *f = drive_next(&D, 0);
    a = f->detections[0];
    CHECK_INT(f->box_source, MIEN_BOX_DETECTED);
    b = (struct mn_detection){{110, 95, 150, 145}, 0.7f, {{0}}};
    for (int p = 0; p < 5; p++) {
        b.point[p][0] = 110 + 40 * (0.2f + 0.1f * (float)p);
        b.point[p][1] = 95 + 50 * (0.3f + 0.1f * (float)p);
    }
    drive_done(&D, f);
    for (int k = 1; k < every; k++) {
        f = drive_next(&D, (uint64_t)k);
        CHECK(!f->work->detect);
        CHECK_INT(f->box_source, MIEN_BOX_INTERPOLATED);
        CHECK_INT(f->num_detections, 1);
        CHECK(!memcmp(&f->pub.time, &time[k], sizeof(double)));
        between(f, 0, &a, &b, want[k]);
        drive_done(&D, f);
    }
    f = drive_next(&D, (uint64_t)every);
    CHECK_INT(f->box_source, MIEN_BOX_DETECTED);
    CHECK_INT(f->num_detections, 1);
    between(f, 0, &a, &b, 1);
    drive_done(&D, f);
    drive_flush(&D);
    close_stage();
}

static void times(void)
{
    const double even[] = {10, 10.04, 10.08, 10.12, 10.16, 10.2};
    const double fifths[] = {0, 0.2, 0.4, 0.6, 0.8, 1};
    run_times(even, 5, fifths);
    const double uneven[] = {0, 0.01, 0.02, 0.5, 0.9, 1}; /* by time, not by count */
    const double uneven_want[] = {0, 0.01, 0.02, 0.5, 0.9, 1};
    run_times(uneven, 5, uneven_want);
    const double dropped[] = {0, 0.04, 0.4};
    const double dropped_want[] = {0, 0.1, 1};
    run_times(dropped, 2, dropped_want);
    /* times that do not increase: by count */
    const double still[] = {3, 3, 3, 3, 3, 3};
    run_times(still, 5, fifths);
    const double back[] = {5, 4, 3, 2, 1, 0};
    run_times(back, 5, fifths);
    const double one_off[] = {0, 0.25, 7, 0.5, -3, 1}; /* only those frames go by count */
    const double one_off_want[] = {0, 0.25, 0.4, 0.5, 0.8, 1};
    run_times(one_off, 5, one_off_want);
    const double repeated[] = {0, 0, 0.5, 1, 1, 1};
    const double repeated_want[] = {0, 0.2, 0.5, 0.6, 0.8, 1};
    run_times(repeated, 5, repeated_want);
    const double unknown[] = {0, NAN, INFINITY, 0.5, -INFINITY, 1};
    const double unknown_want[] = {0, 0.2, 0.4, 0.5, 0.8, 1};
    run_times(unknown, 5, unknown_want);
    const double no_end[] = {0, 0.1, 0.2, 0.3, 0.4, NAN};
    run_times(no_end, 5, fifths);
}

/* Two key frames with these boxes and one frame between them; true: the detector runs on it. */
static bool detects_again(const float (*a)[4], int num_a, const float (*b)[4], int num_b)
{
    open_stage(2, 0);
    struct mn_frame *f = drive_frame(&D, 0);
    for (int i = 0; i < num_a; i++)
        drive_box(f, a[i][0], a[i][1], a[i][2], a[i][3], 0.9f);
    drive_push(&D, f);
    push_empty(1);
    f = drive_frame(&D, 2);
    for (int i = 0; i < num_b; i++)
        drive_box(f, b[i][0], b[i][1], b[i][2], b[i][3], 0.9f);
    drive_push(&D, f);
    for (int k = 0; k < 3; k++) {
        f = drive_next(&D, (uint64_t)k);
        if (k == 1)
            break;
        CHECK(!f->work->detect); /* key frames were detected already */
        CHECK_INT(f->num_detections, k ? num_b : num_a);
        drive_done(&D, f);
    }
    bool again = f->work->detect;
    CHECK_INT(f->num_detections, again ? 0 : num_a);
    if (!again)
        CHECK_INT(f->box_source, MIEN_BOX_INTERPOLATED);
    drive_done(&D, f);
    drive_done(&D, drive_next(&D, 2));
    close_stage();
    return again;
}

static void agreement(void)
{
    const float one[][4] = {{100, 100, 140, 140}};
    const float near_[][4] = {{110, 100, 150, 140}}; /* overlap 0.6 */
    const float far_[][4] = {{114, 100, 154, 140}};  /* 0.48 */
    const float two[][4] = {{100, 100, 140, 140}, {300, 100, 340, 140}};
    const float swapped[][4] = {{301, 100, 341, 140}, {102, 100, 142, 140}};
    const float both_one[][4] = {{100, 100, 140, 140}, {104, 100, 144, 140}};
    const float one_and_far[][4] = {{102, 100, 142, 140}, {600, 100, 640, 140}};
    CHECK(!detects_again(one, 1, one, 1));
    CHECK(!detects_again(one, 1, near_, 1));
    CHECK(detects_again(one, 1, far_, 1)); /* moved too far */
    CHECK(!detects_again(two, 2, swapped, 2));
    CHECK(detects_again(one, 1, two, 2)); /* a face appeared */
    CHECK(detects_again(two, 2, one, 1)); /* a face disappeared */
    CHECK(detects_again(one, 1, NULL, 0));
    CHECK(detects_again(NULL, 0, one, 1));
    CHECK(!detects_again(NULL, 0, NULL, 0));           /* no face in either: none between */
    CHECK(detects_again(two, 2, one_and_far, 2));      /* one disappeared, another appeared */
    CHECK(detects_again(both_one, 2, one_and_far, 2)); /* two faces would become one */
}

/* The partner is found by overlap, whatever the order of the detections. */
static void partners(void)
{
    enum { NUM = 40 };
    open_stage(4, 0);
    struct mn_frame *f = drive_frame(&D, 0);
    struct mn_detection a[NUM], b[NUM]; /* b[i]: the same face as a[i] */
    for (int i = 0; i < NUM; i++)
        drive_box(f, 100.0f * (float)i, 0, 100.0f * (float)i + 60, 80, 0.5f + 0.01f * (float)i);
    memcpy(a, f->detections, sizeof(a));
    drive_push(&D, f);
    for (int k = 1; k < 4; k++)
        push_empty(k);
    f = drive_frame(&D, 4);
    for (int j = 0; j < NUM; j++) {
        int i = j * 7 % NUM; /* some other order */
        drive_box(f, 100.0f * (float)i + 8, 4, 100.0f * (float)i + 70, 88, 0.9f);
        b[i] = f->detections[j];
    }
    drive_push(&D, f);
    drive_done(&D, drive_next(&D, 0));
    for (int k = 1; k < 4; k++) {
        f = drive_next(&D, (uint64_t)k);
        CHECK_INT(f->num_detections, NUM);
        for (int i = 0; i < NUM; i++)
            between(f, i, &a[i], &b[i], k / 4.0);
        drive_done(&D, f);
    }
    drive_done(&D, drive_next(&D, 4));
    close_stage();
}

/* The largest number of faces. */
static void crowd(void)
{
    open_stage(2, 0);
    for (int k = 0; k < 3; k++) {
        struct mn_frame *f = drive_frame(&D, k);
        for (int i = 0; k != 1 && i < MIEN_FACES_LIMIT; i++)
            drive_box(f, 50.0f * (float)(i % 16), 50.0f * (float)(i / 16) + 2 * (float)k,
                      50.0f * (float)(i % 16) + 40, 50.0f * (float)(i / 16) + 2 * (float)k + 40,
                      0.9f);
        drive_push(&D, f);
    }
    for (int k = 0; k < 3; k++) {
        struct mn_frame *f = drive_next(&D, (uint64_t)k);
        CHECK_INT(f->num_detections, MIEN_FACES_LIMIT);
        CHECK_NEAR(f->detections[MIEN_FACES_LIMIT - 1].box[1], 750 + 2 * k, 1e-3);
        drive_done(&D, f);
    }
    close_stage();
}

/* The last frame of a stream is a key frame, whatever its number. */
static void last(void)
{
    open_stage(5, 0);
    push_key(0, 100, 100, 0.9f);
    push_empty(1);
    push_empty(2);
    struct mn_frame *f = drive_frame(&D, 3);
    drive_box(f, 106, 100, 146, 150, 0.6f);
    f->last = true;
    drive_push(&D, f);
    CHECK_INT(drive_waiting(&D), 4);
    for (int k = 0; k < 4; k++) {
        f = drive_next(&D, (uint64_t)k);
        CHECK(!f->work->detect);
        CHECK_INT(f->box_source, k % 3 ? MIEN_BOX_INTERPOLATED : MIEN_BOX_DETECTED);
        CHECK_NEAR(f->detections[0].box[0], 100 + 2 * k, 1e-4);
        drive_done(&D, f);
    }
    drive_flush(&D);
    close_stage();
}

/* The stream ends between key frames: the detector runs on the frames that were held. */
static void flush(void)
{
    for (int rest = 0; rest < 5; rest++) {
        open_stage(5, 0);
        for (int k = 0; k < 5; k++)
            k ? push_empty(k) : push_key(0, 100, 100, 0.9f);
        push_key(5, 101, 100, 0.9f);
        for (int k = 0; k < rest; k++)
            push_empty(6 + k);
        CHECK_INT(drive_waiting(&D), 6);
        drive_flush(&D);
        CHECK_INT(drive_waiting(&D), 6 + rest);
        for (int k = 0; k < 6 + rest; k++) {
            struct mn_frame *f = drive_next(&D, (uint64_t)k);
            CHECK_INT(f->work->detect, k > 5);
            drive_done(&D, f);
        }
        close_stage();
    }
    open_stage(5, 0); /* a stream without frames */
    drive_flush(&D);
    close_stage();
}

static void live(void)
{
    open_stage(4, 1);
    struct mn_detection key = {{0}, 0, {{0}}};
    for (int k = 0; k < 11; k++) {
        if (k % 4 == 0) {
            push_key(k, 100 + 100 * (float)k, 100, 0.9f);
        } else {
            push_empty(k);
        }
        CHECK_INT(drive_waiting(&D), 1); /* nothing is held back */
        struct mn_frame *f = drive_next(&D, (uint64_t)k);
        CHECK(!f->work->detect);
        CHECK_INT(f->num_detections, 1);
        CHECK_INT(f->box_source, k % 4 ? MIEN_BOX_CARRIED : MIEN_BOX_DETECTED);
        if (k % 4 == 0)
            key = f->detections[0];
        CHECK(!memcmp(&f->detections[0], &key, sizeof(key)));
        CHECK_NEAR(f->detections[0].box[0], 100 + 100 * (k / 4 * 4), 0);
        drive_done(&D, f);
    }
    drive_flush(&D);
    close_stage();

    open_stage(3, 1); /* a key frame with an error: nothing to carry */
    struct mn_frame *f = drive_frame(&D, 0);
    f->pub.error = MIEN_EENGINE;
    drive_push(&D, f);
    push_empty(1);
    push_empty(2);
    push_key(3, 10, 10, 0.9f);
    for (int k = 0; k < 4; k++) {
        f = drive_next(&D, (uint64_t)k);
        CHECK_INT(f->work->detect, k == 1 || k == 2);
        drive_done(&D, f);
    }
    close_stage();
}

static void every_frame(void)
{
    for (int l = 0; l < 2; l++) {
        open_stage(1, l);
        for (int k = 0; k < 20; k++) {
            push_key(k, 10 * (float)k, 10, 0.9f);
            struct mn_frame *f = drive_next(&D, (uint64_t)k);
            CHECK_INT(f->box_source, MIEN_BOX_DETECTED);
            CHECK_NEAR(f->detections[0].box[0], 10 * k, 0);
            CHECK_INT(drive_waiting(&D), 0);
            drive_done(&D, f);
        }
        close_stage();
    }
}

/* A frame with an error passes unchanged, key frame or not. */
static void errors(void)
{
    for (int bad = 0; bad < 9; bad++) {
        open_stage(4, 0);
        for (int k = 0; k < 9; k++) {
            struct mn_frame *f = drive_frame(&D, k);
            if (k == bad)
                f->pub.error = MIEN_EENGINE;
            else if (k % 4 == 0)
                drive_box(f, 100, 100, 140, 140, 0.9f);
            drive_push(&D, f);
        }
        CHECK_INT(drive_waiting(&D), 9);
        for (int k = 0; k < 9; k++) {
            struct mn_frame *f = drive_next(&D, (uint64_t)k);
            CHECK_INT(f->pub.error, k == bad ? MIEN_EENGINE : 0);
            bool lost =
                bad % 4 == 0 && k % 4 && abs(k - bad) < 4; /* one of its key frames has the error */
            if (k != bad) {
                CHECK_INT(f->work->detect, lost);
                CHECK_INT(f->num_detections, !lost);
            }
            drive_done(&D, f);
        }
        close_stage();
    }
}

/* A key frame with external faces was not detected: the frames around it must be. */
static void given(int live)
{
    open_stage(3, live);
    for (int k = 0; k < 10; k++) {
        struct mn_frame *f = drive_frame(&D, k);
        f->work->external = k == 3 || k == 7;
        if (k % 3 == 0 && !f->work->external)
            drive_box(f, 100, 100, 140, 140, 0.9f);
        drive_push(&D, f);
    }
    CHECK_INT(drive_waiting(&D), 10);
    for (int k = 0; k < 10; k++) {
        struct mn_frame *f = drive_next(&D, (uint64_t)k);
        bool lost = k == 4 || k == 5 || (!live && (k == 1 || k == 2));
        if (!f->work->external) {
            CHECK_INT(f->work->detect, lost);
            CHECK_INT(f->num_detections, !lost);
        }
        drive_done(&D, f);
    }
    close_stage();
}

/* A reset forgets the stream before. */
static void reset(void)
{
    open_stage(3, 0);
    for (int stream = 0; stream < 3; stream++) {
        push_key(0, 100, 100, 0.9f);
        push_empty(1);
        push_empty(2);
        push_key(3, 102, 100, 0.9f);
        push_empty(4);
        drive_flush(&D);
        for (int k = 0; k < 5; k++) {
            struct mn_frame *f = drive_next(&D, (uint64_t)k);
            CHECK_INT(f->work->detect, k == 4);
            drive_done(&D, f);
        }
        CHECK_INT(drive_waiting(&D), 0);
        drive_reset(&D);
    }
    struct mn_frame *f =
        drive_frame(&D, 0); /* its first key frame fails: nothing to interpolate from */
    f->pub.error = MIEN_EENGINE;
    drive_push(&D, f);
    push_empty(1);
    push_empty(2);
    push_key(3, 102, 100, 0.9f);
    for (int k = 0; k < 4; k++) {
        f = drive_next(&D, (uint64_t)k);
        CHECK_INT(f->work->detect, k == 1 || k == 2);
        drive_done(&D, f);
    }
    close_stage();
}

int main(void)
{
    times();
    agreement();
    partners();
    crowd();
    flush();
    last();
    live();
    every_frame();
    errors();
    given(0);
    given(1);
    reset();
    live_after_a_lost_key_frame();
    return check_done();
}
