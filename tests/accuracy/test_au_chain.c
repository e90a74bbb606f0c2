/* The whole chain from pictures and landmarks to action units: against OpenFace's chain on the same
 * landmarks, and for the same bytes with any order of measuring and all kernels. */
#include "base/mem.h"
#include "face/au_chain.h"
#include "golden.h"

#define FOLDER "models/openface22/AU_predictors"
#define MAX_FRAMES 512

/* Our action units for the landmarks of `landmarks` and the pictures of `video`, to compare with
 * those of `want`. */
struct run {
    const char *video, *landmarks, *want;
    int width, height;
    bool statics;
    double min_r, max_error, min_presence; /* bounds for every unit that varies by more than 0.05 */
    double min_mean_r, max_mean_error;     /* bounds for the mean over those units */
};

static const struct run runs[] = {
    {"media/openface_pairs/subj01_timepoint01.mp4", "media/openface_pairs/subj01_timepoint01.csv",
     "golden/subj01_timepoint01/lm_driven_from_published.csv", 1080, 720, false, 0.995, 0.01, 0.995,
     0.995, 0.01},
    {"media/openface_pairs/subj01_timepoint01.mp4",
     "golden/subj01_timepoint01/subj01_timepoint01.csv",
     "golden/subj01_timepoint01/subj01_timepoint01.csv", 1080, 720, false, 0, 1, 0.98, 0.99, 0.02},
    {"media/openface_pairs/default.wmv", "golden/default/default.csv", "golden/default/default.csv",
     640, 480, false, 0, 1, 0.98, 0.99, 0.02},
    {"media/openface_pairs/default.wmv", "golden/default/default_au_static.csv",
     "golden/default/default_au_static.csv", 640, 480, true, 0, 1, 0.98, 0.99, 0.02},
    {"media/clips/pyfeat_single_472f_360p.mp4",
     "golden/pyfeat_single_472f_360p/WolfgangLanger_Pexels.csv",
     "golden/pyfeat_single_472f_360p/WolfgangLanger_Pexels.csv", 640, 360, false, 0, 1, 0.98, 0.99,
     0.02},
    {"media/clips/hysts00_720p.mp4", "golden/hysts00_720p/video00.csv",
     "golden/hysts00_720p/video00.csv", 1280, 720, false, 0, 1, 0.98, 0.99, 0.02},
    {"media/clips/hysts01_720p.mp4", "golden/hysts01_720p/video01.csv",
     "golden/hysts01_720p/video01.csv", 1280, 720, false, 0, 1, 0.98, 0.99, 0.02},
    {"media/clips/single_vga_842f.avi", "golden/single_vga_842f/2015-10-15-15-14.csv",
     "golden/single_vga_842f/2015-10-15-15-14.csv", 640, 480, false, 0, 1, 0.98, 0.99, 0.02},
};

struct moments {
    double n, x, y, xx, yy, xy, apart;
};

static void add(struct moments *m, double x, double y)
{
    m->n++;
    m->x += x;
    m->y += y;
    m->xx += x * x;
    m->yy += y * y;
    m->xy += x * y;
    m->apart += fabs(x - y);
}

static double deviation_of_y(const struct moments *m)
{
    return sqrt(fmax(0, m->yy / m->n - m->y * m->y / m->n / m->n));
}

static double correlation(const struct moments *m)
{
    double cov = m->xy - m->x * m->y / m->n;
    return cov / sqrt((m->xx - m->x * m->x / m->n) * (m->yy - m->y * m->y / m->n));
}

