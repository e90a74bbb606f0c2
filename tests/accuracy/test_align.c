/* Aligned faces: damaged triangulations, pictures of every format, faces at and beyond the border,
 * all kernels, and the reference program's faces. */
#include "base/mem.h"
#include "face/align.h"
#include "face/patch.h"
#include "golden.h"

#define FOLDER "models/openface22/AU_predictors/"
#define W 1080
#define H 720
#define AREA (MN_FACE_SIDE * MN_FACE_SIDE)

static const int golden_frames[] = {1, 2, 3, 10, 30, 50, 63, 80, 120, 158};

static char message[1024];

static void remember(void *ctx, enum mien_log_level level, const char *text)
{
    (void)ctx;
    (void)level;
    snprintf(message, sizeof(message), "%s", text);
}

/* The byte at which the file is reported damaged; -1: no such report. */
static int load_triangles(const char *text)
{
    char path[] = "/tmp/mien_test_align_XXXXXX";
    int fd = mkstemp(path);
    size_t size = strlen(text);
    REQUIRE(fd >= 0 && write(fd, text, size) == (ssize_t)size);
    close(fd);
    struct mn_triangles t;
    struct mn_log log;
    mn_log_init(&log, remember, NULL);
    message[0] = 0;
    int err = mn_align_load_triangles(&t, path, &log), byte = -1;
    mn_log_finish(&log);
    unlink(path);
    CHECK(err == 0 || err == MIEN_EBADMODEL);
    const char *where = strstr(message, ": damaged at byte ");
    if (err < 0 && where && !strncmp(message, path, strlen(path)))
        byte = atoi(where + strlen(": damaged at byte "));
    return byte;
}

static void damaged(void)
{
    struct mn_triangles t;
    CHECK_INT(load_triangles("2\n3\n4\n0 1 2\n2 3 67\n"), -1);
    CHECK_INT(load_triangles("2\n3\n4\n0 1 2\n2 3\n"), 16);
    CHECK_INT(load_triangles("2\n3\n4\n0 1 2\n2 3 68\n"), 16);
    CHECK_INT(load_triangles("2\n3\n4\n0 1 2\n2 3 -1\n"), 16);
    CHECK_INT(load_triangles("1\n3\n4\n0 1 2\n2 3 4\n"), 12);
    CHECK_INT(load_triangles("100000\n3\n4\n0 1 2\n"), 0);
    CHECK_INT(load_triangles("1\n3\n6\n0 1 2\n"), 4);
    CHECK_INT(load_triangles(""), 0);
    CHECK_INT(mn_align_load_triangles(&t, "/nonexistent", NULL), MIEN_ENOMODEL);
}

/* Shared by all tests here. */
static struct mn_pdm *pdm;
static struct mn_triangles triangles;

