/* Gaze around its network: crop, expectation over the bins, signs; and the stage on a picture. */
#include <stdbool.h>

#include "check.h"
#include "stage/gaze.h"
#include "stage/stage.h"

static uint32_t seed = 1;

static float uniform(float low, float high)
{
    seed = seed * 1664525u + 1013904223u;
    return low + (high - low) * (float)(seed >> 8) / 16777216.0f;
}

/* Softmax and expectation in double precision. */
static double expected(const float *z, int bins, double *peak)
{
    double top = z[0], sum = 0, moment = 0;
    for (int i = 1; i < bins; i++)
        top = fmax(top, z[i]);
    for (int i = 0; i < bins; i++)
        sum += exp(z[i] - top);
    *peak = 0;
    for (int i = 0; i < bins; i++) {
        double p = exp(z[i] - top) / sum;
        moment += i * p;
        *peak = fmax(*peak, p);
    }
    return bins == 90 ? moment * 4 - 180 : moment * 3 - 42;
}

static void angle_is(const float *z, int bins, double want, double want_peak)
{
    float peak = -1, have = mn_gaze_angle(z, bins, &peak);
    CHECK_NEAR(have, want, 2e-3);
    CHECK_NEAR(peak, want_peak, 1e-5);
}

static void angles(void)
{
    float z[90];
    const int heads[2] = {90, 28};
    for (int h = 0; h < 2; h++) {
        const int bins = heads[h];
        const double width = bins == 90 ? 4 : 3, offset = bins == 90 ? 180 : 42;
        for (int hot = 0; hot < bins; hot++) { /* one bin with all the probability */
            for (int i = 0; i < bins; i++)
                z[i] = i == hot ? 60 : -60;
            angle_is(z, bins, hot * width - offset, 1);
        }
        for (int i = 0; i < bins; i++) /* no preference: the mean of all bins */
            z[i] = -3.5f;
        angle_is(z, bins, (bins - 1) / 2.0 * width - offset, 1.0 / bins);
        for (int i = 0; i < bins; i++) /* two neighbours, three to one */
            z[i] = i == 10 ? logf(3) : i == 11 ? 0 : -100;
        angle_is(z, bins, 10.25 * width - offset, 0.75);
        for (int round = 0; round < 200; round++) {
            float spread = round < 100 ? 3 : 30;
            for (int i = 0; i < bins; i++)
                z[i] = uniform(-spread, spread) + (round % 2 ? 1000 : 0);
            double peak, want = expected(z, bins, &peak);
            angle_is(z, bins, want, peak);
        }
        /* scores that would overflow exp */
        for (int i = 0; i < bins; i++)
            z[i] = i == 20 ? 3e38f : -3e38f;
        angle_is(z, bins, 20 * width - offset, 1);
        for (int i = 0; i < bins; i++)
            z[i] = i == 20 ? 1e30f : 1e30f - 1e29f;
        angle_is(z, bins, 20 * width - offset, 1);
        for (int i = 0; i < bins; i++)
            z[i] = -1e30f;
        angle_is(z, bins, (bins - 1) / 2.0 * width - offset, 1.0 / bins);
    }
}

static void vectors(void)
{
    static const struct {
        float yaw, pitch, v[3];
    } table[] = {
        {0, 0, {0, 0, -1}},
        {90, 0, {-1, 0, 0}},
        {-90, 0, {1, 0, 0}},
        {0, 90, {0, -1, 0}},
        {0, -90, {0, 1, 0}},
        {180, 0, {0, 0, 1}},
        {30, 0, {-0.5f, 0, -0.8660254f}},
        {0, 30, {0, -0.5f, -0.8660254f}},
        {45, 45, {-0.5f, -0.70710678f, -0.5f}},
        {-45, -30, {0.61237244f, 0.5f, -0.61237244f}},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        float v[3];
        mn_gaze_vector(table[i].yaw, table[i].pitch, v);
        for (int k = 0; k < 3; k++)
            CHECK_NEAR(v[k], table[i].v[k], 1e-6);
    }
    for (int i = 0; i < 500; i++) {
        float yaw = uniform(-85, 85), pitch = uniform(-85, 85), v[3];
        mn_gaze_vector(yaw, pitch, v);
        CHECK_NEAR(v[0] * v[0] + v[1] * v[1] + v[2] * v[2], 1, 1e-6);
        CHECK((yaw > 0) == (v[0] < 0));   /* towards image left */
        CHECK((pitch > 0) == (v[1] < 0)); /* up */
        CHECK(v[2] < 0);                  /* towards the camera */
        const double deg = 180 / 3.14159265358979323846;
        CHECK_NEAR(atan2(-(double)v[0], -(double)v[2]) * deg, yaw, 1e-3);
        CHECK_NEAR(asin(-(double)v[1]) * deg, pitch, 1e-3);
    }
}

