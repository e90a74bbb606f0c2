/* The landmark tracker against traces of OpenFace: loading, response maps, the steps of one frame,
 * the validator, detection from a box, refinement of other landmarks, damaged models. */
#include <sys/stat.h>

#include "clnf/experts.h"
#include "clnf/rlms.h"
#include "clnf_golden.h"

#define W 1080
#define H 720

static const int frames[] = {1, 2, 3, 10, 30, 50, 63, 80, 120, 158};
#define FRAMES 10
static uint8_t *pixels[FRAMES];

static mien_picture picture_of(int k)
{
    return (mien_picture){
        .format = MIEN_BGR24, .width = W, .height = H, .plane = {pixels[k]}, .stride = {3 * W}};
}

static uint32_t seed = 1;

static double chance(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) / 16777216.0;
}

/* --------------------------------------------------------------------------------- loaders ---- */

static const struct mn_clnf_model *model_of(const struct mn_clnf *c, const char *name)
{
    if (!strcmp(name, "main"))
        return &c->face;
    return &c->part[!strcmp(name, "inner") ? 0 : !strcmp(name, "left_eye_28") ? 1 : 2];
}

static void facts(const struct mn_clnf *c)
{
    CHECK_INT(c->face.num_scales, 3);
    CHECK_INT(c->part[0].num_scales, 1);
    CHECK_INT(c->part[1].num_scales, 2);
    CHECK_INT(c->part[2].num_scales, 2);
    CHECK_INT(c->part[0].num_pairs, 51);
    CHECK_INT(c->part[1].num_pairs, 6);
    CHECK_INT(c->part[2].pair[5][0], 47);
    CHECK_INT(c->part[2].pair[5][1], 18);
    static const int neurons[3] = {2866, 2870, 2870};
    static const double bias[3] = {-10.343200, -11.374418, -13.394121};
    static const double gain[3] = {2 * 5.930142, 2 * 5.589084, 2 * 5.447476};
    static const double first[3] = {28.984707 * 0.00875053, 27.771987 * -0.02042332,
                                    26.857762 * -0.08743941};
    static const double regularisation[3] = {25, 17.71860, 10}, spread[3] = {1.5, 1.621357, 1.75};
    for (int i = 0; i < 3; i++) {
        const struct mn_clnf_scale *s = &c->face.scale[i];
        int strong = 0, seen = 0;
        for (int k = 0; k < s->views * 68; k++) {
            seen += s->expert[k].neurons > 0;
            for (int n = 0; n < s->expert[k].neurons; n++)
                strong += s->expert[k].gain[n] > 0;
        }
        CHECK_INT(s->views, 7);
        CHECK_INT(seen, 410);
        CHECK_INT(strong, neurons[i]);
        CHECK_NEAR(s->expert[0].bias[0], bias[i], 1e-5);
        CHECK_NEAR(s->expert[0].gain[0], gain[i], 1e-5);
        CHECK_NEAR(s->expert[0].pattern[0], first[i], 1e-5);
        CHECK_NEAR(s->regularisation, regularisation[i], 1e-4);
        CHECK_NEAR(s->spread, spread[i], 1e-5);
    }
    CHECK_NEAR(c->part[0].scale[0].expert[7 * 51 - 1].weight, 2.5 * 0.16485087, 1e-6);
    CHECK_NEAR(c->part[0].pdm->variance[0], 440.56857, 1e-4);
}

/* ------------------------------------------------------------------------------ response maps ----
 */

