/* Assignment of boxes to persons, with synthetic frames. */
#include "drive.h"

static struct drive D;

static void open_stage(int max_faces)
{
    memset(&D, 0, sizeof(D));
    D.ctx.settings.max_faces = max_faces ? max_faces : MIEN_FACES_LIMIT;
    drive_open(&D, &mn_stage_track, 4);
}

static void close_stage(void)
{
    CHECK_INT(D.pool.num_free, D.pool.num_frames);
    drive_close(&D);
}

struct box {
    float x1, y1, x2, y2;
};

/* One frame with these boxes. Checks what holds for every result and leaves the faces in `face`;
 * id_of returns the person of a box. */
static struct {
    int num, num_boxes;
    mien_face face[MIEN_FACES_LIMIT];
    struct box box[MIEN_FACES_LIMIT];
} R;

static void see(double time, const struct box *b, int num)
{
    struct mn_frame *f = drive_frame(&D, time);
    f->box_source = MIEN_BOX_INTERPOLATED;
    memset(f->faces, 0x55,
           MIEN_FACES_LIMIT * sizeof(*f->faces)); /* as an earlier use may leave them */
    for (int i = 0; i < num; i++)
        drive_box(f, b[i].x1, b[i].y1, b[i].x2, b[i].y2, 0.5f + 0.001f * (float)i);
    uint64_t seq = f->seq;
    drive_push(&D, f);
    f = drive_next(&D, seq); /* this stage holds nothing back */
    CHECK_INT(drive_waiting(&D), 0);
    R.num = f->num_faces;
    R.num_boxes = num;
    CHECK(R.num >= 0 && R.num <= num && R.num <= D.ctx.settings.max_faces);
    bool taken[MIEN_FACES_LIMIT] = {false};
    for (int i = 0; i < num; i++)
        R.box[i] = b[i];
    for (int k = 0; k < R.num; k++) {
        R.face[k] = f->faces[k];
        const mien_face *a = &R.face[k];
        if (k)
            CHECK(a->id > a[-1].id); /* ascending, so no id is there twice */
        int i = (int)lrintf((a->confidence - 0.5f) * 1000);
        CHECK(i >= 0 && i < num && !taken[i]);
        if (i < 0 || i >= num)
            continue;
        taken[i] = true;
        CHECK(!memcmp(a->box, &b[i], sizeof(a->box)));
        CHECK(!memcmp(a->point, f->detections[i].point, sizeof(a->point)));
        CHECK_INT(a->box_source, MIEN_BOX_INTERPOLATED);
        mien_face rest = *a; /* later stages fill the rest */
        memset(&rest, 0, offsetof(mien_face, point) + sizeof(rest.point));
        static const mien_face empty;
        CHECK(!memcmp(&rest, &empty, sizeof(rest)));
    }
    drive_done(&D, f);
}

/* Id of the face with box i, -1: it has none. */
static int id_of(int i)
{
    for (int k = 0; k < R.num; k++)
        if (!memcmp(R.face[k].box, &R.box[i], sizeof(R.face[k].box)))
            return R.face[k].id;
    return -1;
}

static int see_one(double time, float x1, float y1, float x2, float y2)
{
    struct box b = {x1, y1, x2, y2};
    see(time, &b, 1);
    return id_of(0);
}

static void steady(void)
{
    open_stage(0);
    for (int k = 0; k < 100; k++) {
        float x = 3 * (float)k;
        struct box b[3] = {{x, 10, x + 80, 100}, {500, 10, 560, 80}, {700 - x, 300, 790 - x, 400}};
        if (k % 2) { /* the order of detections does not matter */
            struct box c = b[0];
            b[0] = b[2];
            b[2] = c;
        }
        see(k / 30.0, b, 3);
        CHECK_INT(R.num, 3);
        if (k == 0) { /* numbered by size: areas 7200, 4200, 9000 */
            CHECK_INT(id_of(0), 1);
            CHECK_INT(id_of(1), 2);
            CHECK_INT(id_of(2), 0);
        }
        CHECK_INT(id_of(k % 2 ? 2 : 0), 1);
        CHECK_INT(id_of(1), 2);
        CHECK_INT(id_of(k % 2 ? 0 : 2), 0);
    }
    close_stage();
}

