/* The table of networks by role: its rows, when a role is needed, which outputs fit, and how stages
 * use the outputs. With a made-up network in the shapes of the built-in ones. */
#include <math.h>
#include <mien/models.h>
#include <stdlib.h>

#include "check.h"
#include "stage/stage.h"
#include "stage/work.h"

static float trust;      /* confidence that the made-up landmark network reports */
static bool follows;     /* it finds every point where the picture is bright, instead of in a row */
static bool independent; /* mien_settings.independent_frames */
static bool everything;  /* the made-up detector finds a face at every anchor */
static int runs;
static int resizes, last_width, last_height;

static int fake_runner_open(struct mn_runner **out, struct mn_model *m)
{
    struct mn_runner *r = calloc(1, sizeof(*r));
    REQUIRE(r != NULL);
    r->model = m;
    r->input_count = mn_shape_count(&m->input);
    r->input = calloc(r->input_count, sizeof(float));
    for (int i = 0; i < m->num_outputs; i++) {
        r->output_count[i] = mn_shape_count(&m->output[i]);
        r->output[i] = calloc(r->output_count[i], sizeof(float));
    }
    *out = r;
    return 0;
}

/* How far right the brightness of the input lies, 0 to 1. */
static float bright(const struct mn_runner *r)
{
    const int64_t width = r->model->input.dim[3];
    double sum = 0, at = 0;
    for (size_t i = 0; i < r->input_count; i++) {
        sum += r->input[i];
        at += r->input[i] * ((double)((int64_t)i % width) + 0.5) / (double)width;
    }
    return (float)(at / sum);
}

/* What MediaPipe's detector answers in each of two runs: a square face at an anchor. */
static struct {
    int anchor;
    float side, score; /* side 0: the made-up network is another one */
} answer[2];
static int answers;

static int answer_face(struct mn_runner *r)
{
    const int k = answers++ > 0;
    for (size_t i = 0; i < r->output_count[0]; i++)
        r->output[0][i] = 0;
    for (size_t i = 0; i < r->output_count[1]; i++)
        r->output[1][i] = -50;
    float *box = r->output[0] + 16 * answer[k].anchor;
    box[2] = box[3] = answer[k].side;
    r->output[1][answer[k].anchor] = logf(answer[k].score / (1 - answer[k].score));
    return 0;
}

/* Landmarks in a row across the square. */
static int fake_run(struct mn_runner *r)
{
    runs++;
    if (answer[0].side > 0)
        return answer_face(r);
    const float place = follows ? bright(r) : 0;
    for (int i = 0; i < r->model->num_outputs; i++)
        for (size_t k = 0; k < r->output_count[i]; k++)
            r->output[i][k] = everything                ? 1
                              : r->output_count[i] == 1 ? trust
                              : follows                 ? place
                                                        : (float)k / 136;
    return 0;
}

static void fake_runner_close(struct mn_runner *r)
{
    for (int i = 0; i < MN_MAX_OUTPUTS; i++)
        free(r->output[i]);
    free(r->input);
    free(r);
}

static int fake_resize(struct mn_runner *r, int width, int height, int64_t rows)
{
    const int64_t width_of[3] = {4, 2, 10};
    resizes++;
    last_width = width;
    last_height = height;
    free(r->input);
    r->input_count = (size_t)(3 * width * height);
    r->input = calloc(r->input_count, sizeof(float));
    for (int i = 0; i < 3; i++) {
        free(r->output[i]);
        r->output_count[i] = (size_t)(rows * width_of[i]);
        r->output[i] = calloc(r->output_count[i], sizeof(float));
    }
    return 0;
}

static const struct mn_engine_info fake_info = {.name = "fake",
                                                .runner_open = fake_runner_open,
                                                .run = fake_run,
                                                .runner_close = fake_runner_close,
                                                .resize = fake_resize};
static struct mn_engine engine = {.info = &fake_info};

static int check(enum mn_role role, struct mn_model *m)
{
    const struct mn_loaded loaded = {.model = m, .path = "x.onnx"};
    return mn_roles[role]->check(&loaded, &(mien_settings){0}, NULL);
}