/* Maps from OpenFace's own samples, so that only this step differs. */
static void golden_maps(const struct mn_clnf *c, const struct mn_clnf_kernels *kernels)
{
    double worst = 0;
    int count = 0;
    for (int f = 0; f < FRAMES; f++) {
        struct clnf_trace areas, maps;
        clnf_trace_open(&areas, frames[f], "areas_of_interest", 7);
        clnf_trace_open(&maps, frames[f], "responses_full", 6);
        while (clnf_trace_next(&areas)) {
            char wanted[128];
            snprintf(wanted, sizeof(wanted), "%s %s %s %s %s %s", areas.cell[0], areas.cell[1],
                     areas.cell[2], areas.cell[3], areas.cell[4], areas.cell[5]);
            if (strcmp(areas.cell[0], "-1") && strcmp(areas.cell[0], "0"))
                continue;
            clnf_trace_find(&maps, wanted);
            const struct mn_clnf_model *m = model_of(c, areas.cell[1]);
            const struct mn_clnf_scale *s = &m->scale[atoi(areas.cell[2])];
            int side = atoi(areas.cell[6]), w = s->table[0].window;
            REQUIRE(atoi(areas.cell[3]) == w && side == w + 10 && areas.num_values == side * side);
            REQUIRE(maps.num_values == w * w);
            int32_t samples[MN_CLNF_MAX_AREA][MN_CLNF_AREA_PITCH];
            for (int i = 0; i < side * side; i++) {
                samples[i / side][i % side] = (int32_t)lrint(areas.value[i] * 1024);
            }
            float map[MN_CLNF_MAX_WINDOW * MN_CLNF_MAP_PITCH];
            const struct mn_clnf_expert *e =
                &s->expert[atoi(areas.cell[4]) * m->pdm->points + atoi(areas.cell[5])];
            if (s->smoothing)
                mn_smoothing_ensure(s->smoothing, atoi(areas.cell[4]));
            kernels->respond(e, w, samples, map);
            for (int i = 0; i < w * w; i++)
                worst = fmax(worst,
                             fabs((double)map[i / w * MN_CLNF_MAP_PITCH + i % w] - maps.value[i]));
            count++;
        }
        clnf_trace_close(&areas);
        clnf_trace_close(&maps);
    }
    printf("%s: %d maps from genuine areas, worst %.2g\n", kernels->name, count, worst);
    CHECK(count > 100);
    CHECK(worst <= 1e-5);
}

static void invert_agrees(const struct mn_clnf_kernels *a, const struct mn_clnf_kernels *b)
{
    for (int n = 1; n <= 36; n++) {
        double m[36 * 36], one[36 * 36], two[36 * 36], worst = 0;
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
                m[i * n + j] = m[j * n + i] = i == j ? 40 + chance() : chance();
        memcpy(one, m, sizeof(m));
        memcpy(two, m, sizeof(m));
        CHECK(a->invert(one, n) && b->invert(two, n));
        CHECK(memcmp(one, two, (size_t)(n * n) * sizeof(double)) == 0);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                double v = i == j ? -1 : 0;
                for (int k = 0; k < n; k++)
                    v += m[i * n + k] * one[k * n + j];
                worst = fmax(worst, fabs(v));
            }
        CHECK(worst < 1e-12);
        m[n * n - 1] = -1;
        CHECK(!a->invert(m, n));
    }
}

/* Luma equals the grey of a picture without colour. */
static void luma_agrees(const struct mn_clnf_kernels *k)
{
    for (int rule = 0; rule < 6; rule++) {
        mien_picture pic = {
            .format = MIEN_I420, .matrix = (enum mien_matrix)(rule / 2), .full_range = rule % 2};
        uint8_t y[256], neutral[128], plane[3][256], quick[256], exact[256];
        uint32_t bgr[256];
        memset(neutral, 128, sizeof(neutral));
        for (int i = 0; i < 256; i++)
            y[i] = (uint8_t)i;
        mn_rows_plain.from_yuv((const uint8_t *const[3]){y, neutral, neutral}, 256,
                               mn_yuv_rule(&pic),
                               (uint8_t *const[3]){plane[0], plane[1], plane[2]});
        mn_face_kernels_plain.interleave(plane[0], plane[1], plane[2], 256, bgr);
        k->grey(bgr, 256, exact);
        k->luma(y, 255, mn_yuv_rule(&pic), quick);
        CHECK(memcmp(quick, exact, 255) == 0);
    }
}