/* Two persons pass each other, one a little lower: each overlaps itself more than the other. */
static void crossing(void)
{
    open_stage(0);
    for (int k = 0; k <= 60; k++) {
        float a = 10 * (float)k, b = 600 - 10 * (float)k;
        const struct box boxes[2] = {{a, 0, a + 101, 100}, {b, 40, b + 100, 140}};
        see(k / 30.0, boxes, 2);
        CHECK_INT(R.num, 2);
        CHECK_INT(id_of(0), 0);
        CHECK_INT(id_of(1), 1);
    }
    close_stage();
}

/* The best pair is assigned first, whatever the order. */
static void greedy(void)
{
    open_stage(0);
    struct box before[2] = {{0, 0, 101, 100}, {60, 0, 160, 100}};
    see(0, before, 2);
    CHECK_INT(id_of(0), 0);
    CHECK_INT(id_of(1), 1);
    /* box 0 overlaps both, track 1 more; box 1 overlaps only track 0 */
    struct box after[2] = {{45, 0, 145, 100}, {-50, 0, 50, 100}};
    see(0.1, after, 2);
    CHECK_INT(id_of(0), 1);
    CHECK_INT(id_of(1), 0);
    close_stage();

    open_stage(0); /* equal overlap: the earlier box */
    CHECK_INT(see_one(0, 100, 0, 200, 100), 0);
    struct box split[2] = {{80, 0, 180, 100}, {120, 0, 220, 100}};
    see(0.1, split, 2);
    CHECK_INT(id_of(0), 0);
    CHECK_INT(id_of(1), 1);
    close_stage();

    open_stage(0); /* and the older track */
    see(0, split, 2);
    CHECK_INT(see_one(0.1, 100, 0, 200, 100), 0);
    close_stage();
}

/* Does a track with box a continue with box b? */
static bool goes_on(struct box a, struct box b)
{
    open_stage(0);
    int first = see_one(0, a.x1, a.y1, a.x2, a.y2);
    int second = see_one(0.03, b.x1, b.y1, b.x2, b.y2);
    CHECK_INT(first, 0);
    CHECK(second == 0 || second == 1);
    close_stage();
    return second == 0;
}

static void limits(void)
{
    const struct box a = {0, 0, 13, 10};
    CHECK(goes_on(a, (struct box){7, 0, 20, 10}));            /* overlap 0.3: 60 of 200 */
    CHECK(!goes_on(a, (struct box){7.125f, 0, 20.125f, 10})); /* less, and too far */

    const struct box s = {0, 0, 100, 100};
    /* overlap 0.278, distance 0.48 of the side */
    CHECK(goes_on(s, (struct box){34, 34, 134, 134}));
    CHECK(!goes_on(s, (struct box){40, 40, 140, 140})); /* 0.566 */
    /* exactly half a side is too far: 6, 8, 10 */
    CHECK(!goes_on((struct box){0, 0, 20, 20}, (struct box){6, 8, 26, 28}));
    CHECK(goes_on((struct box){0, 0, 20, 20}, (struct box){6, 7.75f, 26, 27.75f}));
    /* the side of the new box counts: 50 of 138 is near, 68 of 138 is, 70 is not */
    const float big = 137.8f, half = big / 2;
    CHECK(goes_on(s, (struct box){110 - half, 50 - half, 110 + half, 50 + half})); /* area 1.9 */
    CHECK(goes_on(s, (struct box){118 - half, 50 - half, 118 + half, 50 + half}));
    CHECK(!goes_on(s, (struct box){120 - half, 50 - half, 120 + half, 50 + half}));
    const float bigger = 145 / 2.f; /* area 2.1, overlap 0.252, near enough: another person */
    CHECK(!goes_on(s, (struct box){110 - bigger, 50 - bigger, 110 + bigger, 50 + bigger}));
    /* and the other way round: a quarter of the area, inside or beside */
    CHECK(!goes_on(s, (struct box){60, 60, 110, 110}));
    CHECK(!goes_on(s, (struct box){25, 25, 75, 75})); /* overlap 0.25, centre the same */
    CHECK(goes_on(s, (struct box){22, 22, 78, 78}));  /* overlap 0.31 */
    /* far off */
    CHECK(!goes_on(s, (struct box){500, 500, 600, 600}));
}

