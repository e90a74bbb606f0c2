/* Drawing into the annotated copy; nothing outside the canvas changes. */
#include <stdbool.h>

#include "check.h"
#include "sink/font.h"
#include "sink/overlay.h"

#define GUARD 64
#define PATTERN 0xa5

/* A canvas with guard bytes around its planes and between its rows. */
struct sheet {
    struct mn_canvas canvas;
    uint8_t *memory[3];
    size_t size[3];
};

static struct sheet make_sheet(int width, int height, int luma)
{
    struct sheet s = {.canvas = {.width = width, .height = height}};
    for (int i = 0; i < 3; i++) {
        int w = width >> (i > 0), h = height >> (i > 0);
        s.canvas.stride[i] = w + 7;
        s.size[i] = (size_t)s.canvas.stride[i] * (size_t)h + 2 * GUARD;
        s.memory[i] = malloc(s.size[i]);
        REQUIRE(s.memory[i]);
        memset(s.memory[i], PATTERN, s.size[i]);
        s.canvas.plane[i] = s.memory[i] + GUARD;
        for (int y = 0; y < h; y++)
            memset(s.canvas.plane[i] + y * s.canvas.stride[i], i ? 128 : luma, (size_t)w);
    }
    return s;
}

static bool intact(const struct sheet *s)
{
    for (int i = 0; i < 3; i++) {
        size_t stride = (size_t)s->canvas.stride[i], w = (size_t)(s->canvas.width >> (i > 0));
        for (size_t k = 0; k < s->size[i]; k++) {
            bool pixel = k >= GUARD && k < s->size[i] - GUARD && (k - GUARD) % stride < w;
            if (!pixel && s->memory[i][k] != PATTERN)
                return false;
        }
    }
    return true;
}

static void free_sheet(struct sheet *s)
{
    for (int i = 0; i < 3; i++)
        free(s->memory[i]);
}

static int at(const struct sheet *s, int plane, int x, int y)
{
    return s->canvas.plane[plane][y * s->canvas.stride[plane] + x];
}

static mien_face face_at(float x, float y, float width, float height, float yaw, float pitch)
{
    mien_face f = {.id = 7,
                   .box = {x, y, x + width, y + height},
                   .has = MIEN_GAZE,
                   .yaw_smooth = yaw,
                   .pitch_smooth = pitch};
    static const float place[5][2] = {{.3f, .4f}, {.7f, .4f}, {.5f, .6f}, {.35f, .8f}, {.65f, .8f}};
    for (int i = 0; i < 5; i++) {
        f.point[i][0] = x + place[i][0] * width;
        f.point[i][1] = y + place[i][1] * height;
    }
    return f;
}

/* Landmarks on a grid over the box, and action units of this intensity. */
static void give_all(mien_face *f, float intensity)
{
    f->has |= MIEN_LANDMARKS | MIEN_AU;
    for (int i = 0; i < MIEN_FACE_LANDMARKS; i++) {
        f->landmark[i][0] = f->box[0] + (f->box[2] - f->box[0]) * (float)(i % 8 + 1) / 9;
        f->landmark[i][1] = f->box[1] + (f->box[3] - f->box[1]) * (float)(i / 8 + 1) / 10;
    }
    for (int i = 0; i < MIEN_AU_INTENSITIES; i++)
        f->au.intensity[i] = intensity;
}

/* The overlay of these faces. */
static void draw(struct mn_canvas *c, const mien_frame *f, const mien_face *faces, int n,
                 const char *status)
{
    const mien_face *face[MIEN_FACES_LIMIT];
    for (int i = 0; i < n; i++)
        face[i] = &faces[i];
    static const struct mn_layout layout = {.analysis = MIEN_ALL};
    mn_overlay_draw(c, &(struct mn_result){f, n, face}, &layout, status);
}