static void kernels_agree(const struct mn_clnf *c, const struct mn_clnf_kernels *b)
{
    const struct mn_clnf_kernels *a = &mn_clnf_kernels_plain;
    int32_t samples[MN_CLNF_MAX_AREA][MN_CLNF_AREA_PITCH];
    float one[MN_CLNF_MAX_WINDOW * MN_CLNF_MAP_PITCH], two[MN_CLNF_MAX_WINDOW * MN_CLNF_MAP_PITCH];
    const struct mn_clnf_scale *all[] = {&c->face.scale[0],    &c->face.scale[1],
                                         &c->face.scale[2],    &c->part[0].scale[0],
                                         &c->part[1].scale[0], &c->part[2].scale[1]};
    int different = 0;
    for (int k = 0; k < 6; k++)
        if (all[k]->smoothing)
            mn_smoothing_ensure(all[k]->smoothing, 0);
    for (int k = 0; k < 6; k++)
        for (int round = 0; round < 40; round++) {
            double contrast = round < 36 ? chance() : 0; /* the last rounds are flat */
            for (int i = 0; i < MN_CLNF_MAX_AREA * MN_CLNF_AREA_PITCH; i++)
                samples[i / MN_CLNF_AREA_PITCH][i % MN_CLNF_AREA_PITCH] =
                    (int32_t)(contrast * chance() * 255 * 1024);
            a->respond(&all[k]->expert[round % 28], all[k]->table[0].window, samples, one);
            b->respond(&all[k]->expert[round % 28], all[k]->table[0].window, samples, two);
            size_t bytes = (size_t)all[k]->table[0].window * MN_CLNF_MAP_PITCH * sizeof(float);
            different += memcmp(one, two, bytes) != 0;
            float kx[16] = {0}, ky[16] = {0}, m[2][3];
            for (int i = 0; i < all[k]->table[0].window; i++) {
                kx[i] = (float)chance();
                ky[i] = (float)chance();
            }
            a->moments(one, all[k]->table[0].window, kx, ky, m[0]);
            b->moments(one, all[k]->table[0].window, kx, ky, m[1]);
            different += memcmp(m[0], m[1], sizeof(m[0])) != 0;
            for (int i = 0; i < (int)(bytes / sizeof(float)); i++)
                different += !isfinite(one[i]);
        }
    CHECK_INT(different, 0);
    invert_agrees(a, b);
    luma_agrees(b);
    printf("%s and %s agree\n", a->name, b->name);
}

/* --------------------------------------------------------------------------- one whole frame ----
 */

static void start_of(struct mn_pdm_fit *fit, const double *v, int modes)
{
    *fit = (struct mn_pdm_fit){.scale = (float)v[0], .tx = (float)v[4], .ty = (float)v[5]};
    for (int a = 0; a < 3; a++)
        fit->rotation[a] = (float)v[1 + a];
    for (int k = 0; k < modes; k++)
        fit->local[k] = (float)v[6 + k];
}