static void crops(void)
{
    static const struct {
        float box[4];
        bool usable;
        int crop[4];
    } table[] = {/* in a picture of 200 x 100 */
                 {{10, 20, 50, 60}, true, {10, 20, 40, 40}},
                 {{10.9f, 20.9f, 50.9f, 60.9f}, true, {10, 20, 40, 40}},
                 {{10.1f, 20.1f, 50.99f, 60.01f}, true, {10, 20, 40, 40}},
                 /* truncated toward zero: -0.9 is 0, not -1 */
                 {{-0.9f, -0.1f, 40, 40}, true, {0, 0, 40, 40}},
                 /* over each border, where other programs fail */
                 {{-15.5f, 20, 50, 60}, true, {0, 20, 50, 40}},
                 {{10, -15.5f, 50, 60}, true, {10, 0, 40, 60}},
                 {{150, 20, 250, 60}, true, {150, 20, 50, 40}},
                 {{10, 60, 50, 140}, true, {10, 60, 40, 40}},
                 {{-50, -50, 400, 400}, true, {0, 0, 200, 100}},
                 {{0, 0, 200, 100}, true, {0, 0, 200, 100}},
                 {{0, 0, 200.9f, 100.9f}, true, {0, 0, 200, 100}},
                 /* 2 pixels are enough, fewer are not */
                 {{10, 20, 12, 22}, true, {10, 20, 2, 2}},
                 {{10.9f, 20, 12.1f, 22}, true, {10, 20, 2, 2}},
                 {{10, 20, 11.9f, 60}, false, {0}},
                 {{10, 20, 60, 21.9f}, false, {0}},
                 {{-40, 20, 1.9f, 60}, false, {0}},
                 {{-40, 20, 2, 60}, true, {0, 20, 2, 40}},
                 {{199, 20, 240, 60}, false, {0}},
                 {{198, 20, 240, 60}, true, {198, 20, 2, 40}},
                 /* entirely outside */
                 {{-80, 20, -40, 60}, false, {0}},
                 {{10, -80, 50, -40}, false, {0}},
                 {{250, 20, 300, 60}, false, {0}},
                 {{10, 150, 50, 200}, false, {0}},
                 {{-1e6f, -1e6f, 1e6f, 1e6f}, true, {0, 0, 200, 100}},
                 {{-3e38f, -3e38f, 3e38f, 3e38f}, true, {0, 0, 200, 100}},
                 /* upside down */
                 {{50, 60, 10, 20}, false, {0}}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct mn_rect r;
        bool usable = mn_gaze_crop(table[i].box, 200, 100, &r);
        const int c[4] = {r.x, r.y, r.w, r.h};
        CHECK_INT(usable, table[i].usable);
        for (int k = 0; k < 4 && table[i].usable; k++)
            CHECK_INT(c[k], table[i].crop[k]);
        if (usable)
            CHECK(c[0] >= 0 && c[1] >= 0 && c[0] + c[2] <= 200 && c[1] + c[3] <= 100);
    }
}

/* The stage with the stub network, which answers from the brightness of the crop: faces over the
 * border are measured, those outside stay unchanged and do not disturb the others. */
