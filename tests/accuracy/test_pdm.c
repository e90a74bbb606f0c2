/* The shape model, its fit, head pose and 3-D landmarks: damaged files, a synthetic face, and the
 * reference program's numbers. */
#include <math.h>

#include "base/mem.h"
#include "face/dat.h"
#include "face/pdm.h"
#include "face/pose.h"
#include "golden.h"

#define MODEL "models/openface22/AU_predictors/In-the-wild_aligned_PDM_68.txt"

static const int golden_frames[] = {1, 2, 3, 10, 30, 50, 63, 80, 120, 158};

static void remember(void *ctx, enum mien_log_level level, const char *message)
{
    snprintf(ctx, 1024, "%s", message);
}

/* Loads a small model with 4 points and 2 modes, whole, cut or changed. */
static int load_text(const char *text, size_t size, char message[1024])
{
    char path[] = "/tmp/mien_test_pdm_XXXXXX";
    int fd = mkstemp(path);
    REQUIRE(fd >= 0 && write(fd, text, size) == (ssize_t)size);
    close(fd);
    struct mn_log log;
    mn_log_init(&log, remember, message);
    message[0] = 0;
    struct mn_pdm *pdm;
    int err = mn_pdm_load(&pdm, path, &log);
    CHECK((err == 0) == (pdm != NULL));
    if (err < 0)
        CHECK(strstr(message, path) && strstr(message, "byte"));
    mn_pdm_close(&pdm);
    mn_log_finish(&log);
    unlink(path);
    return err;
}

/* The byte at which the message reports the file damaged; -1: it does not, or does not name the
 * file. */
static int byte_of(const char *message)
{
    const char *where = strstr(message, ": damaged at byte ");
    return where && !strncmp(message, "/tmp/mien_test_pdm", 18) ? atoi(where + 18) : -1;
}

static void damaged(void)
{
    static const char whole[] = "# mean\n12\n1\n6\n1 2 3 4 5 6 7 8 9 10 11 12 \n# modes\n12\n2\n6\n"
                                "1 0\n0 1\n1 0\n0 1\n1 0\n0 1\n1 0\n0 1\n1 0\n0 1\n1 0\n0 1\n"
                                "# variances\n1\n2\n6\n4.5 2.25e-1\n";
    char message[1024];
    size_t size = sizeof(whole) - 1;
    CHECK_INT(load_text(whole, size, message), 0);
    for (size_t cut = 0; cut < size - 8; cut++) { /* a number cut short may still be a number */
        CHECK_INT(load_text(whole, cut, message), MIEN_EBADMODEL);
        CHECK(byte_of(message) >= 0 && byte_of(message) <= (int)cut);
    }

    static const struct {
        const char *text;
        int byte;
    } bad[] = {
        {"12\n1\n7\n1", 5},       {"13\n1\n6\n1", 6},
        {"1000000000 1 6 1", 0},  {"12 1 6 1 2 nan", 11},
        {"12 1 6 1 2 inf", 11},   {"12 1 6 1 2 0x10", 11},
        {"12 1 6 1 2 1e999", 11}, {"12 1 6 1 2 3 4 5 6 7 8 9 10 11 12\n12 41 6 1", 41},
        {"-12 1 6 1", 0},         {"12 1.5 6 1", 3},
        {"12 1 6 1 2 3,4", 11},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(load_text(bad[i].text, strlen(bad[i].text), message), MIEN_EBADMODEL);
        CHECK_INT(byte_of(message), bad[i].byte);
    }
    char more[sizeof(whole) + 8];
    snprintf(more, sizeof(more), "%s 1\n", whole);
    CHECK_INT(load_text(more, strlen(more), message), MIEN_EBADMODEL);
    CHECK_INT(byte_of(message), (int)size + 1);
    struct mn_pdm *pdm;
    CHECK_INT(mn_pdm_load(&pdm, "/nonexistent/pdm.txt", NULL), MIEN_ENOMODEL);
    CHECK(!pdm);
}

static void paths(void)
{
    CHECK(mn_dat_is_inside("a/b.dat"));
    CHECK(mn_dat_is_inside("..a"));
    CHECK(!mn_dat_is_inside(""));
    CHECK(!mn_dat_is_inside("/a"));
    CHECK(!mn_dat_is_inside("../a"));
    CHECK(!mn_dat_is_inside("a/../../b"));
    CHECK(!mn_dat_is_inside("a/.."));
}