/* Parameters after each iteration of the main fit, from OpenFace's own start. */
static void golden_steps(const struct mn_clnf *c, int f)
{
    struct mn_rlms *r = calloc(1, sizeof(*r));
    struct mn_grey grey;
    REQUIRE(r && mn_grey_open(&grey, mn_clnf_kernels_best(), mn_face_kernels_best()) == 0);
    r->kernels = grey.kernels;
    r->converged = 0.01;
    r->face_kernels = mn_face_kernels_best();
    mien_picture pic = picture_of(f);
    REQUIRE(mn_grey_set_picture(&grey, &pic) == 0);
    struct clnf_trace t;
    struct mn_pdm_fit fit;
    struct mn_rlms_params s;
    clnf_trace_open(&t, frames[f], "params", 7);
    clnf_trace_find(&t, "-1 main start");
    start_of(&fit, t.value, 34);
    mn_rlms_params_from_fit(&s, c->face.pdm, &fit);
    double worst_global = 0, worst_local = 0;
    for (int i = 1; i < 3; i++) {
        mn_rlms_respond(r, &c->face, i, c->face.scale[i].table[0].window, &s, &grey);
        for (int rigid = 1; rigid >= 0; rigid--) {
            mn_rlms_iterate(r, &c->face, i, rigid, &s);
            char wanted[64];
            snprintf(wanted, sizeof(wanted), "-1 main %s %d * * 4", rigid ? "rigid" : "nonrigid",
                     i);
            clnf_trace_find(&t, wanted);
            const double global[6] = {s.scale, s.euler[0], s.euler[1], s.euler[2], s.tx, s.ty};
            for (int k = 0; k < 6; k++)
                worst_global = fmax(worst_global, fabs(global[k] - t.value[k]));
            for (int k = 0; k < 34; k++)
                worst_local = fmax(worst_local, fabs(s.local[k] - t.value[6 + k]));
        }
    }
    CHECK(worst_global < 0.01);
    CHECK(worst_local < 0.2);
    clnf_trace_close(&t);
    mn_grey_close(&grey);
    free(r);
}

struct error {
    double mean, most;
};

static struct error distance(const float *have, const double *want, int n)
{
    struct error e = {0};
    for (int i = 0; i < n; i++) {
        double d = hypot((double)have[i] - want[i], (double)have[i + n] - want[i + n]);
        e.mean += d / n;
        e.most = fmax(e.most, d);
    }
    return e;
}

static void golden_frame(const struct mn_clnf *c, struct mn_clnf_worker *w, int f)
{
    struct clnf_trace t;
    struct mn_pdm_fit start;
    struct mn_clnf_result r;
    mien_picture pic = picture_of(f);
    clnf_trace_open(&t, frames[f], "params", 7);
    clnf_trace_find(&t, "-1 main start");
    start_of(&start, t.value, 34);
    clnf_trace_close(&t);
    REQUIRE(mn_clnf_set_picture(w, &pic) == 0);
    REQUIRE(mn_clnf_track(w, &start, MN_CLNF_NEAR, &r) == 0);

    clnf_trace_open(&t, frames[f], "landmarks", 3);
    struct error eye[2];
    clnf_trace_find(&t, "-1 left_eye_28 after_fit");
    eye[0] = distance(r.eye_landmarks[0], t.value, 28);
    clnf_trace_find(&t, "-1 right_eye_28 after_fit");
    eye[1] = distance(r.eye_landmarks[1], t.value, 28);
    clnf_trace_find(&t, "-1 main final");
    struct error face = distance(r.landmarks, t.value, 68);
    clnf_trace_close(&t);
    printf("frame %3d: face mean %.4f most %.3f px, eyes %.3f %.3f\n", frames[f], face.mean,
           face.most, eye[0].mean, eye[1].mean);
    CHECK(face.mean <= 0.02);
    CHECK(face.most <= 0.3);
    CHECK(eye[0].mean <= 0.1 && eye[1].mean <= 0.1);

    clnf_trace_open(&t, frames[f], "likelihood", 2);
    clnf_trace_find(&t, "-1 main");
    CHECK_NEAR(r.likelihood, t.value[0], 0.01);
    clnf_trace_close(&t);
    clnf_trace_open(&t, frames[f], "validator_out", 3);
    clnf_trace_find(&t, "-1");
    CHECK_NEAR(r.confidence, t.value[0], 1e-6);
    clnf_trace_close(&t);
    CHECK(r.success && r.has_parts);
    CHECK_INT(mn_clnf_face(c)->points, 68);
}