/* Faces at and beyond the borders, in canvases of all sizes. */
static void test_borders(void)
{
    static const int sizes[][2] = {{2, 2},   {4, 2},    {2, 6},     {64, 48},    {100, 2},
                                   {2, 300}, {162, 90}, {640, 360}, {1366, 768}, {600, 1100}};
    for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
        struct sheet s = make_sheet(sizes[k][0], sizes[k][1], 100);
        float w = (float)sizes[k][0], h = (float)sizes[k][1];
        for (int i = 0; i < 100; i++) {
            mien_face f = face_at((float)(i % 10 - 2) / 6 * w, (float)(i / 10 - 2) / 6 * h, w / 3,
                                  h / 3, (float)(i * 37 % 360 - 180), (float)(i * 23 % 180 - 90));
            f.box_source = i % 3;
            if (i % 2)
                give_all(&f, (float)(i % 7));
            mien_frame frame = {.index = i, .time = i};
            draw(&s.canvas, &frame, &f, 1, "30.0 fps  latency 33 ms");
        }
        CHECK(intact(&s));
        free_sheet(&s);
    }
}

/* Values that a damaged model or a diverging track could produce. */
static void test_wild_numbers(void)
{
    static const float wild[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1e9f, -1e9f, 0, 50};
    const int n = (int)(sizeof(wild) / sizeof(wild[0]));
    struct sheet s = make_sheet(64, 48, 100);
    for (int i = 0; i < n * n; i++) {
        mien_face f = face_at(10, 10, 20, 20, wild[i % n], wild[i / n]);
        mien_frame frame = {.index = INT64_MIN, .time = wild[i % n]};
        draw(&s.canvas, &frame, &f, 1, NULL);
        f = face_at(10, 10, 20, 20, 5, 5);
        f.id = INT32_MIN;
        f.box[i % 4] = wild[i % n];
        f.box[i % 3] = wild[i / n];
        f.point[i % 5][i % 2] = wild[i % n];
        if (i % 2)
            give_all(&f, wild[i / n]);
        draw(&s.canvas, &frame, &f, 1, NULL);
    }
    mien_face all[MIEN_FACES_LIMIT];
    for (int i = 0; i < MIEN_FACES_LIMIT; i++)
        all[i] = face_at((float)(i % 16) * 4, (float)(i / 16) * 3, 6, 5, 30, 30);
    mien_frame frame = {.index = 0};
    draw(&s.canvas, &frame, all, MIEN_FACES_LIMIT, NULL);
    CHECK(intact(&s));
    free_sheet(&s);
}

/* Bounding box and number of the pixels with the colour of the arrow. */
struct extent {
    int num, x0, y0, x1, y1;
};

static struct extent find_red(const struct sheet *s)
{
    struct extent e = {0, 10000, 10000, -1, -1};
    for (int y = 0; y < s->canvas.height; y++)
        for (int x = 0; x < s->canvas.width; x++)
            if (at(s, 2, x / 2, y / 2) > 190 && at(s, 0, x, y) < 110 && at(s, 0, x, y) > 95) {
                e.num++;
                e.x0 = x < e.x0 ? x : e.x0;
                e.x1 = x > e.x1 ? x : e.x1;
                e.y0 = y < e.y0 ? y : e.y0;
                e.y1 = y > e.y1 ? y : e.y1;
            }
    return e;
}

static void test_arrow(void)
{
    static const struct {
        float yaw, pitch;
    } gaze[] = {{60, 0}, {-60, 0}, {0, 60}, {0, -60}, {30, 40}, {-45, 20}, {20, -50}};
    for (size_t i = 0; i < sizeof(gaze) / sizeof(gaze[0]); i++) {
        struct sheet s = make_sheet(400, 400, 180);
        mien_face f = face_at(150, 140, 100, 120, gaze[i].yaw, gaze[i].pitch);
        memset(f.point, 0, sizeof(f.point));
        f.yaw = -gaze[i].yaw; /* the smoothed angles are drawn, not these */
        f.pitch = -gaze[i].pitch;
        mien_frame frame = {.index = 0};
        draw(&s.canvas, &frame, &f, 1, NULL);
        struct extent e = find_red(&s);
        CHECK(e.num > 50);
        /* yaw > 0 is towards image left, pitch > 0 is up */
        double yaw = gaze[i].yaw * 3.14159265 / 180, pitch = gaze[i].pitch * 3.14159265 / 180;
        double dx = -100 * sin(yaw) * cos(pitch), dy = -100 * sin(pitch);
        if (fabs(dx) > 20)
            CHECK_NEAR(dx < 0 ? e.x0 : e.x1 + 1, 200 + dx, 4);
        if (fabs(dy) > 20)
            CHECK_NEAR(dy < 0 ? e.y0 : e.y1 + 1, 200 + dy, 4);
        if (gaze[i].pitch == 0)
            CHECK_NEAR((e.y0 + e.y1 + 1) / 2.0, 200, 1);
        if (gaze[i].yaw == 0)
            CHECK_NEAR((e.x0 + e.x1 + 1) / 2.0, 200, 1);
        free_sheet(&s);
    }

    struct sheet s = make_sheet(400, 400, 180);
    mien_face f = face_at(150, 140, 100, 120, 0, 0);
    mien_frame frame = {.index = 0};
    draw(&s.canvas, &frame, &f, 1, NULL); /* a gaze into the lens: only a disc */
    struct extent e = find_red(&s);
    CHECK(e.num > 4);
    CHECK(e.x1 - e.x0 < 10 && e.y1 - e.y0 < 10);
    free_sheet(&s);

    s = make_sheet(400, 400, 180);
    f.has = 0;
    draw(&s.canvas, &frame, &f, 1, NULL);
    CHECK_INT(find_red(&s).num, 0);
    free_sheet(&s);
}

