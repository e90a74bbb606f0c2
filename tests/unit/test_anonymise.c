/* Faces in an anonymised copy: hidden in every frame near a detection, and coarse enough. */
#include <stdbool.h>

#include "check.h"
#include "sink/anonymise.h"

enum { WIDTH = 320, HEIGHT = 240, RATE = 10 };

/* ------------------------------------------------------------------------------- pictures ---- */

/* A noise that has detail of every size. */
static int noise(int x, int y)
{
    unsigned v = (unsigned)x * 2654435761u ^ (unsigned)y * 40503u;
    v ^= v >> 13;
    return (int)(v * 1274126177u >> 24) % 200 + 30;
}

static void fill(struct mn_canvas *c)
{
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < c->height >> (i > 0); y++)
            for (int x = 0; x < c->width >> (i > 0); x++)
                c->plane[i][y * c->stride[i] + x] = (uint8_t)noise(x + 1000 * i, y);
}

static int luma(const struct mn_canvas *c, int x, int y)
{
    return c->plane[0][y * c->stride[0] + x];
}

/* Is the part of the picture that is described by its centre and half its size black? */
static bool is_black(const struct mn_canvas *c, float x, float y, int half)
{
    for (int py = (int)y - half; py < (int)y + half; py++)
        for (int px = (int)x - half; px < (int)x + half; px++)
            if (px >= 0 && py >= 0 && px < c->width && py < c->height && luma(c, px, py) != 16)
                return false;
    return true;
}

static struct mn_canvas canvas_in(uint8_t *memory)
{
    return (struct mn_canvas){
        .width = WIDTH,
        .height = HEIGHT,
        .plane = {memory, memory + WIDTH * HEIGHT, memory + WIDTH * HEIGHT / 4 * 5},
        .stride = {WIDTH, WIDTH / 2, WIDTH / 2}};
}

static void test_hide_outside(enum mn_hide how)
{
    static uint8_t memory[WIDTH * HEIGHT * 3 / 2], untouched[sizeof(memory)];
    struct mn_canvas c = canvas_in(memory), was = canvas_in(untouched);
    const struct mn_rect r = {101, 81, 181, 161};
    fill(&c);
    fill(&was);
    mn_hide(&c, r, 16, how);
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < HEIGHT >> (i > 0); y++)
            for (int x = 0; x < WIDTH >> (i > 0); x++) {
                const int px = x << (i > 0), py = y << (i > 0), k = y * c.stride[i] + x;
                if (px < r.x0 - 16 || px >= r.x1 + 16 || py < r.y0 - 16 || py >= r.y1 + 16)
                    CHECK_INT(c.plane[i][k], was.plane[i][k]);
            }
    mn_hide(&c, (struct mn_rect){-500, -500, 5000, 5000}, 2, how);
    mn_hide(&c, (struct mn_rect){400, 400, 500, 500}, 16, how);
    mn_hide(&c, (struct mn_rect){50, 50, 40, 40}, 16, how);
}

/* Squares have one value; a blur has no steps. */
static void test_detail(void)
{
    static uint8_t memory[WIDTH * HEIGHT * 3 / 2];
    struct mn_canvas c = canvas_in(memory);
    const struct mn_rect r = {96, 80, 192, 160};
    fill(&c);
    mn_hide(&c, r, 16, MN_HIDE_PIXELATE);
    for (int y = r.y0; y < r.y1; y++)
        for (int x = r.x0; x < r.x1; x++)
            CHECK_INT(luma(&c, x, y), luma(&c, x / 16 * 16, y / 16 * 16));
    fill(&c);
    mn_hide(&c, r, 16, MN_HIDE_BLUR);
    for (int y = r.y0; y < r.y1 - 1; y++)
        for (int x = r.x0; x < r.x1 - 1; x++) {
            CHECK(abs(luma(&c, x, y) - luma(&c, x + 1, y)) <= 3);
            CHECK(abs(luma(&c, x, y) - luma(&c, x, y + 1)) <= 3);
        }
}

/* --------------------------------------------------------------------------------- frames ---- */

struct video {
    struct mn_anonymise *a;
    int64_t added, taken;
    bool (*is_right)(int64_t frame, const struct mn_canvas *c);
};