/* The network alone, on OpenFace's own input, for every view that occurs. */
static void golden_validator(const struct mn_clnf *c)
{
    struct mn_validator_scratch *s;
    REQUIRE(mn_validator_scratch_open(&s) == 0);
    double worst = 0;
    for (int f = 0; f < FRAMES; f++) {
        struct clnf_trace in, out;
        clnf_trace_open(&in, frames[f], "validator_input", 4);
        clnf_trace_open(&out, frames[f], "validator_out", 4);
        while (clnf_trace_next(&in) && clnf_trace_next(&out)) {
            REQUIRE(in.num_values == 3600 && out.num_values == 30);
            float face[3600], have[2][MN_VALIDATOR_CLASSES];
            for (int i = 0; i < 3600; i++)
                face[i] = (float)in.value[i];
            mn_validator_network(c->validator, s, mn_clnf_kernels_best(), atoi(in.cell[1]), face,
                                 have[0]);
            mn_validator_network(c->validator, s, &mn_clnf_kernels_plain, atoi(in.cell[1]), face,
                                 have[1]);
            CHECK(!memcmp(have[0], have[1], sizeof(have[0])));
            double size = 0, error = 0;
            for (int k = 0; k < 30; k++) {
                size = fmax(size, fabs(out.value[k]));
                error = fmax(error, fabs((double)have[0][k] - out.value[k]));
            }
            worst = fmax(worst, error / size);
        }
        clnf_trace_close(&in);
        clnf_trace_close(&out);
    }
    printf("validator: outputs within %.2g\n", worst);
    CHECK(worst < 2e-5);
    mn_validator_scratch_close(&s);
}

static void golden_detection(struct mn_clnf_worker *w)
{
    struct clnf_trace t;
    struct mn_clnf_result r;
    mien_picture pic = picture_of(0);
    clnf_trace_open(&t, 1, "facebox", 2);
    REQUIRE(clnf_trace_next(&t));
    const float box[4] = {(float)t.value[0], (float)t.value[1], (float)t.value[2],
                          (float)t.value[3]};
    clnf_trace_close(&t);
    REQUIRE(mn_clnf_set_picture(w, &pic) == 0);
    REQUIRE(mn_clnf_detect(w, box, MN_CLNF_POSES, &r) == 0);
    clnf_trace_open(&t, 1, "landmarks", 3);
    clnf_trace_find(&t, "0 main final");
    struct error e = distance(r.landmarks, t.value, 68);
    clnf_trace_close(&t);
    printf("detection: mean %.4f most %.3f px, likelihood %.5f\n", e.mean, e.most,
           (double)r.likelihood);
    CHECK(e.mean <= 0.02);
    CHECK(e.most <= 0.3);
    CHECK_NEAR(r.likelihood, 0.477288, 1e-3);
    CHECK(r.success);
    const float bad[4] = {0, 0, NAN, 5};
    CHECK_INT(mn_clnf_detect(w, bad, MN_CLNF_POSES, &r), MIEN_EINVAL);
}

/* ------------------------------------------------------------------------------- refinement ----
 */

static void landmarks_of(int f, float lm[136], double *want)
{
    struct clnf_trace t;
    clnf_trace_open(&t, frames[f], "landmarks", 3);
    clnf_trace_find(&t, f ? "-1 main final" : "0 main final");
    for (int i = 0; i < 136; i++) {
        want[i] = t.value[i];
        lm[i] =
            (float)(t.value[i] + 8 * (chance() - 0.5)); /* a detector with a few pixels of noise */
    }
    clnf_trace_close(&t);
}