/* Pixels on the upper edge of the box that differ from the background. */
static int on_edge(int box_source, int *luma)
{
    struct sheet s = make_sheet(400, 400, 100);
    mien_face f = face_at(100, 100, 200, 200, 0, 0);
    f.box_source = box_source;
    mien_frame frame = {.index = 0};
    draw(&s.canvas, &frame, &f, 1, NULL);
    int n = 0;
    for (int x = 100; x < 300; x++)
        if (at(&s, 0, x, 100) != 100) {
            n++;
            *luma = at(&s, 0, x, 100);
        }
    CHECK_INT(at(&s, 0, 99, 100), 100);
    CHECK_INT(at(&s, 0, 300, 299), 100);
    CHECK_INT(at(&s, 0, 299, 299), *luma);
    free_sheet(&s);
    return n;
}

static void test_box_styles(void)
{
    int found, interpolated, carried;
    CHECK_INT(on_edge(MIEN_BOX_DETECTED, &found), 200);
    int n = on_edge(MIEN_BOX_INTERPOLATED, &interpolated);
    CHECK(n > 100 && n < 180);
    CHECK_INT(on_edge(MIEN_BOX_CARRIED, &carried), n);
    CHECK(found != interpolated);
    CHECK_INT(interpolated, carried);
}

static int ink(const char *text, int scale)
{
    int n = 0;
    for (int glyph; (glyph = mn_font_next(&text)) >= 0;)
        for (int y = 0; y < MN_FONT_HEIGHT * scale; y++)
            for (int x = 0; x < MN_FONT_WIDTH * scale; x++)
                n += mn_font_cover(glyph, scale, x, y) == 255;
    return n;
}

static int count_white(const struct sheet *s)
{
    int n = 0;
    for (int y = 0; y < s->canvas.height; y++)
        for (int x = 0; x < s->canvas.width; x++)
            n += at(s, 0, x, y) == 235;
    return n;
}