static void facts(const struct mn_pdm *p)
{
    CHECK_INT(p->points, 68);
    CHECK_INT(p->modes, 34);
    double low[3] = {1e9, 1e9, 1e9}, high[3] = {-1e9, -1e9, -1e9};
    for (int i = 0; i < p->rows; i++) {
        low[i / 68] = fmin(low[i / 68], p->mean[i]);
        high[i / 68] = fmax(high[i / 68], p->mean[i]);
    }
    CHECK_NEAR(low[0], -73.3935, 1e-4);
    CHECK_NEAR(high[0], 71.3758, 1e-4);
    CHECK_NEAR(low[1], -62.7777, 1e-4);
    CHECK_NEAR(high[1], 77.0613, 1e-4);
    CHECK_NEAR(low[2], -36.9481, 1e-4);
    CHECK_NEAR(high[2], 47.6675, 1e-4);
    CHECK_NEAR(p->variance[0], 826.213804, 1e-4);
    CHECK_NEAR(p->variance[33], 0.582660, 1e-6);
    for (int a = 0; a < 34; a++)
        for (int b = 0; b <= a; b++) {
            double dot = 0;
            for (int i = 0; i < p->rows; i++)
                dot += p->basis[i * p->columns + a] * p->basis[i * p->columns + b];
            CHECK_NEAR(dot, a == b, 2e-6);
        }
}

/* The test vector of methods/pdm.md, section 10. */
static void synthetic_face(const struct mn_pdm *p, const struct mn_face_kernels *k, float lm[136])
{
    struct mn_pdm_fit fit = {
        .scale = 2.5f, .rotation = {0.15f, -0.25f, 0.10f}, .tx = 640, .ty = 360};
    for (int i = 0; i < p->modes; i++)
        fit.local[i] = (float)((i % 2 ? -0.5 : 0.5) * sqrt(p->variance[i]));
    double shape[3 * 68], pixels[136];
    mn_pdm_shape(p, k, fit.local, shape);
    mn_pdm_project(p, &fit, shape, pixels, NULL);
    for (int j = 0; j < 136; j++)
        lm[j] = (float)(floor(100 * (pixels[j] + 0.6 * sin(1.7 * j)) + 0.5) / 100);
}

static void synthetic(const struct mn_pdm *p, const struct mn_face_kernels *k)
{
    static const double want[6] = {11.245, -14.186, 8.600, -9.756, 7.455, -7.625};
    float lm[136];
    synthetic_face(p, k, lm);
    CHECK_NEAR(lm[0], 432.25, 1e-3);
    CHECK_NEAR(lm[68], 272.96, 1e-3);
    CHECK_NEAR(lm[67], 628.56, 1e-3);
    struct mn_pdm_fitter *f;
    REQUIRE(mn_pdm_fitter_open(&f, p, k) == 0);
    struct mn_pdm_fit fit;
    CHECK_INT(mn_pdm_fitter_run(f, lm, NULL, &fit), 0);
    CHECK_INT(fit.iterations, 9);
    CHECK_NEAR(fit.scale, 2.4933, 2e-3);
    CHECK_NEAR(fit.rotation[0], 0.1459, 2e-3);
    CHECK_NEAR(fit.rotation[1], -0.2594, 2e-3);
    CHECK_NEAR(fit.rotation[2], 0.1005, 2e-3);
    CHECK_NEAR(fit.tx, 640.003, 2e-3);
    CHECK_NEAR(fit.ty, 360.002, 2e-3);
    for (int i = 0; i < 6; i++)
        CHECK_NEAR(fit.local[i], want[i], 2e-3);
    CHECK_NEAR(fit.rms, 0.574, 2e-3);

    float own[136];
    double sum = 0;
    mn_pdm_landmarks(p, k, &fit, own);
    for (int i = 0; i < 136; i++)
        sum += (double)(own[i] - lm[i]) * (double)(own[i] - lm[i]);
    CHECK_NEAR(sqrt(sum / 68), fit.rms, 1e-3);

    /* without some points the result is nearly the same */
    float partly[136];
    memcpy(partly, lm, sizeof(partly));
    for (int i = 0; i < 68; i += 9)
        partly[i] = 0;
    struct mn_pdm_fit less;
    CHECK_INT(mn_pdm_fitter_run(f, partly, NULL, &less), 0);
    CHECK_NEAR(less.scale, fit.scale, 0.03);
    CHECK_NEAR(less.tx, fit.tx, 2);
    CHECK(less.rms < 1);

    /* nothing to fit */
    float bad[136] = {0};
    CHECK_INT(mn_pdm_fitter_run(f, bad, NULL, &less), MIEN_EINVAL);
    for (int i = 0; i < 136; i++)
        bad[i] = 100;
    CHECK_INT(mn_pdm_fitter_run(f, bad, NULL, &less), MIEN_EINVAL);
    memcpy(bad, lm, sizeof(bad));
    bad[70] = NAN;
    CHECK_INT(mn_pdm_fitter_run(f, bad, NULL, &less), MIEN_EINVAL);
    bad[70] = INFINITY;
    CHECK_INT(mn_pdm_fitter_run(f, bad, NULL, &less), MIEN_EINVAL);
    for (int i = 0; i < 136; i++)
        bad[i] = 5 + 0.01f * lm[i]; /* a face of 4 pixels */
    CHECK_INT(mn_pdm_fitter_run(f, bad, NULL, &less), 0);
    mn_pdm_fitter_close(&f);
}