static void refinement(const struct mn_clnf *c, struct mn_clnf_worker *w)
{
    struct mn_clnf_worker *plain;
    REQUIRE(mn_clnf_worker_open(&plain, c, &mn_clnf_kernels_plain, &mn_face_kernels_plain) == 0);
    float lm[FRAMES][136];
    double want[136], mean = 0;
    static struct mn_clnf_result r[FRAMES], again;
    for (int f = 0; f < FRAMES; f++) {
        mien_picture pic = picture_of(f);
        landmarks_of(f, lm[f], want);
        REQUIRE(mn_clnf_set_picture(w, &pic) == 0);
        CHECK_INT(mn_clnf_refine(w, lm[f], &r[f]), 0);
        CHECK(r[f].success && r[f].has_parts);
        mean += distance(r[f].landmarks, want, 68).mean / FRAMES;
    }
    printf("refinement: mean %.3f px off the genuine points\n", mean);
    CHECK(mean < 1);
    for (int f = FRAMES - 1; f >= 0; f--) { /* another worker, plain kernels, another order */
        mien_picture pic = picture_of(f);
        REQUIRE(mn_clnf_set_picture(plain, &pic) == 0);
        CHECK_INT(mn_clnf_refine(plain, lm[f], &again), 0);
        CHECK(!memcmp(&again, &r[f], sizeof(again)));
    }
    mn_clnf_worker_close(&plain);
}

static void odd_input(struct mn_clnf_worker *w)
{
    static struct mn_clnf_result r;
    float lm[136];
    double want[136];
    landmarks_of(1, lm, want);
    mien_picture pic = picture_of(1);
    static const float shift[][2] = {{-600, 0}, {600, 0}, {0, -600}, {0, 500}, {-5000, 300}};
    for (int k = 0; k < 5; k++) {
        float moved[136];
        for (int i = 0; i < 136; i++)
            moved[i] = lm[i] + shift[k][i / 68];
        REQUIRE(mn_clnf_set_picture(w, &pic) == 0);
        CHECK_INT(mn_clnf_refine(w, moved, &r), 0);
        for (int i = 0; i < 136; i++)
            CHECK(isfinite(r.landmarks[i]));
    }
    float tiny[136], nan[136], same[136];
    for (int i = 0; i < 136; i++) {
        tiny[i] = 300 + (lm[i] - 300) * 0.05f;
        nan[i] = i == 20 ? NAN : lm[i];
        same[i] = 100;
    }
    CHECK_INT(mn_clnf_refine(w, tiny, &r), 0); /* too small: neither face nor parts */
    CHECK(!r.success && !r.has_parts && r.confidence == 0);
    CHECK_INT(mn_clnf_refine(w, nan, &r), MIEN_EINVAL);
    CHECK_INT(mn_clnf_refine(w, same, &r), MIEN_EINVAL);
    uint8_t dot = 7;
    mien_picture small = {
        .format = MIEN_GRAY8, .width = 1, .height = 1, .plane = {&dot}, .stride = {1}};
    REQUIRE(mn_clnf_set_picture(w, &small) == 0);
    CHECK_INT(mn_clnf_refine(w, lm, &r), 0);
    CHECK(!r.success);
    REQUIRE(mn_clnf_set_picture(w, &pic) == 0);

    for (int k = 0; k < 100; k++) { /* starts with extreme numbers */
        struct mn_pdm_fit start = {.scale = (float)pow(10, 10 * chance() - 4)};
        double size = pow(10, 8 * chance());
        for (int a = 0; a < 3; a++)
            start.rotation[a] = (float)(20 * (chance() - 0.5));
        start.tx = (float)(size * (chance() - 0.5));
        start.ty = (float)(size * (chance() - 0.5));
        for (int i = 0; i < 34; i++)
            start.local[i] = (float)((k % 2 ? 1e3 : 1e30) * (chance() - 0.5));
        int err = mn_clnf_track(w, &start, k % 3 ? MN_CLNF_FAR : MN_CLNF_NEAR, &r);
        CHECK(err == 0 || err == MIEN_EINVAL);
        for (int i = 0; i < 136; i++)
            CHECK(isfinite(r.landmarks[i]));
    }
    struct mn_pdm_fit start = {.scale = NAN};
    CHECK_INT(mn_clnf_track(w, &start, MN_CLNF_NEAR, &r), MIEN_EINVAL);

    /* Converting a grey picture to grey changes nothing. */
    struct mn_grey grey;
    REQUIRE(mn_grey_open(&grey, mn_clnf_kernels_best(), mn_face_kernels_best()) == 0);
    uint8_t *copy = malloc((size_t)W * H);
    REQUIRE(copy && mn_grey_set_picture(&grey, &pic) == 0);
    mn_grey_need(&grey, 0, 0, W, H);
    int wrong = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const uint8_t *p = pixels[1] + 3 * (y * W + x);
            int v = (3735 * p[0] + 19235 * p[1] + 9798 * p[2] + 16384) >> 15;
            wrong += grey.plane[y * grey.pitch + x] != v;
            copy[y * W + x] = (uint8_t)v;
        }
    CHECK_INT(wrong, 0);
    mn_grey_close(&grey);
    static struct mn_clnf_result colour;
    REQUIRE(mn_clnf_set_picture(w, &pic) == 0);
    CHECK_INT(mn_clnf_refine(w, lm, &colour), 0);
    mien_picture one = {
        .format = MIEN_GRAY8, .width = W, .height = H, .plane = {copy}, .stride = {W}};
    REQUIRE(mn_clnf_set_picture(w, &one) == 0);
    CHECK_INT(mn_clnf_refine(w, lm, &r), 0);
    CHECK(!memcmp(&r, &colour, sizeof(r)));
    free(copy);
}