static uint8_t *noise(size_t size, unsigned seed)
{
    uint8_t *p = mn_alloc(size, 1);
    REQUIRE(p);
    for (size_t i = 0; i < size; i++)
        p[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    return p;
}

/* The mean shape at `scale` pixels per millimetre, rotated by rz. */
static struct mn_pdm_fit face_at(float scale, float rz, float tx, float ty, float lm[136])
{
    struct mn_pdm_fit fit = {.scale = scale, .rotation = {0, 0, rz}, .tx = tx, .ty = ty};
    double pixels[136];
    mn_pdm_project(pdm, &fit, pdm->mean, pixels, NULL);
    for (int i = 0; i < 136; i++)
        lm[i] = (float)pixels[i];
    return fit;
}

/* The rule of methods/align_mask.md, section 5, pixel by pixel. */
static bool same_side(float x, float y, const float *o, const float *p, const float *q)
{
    float a = (q[0] - p[0]) * (y - p[1]) - (x - p[0]) * (q[1] - p[1]);
    float b = (q[0] - p[0]) * (o[1] - p[1]) - (o[0] - p[0]) * (q[1] - p[1]);
    return a * b >= 0;
}

static bool inside(float x, float y, float q[68][2])
{
    for (int i = 0; i < triangles.count; i++) {
        const float *a = q[triangles.corner[i][0]], *b = q[triangles.corner[i][1]],
                    *c = q[triangles.corner[i][2]];
        if (x < fminf(a[0], fminf(b[0], c[0])) || x > fmaxf(a[0], fmaxf(b[0], c[0])) ||
            y < fminf(a[1], fminf(b[1], c[1])) || y > fmaxf(a[1], fmaxf(b[1], c[1])))
            continue;
        if (same_side(x, y, a, b, c) && same_side(x, y, b, a, c) && same_side(x, y, c, a, b))
            return true;
    }
    return false;
}

static void brute_force(const mien_picture *pic, const float lm[136], float tx, float ty,
                        struct mn_aligned *out)
{
    float M[6], q[68][2];
    REQUIRE(mn_align_matrix(pdm, lm, tx, ty, M) == 0);
    for (int i = 0; i < 68; i++) {
        q[i][0] = M[0] * lm[i] + M[1] * lm[i + 68] + M[2];
        q[i][1] = M[3] * lm[i] + M[4] * lm[i + 68] + M[5];
        if (i == 0 || (i >= 16 && i <= 26))
            q[i][1] -= 30;
    }
    double det = 1 / ((double)M[0] * (double)M[4] - (double)M[1] * (double)M[3]);
    double a = (double)M[4] * det, b = -(double)M[1] * det, c = -(double)M[3] * det,
           d = (double)M[0] * det;
    double e = -a * (double)M[2] - b * (double)M[5], f = -c * (double)M[2] - d * (double)M[5];
    memset(out, 0, sizeof(*out));
    for (int y = 0; y < MN_FACE_SIDE; y++)
        for (int x = 0; x < MN_FACE_SIDE; x++) {
            if (!inside((float)x, (float)y, q))
                continue;
            int sx = (int)(lrint((b * y + e) * 1024) + 16 + lrint(a * x * 1024)) >> 5;
            int sy = (int)(lrint((d * y + f) * 1024) + 16 + lrint(c * x * 1024)) >> 5;
            int wx = sx & 31, wy = sy & 31;
            for (int k = 0; k < 3; k++) {
                int sum = 512;
                for (int i = 0; i < 4; i++) {
                    uint32_t p = mn_patch_pixel(pic, (sx >> 5) + (i & 1), (sy >> 5) + (i >> 1));
                    sum +=
                        (int)(p >> (8 * k) & 255) * (i & 1 ? wx : 32 - wx) * (i & 2 ? wy : 32 - wy);
                }
                out->plane[k][y * MN_FACE_SIDE + x] = (uint8_t)(sum >> 10);
            }
        }
}

/* Every size, rotation and position against the rule itself, with each kernel. */
static void everywhere(const mien_picture *pic, const struct mn_face_kernels *kernels)
{
    static const struct {
        float scale, rz, tx, ty;
    } face[] = {
        {2.0f, 0.1f, 540, 360}, {2.0f, -2.5f, 500, 300},  {1.0f, 0.3f, 10, 350},
        {1.0f, 0, 540, -30},    {3.0f, -0.2f, 1075, 715}, {0.05f, 0, 200, 200},
        {0.4f, 1.5f, 500, 719}, {12.0f, 0.05f, 540, 360}, {40.0f, 0.2f, 100, 900},
        {1.0f, 0, -5000, 100},  {1.0f, 0, 540.5f, 3000},  {0.7f, 0, 56, 56},
    };
    struct mn_aligner *a;
    static struct mn_aligned have, want;
    REQUIRE(mn_aligner_open(&a, pdm, &triangles, kernels) == 0);
    for (size_t i = 0; i < sizeof(face) / sizeof(face[0]); i++) {
        float lm[136];
        face_at(face[i].scale, face[i].rz, face[i].tx, face[i].ty, lm);
        CHECK_INT(mn_align(a, pic, lm, face[i].tx, face[i].ty, &have), 0);
        brute_force(pic, lm, face[i].tx, face[i].ty, &want);
        int differ = 0, lit = 0;
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < AREA; k++) {
                differ += have.plane[c][k] != want.plane[c][k];
                lit += have.plane[c][k] != 0;
            }
        CHECK_INT(differ, 0);
        CHECK((lit == 0) == (fabsf(face[i].tx) > 4000 || face[i].ty > 2000));
    }
    mn_aligner_close(&a);
}