/* Every row of the table is filled in, and no two are mistaken for each other. */
static void table_is_complete(void)
{
    static const struct mn_context ctx;
    unsigned analyses = 0;
    for (int i = 0; i < MN_NUM_ROLES; i++) {
        const struct mn_role_info *r = mn_roles[i];
        CHECK(r && r->name && r->stage && r->input && r->check);
        CHECK(strlen(r->name) <= 14);    /* MN_PROVIDERS_TEXT */
        CHECK(r->needed || r->analyses); /* or nothing opens it */
        CHECK((r->analyses & analyses) == 0);
        analyses |= r->analyses;
        CHECK(r->choice % sizeof(char *) == 0 && r->choice < sizeof(mien_settings));
        CHECK(r->stage->network && r->stage->span[MN_SPAN_NETWORK].network);
        CHECK_INT(r->input(&ctx).num_dims, 4);
        bool in_flow = false;
        for (int k = 0; mn_stages[k]; k++)
            in_flow = in_flow || mn_stages[k] == r->stage;
        CHECK(in_flow);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(r->name, mn_roles[k]->name) && r->stage != mn_roles[k]->stage &&
                  (!r->choice || r->choice != mn_roles[k]->choice) &&
                  strcmp(r->name, mn_roles[k]->stage->name) != 0);
    }
    for (int k = 0; mn_stages[k]; k++) { /* and every stage with a network has one */
        bool known = !mn_stages[k]->network;
        for (int i = 0; i < MN_NUM_ROLES; i++)
            known = known || mn_roles[i]->stage == mn_stages[k];
        CHECK(known);
    }
}

static bool is_role(const char *name)
{
    for (int i = 0; i < MN_NUM_ROLES; i++)
        if (!strcmp(mn_roles[i]->name, name))
            return true;
    return false;
}

/* The registry and the table use the same names. */
static void registry_has_roles(void)
{
    int models[MN_NUM_ROLES] = {0};
    const mien_model_info *m;
    for (int i = 0; (m = mien_model_at(i)); i++) {
        CHECK(!strstr(m->file, ".onnx") || is_role(m->role));
        for (int k = 0; k < MN_NUM_ROLES; k++)
            models[k] += !strcmp(m->role, mn_roles[k]->name);
    }
    for (int k = 0; k < MN_NUM_ROLES; k++)
        CHECK(models[k] > 0);
}

/* Which roles a run needs. */
static void needed_roles(void)
{
    static const struct {
        unsigned analysis;
        bool clnf, external, by_points;
        bool detector, landmarks;
    } table[] = {
        {MIEN_GAZE, false, false, false, true, false},
        {MIEN_GAZE, false, false, true, true, true},
        {MIEN_GAZE, false, true, true, false, false},
        {MIEN_LANDMARKS, false, false, false, true, true},
        {MIEN_AU, false, false, false, true, true},
        {MIEN_AU, true, false, false, true, false},
        {MIEN_GAZE | MIEN_POSE, true, false, true, true, false},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct mn_model gaze = {.input = {4, {1, 3, 72, table[i].by_points ? 96 : 72}}};
        static struct mn_context ctx;
        memset(&ctx, 0, sizeof(ctx));
        ctx.settings.analysis = table[i].analysis;
        ctx.settings.external_landmarks = table[i].external;
        ctx.settings.landmark_method = table[i].clnf ? MIEN_LANDMARK_CLNF : MIEN_LANDMARK_NETWORK;
        ctx.model[MN_ROLE_GAZE].model = &gaze;
        CHECK_INT(mn_roles[MN_ROLE_DETECTOR]->needed(&ctx), table[i].detector);
        CHECK_INT(mn_roles[MN_ROLE_LANDMARKS]->needed(&ctx), table[i].landmarks);
        ctx.tracker_detects = true;
        CHECK(!mn_roles[MN_ROLE_DETECTOR]->needed(&ctx));
    }
}

static void gaze_networks(void)
{
    static const struct {
        int64_t height, width, bins[2];
        int err;
    } table[] = {
        {448, 448, {90, 90}, 0},
        {448, 448, {28, 28}, 0},
        {128, 128, {90, 90}, 0},
        {96, 96, {90, 90}, 0},
        {95, 95, {90, 90}, MIEN_EMODELROLE},
        {449, 449, {90, 90}, MIEN_EMODELROLE},
        {72, 96, {90, 90}, 0},
        {96, 72, {90, 90}, MIEN_EMODELROLE},
        {128, 160, {90, 90}, MIEN_EMODELROLE},
        {128, 128, {90, 28}, MIEN_EMODELROLE},
        {128, 128, {64, 64}, MIEN_EMODELROLE},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct mn_model m = {.engine = &engine,
                             .num_outputs = 2,
                             .input = {4, {1, 3, table[i].height, table[i].width}},
                             .output = {{2, {1, table[i].bins[0]}}, {2, {1, table[i].bins[1]}}}};
        CHECK_INT(check(MN_ROLE_GAZE, &m), table[i].err);
    }
}