static void stage(void)
{
    enum { W = 160, H = 120 };
    static uint8_t luma[W * H];
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            luma[y * W + x] = (uint8_t)(60 + x / 4 + y / 2);
    static struct mn_context ctx;
    struct mn_engine *engine;
    REQUIRE(mn_engine_open(&engine, mn_engine_for("stub"), "stub", NULL, 1, NULL) == 0);
    REQUIRE(mn_loaded_open(&ctx.model[MN_ROLE_GAZE], engine, NULL,
                           &(struct mn_model_want){
                               .role = "gaze", .input = mn_roles[MN_ROLE_GAZE]->input(&ctx)}) == 0);
    CHECK_INT(mn_roles[MN_ROLE_GAZE]->check(&ctx.model[MN_ROLE_GAZE], &ctx.settings, NULL), 0);
    void *state = calloc(1, mn_stage_gaze.state_size);
    struct mn_spans *spans = calloc(1, sizeof(*spans));
    REQUIRE(state && spans);
    REQUIRE(mn_stage_gaze.open(state, &ctx) == 0);

    static const float boxes[][4] = {
        {40, 30, 100, 90},  {-20, 30, 30, 90},  {40, -40, 100, 20}, {130, 90, 190, 150},
        {-60, 30, -10, 90}, {40, 119, 99, 170}, {20, 20, 21, 60},
    };
    enum { NUM = sizeof(boxes) / sizeof(boxes[0]), INSIDE = 4 };
    mien_face faces[NUM];
    memset(faces, 0, sizeof(faces));
    struct mn_frame f = {.num_faces = NUM, .faces = faces};
    f.pub.picture = (mien_picture){
        .format = MIEN_GRAY8, .width = W, .height = H, .plane = {luma}, .stride = {W}};
    for (int i = 0; i < NUM; i++) {
        faces[i].id = i;
        memcpy(faces[i].box, boxes[i], sizeof(boxes[i]));
    }
    CHECK(mn_stage_gaze.wants(&f));
    CHECK_INT(mn_stage_gaze.run(state, &f, spans), 0);
    CHECK_INT(spans->hist[MN_SPAN_NETWORK].count, INSIDE);
    for (int i = 0; i < NUM; i++) {
        const mien_face *a = &faces[i];
        CHECK_INT(a->has, i < INSIDE ? MIEN_GAZE : 0);
        if (i >= INSIDE) {
            const mien_face empty = {.id = i};
            CHECK(!memcmp(&a->yaw, &empty.yaw, sizeof(empty) - offsetof(mien_face, yaw)));
            continue;
        }
        float v[3];
        mn_gaze_vector(a->yaw, a->pitch, v);
        for (int k = 0; k < 3; k++)
            CHECK_NEAR(a->gaze[k], v[k], 1e-6);
        CHECK(a->yaw_peak > 0 && a->yaw_peak <= 1 && a->pitch_peak > 0 && a->pitch_peak <= 1);
        CHECK(fabsf(a->yaw) > 0.1f && fabsf(a->pitch) > 0.1f);
    }
    f.num_faces = 0;
    CHECK(!mn_stage_gaze.wants(&f));

    /* the same face with the heads exchanged */
    mien_face before = faces[0];
    mn_stage_gaze.close(state);
    memset(state, 0, mn_stage_gaze.state_size);
    ctx.settings.swap_gaze_heads = 1;
    REQUIRE(mn_stage_gaze.open(state, &ctx) == 0);
    f.num_faces = 1;
    CHECK_INT(mn_stage_gaze.run(state, &f, spans), 0);
    CHECK_NEAR(faces[0].yaw, before.pitch, 0);
    CHECK_NEAR(faces[0].pitch, before.yaw, 0);
    CHECK_NEAR(faces[0].yaw_peak, before.pitch_peak, 0);
    CHECK(before.yaw != before.pitch);

    mn_stage_gaze.close(state);
    free(state);
    free(spans);
    mn_loaded_close(&ctx.model[MN_ROLE_GAZE]);
    mn_engine_close(&engine);
}

/* All landmarks in a corner of the face, except those that the crop depends on. */
static void face_at(float (*points)[2], float x, float y, float eye_gap, float to_mouth)
{
    for (int i = 0; i < MIEN_FACE_LANDMARKS; i++) {
        points[i][0] = x - 7;
        points[i][1] = y + 300;
    }
    for (int i = 36; i < 48; i++) { /* 36 and 45 are the outer corners */
        points[i][0] = x + (i < 42 ? -1 : 1) * (i == 36 || i == 45 ? 0.5f : 0.3f) * eye_gap;
        points[i][1] = y;
    }
    points[48][0] = x - eye_gap / 4;
    points[54][0] = x + eye_gap / 4;
    points[48][1] = points[54][1] = y + to_mouth;
}