/* A face that moves fast is matched by distance, frame after frame. */
static void fast_mover(void)
{
    open_stage(0);
    for (int k = 0; k < 50; k++) {
        float x = 34 * (float)k;
        struct box b[2] = {{x, x, x + 100, x + 100}, {900, 0, 990, 90}};
        see(k / 30.0, b, 2);
        CHECK_INT(id_of(0), 0);
        CHECK_INT(id_of(1), 1);
    }
    close_stage();
}

/* Media time without a box, in one jump and with empty frames on the way. */
static int after_gap(double gap, bool empty_frames)
{
    open_stage(0);
    see_one(10, 100, 100, 180, 180);
    see_one(10.5, 102, 100, 182, 180);
    for (double t = 10.6; empty_frames && t < 10.5 + gap; t += 0.1) {
        see(t, NULL, 0);
        CHECK_INT(R.num, 0); /* no face without a box */
    }
    int id = see_one(10.5 + gap, 104, 100, 184, 180);
    close_stage();
    return id;
}

static void patience(void)
{
    for (int empty = 0; empty < 2; empty++) {
        CHECK_INT(after_gap(0.04, empty), 0);
        CHECK_INT(after_gap(1.9, empty), 0);
        CHECK_INT(after_gap(2.1, empty), 1);
        CHECK_INT(after_gap(60, empty), 1);
    }
    /* each person has its own waiting time */
    open_stage(0);
    const struct box both[2] = {{0, 0, 101, 100}, {300, 0, 400, 100}};
    see(0, both, 2);
    for (int k = 1; k <= 25; k++)
        see(0.1 * k, both, 1);
    see(2.6, both, 2);
    CHECK_INT(id_of(0), 0);
    CHECK_INT(id_of(1), 2);
    close_stage();
}

/* A face that comes back elsewhere is a new person; an id is never used again. */
static void numbers(void)
{
    open_stage(0);
    int last = -1;
    for (int k = 0; k < 400; k++) {
        float x = 150 * (float)(k % 7), y = 150 * (float)(k % 5);
        int id = see_one(3.0 * k, x, y, x + 100, y + 100);
        CHECK_INT(id, last + 1);
        last = id;
    }
    drive_reset(&D);
    CHECK_INT(see_one(0, 0, 0, 50, 50), 0); /* a new stream starts its ids again */
    close_stage();
}

static void most_faces(void)
{
    open_stage(1);
    CHECK_INT(see_one(0, 100, 100, 160, 160), 0);
    for (int k = 1; k < 100; k++) { /* a larger face appears: the tracked one stays */
        const struct box b[2] = {{300, 100, 500, 300}, {100, 100, 160, 160}};
        see(k / 30.0, b, 2);
        CHECK_INT(R.num, 1);
        CHECK_INT(id_of(1), 0);
    }
    /* until it disappears */
    CHECK_INT(see_one(4, 300, 100, 500, 300), 1);
    close_stage();

    open_stage(2); /* the two largest of four */
    const struct box four[4] = {
        {0, 0, 50, 50}, {100, 0, 190, 90}, {300, 0, 360, 60}, {500, 0, 580, 80}};
    see(0, four, 4);
    CHECK_INT(R.num, 2);
    CHECK_INT(id_of(1), 0);
    CHECK_INT(id_of(3), 1);
    for (int k = 1; k < 90; k++) {
        see(k / 30.0, four, 4);
        CHECK_INT(id_of(1), 0);
        CHECK_INT(id_of(3), 1);
    }
    see(3.5, four, 3); /* one disappears: the next largest takes its place */
    CHECK_INT(id_of(1), 0);
    CHECK_INT(id_of(2), 2);
    see(3.6, four, 4); /* and comes back: there is no room */
    CHECK_INT(R.num, 2);
    CHECK_INT(id_of(1), 0);
    CHECK_INT(id_of(2), 2);
    close_stage();

    open_stage(1); /* one is lost, another is tracked: still one */
    see_one(0, 100, 100, 160, 160);
    CHECK_INT(see_one(0.1, 400, 100, 460, 160), 1);
    const struct box two[2] = {{100, 100, 160, 160}, {400, 100, 460, 160}};
    for (int k = 2; k < 40; k++) {
        see(k / 10.0, two, 2);
        CHECK_INT(R.num, 1);
        CHECK_INT(id_of(1), 1);
    }
    close_stage();
}