/* The whole text is in the picture wherever the box is: above it, below it, or moved inwards. */
static void test_text(void)
{
    static const char degrees[] = "\xc2\xb0";
    CHECK_INT(mn_font_width("", 3), 0);
    CHECK_INT(mn_font_width("a", 1), MN_FONT_WIDTH);
    CHECK_INT(mn_font_width(degrees, 2), 2 * MN_FONT_WIDTH);
    CHECK_INT(mn_font_width("12:3", 1), 3 * MN_FONT_STEP + MN_FONT_WIDTH);
    CHECK(ink(degrees, 1) > 4);
    CHECK_INT(ink(" ", 1), 0);
    CHECK_INT(ink("\xe2\x82\xac", 1), ink("?", 1)); /* a euro sign: one question mark */
    for (int c = '!'; c <= '~'; c++) {
        const char text[2] = {(char)c, 0};
        CHECK(ink(text, 1) >= 2);
        CHECK(ink(text, 3) >= 9 * ink(text, 1) / 4);
    }

    static const float places[][2] = {{100, 100}, {-30, 60},  {280, 60},  {100, -20},
                                      {100, 150}, {-30, 170}, {290, -10}, {290, 170}};
    char label[60];
    snprintf(label, sizeof(label), "#7  yaw +12.3%s  pitch -4.5%s", degrees, degrees);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct sheet s = make_sheet(320, 200, 100);
        mien_face f = face_at(places[i][0], places[i][1], 50, 60, 12.3f, -4.5f);
        mien_frame frame = {.index = 41, .time = 1.64};
        draw(&s.canvas, &frame, &f, 1, NULL);
        CHECK_INT(count_white(&s), ink("frame 42  1.640 s", 1) + ink(label, 1));
        free_sheet(&s);
    }

    /* twice the size in a larger picture; a frame that was not analysed is marked */
    struct sheet s = make_sheet(1280, 720, 100);
    mien_frame frame = {.index = 3, .time = 0.1, .error = MIEN_EINTERRUPTED};
    draw(&s.canvas, &frame, NULL, 0, NULL);
    CHECK_INT(count_white(&s), ink("frame 4  0.100 s  not analysed", 2));
    free_sheet(&s);

    /* no minus sign before a zero */
    s = make_sheet(320, 200, 100);
    mien_face f = face_at(100, 100, 50, 60, -0.04f, -0.0f);
    frame = (mien_frame){.index = 0};
    draw(&s.canvas, &frame, &f, 1, NULL);
    snprintf(label, sizeof(label), "#7  yaw +0.0%s  pitch +0.0%s", degrees, degrees);
    CHECK_INT(count_white(&s), ink("frame 1  0.000 s", 1) + ink(label, 1));
    free_sheet(&s);
}

static int count_colour(const struct sheet *s, int u, int v)
{
    int n = 0;
    for (int y = 0; y < s->canvas.height / 2; y++)
        for (int x = 0; x < s->canvas.width / 2; x++)
            n += abs(at(s, 1, x, y) - u) < 12 && abs(at(s, 2, x, y) - v) < 12;
    return n;
}

/* 68 landmarks replace the five points. The length of a bar is the intensity of its unit; it is
 * amber if the unit is present. Bars are on the side with room. */
static void test_landmarks_and_units(void)
{
    const int amber[2] = {40, 150}, green[2] = {70, 50};
    struct sheet five = make_sheet(640, 360, 100), all = make_sheet(640, 360, 100);
    mien_face f = face_at(100, 100, 120, 150, 0, 0);
    mien_frame frame = {.index = 0};
    draw(&five.canvas, &frame, &f, 1, NULL);
    give_all(&f, 0);
    draw(&all.canvas, &frame, &f, 1, NULL);
    int few = count_colour(&five, amber[0], amber[1]),
        many = count_colour(&all, amber[0], amber[1]);
    CHECK(few >= 5);
    CHECK(many >= 68);
    free_sheet(&five);
    free_sheet(&all);

    int length[3];
    for (int i = 0; i < 3; i++) {
        struct sheet s = make_sheet(640, 360, 100);
        give_all(&f, 2.5f * (float)i);
        draw(&s.canvas, &frame, &f, 1, NULL);
        length[i] = count_colour(&s, green[0], green[1]);
        if (i == 2) {
            mien_face there = f;
            memset(there.au.presence, 1, sizeof(there.au.presence));
            const mien_frame other = {.index = 0};
            struct sheet t = make_sheet(640, 360, 100);
            draw(&t.canvas, &other, &there, 1, NULL);
            CHECK_INT(count_colour(&t, green[0], green[1]), length[0]); /* the box alone */
            CHECK(count_colour(&t, amber[0], amber[1]) > many + 500);
            free_sheet(&t);
        }
        free_sheet(&s);
    }
    CHECK(length[1] > length[0] + 300);
    CHECK_NEAR(length[2] - length[0], 2.0 * (length[1] - length[0]), 70);

    /* at the right border the bars are on the left; without room there are none */
    struct sheet s = make_sheet(640, 360, 100);
    f = face_at(510, 100, 120, 150, 0, 0);
    give_all(&f, 5);
    draw(&s.canvas, &frame, &f, 1, NULL);
    CHECK(count_colour(&s, green[0], green[1]) > length[0] + 500);
    free_sheet(&s);
    s = make_sheet(160, 170, 100);
    f = face_at(15, 10, 130, 150, 0, 0);
    give_all(&f, 5);
    draw(&s.canvas, &frame, &f, 1, NULL);
    CHECK(count_colour(&s, green[0], green[1]) < 1400);
    free_sheet(&s);
}