static void pictures(void)
{
    uint8_t *y = noise((size_t)W * H, 1), *u = noise((size_t)W * H / 4, 2),
            *v = noise((size_t)W * H / 4, 3);
    uint8_t *bgr = noise((size_t)W * H * 3, 4);
    mien_picture yuv = {MIEN_I420, MIEN_BT709, 0, W, H, {y, u, v}, {W, W / 2, W / 2}};
    mien_picture odd = {MIEN_I420, MIEN_BT601, 1, W - 1, H - 1, {y, u, v}, {W, W / 2, W / 2}};
    mien_picture colour = {MIEN_BGR24, MIEN_BT601, 0, W, H, {bgr}, {3 * W}};
    mien_picture grey = {MIEN_GRAY8, MIEN_BT601, 0, W, H, {y}, {W}};
    const mien_picture *all[] = {&yuv, &odd, &colour, &grey};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; mn_face_kernels_build(k); k++)
            everywhere(all[i], mn_face_kernels_build(k));
    }

    struct mn_aligner *a;
    static struct mn_aligned out;
    float lm[136];
    REQUIRE(mn_aligner_open(&a, pdm, &triangles, mn_face_kernels_best()) == 0);
    face_at(1, 0, 1e9f, 100, lm);
    CHECK_INT(mn_align(a, &yuv, lm, 1e9f, 100, &out), MIEN_EINVAL);
    face_at(1e-7f, 0, 100, 100, lm);
    CHECK_INT(mn_align(a, &yuv, lm, 100, 100, &out), MIEN_EINVAL);
    face_at(2, 0, 500, 300, lm);
    CHECK_INT(mn_align(a, &yuv, lm, NAN, 100, &out), MIEN_EINVAL);
    lm[5] = NAN;
    CHECK_INT(mn_align(a, &yuv, lm, 500, 300, &out), MIEN_EINVAL);
    mn_aligner_close(&a);
    free(y);
    free(u);
    free(v);
    free(bgr);
}

/* The test vector of methods/align_mask.md, section 3. */
static void matrix(void)
{
    static const double want[6] = {0.281864, 0.028192, -134.542, -0.028192, 0.281864, -27.428};
    struct mn_pdm_fit fit = {
        .scale = 2.5f, .rotation = {0.15f, -0.25f, 0.10f}, .tx = 640, .ty = 360};
    double shape[204], pixels[136];
    for (int i = 0; i < pdm->modes; i++)
        fit.local[i] = (float)((i % 2 ? -0.5 : 0.5) * sqrt(pdm->variance[i]));
    mn_pdm_shape(pdm, &mn_face_kernels_plain, fit.local, shape);
    mn_pdm_project(pdm, &fit, shape, pixels, NULL);
    float lm[136], M[6];
    for (int i = 0; i < 136; i++)
        lm[i] = (float)pixels[i];
    struct mn_pdm_fitter *f;
    REQUIRE(mn_pdm_fitter_open(&f, pdm, &mn_face_kernels_plain) == 0);
    CHECK_INT(mn_pdm_fitter_run(f, lm, NULL, &fit), 0);
    mn_pdm_fitter_close(&f);
    CHECK_INT(mn_align_matrix(pdm, lm, fit.tx, fit.ty, M), 0);
    for (int i = 0; i < 6; i++)
        CHECK_NEAR(M[i], want[i], i % 3 == 2 ? 5e-2 : 1e-4);
}