/* ------------------------------------------------------------------------------ damaged files ----
 */

static char last_message[2048];

static void remember(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    snprintf(last_message, sizeof(last_message), "%s", message);
}

static uint8_t *whole_file(const char *name, size_t *size)
{
    char path[GOLDEN_PATH];
    REQUIRE(golden_path(path, name));
    FILE *f = fopen(path, "rb");
    REQUIRE(f && fseek(f, 0, SEEK_END) == 0);
    *size = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(*size);
    REQUIRE(data && fread(data, 1, *size, f) == *size);
    fclose(f);
    return data;
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    REQUIRE(f);
    REQUIRE(fwrite(data, 1, size, f) == size);
    fclose(f);
}

/* Cut and altered copies of an expert file are refused, or read without harm. */
static void damaged_experts(struct mn_log *log, const char *path)
{
    size_t size;
    uint8_t *data = whole_file("models/openface22/model/model_eye/patch_experts/"
                               "ccnf_patches_1.00_synth_lid_.txt",
                               &size);
    for (int k = 0; k < 60; k++) {
        size_t length = k < 30 ? (size_t)k * 37 : (size_t)(chance() * (double)size);
        struct mn_clnf_scale s = {0};
        write_file(path, data, length);
        CHECK_INT(mn_clnf_experts_load(&s, path, 28, 3, 0, log), MIEN_EBADMODEL);
        CHECK(strstr(last_message, path) && strstr(last_message, "byte"));
        mn_clnf_experts_free(&s);
    }
    for (int k = 0; k < 150; k++) {
        size_t at = k < 100 ? (size_t)(chance() * 1000) : (size_t)(chance() * (double)size);
        uint8_t old = data[at];
        struct mn_clnf_scale s = {0};
        data[at] ^= (uint8_t)(1 + chance() * 254);
        write_file(path, data, size);
        int err = mn_clnf_experts_load(&s, path, 28, 3, 0, log);
        CHECK(err == 0 || err == MIEN_EBADMODEL);
        mn_clnf_experts_free(&s);
        data[at] = old;
    }
    struct mn_clnf_scale s = {0};
    write_file(path, data, size);
    CHECK_INT(mn_clnf_experts_load(&s, path, 28, 3, 0, log), 0);
    mn_clnf_experts_free(&s);
    CHECK_INT(mn_clnf_experts_load(&s, path, 27, 3, 0, log), MIEN_EBADMODEL);
    mn_clnf_experts_free(&s);
    free(data);
}