static void test_status(void)
{
    struct sheet s = make_sheet(320, 200, 100);
    const mien_frame frame = {.index = 41, .time = 1.64};
    draw(&s.canvas, &frame, NULL, 0, "29.9 fps  latency 34 ms");
    CHECK_INT(count_white(&s), ink("frame 42  1.640 s", 1) + ink("29.9 fps  latency 34 ms", 1));
    free_sheet(&s);
}

/* Pictures of odd size are copied into the even canvas; the source does not change. */
static void test_copy(void)
{
    enum { W = 65, H = 49 };
    static uint8_t pixels[3 * W * H], before[3 * W * H];
    for (size_t i = 0; i < sizeof(pixels); i++)
        pixels[i] = (uint8_t)(i * 7 % 251);
    memcpy(before, pixels, sizeof(pixels));
    const int half = (W + 1) / 2;
    const mien_picture picture[] = {
        {.format = MIEN_I420,
         .width = W,
         .height = H,
         .plane = {pixels, pixels + W * H, pixels + W * H + half * ((H + 1) / 2)},
         .stride = {W, half, half}},
        {.format = MIEN_BGR24, .width = W, .height = H, .plane = {pixels}, .stride = {3 * W}},
        {.format = MIEN_GRAY8, .width = W, .height = H, .plane = {pixels}, .stride = {W}},
    };
    for (int i = 0; i < 3; i++) {
        const mien_picture *p = &picture[i];
        struct sheet s = make_sheet(W - 1, H - 1, 100);
        mn_canvas_copy(&s.canvas, p);
        for (int y = 0; y < H - 1; y++)
            for (int x = 0; x < W - 1; x++) {
                const uint8_t *b = pixels + 3 * (y * W + x);
                double want = pixels[y * W + x];
                if (i == 1)
                    want = 16 + 219 / 255.0 * (.114 * b[0] + .587 * b[1] + .299 * b[2]);
                else if (i == 2)
                    want = 16 + 219 / 255.0 * want;
                CHECK_NEAR(at(&s, 0, x, y), want, i ? 0.51 : 0);
            }
        for (int y = 0; y < H / 2; y++)
            for (int x = 0; x < W / 2; x++) {
                double u = 128, v = 128;
                if (i == 0) {
                    u = p->plane[1][y * half + x];
                    v = p->plane[2][y * half + x];
                } else if (i == 1) {
                    double c[3] = {0, 0, 0};
                    for (int k = 0; k < 12; k++)
                        c[k % 3] += pixels[3 * ((2 * y + k / 6) * W + 2 * x) + k % 6] / 4.0;
                    double luma = .114 * c[0] + .587 * c[1] + .299 * c[2];
                    u += 224 / 255.0 * (c[0] - luma) / 1.772;
                    v += 224 / 255.0 * (c[2] - luma) / 1.402;
                }
                CHECK_NEAR(at(&s, 1, x, y), u, i ? 0.51 : 0);
                CHECK_NEAR(at(&s, 2, x, y), v, i ? 0.51 : 0);
            }
        mien_face f = face_at(-5, -5, 90, 90, 20, 20);
        mien_frame frame = {.picture = *p};
        draw(&s.canvas, &frame, &f, 1, NULL);
        CHECK(intact(&s));
        CHECK(!memcmp(pixels, before, sizeof(pixels)));
        free_sheet(&s);
    }
}

/* The same picture gives the same bytes again: no state is kept between frames. */
static void test_repeatable(void)
{
    struct sheet a = make_sheet(640, 360, 90), b = make_sheet(640, 360, 90);
    mien_face f[2] = {face_at(100, 100, 80, 90, 30, 10), face_at(120, 60, 80, 90, -30, 10)};
    mien_frame frame = {.index = 5, .time = 0.2};
    draw(&a.canvas, &frame, f, 2, NULL);
    draw(&b.canvas, &frame, f, 2, NULL);
    for (int i = 0; i < 3; i++)
        CHECK(!memcmp(a.memory[i], b.memory[i], a.size[i]));
    free_sheet(&a);
    free_sheet(&b);
}

int main(void)
{
    test_borders();
    test_wild_numbers();
    test_arrow();
    test_box_styles();
    test_text();
    test_landmarks_and_units();
    test_status();
    test_copy();
    test_repeatable();
    return check_done();
}