/* The CSV's values have two decimals; ours are rounded to as many. */
static void compare(const struct run *run, const struct mn_au_person *p,
                    const struct golden_table *t)
{
    double sum_r = 0, sum_error = 0, agree = 0, all = 0, least_r = 1, most = 0;
    int units = 0;
    char name[32];
    for (int i = 0; i < MN_AU_INTENSITIES; i++) {
        struct moments m = {0};
        snprintf(name, sizeof(name), "AU%02d_r", mien_au_intensity_unit(i));
        int column = golden_column(t, name);
        for (int r = 0; r < t->rows; r++) {
            struct mn_au_values v;
            mn_au_person_get(p, r, &v);
            add(&m, rint(100 * (double)v.intensity[i]) / 100, t->value[r * t->columns + column]);
        }
        if (deviation_of_y(&m) <= 0.05)
            continue;
        double r = correlation(&m), error = m.apart / m.n;
        printf("  %s r %.4f, mean error %.4f\n", name, r, error);
        CHECK(r >= run->min_r);
        CHECK(error <= run->max_error);
        sum_r += r;
        sum_error += error;
        least_r = fmin(least_r, r);
        most = fmax(most, error);
        units++;
    }
    for (int i = 0; i < MN_AU_PRESENCES; i++) {
        snprintf(name, sizeof(name), "AU%02d_c", mien_au_presence_unit(i));
        int column = golden_column(t, name);
        for (int r = 0; r < t->rows; r++) {
            struct mn_au_values v;
            mn_au_person_get(p, r, &v);
            agree += (v.presences >> i & 1) == (t->value[r * t->columns + column] > 0.5);
            all++;
        }
    }
    printf("%s: %d units, r mean %.4f least %.4f, error mean %.4f most %.4f, presence %.2f %%\n",
           run->want, units, sum_r / units, least_r, sum_error / units, most, 100 * agree / all);
    CHECK(agree / all >= run->min_presence);
    CHECK(sum_r / units >= run->min_mean_r);
    CHECK(sum_error / units <= run->max_mean_error);
}

static void landmarks_of(const struct golden_table *t, int row, float lm[136])
{
    golden_row(t, row, "x_", 68, lm);
    golden_row(t, row, "y_", 68, lm + 68);
}

static void analyse(const struct run *run, const char *models)
{
    struct golden_table from = golden_table(run->landmarks), want = golden_table(run->want);
    struct mn_au *au;
    struct mn_au_worker *w;
    struct mn_au_person *p;
    REQUIRE(mn_au_open(&au, models, run->statics, NULL) == 0);
    REQUIRE(mn_au_worker_open(&w, au) == 0);
    REQUIRE(mn_au_person_open(&p, au, false) == 0);
    size_t size = (size_t)run->width * (size_t)run->height * 3;
    uint8_t *bgr = mn_alloc(size, 1);
    struct mn_au_features *f = mn_alloc(1, sizeof(*f));
    REQUIRE(bgr && f);
    const mien_picture pic = {MIEN_BGR24, MIEN_BT601,      0, run->width, run->height,
                              {bgr},      {3 * run->width}};
    int success = golden_column(&from, "success"), frame = 0;
    FILE *video = golden_decode(run->video);
    for (; frame < from.rows && fread(bgr, 1, size, video) == size; frame++) {
        float lm[136];
        struct mn_au_values v;
        if (from.value[frame * from.columns + success] != 1)
            continue;
        landmarks_of(&from, frame, lm);
        CHECK_INT(mn_au_measure(w, &pic, lm, f), 0);
        CHECK_INT(mn_au_person_add(p, frame, f, &v), 0);
    }
    pclose(video);
    CHECK_INT(frame, want.rows);
    CHECK_INT(mn_au_person_finish(p, frame), 0);
    compare(run, p, &want);
    free(bgr);
    free(f);
    mn_au_person_close(&p);
    mn_au_worker_close(&w);
    mn_au_close(&au);
    golden_table_free(&from);
    golden_table_free(&want);
}

/* Synthetic pictures and moving faces, measured forwards by one worker and backwards by two that
 * use other kernels: the in-order part must give the same bytes. */