static void eyes(void)
{
    float points[MIEN_FACE_LANDMARKS][2];
    struct mn_rect c;
    face_at(points, 200, 150, 64,
            30); /* the eyes decide: 96 wide, 72 high, 0.18 of their distance below them */
    REQUIRE(mn_gaze_eyes((const float(*)[2])points, &c));
    CHECK_INT(c.w, 96);
    CHECK_INT(c.h, 72);
    CHECK(c.x >= 152 && c.x <= 153 && c.y == 126);
    face_at(points, 200, 150, 30, 100); /* turned aside: the distance to the mouth decides */
    REQUIRE(mn_gaze_eyes((const float(*)[2])points, &c));
    CHECK_INT(c.w, 195);
    CHECK_INT(c.h, 146);
    face_at(points, -30, -20, 64, 30); /* beyond the picture is allowed */
    CHECK(mn_gaze_eyes((const float(*)[2])points, &c));
    CHECK(c.x < -50 && c.y < -30);
    face_at(points, 200, 150, 1, 1); /* too small to be useful */
    CHECK(!mn_gaze_eyes((const float(*)[2])points, &c));
    face_at(points, 200, 150, 64, 30);
    points[40][0] = NAN;
    CHECK(!mn_gaze_eyes((const float(*)[2])points, &c));
    points[40][0] = INFINITY;
    CHECK(!mn_gaze_eyes((const float(*)[2])points, &c));
    points[40][0] = 3e38f;
    CHECK(!mn_gaze_eyes((const float(*)[2])points, &c));
}

/* The stage with a network by landmarks: the crop follows the landmarks, whatever the box is, and a
 * face without landmarks has no gaze. */
static void stage_by_landmarks(void)
{
    enum { W = 320, H = 240 };
    static uint8_t luma[W * H];
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            luma[y * W + x] = (uint8_t)(x < 160 ? 200 : 90);
    static const struct mn_shape shape = {4, {1, 3, 72, 96}};
    static struct mn_context ctx;
    struct mn_engine *engine;
    REQUIRE(mn_engine_open(&engine, mn_engine_for("stub"), "stub", NULL, 1, NULL) == 0);
    REQUIRE(mn_loaded_open(&ctx.model[MN_ROLE_GAZE], engine, NULL,
                           &(struct mn_model_want){.role = "gaze", .input = shape}) == 0);
    CHECK(mn_gaze_by_landmarks(ctx.model[MN_ROLE_GAZE].model));
    CHECK_INT(mn_roles[MN_ROLE_GAZE]->check(&ctx.model[MN_ROLE_GAZE], &ctx.settings, NULL), 0);
    void *state = calloc(1, mn_stage_gaze.state_size);
    struct mn_spans *spans = calloc(1, sizeof(*spans));
    REQUIRE(state && spans);
    REQUIRE(mn_stage_gaze.open(state, &ctx) == 0);

    enum { NUM = 5 };
    mien_face faces[NUM];
    memset(faces, 0, sizeof(faces));
    struct mn_frame f = {.num_faces = NUM, .faces = faces};
    f.pub.picture = (mien_picture){
        .format = MIEN_GRAY8, .width = W, .height = H, .plane = {luma}, .stride = {W}};
    for (int i = 0; i < NUM; i++) {
        faces[i].box[2] = faces[i].box[3] = i == 1 ? 5.0f : 100;
        faces[i].has = i == 3 ? 0 : MIEN_LANDMARKS;
        face_at(faces[i].landmark, i == 2 ? 310 : 160, 120, 60, 30);
    }
    faces[4].landmark[37][1] = NAN;
    CHECK_INT(mn_stage_gaze.run(state, &f, spans), 0);
    CHECK_INT(spans->hist[MN_SPAN_NETWORK].count, 3);
    for (int i = 0; i < NUM; i++)
        CHECK_INT(faces[i].has & MIEN_GAZE, i < 3 ? MIEN_GAZE : 0);
    CHECK(faces[0].yaw == faces[1].yaw && faces[0].pitch == faces[1].pitch);
    CHECK(faces[0].yaw != faces[2].yaw);
    mn_stage_gaze.close(state);
    free(state);
    free(spans);
    mn_loaded_close(&ctx.model[MN_ROLE_GAZE]);
    mn_engine_close(&engine);
}

int main(void)
{
    eyes();
    stage_by_landmarks();
    angles();
    vectors();
    crops();
    stage();
    return check_done();
}