static void golden_face(const char *folder, int frame, bool mask, double *worst)
{
    static uint8_t bgr[W * H * 3], want[AREA * 3];
    static struct mn_aligned have;
    char name[256];
    double v[136], g[6];
    float lm[136];
    snprintf(name, sizeof(name), "golden/subj01_intermediate/decoded_frames/frame_%04d.png", frame);
    golden_picture(name, bgr, W, H);
    snprintf(name, sizeof(name), "%s/frame_%04d_aligned%s.png", folder, frame,
             mask ? "" : "_nomask");
    golden_picture(name, want, MN_FACE_SIDE, MN_FACE_SIDE);
    snprintf(name, sizeof(name), "%s/frame_%04d_landmarks_in.csv", folder, frame);
    golden_numbers(name, v, 136);
    snprintf(name, sizeof(name), "%s/frame_%04d_params_global.csv", folder, frame);
    golden_numbers(name, g, 6);
    for (int i = 0; i < 136; i++)
        lm[i] = (float)v[i];
    const mien_picture pic = {MIEN_BGR24, MIEN_BT601, 0, W, H, {bgr}, {3 * W}};
    struct mn_aligner *a;
    REQUIRE(mn_aligner_open(&a, pdm, mask ? &triangles : NULL, mn_face_kernels_best()) == 0);
    CHECK_INT(mn_align(a, &pic, lm, (float)g[4], (float)g[5], &have), 0);
    mn_aligner_close(&a);
    double sum = 0;
    int edge = 0, most = 0;
    for (int i = 0; i < AREA; i++) {
        bool dark = !have.plane[0][i] && !have.plane[1][i] && !have.plane[2][i];
        edge += dark != (!want[3 * i] && !want[3 * i + 1] && !want[3 * i + 2]);
        for (int c = 0; c < 3; c++) {
            int d = abs(have.plane[c][i] - want[3 * i + c]);
            sum += d;
            most = d > most ? d : most;
        }
    }
    sum /= 3 * AREA;
    CHECK(sum <= 1);
    CHECK(edge <= 2);
    if (sum > worst[0])
        worst[0] = sum;
    if (most > worst[1])
        worst[1] = most;
    if (edge > worst[2])
        worst[2] = edge;
}

int main(void)
{
    damaged();
    char path[GOLDEN_PATH];
    if (!golden_path(path, FOLDER "tris_68_full.txt") || !golden_path(path, "golden"))
        return check_failures ? check_done()
                              : check_skip("the shared folder with models is missing");
    REQUIRE(golden_path(path, FOLDER "tris_68_full.txt"));
    REQUIRE(mn_align_load_triangles(&triangles, path, NULL) == 0);
    CHECK_INT(triangles.count, 111);
    CHECK_INT(triangles.corner[1][0], 60);
    CHECK_INT(triangles.corner[110][2], 63);
    REQUIRE(golden_path(path, FOLDER "In-the-wild_aligned_PDM_68.txt"));
    REQUIRE(mn_pdm_load(&pdm, path, NULL) == 0);
    matrix();
    pictures();
    if (golden_can_decode()) {
        static const char *const folder[2] = {"golden/subj01_intermediate",
                                              "golden/subj01_intermediate_lm"};
        for (int k = 0; k < 4; k++) {
            double worst[3] = {0, 0, 0};
            for (size_t i = 0; i < sizeof(golden_frames) / sizeof(golden_frames[0]); i++)
                golden_face(folder[k / 2], golden_frames[i], k % 2 == 0, worst);
            printf("%s%s: mean %.4f, at most %.0f grey levels, %.0f pixels of the mask\n",
                   folder[k / 2], k % 2 ? ", no mask" : "", worst[0], worst[1], worst[2]);
        }
    } else {
        printf("no ffmpeg program: not compared with the reference's faces\n");
    }
    mn_pdm_close(&pdm);
    return check_done();
}