static void any_order(const char *models)
{
    enum { FRAMES = 12, W = 320, H = 240 };
    static uint8_t bgr[FRAMES][W * H * 3];
    static float lm[FRAMES][136];
    static struct mn_au_features forwards[FRAMES], backwards[FRAMES];
    unsigned seed = 11;
    struct mn_au *au, *plain;
    struct mn_au_worker *a, *b;
    REQUIRE(mn_au_open(&au, models, false, NULL) == 0);
    setenv("MIEN_PLAIN", "1", 1);
    REQUIRE(mn_au_open(&plain, models, false, NULL) == 0);
    unsetenv("MIEN_PLAIN");
    REQUIRE(mn_au_worker_open(&a, au) == 0);
    REQUIRE(mn_au_worker_open(&b, plain) == 0);
    mien_picture pic = {MIEN_BGR24, MIEN_BT601, 0, W, H, {NULL}, {3 * W}};
    for (int n = 0; n < FRAMES; n++) {
        struct mn_pdm_fit fit = {.scale = 1 + 0.05f * (float)n,
                                 .rotation = {0.1f, 0.02f * (float)n, 0.1f},
                                 .tx = 160 + 4 * (float)n,
                                 .ty = 120};
        double pixels[136];
        for (size_t i = 0; i < sizeof(bgr[n]); i++)
            bgr[n][i] = (uint8_t)(128 + 60 * sin((double)i / (40 + n)) +
                                  (seed = seed * 1664525 + 1) / (1u << 27));
        mn_pdm_project(au->pdm, &fit, au->pdm->mean, pixels, NULL);
        for (int i = 0; i < 136; i++)
            lm[n][i] = (float)pixels[i] + (float)sin(i + n);
    }
    for (int n = 0; n < FRAMES; n++) {
        pic.plane[0] = bgr[n];
        CHECK_INT(mn_au_measure(a, &pic, lm[n], &forwards[n]), 0);
    }
    for (int n = FRAMES - 1; n >= 0; n--) {
        pic.plane[0] = bgr[n];
        CHECK_INT(mn_au_measure(n % 2 ? a : b, &pic, lm[n], &backwards[n]), 0);
    }
    for (int n = 0; n < FRAMES; n++)
        CHECK(!memcmp(&forwards[n], &backwards[n], sizeof(forwards[n])));

    struct mn_au_person *p, *q;
    REQUIRE(mn_au_person_open(&p, au, false) == 0);
    REQUIRE(mn_au_person_open(&q, plain, false) == 0);
    for (int n = 0; n < FRAMES; n++) {
        struct mn_au_values x, y;
        CHECK_INT(mn_au_person_add(p, n + n / 4, &forwards[n], &x), 0);
        CHECK_INT(mn_au_person_add(q, n + n / 4, &backwards[n], &y), 0);
        CHECK(!memcmp(&x, &y, sizeof(x)));
    }
    struct mn_au_values v;
    CHECK_INT(mn_au_person_add(p, 3, &forwards[0], &v), MIEN_EINVAL);
    CHECK_INT(mn_au_person_finish(p, 20), 0);
    CHECK_INT(mn_au_person_finish(q, 20), 0);
    CHECK_INT(mn_au_person_add(p, 30, &forwards[0], &v), MIEN_EINVAL);
    for (int n = -1; n < 21; n++) {
        struct mn_au_values x, y;
        mn_au_person_get(p, n, &x);
        mn_au_person_get(q, n, &y);
        CHECK(!memcmp(&x, &y, sizeof(x)));
    }
    mn_au_person_close(&p);
    mn_au_person_close(&q);

    /* fifty persons live, one frame each; then landmarks that are not a face */
    struct mn_au_person *crowd[50];
    for (int i = 0; i < 50; i++) {
        REQUIRE(mn_au_person_open(&crowd[i], au, true) == 0);
        CHECK_INT(mn_au_person_add(crowd[i], 7, &forwards[i % FRAMES], &v), 0);
        CHECK_INT(mn_au_person_add(crowd[i], 8, &forwards[i % FRAMES], &v), 0);
        for (int k = 0; k < MN_AU_INTENSITIES; k++)
            CHECK(v.intensity[k] >= 0 && v.intensity[k] <= 5);
    }
    for (int i = 0; i < 50; i++)
        mn_au_person_close(&crowd[i]);
    lm[0][3] = NAN;
    CHECK_INT(mn_au_measure(a, &pic, lm[0], &forwards[0]), MIEN_EINVAL);
    for (int i = 0; i < 136; i++)
        lm[0][i] = 7;
    CHECK_INT(mn_au_measure(a, &pic, lm[0], &forwards[0]), MIEN_EINVAL);
    for (int i = 0; i < 136; i++)
        lm[0][i] = lm[1][i] - 2000; /* outside the picture: black, but a face */
    CHECK_INT(mn_au_measure(a, &pic, lm[0], &forwards[0]), 0);
    mn_au_worker_close(&a);
    mn_au_worker_close(&b);
    mn_au_close(&au);
    mn_au_close(&plain);
}

int main(void)
{
    char models[GOLDEN_PATH], path[GOLDEN_PATH];
    if (!golden_path(models, FOLDER))
        return check_skip("the shared folder with models is missing");
    any_order(models);
    if (!golden_path(path, "golden") || !golden_can_decode())
        return check_failures ? check_done() : check_skip("no golden outputs or no ffmpeg program");
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
        analyse(&runs[i], models);
    return check_done();
}
