/* The public fields of a face hold what was asked for and nothing else, whatever else the
 * stage computes: a face made of the model's own landmarks, with the built-in models. */
#include "check.h"
#include "stage/stage.h"
#include "stage/work.h"

enum { W = 240, H = 240 };

static struct mn_au *au;
static uint8_t luma[W * H];

/* A face of 100 pixels in the middle of the picture, turned a little. */
static void draw(mien_face *face)
{
    const struct mn_pdm_fit fit = {
        .scale = 0.6f, .rotation = {0.1f, -0.2f, 0.05f}, .tx = W / 2.0f, .ty = H / 2.0f};
    float grouped[2 * MIEN_FACE_LANDMARKS];
    mn_pdm_landmarks(au->pdm, au->kernels, &fit, grouped);
    memset(face, 0, sizeof(*face));
    face->has = MIEN_LANDMARKS;
    face->landmark_success = 1;
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        face->landmark[k][0] = grouped[k];
        face->landmark[k][1] = grouped[MIEN_FACE_LANDMARKS + k];
    }
    for (int i = 0; i < W * H; i++)
        luma[i] = (uint8_t)(80 + (i % W * 7 + i / W * 5) % 90);
}

/* Runs the stage on a face and its work record, and returns both. */
static mien_face run(unsigned analysis, mien_face face, struct mn_work *work)
{
    static struct mn_context ctx;
    memset(&ctx, 0, sizeof(ctx));
    ctx.au = au;
    ctx.settings.analysis = analysis;
    struct mn_frame f = {.num_faces = 1, .faces = &face, .work = work};
    f.pub.picture = (mien_picture){
        .format = MIEN_GRAY8, .width = W, .height = H, .plane = {luma}, .stride = {W}};
    void *state = calloc(1, mn_stage_shape.state_size);
    struct mn_spans spans = {0};
    REQUIRE(state && mn_stage_shape.enabled(&ctx));
    REQUIRE(mn_stage_shape.open(state, &ctx) == 0);
    CHECK(mn_stage_shape.wants(&f));
    CHECK_INT(mn_stage_shape.run(state, &f, &spans), 0);
    CHECK_INT(spans.hist[0].count, (face.has & MIEN_LANDMARKS) != 0);
    mn_stage_shape.close(state);
    free(state);
    return face;
}

static bool zero(const void *p, size_t size)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < size; i++)
        if (b[i])
            return false;
    return true;
}

static void only_what_was_asked_for(void)
{
    static const unsigned bits[] = {MIEN_POSE, MIEN_SHAPE, MIEN_AU, MIEN_EYES};
    struct mn_work *work = calloc(1, mn_work_size(1));
    REQUIRE(work);
    for (unsigned k = 1; k < 16; k++) {
        unsigned analysis = MIEN_LANDMARKS;
        for (int i = 0; i < 4; i++)
            analysis |= k >> i & 1 ? bits[i] : 0;
        mien_face before;
        draw(&before);
        memset(work, 0, mn_work_size(1));
        const mien_face face = run(analysis, before, work);
        CHECK_INT(face.has, analysis & ~(unsigned)MIEN_EYES); /* there was no fit with eyes */
        const bool shape = analysis & MIEN_SHAPE, pose = analysis & MIEN_POSE;
        CHECK_INT(!zero(face.fit, sizeof(face.fit)), shape);
        CHECK_INT(!zero(&face.fit_rms, sizeof(face.fit_rms)), shape);
        CHECK_INT(!zero(face.head_mm, sizeof(face.head_mm)), pose);
        CHECK_INT(!zero(face.landmark_mm, sizeof(face.landmark_mm)), pose);
        CHECK(zero(&face.eyes, sizeof(face.eyes)) && zero(&face.au, sizeof(face.au)));
        CHECK(!memcmp(face.landmark, before.landmark, sizeof(face.landmark)));
        CHECK_INT(!zero(&work->face[0].features, sizeof(work->face[0].features)),
                  (analysis & MIEN_AU) != 0);
        if (shape)
            CHECK_NEAR(face.fit[0], 0.6, 0.02);
    }
    free(work);
}

/* No landmarks, and landmarks that are not on a face: nothing is written, without an error. */
static void no_face(void)
{
    struct mn_work *work = calloc(1, mn_work_size(1));
    const unsigned all = MIEN_LANDMARKS | MIEN_SHAPE | MIEN_POSE;
    mien_face face;
    REQUIRE(work);
    draw(&face);
    face.has = 0;
    mien_face after = run(all, face, work);
    CHECK(!memcmp(&face, &after, sizeof(face)));
    face.has = MIEN_LANDMARKS;
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++)
        face.landmark[k][0] = face.landmark[k][1] = 7;
    after = run(all, face, work);
    CHECK(!memcmp(&face, &after, sizeof(face)));
    free(work);
}

int main(void)
{
    REQUIRE(mn_au_open(&au, MN_SOURCE_ROOT "/models/builtin/au", false, NULL) == 0);
    only_what_was_asked_for();
    no_face();
    mn_au_close(&au);
    return check_done();
}