static void landmark_networks(void)
{
    static const struct {
        int outputs;
        int64_t width[3];
        int err;
    } table[] = {
        {1, {136}, 0},
        {2, {136, 1}, 0},
        {2, {1, 136}, 0},
        {1, {196}, 0},
        {2, {196, 1}, MIEN_EMODELROLE},
        {1, {1}, MIEN_EMODELROLE},
        {2, {136, 2}, MIEN_EMODELROLE},
        {2, {136, 136}, MIEN_EMODELROLE},
        {3, {136, 1, 1}, MIEN_EMODELROLE},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct mn_model m = {
            .engine = &engine, .num_outputs = table[i].outputs, .input = {4, {1, 3, 112, 112}}};
        for (int k = 0; k < table[i].outputs; k++)
            m.output[k] = (struct mn_shape){2, {1, table[i].width[k]}};
        CHECK_INT(check(MN_ROLE_LANDMARKS, &m), table[i].err);
        m.input.dim[2] = 100;
        CHECK_INT(check(MN_ROLE_LANDMARKS, &m), MIEN_EMODELROLE);
    }
    struct mn_model star = {.engine = &engine,
                            .num_outputs = 1,
                            .input = {4, {1, 3, 256, 256}},
                            .output = {{3, {1, 98, 2}}}};
    CHECK_INT(check(MN_ROLE_LANDMARKS, &star), 0);
    star.output[0].dim[2] = 3;
    CHECK_INT(check(MN_ROLE_LANDMARKS, &star), MIEN_EMODELROLE);
}

/* Runs the stage on one frame with one face of 40 x 40 pixels and returns the face. */
static mien_face measure(int num_outputs, int points_at, float confidence, bool has_refiner)
{
    static uint8_t luma[100 * 100];
    static struct mn_context ctx;
    memset(&ctx, 0, sizeof(ctx));
    struct mn_model m = {
        .engine = &engine, .num_outputs = num_outputs, .input = {4, {1, 3, 112, 112}}};
    for (int i = 0; i < num_outputs; i++)
        m.output[i] = (struct mn_shape){2, {1, i == points_at ? 2 * MIEN_FACE_LANDMARKS : 1}};
    ctx.model[MN_ROLE_LANDMARKS].model = &m;
    ctx.has_refiner = has_refiner;
    ctx.settings.independent_frames = independent;
    for (int i = 0; i < 100 * 100; i++)
        luma[i] = i % 100 < 50 ? 40 : 200;
    mien_face face = {.box = {30, 30, 70, 70}};
    struct mn_work *work = calloc(1, mn_work_size(1));
    REQUIRE(work != NULL);
    struct mn_frame f = {.num_faces = 1, .faces = &face, .work = work};
    f.pub.picture = (mien_picture){
        .format = MIEN_GRAY8, .width = 100, .height = 100, .plane = {luma}, .stride = {100}};
    void *state = calloc(1, mn_stage_landmarks.state_size);
    struct mn_spans *spans = calloc(1, sizeof(*spans));
    REQUIRE(state && spans);
    trust = confidence;
    REQUIRE(mn_stage_landmarks.open(state, &ctx) == 0);
    CHECK(mn_stage_landmarks.wants(&f));
    CHECK_INT(mn_stage_landmarks.run(state, &f, spans), 0);
    CHECK_INT(work->landmarks, MN_LANDMARKS_FOUND);
    mn_stage_landmarks.close(state);
    free(work);
    free(state);
    free(spans);
    return face;
}