static void damaged_validator(struct mn_log *log, const char *path)
{
    size_t size;
    uint8_t *data =
        whole_file("models/openface22/model/detection_validation/validator_cnn.txt", &size);
    for (int k = 0; k < 40; k++) {
        struct mn_validator *v;
        size_t length = k < 20 ? (size_t)k * 41 : (size_t)(chance() * (double)size);
        write_file(path, data, length);
        CHECK_INT(mn_validator_load(&v, path, log), MIEN_EBADMODEL);
        CHECK(!v && strstr(last_message, path) && strstr(last_message, "byte"));
    }
    for (int k = 0; k < 60; k++) {
        struct mn_validator *v;
        size_t at = (size_t)(chance() * (k < 30 ? 400 : (double)size));
        uint8_t old = data[at];
        data[at] ^= (uint8_t)(1 + chance() * 254);
        write_file(path, data, size);
        int err = mn_validator_load(&v, path, log);
        CHECK(err == 0 || (err == MIEN_EBADMODEL && !v));
        mn_validator_close(&v);
        data[at] = old;
    }
    free(data);
}

static void damaged_text(struct mn_log *log, const char *path)
{
    static const char *const bad[] = {
        "",
        "LandmarkDetector ../outside.txt\n",
        "LandmarkDetector /etc/passwd\n",
        "LandmarkDetector\n",
        "LandmarkDetector_part x nose 1 2\n",
        "nothing known here\n",
        "LandmarkDetector_part a.txt inner 17\n",
    };
    for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
        struct mn_clnf *c;
        write_file(path, bad[k], strlen(bad[k]));
        int err = mn_clnf_open(&c, path, log);
        CHECK((err == MIEN_EBADMODEL || err == MIEN_ENOMODEL) && !c);
    }
    struct mn_clnf *c;
    CHECK_INT(mn_clnf_open(&c, "/nowhere/main.txt", log), MIEN_ENOMODEL);
}

static void damaged(void)
{
    struct mn_log log;
    mn_log_init(&log, remember, NULL);
    char path[] = "/tmp/mien-clnf-XXXXXX";
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    close(fd);
    damaged_text(&log, path);
    damaged_experts(&log, path);
    damaged_validator(&log, path);
    unlink(path);
    mn_log_finish(&log);
}

int main(void)
{
    char path[GOLDEN_PATH];
    if (!golden_path(path, CLNF_MODEL) || !golden_path(path, "golden/clnf"))
        return check_skip("the shared folder with models is missing");
    damaged();
    struct mn_clnf *c;
    struct mn_clnf_worker *w;
    REQUIRE(golden_path(path, CLNF_MODEL));
    REQUIRE(mn_clnf_open(&c, path, NULL) == 0);
    REQUIRE(mn_clnf_worker_open(&w, c, NULL, NULL) == 0);
    facts(c);
    CHECK(mn_clnf_kernels_build(0) == &mn_clnf_kernels_plain);
    for (int i = 0; mn_clnf_kernels_build(i); i++) {
        kernels_agree(c, mn_clnf_kernels_build(i));
        golden_maps(c, mn_clnf_kernels_build(i));
    }
    golden_validator(c);
    if (golden_can_decode()) {
        for (int f = 0; f < FRAMES; f++) {
            char name[128];
            pixels[f] = malloc((size_t)W * H * 3);
            REQUIRE(pixels[f]);
            snprintf(name, sizeof(name), "golden/subj01_intermediate/decoded_frames/frame_%04d.png",
                     frames[f]);
            golden_picture(name, pixels[f], W, H);
        }
        for (int f = 1; f < FRAMES; f++) {
            golden_steps(c, f);
            golden_frame(c, w, f);
        }
        golden_detection(w);
        refinement(c, w);
        odd_input(w);
        for (int f = 0; f < FRAMES; f++)
            free(pixels[f]);
    }
    mn_clnf_worker_close(&w);
    mn_clnf_close(&c);
    return check_done();
}