static void kernels_agree(const struct mn_pdm *p, const struct mn_face_kernels *kernels)
{
    struct mn_pdm_fitter *a, *b;
    REQUIRE(mn_pdm_fitter_open(&a, p, &mn_face_kernels_plain) == 0);
    REQUIRE(mn_pdm_fitter_open(&b, p, kernels) == 0);
    float lm[136];
    synthetic_face(p, &mn_face_kernels_plain, lm);
    unsigned seed = 1;
    for (int n = 0; n < 50; n++) {
        for (int i = 0; i < 136; i++)
            lm[i] += (float)((seed = seed * 1664525 + 1013904223) >> 16 & 255) / 64 - 2;
        if (n % 5 == 4)
            lm[n] = 0;
        struct mn_pdm_fit x, y;
        CHECK_INT(mn_pdm_fitter_run(a, lm, NULL, &x), 0);
        CHECK_INT(mn_pdm_fitter_run(b, lm, NULL, &y), 0);
        CHECK(!memcmp(&x, &y, sizeof(x)));
    }
    mn_pdm_fitter_close(&a);
    mn_pdm_fitter_close(&b);
}

/* Parameters within 1e-3 of their size. Local ones are compared with the length of the whole
 * vector, because the reference solves in single precision, which leaves errors of 1e-4 mm in each.
 */
static void golden_fits(const struct mn_pdm *p, const char *folder)
{
    struct mn_pdm_fitter *f;
    REQUIRE(mn_pdm_fitter_open(&f, p, mn_face_kernels_best()) == 0);
    double worst_global = 0, worst_local = 0, worst_mm = 0;
    for (size_t n = 0; n < sizeof(golden_frames) / sizeof(golden_frames[0]); n++) {
        char name[256];
        double in[136], global[6], local[34];
        snprintf(name, sizeof(name), "%s/frame_%04d_landmarks_in.csv", folder, golden_frames[n]);
        golden_numbers(name, in, 136);
        snprintf(name, sizeof(name), "%s/frame_%04d_params_global.csv", folder, golden_frames[n]);
        golden_numbers(name, global, 6);
        snprintf(name, sizeof(name), "%s/frame_%04d_params_local.csv", folder, golden_frames[n]);
        golden_numbers(name, local, 34);
        float lm[136];
        for (int i = 0; i < 136; i++)
            lm[i] = (float)in[i];
        struct mn_pdm_fit fit;
        CHECK_INT(mn_pdm_fitter_run(f, lm, NULL, &fit), 0);
        const double have[6] = {(double)fit.scale,       (double)fit.rotation[0],
                                (double)fit.rotation[1], (double)fit.rotation[2],
                                (double)fit.tx,          (double)fit.ty};
        for (int i = 0; i < 6; i++) {
            double off = fabs(have[i] - global[i]) / fabs(global[i]);
            worst_global = fmax(worst_global, off);
            CHECK(off <= 1e-3);
        }
        double apart = 0, length = 0;
        for (int k = 0; k < 34; k++) {
            double d = (double)fit.local[k] - local[k];
            apart += d * d;
            length += local[k] * local[k];
            worst_mm = fmax(worst_mm, fabs(d));
        }
        worst_local = fmax(worst_local, sqrt(apart / length));
        CHECK(sqrt(apart / length) <= 1e-3);
    }
    printf("%s: global parameters to %.2g, local to %.2g of their size (%.2g mm)\n", folder,
           worst_global, worst_local, worst_mm);
    mn_pdm_fitter_close(&f);
}