static void trust_is_passed_on(void)
{
    mien_face face = measure(1, 0, 0, false); /* a network without confidence */
    CHECK(face.has & MIEN_LANDMARKS);
    CHECK(face.landmark_confidence < 0 && face.landmark_success == 1);
    CHECK_NEAR(face.landmark[0][0], 28, 1e-4); /* the square is 44 pixels wide */
    CHECK_NEAR(face.landmark[67][1], 28 + 44 * 135 / 136.0, 1e-4);

    for (int at = 0; at < 2; at++) {
        face = measure(2, at, 0.75f, NULL);
        CHECK_NEAR(face.landmark_confidence, 0.75, 1e-6);
        CHECK(face.landmark_success == 1 && (face.has & MIEN_LANDMARKS));
        CHECK_NEAR(face.landmark[0][0], 27.5,
                   1e-4); /* its coordinates begin at the edge of the first pixel */
        CHECK_NEAR(face.landmark[67][1], 27.5 + 44 * 135 / 136.0, 1e-4);
        face = measure(2, at, 0.25f, NULL); /* landmarks of no face stay, marked as such */
        CHECK_NEAR(face.landmark_confidence, 0.25, 1e-6);
        CHECK(face.landmark_success == 0 && (face.has & MIEN_LANDMARKS));
    }
    face = measure(2, 0, 7, false);
    CHECK_NEAR(face.landmark_confidence, 1, 0);
    face = measure(2, 0, NAN, false); /* not a number: no landmarks */
    CHECK(face.landmark_success == 0 && !(face.has & MIEN_LANDMARKS));
    CHECK_NEAR(face.landmark_confidence, 0, 0);

    face = measure(2, 0, 0.25f, true); /* the refiner judges the landmarks */
    CHECK(face.landmark_confidence < 0);
    CHECK_NEAR(face.landmark[0][0], 27.5, 1e-4);
}

/* With independent frames each face is measured in two squares, as they are and mirrored. */
static void four_crops(void)
{
    /* pairs of the 68 marks that a mirror exchanges, or leaves where they are */
    static const int pair[][2] = {{0, 16},  {7, 9},   {8, 8},   {17, 26}, {21, 22}, {30, 30},
                                  {31, 35}, {36, 45}, {37, 44}, {38, 43}, {39, 42}, {40, 47},
                                  {41, 46}, {48, 54}, {50, 52}, {55, 59}, {57, 57}, {60, 64},
                                  {61, 63}, {67, 65}, {66, 66}};
    mien_face once = measure(2, 0, 0.75f, false);
    independent = true;
    int before = runs;
    mien_face face = measure(2, 0, 0.75f, false);
    CHECK_INT(runs, before + 4);
    CHECK_NEAR(face.landmark_confidence, 0.75, 1e-6);
    for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]);
         i++) { /* the mean of both is its own mirror image */
        const float *a = face.landmark[pair[i][0]], *b = face.landmark[pair[i][1]];
        const float *was_a = once.landmark[pair[i][0]], *was_b = once.landmark[pair[i][1]];
        /* squares of 41 pixels at 30 and of 46 at 27; `once` has one of 44 at 28 */
        CHECK_NEAR(a[0] + b[0], 2 * 28 + 43.5, 1e-4);
        CHECK_NEAR(a[1], b[1], 1e-4);
        CHECK_NEAR(a[0] - b[0], (was_a[0] - was_b[0]) * 43.5 / 44, 1e-4);
        CHECK_NEAR(a[1], 28 + ((was_a[1] + was_b[1]) / 2 - 27.5) * 43.5 / 44, 1e-4);
    }

    follows = true; /* the result of a network that mirrors with the picture does not change */
    face = measure(2, 0, 0.75f, false);
    independent = false;
    once = measure(2, 0, 0.75f, false);
    CHECK(once.landmark[0][0] > 50);
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++)
        CHECK_NEAR(face.landmark[k][0], once.landmark[k][0], 1); /* the squares differ in size */
    follows = false;

    independent = true; /* networks without confidence run once */
    before = runs;
    measure(1, 0, 0, false);
    CHECK_INT(runs, before + 1);
    independent = false;
}

/* The detector that learned from renders gets no more of the square than the picture fills, and the
 * input is made again only when the picture's shape changes. Other networks of any size get the
 * whole square. */