static void take_all(struct video *v, bool ended)
{
    struct mn_canvas out;
    int64_t time;
    while (mn_anonymise_take(v->a, ended, &out, &time)) {
        CHECK_INT(time, 7 * v->taken);
        CHECK(v->is_right(v->taken, &out));
        v->taken++;
    }
}

static void add(struct video *v, const mien_face *face, bool failed)
{
    struct mn_canvas c = mn_anonymise_next(v->a);
    fill(&c);
    mn_anonymise_add(v->a, &face, face ? 1 : 0, failed, 7 * v->added++);
    take_all(v, false);
    CHECK(v->added - v->taken < mn_anonymise_delay(v->a));
}

/* The face moves by two pixels a frame. */
static float place(int64_t frame)
{
    return 60 + 2 * (float)frame;
}

static mien_face face_in(int64_t frame)
{
    const float x = place(frame), y = 100;
    return (mien_face){.id = 3, .box = {x - 20, y - 25, x + 20, y + 25}};
}

static bool detected(int64_t frame)
{
    return (frame >= 8 && frame < 30 && frame % 3 == 0) || (frame >= 36 && frame < 60);
}

/* Gaps, up to 9 frames before the first detection, and 30 frames after the last one. */
static bool hides_face(int64_t frame, const struct mn_canvas *c)
{
    const bool near = frame <= 89;
    if (frame > 69) /* it has moved out of the part that is hidden, which stands */
        return is_black(c, place(59), 100, 20) == near;
    return is_black(c, place(frame), 100, 20) == near && luma(c, 4, 4) == noise(4, 4);
}

static bool hides_all(int64_t frame, const struct mn_canvas *c)
{
    return is_black(c, WIDTH / 2.f, HEIGHT / 2.f, WIDTH / 2) == (frame == 12);
}

static void test_gaps(void)
{
    struct video v = {.a = mn_anonymise_new(MN_HIDE_BLACK, WIDTH, HEIGHT, RATE),
                      .is_right = hides_face};
    REQUIRE(v.a);
    CHECK_INT(mn_anonymise_delay(v.a), RATE);
    for (int64_t i = 0; i < 120; i++) {
        const mien_face f = face_in(i);
        add(&v, detected(i) ? &f : NULL, false);
    }
    take_all(&v, true);
    CHECK_INT(v.taken, 120);
    mn_anonymise_free(v.a);
}

static void test_failed_frame(void)
{
    struct video v = {.a = mn_anonymise_new(MN_HIDE_BLACK, WIDTH, HEIGHT, RATE),
                      .is_right = hides_all};
    REQUIRE(v.a);
    for (int64_t i = 0; i < 30; i++)
        add(&v, NULL, i == 12);
    take_all(&v, true);
    CHECK_INT(v.taken, 30);
    mn_anonymise_free(v.a);
}

/* More people than there are regions: everything is hidden. */
static void test_too_many(void)
{
    struct mn_anonymise *a = mn_anonymise_new(MN_HIDE_POINTS, WIDTH, HEIGHT, 0);
    struct mn_canvas out;
    int64_t time;
    static mien_face face[MIEN_FACES_LIMIT];
    const mien_face *list[MIEN_FACES_LIMIT];
    REQUIRE(a);
    for (int i = 0; i < 3; i++) {
        struct mn_canvas c = mn_anonymise_next(a);
        fill(&c);
        for (int k = 0; k < MIEN_FACES_LIMIT; k++) {
            face[k] = (mien_face){.id = i * MIEN_FACES_LIMIT + k, .box = {NAN, 0, INFINITY, 4}};
            list[k] = &face[k];
        }
        mn_anonymise_add(a, list, MIEN_FACES_LIMIT, false, i);
    }
    CHECK(mn_anonymise_take(a, true, &out, &time));
    CHECK(is_black(&out, WIDTH / 2.f, HEIGHT / 2.f, WIDTH / 2));
    mn_anonymise_free(a);
    mn_anonymise_free(NULL);
}

int main(void)
{
    for (int how = MN_HIDE_BLUR; how <= MN_HIDE_POINTS; how++)
        test_hide_outside((enum mn_hide)how);
    test_detail();
    test_gaps();
    test_failed_frame();
    test_too_many();
    return check_done();
}