/* Pose and 3-D landmarks of a clip from OpenFace's parameters; its file has parameters to 0.001 and
 * landmarks to 0.1 pixel. */
static void golden_poses(const struct mn_pdm *p, const char *file, int width, int height)
{
    struct golden_table t = golden_table(file);
    struct mn_camera camera = mn_pose_guess_camera(width, height);
    int pose = golden_column(&t, "pose_Tx"), success = golden_column(&t, "success");
    double moved = 0, turned = 0, far = 0;
    for (int r = 0; r < t.rows; r++) {
        if (t.value[r * t.columns + success] != 1)
            continue;
        float v[6], lm[136], points[204];
        struct mn_pdm_fit fit = {0};
        golden_row(&t, r, "x_", 68, lm);
        golden_row(&t, r, "y_", 68, lm + 68);
        golden_row(&t, r, "p_", 34, fit.local);
        const double *row = t.value + r * t.columns;
        int first = golden_column(&t, "p_scale");
        for (int i = 0; i < 6; i++)
            v[i] = (float)row[first + i];
        fit.scale = v[0];
        memcpy(fit.rotation, v + 1, sizeof(fit.rotation));
        fit.tx = v[4];
        fit.ty = v[5];
        double shape[204];
        struct mn_pose out;
        mn_pdm_shape(p, mn_face_kernels_best(), fit.local, shape);
        CHECK_INT(mn_pose_solve(p, &fit, shape, lm, &camera, &out), 0);
        for (int i = 0; i < 3; i++) {
            moved = fmax(moved, fabs(out.translation[i] - row[pose + i]) / row[pose + 2]);
            turned = fmax(turned, fabs(out.rotation[i] - row[pose + 3 + i]));
        }
        mn_pose_landmarks(p, &fit, shape, lm, &camera, points);
        float want[204];
        golden_row(&t, r, "X_", 68, want);
        golden_row(&t, r, "Y_", 68, want + 68);
        golden_row(&t, r, "Z_", 68, want + 136);
        for (int i = 0; i < 204; i++)
            far = fmax(far, fabs((double)points[i] - (double)want[i]) / row[pose + 2]);
    }
    printf("%s: poses to %.2g of the distance and %.2g rad, 3-D points to %.2g of the distance\n",
           file, moved, turned, far);
    CHECK(moved < 1e-3);
    CHECK(turned < 2e-3);
    CHECK(far < 1e-3);
    golden_table_free(&t);
}

/* The same from numbers in full precision. */
static void golden_traces(const struct mn_pdm *p)
{
    struct mn_camera camera = mn_pose_guess_camera(1080, 720);
    double moved = 0, turned = 0;
    for (size_t n = 0; n < sizeof(golden_frames) / sizeof(golden_frames[0]); n++) {
        char name[256], path[GOLDEN_PATH], row[16];
        snprintf(name, sizeof(name), "golden/clnf/frame_%04d_result_landmarks.csv",
                 golden_frames[n]);
        REQUIRE(golden_path(path, name));
        FILE *f = fopen(path, "r");
        REQUIRE(f);
        char *line = NULL;
        size_t size = 0;
        struct mn_pdm_fit fit = {0};
        float lm[136] = {0};
        while (getline(&line, &size, f) > 0) {
            char *comma = strchr(line, ',');
            if (!comma)
                continue;
            snprintf(row, sizeof(row), "%.*s", (int)(comma - line), line);
            double v[136];
            int count = 0;
            for (char *q = comma; *q == ',' && count < 136; count++)
                v[count] = strtod(q + 1, &q);
            if (!strcmp(row, "main") && count >= 40) {
                fit.scale = (float)v[0];
                for (int i = 0; i < 3; i++)
                    fit.rotation[i] = (float)v[1 + i];
                fit.tx = (float)v[4];
                fit.ty = (float)v[5];
                for (int i = 0; i < 34; i++)
                    fit.local[i] = (float)v[6 + i];
            } else if (!strcmp(row, "main2d") && count == 136) {
                for (int i = 0; i < 136; i++)
                    lm[i] = (float)v[i];
            }
        }
        free(line);
        fclose(f);
        REQUIRE(fit.scale > 0 && lm[0] > 0);
        snprintf(name, sizeof(name), "golden/clnf/frame_%04d_result.csv", golden_frames[n]);
        struct golden_table t = golden_table(name);
        int first = golden_column(&t, "Tx");
        double shape[204];
        struct mn_pose out;
        mn_pdm_shape(p, mn_face_kernels_best(), fit.local, shape);
        CHECK_INT(mn_pose_solve(p, &fit, shape, lm, &camera, &out), 0);
        for (int i = 0; i < 3; i++) {
            moved = fmax(moved, fabs(out.translation[i] - t.value[first + i]));
            turned = fmax(turned, fabs(out.rotation[i] - t.value[first + 3 + i]));
        }
        golden_table_free(&t);
    }
    printf("clnf traces: poses to %.2g mm and %.2g rad\n", moved, turned);
    CHECK(moved < 0.05);
    CHECK(turned < 1e-4);
}