static void detector_of_any_size(bool rendered)
{
    static const struct {
        int width, height, input_width, input_height;
    } table[] = {{640, 360, 320, 192}, {640, 360, 320, 192}, {360, 640, 192, 320},
                 {480, 360, 320, 256}, {100, 100, 320, 320}, {3000, 30, 320, 32}};
    static uint8_t luma[640 * 640];
    struct mn_model m = {.engine = &engine,
                         .num_outputs = 3,
                         .any_size = true,
                         .input = {4, {1, 3, 32, 32}},
                         .output = {{3, {1, 42, 4}}, {3, {1, 42, 2}}, {3, {1, 42, 10}}}};
    const mien_model_info info = {.builtin = 1, .rendered = rendered};
    static struct mn_context ctx;
    ctx.model[MN_ROLE_DETECTOR].model = &m;
    ctx.model[MN_ROLE_DETECTOR].info = &info;
    ctx.settings.detector_size = 320;
    ctx.settings.det_threshold = 0.5f;
    void *state = calloc(1, mn_stage_detect.state_size);
    struct mn_spans *spans = calloc(1, sizeof(*spans));
    REQUIRE(state && spans);
    CHECK_INT(check(MN_ROLE_DETECTOR, &m), 0);
    resizes = 0;
    REQUIRE(mn_stage_detect.open(state, &ctx) == 0);
    CHECK(resizes == 1 && last_width == 320 &&
          last_height == (rendered ? 192 : 320)); /* 16:9 before the first frame */
    struct mn_detection found[MIEN_FACES_LIMIT];
    everything = true; /* so that every buffer is used up */
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct mn_work work = {.detect = 1};
        struct mn_frame f = {.detections = found, .work = &work};
        f.pub.picture = (mien_picture){.format = MIEN_GRAY8,
                                       .width = table[i].width,
                                       .height = table[i].height,
                                       .plane = {luma},
                                       .stride = {table[i].width}};
        int before = runs;
        CHECK_INT(mn_stage_detect.run(state, &f, spans), 0);
        CHECK_INT(runs, before + 1);
        CHECK_INT(last_width, rendered ? table[i].input_width : 320);
        CHECK_INT(last_height, rendered ? table[i].input_height : 320);
    }
    CHECK_INT(resizes, rendered ? 1 + 4 : 1);
    everything = false;
    mn_stage_detect.close(state);
    free(state);
    free(spans);
}

/* A weak face that the edge of the picture cuts is looked at once more, a square of the picture's
 * shorter side around it; other weak ones are not. What stays weak is left out. */
static void closer_look(void)
{
    enum { EDGE = 13 * 48 + 24, MIDDLE = 24 * 48 + 24, CLOSER = 3 * 48 + 24 };
    static const struct {
        int anchor;
        float first, second;
        int runs, found;
        float score;
    } table[] = {{EDGE, 0.2f, 0.8f, 2, 1, 0.8f}, {EDGE, 0.2f, 0.16f, 2, 0, 0},
                 {EDGE, 0.3f, 0.2f, 2, 1, 0.3f}, {EDGE, 0.9f, 0.95f, 1, 1, 0.9f},
                 {MIDDLE, 0.2f, 0.8f, 1, 0, 0},  {MIDDLE, 0.3f, 0.8f, 1, 1, 0.3f}};
    static uint8_t luma[640 * 320];
    struct mn_model m = {.engine = &engine,
                         .num_outputs = 2,
                         .input = {4, {1, 3, 192, 192}},
                         .output = {{3, {1, 2304, 16}}, {3, {1, 2304, 1}}}};
    const mien_model_info info = {.builtin = 1, .name = "mediapipe-detector"};
    static struct mn_context ctx;
    ctx.model[MN_ROLE_DETECTOR].model = &m;
    ctx.model[MN_ROLE_DETECTOR].info = &info;
    ctx.settings.det_threshold = 0.5f;
    void *state = calloc(1, mn_stage_detect.state_size);
    struct mn_spans *spans = calloc(1, sizeof(*spans));
    REQUIRE(state && spans && mn_stage_detect.open(state, &ctx) == 0);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct mn_detection found[MIEN_FACES_LIMIT];
        struct mn_work work = {.detect = 1};
        struct mn_frame f = {.detections = found, .work = &work};
        f.pub.picture = (mien_picture){
            .format = MIEN_GRAY8, .width = 640, .height = 320, .plane = {luma}, .stride = {640}};
        const int before = runs;
        answers = 0;
        answer[0].anchor = table[i].anchor;
        answer[0].side = 24; /* 80 pixels of the picture, as 48 in the closer look */
        answer[0].score = table[i].first;
        answer[1].anchor = CLOSER;
        answer[1].side = 48;
        answer[1].score = table[i].second;
        CHECK_INT(mn_stage_detect.run(state, &f, spans), 0);
        CHECK_INT(runs - before, table[i].runs);
        CHECK_INT(f.num_detections, table[i].found);
        if (f.num_detections)
            CHECK_NEAR(found[0].score, table[i].score, 1e-5);
    }
    answer[0].side = 0;
    mn_stage_detect.close(state);
    free(state);
    free(spans);
}

int main(void)
{
    table_is_complete();
    registry_has_roles();
    needed_roles();
    detector_of_any_size(true);
    detector_of_any_size(false);
    closer_look();
    gaze_networks();
    landmark_networks();
    trust_is_passed_on();
    four_crops();
    CHECK(runs > 0);
    return check_done();
}