static struct box cell(int i, float offset)
{
    float x = 60 * (float)(i % 20) + offset, y = 60 * (float)(i / 20);
    return (struct box){x, y, x + 40, y + 40};
}

/* The largest number of faces; then as many others, again and again. */
static void crowd(void)
{
    static struct box b[MIEN_FACES_LIMIT];
    open_stage(0);
    for (int k = 0; k < 5; k++) {
        for (int i = 0; i < MIEN_FACES_LIMIT; i++)
            b[i] = cell(i, 2 * (float)k);
        see(k / 30.0, b, MIEN_FACES_LIMIT);
        CHECK_INT(R.num, MIEN_FACES_LIMIT);
        for (int i = 0; i < MIEN_FACES_LIMIT; i++)
            CHECK_INT(id_of(i), i);
    }
    int next = MIEN_FACES_LIMIT;
    for (int k = 5; k < 25; k++) { /* new persons in every frame, within two seconds */
        for (int i = 0; i < MIEN_FACES_LIMIT; i++)
            b[i] = cell(i, 5000 * (float)k);
        see(k / 30.0, b, MIEN_FACES_LIMIT);
        CHECK_INT(R.num, MIEN_FACES_LIMIT);
        for (int i = 0; i < MIEN_FACES_LIMIT; i++)
            CHECK_INT(R.face[i].id, next++);
    }
    close_stage();

    /* if more persons wait than the table holds, those seen longest ago are forgotten; persons in
     * the picture never are */
    open_stage(0);
    for (int k = 0; k < 40; k++) {
        b[0] = (struct box){-900, 0, -700, 200}; /* the largest: number 0 */
        for (int i = 1; i < 200; i++)
            b[i] = cell(i, 5000 * (float)k);
        see(k / 30.0, b, 200);
        CHECK_INT(R.num, 200);
        CHECK_INT(id_of(0), 0);
    }
    for (int i = 1; i < 200; i++)
        b[i] = cell(i, 5000 * 39.0f);
    see(1.4, b, 200);
    CHECK_INT(id_of(199), 39 * 199 + 199);
    close_stage();
}

/* Times that stand still or go back lose no person in the picture. */
static void odd_times(void)
{
    open_stage(0);
    const double times[] = {5, 5, 5, 4.5, 3, 3, 5, 4, 4.1};
    for (size_t k = 0; k < sizeof(times) / sizeof(times[0]); k++)
        CHECK_INT(see_one(times[k], 100, 100, 150, 150), 0);
    close_stage();
}

/* A frame with an error passes through and does not count as absence. */
static void errors(void)
{
    open_stage(0);
    see_one(0, 100, 100, 150, 150);
    for (int k = 1; k < 10; k++) {
        struct mn_frame *f = drive_frame(&D, 0.1 * k);
        f->pub.error = MIEN_EENGINE;
        drive_push(&D, f);
        f = drive_next(&D, (uint64_t)k);
        CHECK_INT(f->num_faces, 0);
        CHECK_INT(f->pub.error, MIEN_EENGINE);
        drive_done(&D, f);
    }
    CHECK_INT(see_one(1, 100, 100, 150, 150), 0);
    close_stage();
}

int main(void)
{
    steady();
    crossing();
    greedy();
    limits();
    fast_mover();
    patience();
    numbers();
    most_faces();
    crowd();
    odd_times();
    errors();
    return check_done();
}