/* The built-in model, made by mien-synth pdm, for which no other program has numbers. */
static void own_model(void)
{
    struct mn_log log;
    struct mn_pdm *pdm;
    struct mn_pdm_fitter *fitter;
    mn_log_init(&log, NULL, NULL);
    REQUIRE(mn_pdm_load(&pdm, MN_SOURCE_ROOT "/models/builtin/au/pdm_68.txt", &log) == 0);
    CHECK_INT(pdm->points, 68);
    CHECK_INT(pdm->modes, 34);
    for (int a = 0; a < 3; a++) {
        double sum = 0;
        for (int i = 0; i < 68; i++)
            sum += pdm->mean[68 * a + i];
        CHECK_NEAR(sum, 0, 1e-3);
    }
    for (int k = 0; k < pdm->modes; k++)
        for (int l = 0; l <= k; l++) {
            double dot = 0;
            for (int i = 0; i < pdm->rows; i++)
                dot += pdm->basis[i * pdm->columns + k] * pdm->basis[i * pdm->columns + l];
            CHECK_NEAR(dot, k == l, 1e-4);
        }
    REQUIRE(mn_pdm_fitter_open(&fitter, pdm, mn_face_kernels_best()) == 0);
    struct mn_pdm_fit truth = {
        .scale = 1.5f, .rotation = {0.1f, -0.2f, 0.05f}, .tx = 160, .ty = 120};
    for (int k = 0; k < pdm->modes; k++)
        truth.local[k] = (k % 2 ? -0.5f : 0.5f) * (float)sqrt(pdm->variance[k]);
    float points[136];
    mn_pdm_landmarks(pdm, mn_face_kernels_best(), &truth, points);
    struct mn_pdm_fit fit;
    REQUIRE(mn_pdm_fitter_run(fitter, points, NULL, &fit) == 0);
    CHECK(fit.rms < 0.3f);
    CHECK_NEAR(fit.scale, truth.scale, 0.03);
    for (int a = 0; a < 3; a++)
        CHECK_NEAR(fit.rotation[a], truth.rotation[a], 0.05);
    mn_pdm_fitter_close(&fitter);
    mn_pdm_close(&pdm);
    mn_log_finish(&log);
}

int main(void)
{
    damaged();
    own_model();
    paths();
    struct mn_camera c = mn_pose_guess_camera(1920, 1080);
    CHECK_NEAR(c.fx, 1312.5, 1e-9);

    char path[GOLDEN_PATH];
    if (!golden_path(path, MODEL) || !golden_path(path, "golden"))
        return check_failures ? check_done()
                              : check_skip("the shared folder with models is missing");
    REQUIRE(golden_path(path, MODEL));
    struct mn_pdm *pdm;
    REQUIRE(mn_pdm_load(&pdm, path, NULL) == 0);
    facts(pdm);
    synthetic(pdm, &mn_face_kernels_plain);
    for (int i = 1; mn_face_kernels_build(i); i++)
        kernels_agree(pdm, mn_face_kernels_build(i));
    golden_fits(pdm, "golden/subj01_intermediate");
    golden_fits(pdm, "golden/subj01_intermediate_lm");
    golden_traces(pdm);
    golden_poses(pdm, "golden/subj01_timepoint01/subj01_timepoint01.csv", 1080, 720);
    mn_pdm_close(&pdm);
    return check_done();
}
