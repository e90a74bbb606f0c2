/* The linear models: check values of methods/au_models.md, damaged files, all kernels, the
 * reference's raw predictions from its own features and medians, and their correction. */
#include <dirent.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "face/au_chain.h"
#include "golden.h"
#include "model_files.h"

#define FOLDER "models/openface22/AU_predictors"

static const int golden_frames[] = {1, 2, 3, 10, 30, 50, 63, 80, 120, 158};

static void scores_of(const struct mn_au_models *m, const float *x, const float *median,
                      double score[MN_AU_MODELS])
{
    double a[MN_PRODUCT_COLUMNS] = {0}, b[MN_PRODUCT_COLUMNS] = {0};
    mn_face_kernels_best()->product(x, m->features, m->weights, a);
    if (median)
        mn_face_kernels_best()->product(median, m->features, m->weights, b);
    mn_au_scores(m, a, median ? b : NULL, score);
}

static void check_values(const struct mn_au_models *m)
{
    static const double zero[MN_AU_MODELS] = {
        0.434246,  0.435940, -0.609926, 0.354027,  -0.712028, -0.128467, 0.494531,
        -0.401182, 0.081201, -0.321283, 0.173370,  0.470917,  0.312574,  0.536927,
        0.544023,  0.513423, 0.659383,  0.269339,  0.346006,  0.488091,  1.278118,
        0.894673,  0.734417, 0.475052,  -0.145466, -0.687165, 0.258300,  0.311118,
        0.361527,  0.601602, 2.932523,  -0.233219, 0.227039,  1.043595,  0.171059};
    static const bool dynamic[MN_AU_MODELS] = {1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
                                               1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1};
    static const double cutoff[MN_AU_INTENSITIES] = {.55, .75, -1, .8,  -1,  -1, .7, -1, -1,
                                                     -1,  .55, .2, .65, .65, .3, .3, .6};
    static float x[MN_AU_FEATURES];
    double score[MN_AU_MODELS];
    CHECK_INT(m->features, 4702);
    scores_of(m, x, NULL, score);
    for (int i = 0; i < MN_AU_MODELS; i++) {
        CHECK_NEAR(score[i], zero[i], 2e-6);
        CHECK_INT(m->model[i].dynamic, dynamic[i]);
        if (i < MN_AU_INTENSITIES)
            CHECK_NEAR(m->model[i].cutoff, cutoff[i], 1e-9);
    }
    CHECK_INT(mn_au_presences(m, score), 0);
    for (int i = 0; i < MN_FHOG_SIZE; i++)
        x[i] = 0.1f;
    scores_of(m, x, NULL, score);
    CHECK_NEAR(score[0], 1.113881, 1e-4);
    CHECK_NEAR(score[8], -4.597190, 1e-4);
    CHECK_NEAR(score[10], 36.874261, 1e-4);
    CHECK_NEAR(score[16], -1.155355, 1e-4);
}

static void kernels_agree(const struct mn_au_models *m)
{
    static float x[MN_AU_FEATURES];
    unsigned seed = 3;
    for (int i = 0; i < m->features; i++)
        x[i] = (float)((seed = seed * 1664525 + 1013904223) >> 12) / (1 << 20);
    double a[MN_PRODUCT_COLUMNS] = {0};
    mn_face_kernels_plain.product(x, m->features, m->weights, a);
    for (int i = 1; mn_face_kernels_build(i); i++) {
        double b[MN_PRODUCT_COLUMNS] = {0};
        mn_face_kernels_build(i)->product(x, m->features, m->weights, b);
        CHECK(!memcmp(a, b, sizeof(a)));
    }
}

static void golden_scores(const struct mn_au_models *m, const char *folder)
{
    static double v[MN_AU_FEATURES];
    static float x[MN_AU_FEATURES], median[MN_AU_FEATURES];
    double worst = 0;
    for (size_t n = 0; n < sizeof(golden_frames) / sizeof(golden_frames[0]); n++) {
        static const char *const part[4] = {"hog", "geom", "hog_median", "geom_median"};
        char name[256];
        for (int k = 0; k < 4; k++) {
            snprintf(name, sizeof(name), "%s/frame_%04d_%s.csv", folder, golden_frames[n], part[k]);
            int size = k % 2 ? 238 : MN_FHOG_SIZE, first = k % 2 ? MN_FHOG_SIZE : 0;
            golden_numbers(name, v, size);
            for (int i = 0; i < size; i++)
                (k < 2 ? x : median)[first + i] = (float)v[i];
        }
        double score[MN_AU_MODELS];
        scores_of(m, x, median, score);
        uint32_t presences = mn_au_presences(m, score);
        for (int i = 0; i < MN_AU_INTENSITIES; i++) {
            snprintf(name, sizeof(name), "%s/frame_%04d_raw_reg.csv", folder, golden_frames[n]);
            double want = golden_unit(name, mien_au_intensity_unit(i));
            CHECK_NEAR(score[i], want, 1e-4);
            worst = fmax(worst, fabs(score[i] - want));
        }
        for (int i = 0; i < MN_AU_PRESENCES; i++) {
            snprintf(name, sizeof(name), "%s/frame_%04d_raw_class.csv", folder, golden_frames[n]);
            CHECK_INT(presences >> i & 1, golden_unit(name, mien_au_presence_unit(i)));
        }
    }
    printf("%s: raw predictions to %.2g\n", folder, worst);
}

/* ------------------------------------------------------------------------- damaged files ---- */

static char folder[] = "/tmp/mien_test_au_XXXXXX";
static char path[GOLDEN_PATH];

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const void *data, size_t size)
{
    FILE *f = fopen(in_folder(name), "wb");
    REQUIRE(f);
    REQUIRE(fwrite(data, 1, size, f) == size);
    fclose(f);
}

static void write_text(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

static size_t put(uint8_t *at, const void *v, size_t size)
{
    memcpy(at, v, size);
    return size;
}

/* A model file with n features; type 5: floats, 6: doubles. */
static size_t make_dat_of(uint8_t *out, int32_t kind, int32_t n, int32_t type)
{
    size_t at = put(out, &kind, 4);
    const double half = 0.5, one = 1, none = 0;
    const float short_half = 0.5f;
    if (kind == 1)
        at += put(out + at, &half, 8);
    for (int k = 0; k < 2; k++) {
        const int32_t head[3] = {k ? n : 1, k ? 1 : n, type};
        at += put(out + at, head, sizeof(head));
        for (int i = 0; i < n; i++)
            at += type == 5 ? put(out + at, &short_half, 4) : put(out + at, &half, 8);
    }
    at += put(out + at, &one, 8);
    if (kind >= 4) {
        at += put(out + at, &none, 8);
        at += put(out + at, &one, 8);
    }
    return at;
}

static size_t make_dat(uint8_t *out, int32_t kind, int32_t n)
{
    return make_dat_of(out, kind, n, 6);
}

static char message[1024];

static void remember(void *ctx, enum mien_log_level level, const char *text)
{
    snprintf(message, sizeof(message), "%s", text);
}

static int load(void)
{
    struct mn_log log;
    mn_log_init(&log, remember, NULL);
    struct mn_au_models *m;
    message[0] = 0;
    int err = mn_au_models_load(&m, folder, false, &log);
    CHECK((err == 0) == (m != NULL));
    CHECK(err == 0 || message[0]);
    mn_au_models_close(&m);
    mn_log_finish(&log);
    return err;
}

/* Checks that the file is refused with its name and the byte where it goes wrong. */
static void refused(const char *file, size_t byte)
{
    char where[100];
    CHECK_INT(load(), MIEN_EBADMODEL);
    snprintf(where, sizeof(where), "%s: damaged at byte %zu: ", file, byte);
    if (!strstr(message, where))
        printf("expected %s in: %s\n", where, message);
    CHECK(strstr(message, where));
}

static void damaged(void)
{
    static uint8_t dat[4096];
    REQUIRE(mkdtemp(folder));
    CHECK_INT(load(), MIEN_ENOMODEL);
    write_text("main_dynamic_svms.txt",
               "AUPredictor list.txt\r\nPDM p.txt\r\n\r\nother thing\r\nTriangulation t.txt");
    CHECK_INT(load(), MIEN_ENOMODEL);
    char list[2048] = "";
    for (int i = 0; i < MN_AU_MODELS; i++) {
        bool presence = i >= MN_AU_INTENSITIES;
        int unit =
            presence ? mien_au_presence_unit(i - MN_AU_INTENSITIES) : mien_au_intensity_unit(i);
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s.dat AU%02d\r\n",
                 presence ? "svm" : "svr", unit);
    }
    write_text("list.txt", list);
    write_file("svm.dat", dat, make_dat(dat, 5, 7));
    size_t size = make_dat(dat, 1, 7);
    write_file("svr.dat", dat, size);
    CHECK_INT(load(), 0);

    for (size_t cut = 0; cut < size; cut++) {
        write_file("svr.dat", dat, cut);
        refused("svr.dat", cut);
    }
    dat[size] = 0;
    write_file("svr.dat", dat, size + 1);
    refused("svr.dat", size);
    for (size_t at = 0; at < 24; at++) { /* kind, cutoff's sign and exponent, sizes, type */
        if (at >= 4 && at < 11)
            continue;
        dat[at] ^= 0xc0;
        write_file("svr.dat", dat, size);
        /* a larger number of columns asks for more data than there is */
        refused("svr.dat", at < 4 ? 0 : at < 12 ? 4 : at == 16 ? size : 12);
        dat[at] ^= 0xc0;
    }
    const double nan = NAN;
    memcpy(dat + 24, &nan, 8);
    write_file("svr.dat", dat, size);
    refused("svr.dat", 24);
    write_file("svr.dat", dat,
               make_dat(dat, 1, 8)); /* a length that differs from the other models */
    refused("svm.dat", 4);
    write_file("svr.dat", dat, make_dat(dat, 2, 7));
    refused("svr.dat", 0);

    write_file("svr.dat", dat, make_dat(dat, 0, 7));
    CHECK_INT(load(), 0);
    static const struct {
        const char *text;
        size_t byte;
    } bad_list[] = {
        {"", 0},
        {"svr.dat AU01\n", 13},
        {"svr.dat AU01\nsvr.dat AU01\n", 13},
        {"svr.dat AU01\nsvr.dat AU99\n", 13},
        {"svr.dat AU1\n", 0},
        {"svr.dat\n", 0},
        {"svr.dat AU01\n../svr.dat AU02\n", 13},
        {"/etc/passwd AU01\n", 0},
        {"svr.dat AU01,AU02\n", 0},
    };
    for (size_t i = 0; i < sizeof(bad_list) / sizeof(bad_list[0]); i++) {
        write_text("list.txt", bad_list[i].text);
        refused("list.txt", bad_list[i].byte);
    }
    write_text("list.txt", "nothing.dat AU01\n");
    CHECK_INT(load(), MIEN_ENOMODEL);
    CHECK(strstr(message, "nothing.dat"));
    memset(list, 'a', sizeof(list) - 1);
    write_text("list.txt", list);
    refused("list.txt", 0);
    write_text("main_dynamic_svms.txt", "AUPredictor list.txt\nPDM ../p.txt\nTriangulation t.txt");
    refused("main_dynamic_svms.txt", 21);
    write_text("main_dynamic_svms.txt", "AUPredictor list.txt\n");
    refused("main_dynamic_svms.txt", 21);

    static const char *const made[] = {"main_dynamic_svms.txt", "list.txt", "svm.dat", "svr.dat"};
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        unlink(in_folder(made[i]));
    rmdir(folder);
}

/* Sets in our extension of the format: floats, and "-" for units without a model. */
static void smaller(void)
{
    static uint8_t dat[4096];
    char list[2048] = "- AU28\n- AU07\n";
    memcpy(folder, "/tmp/mien_test_au_XXXXXX", sizeof(folder));
    REQUIRE(mkdtemp(folder));
    write_text("main_dynamic_svms.txt", "AUPredictor list.txt\nPDM p.txt\nTriangulation t.txt\n");
    for (int i = 0; i < MN_AU_MODELS; i++) {
        bool presence = i >= MN_AU_INTENSITIES;
        int unit =
            presence ? mien_au_presence_unit(i - MN_AU_INTENSITIES) : mien_au_intensity_unit(i);
        if (unit != 28 && unit != 7)
            snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s.dat AU%02d\n",
                     presence ? "svm" : "svr", unit);
    }
    write_text("list.txt", list);
    write_file("svm.dat", dat, make_dat_of(dat, 5, 7, 5));
    size_t size = make_dat_of(dat, 1, 7, 5);
    write_file("svr.dat", dat, size);
    struct mn_log log;
    struct mn_au_models *m;
    mn_log_init(&log, remember, NULL);
    REQUIRE(mn_au_models_load(&m, folder, false, &log) == 0);
    const float x[7] = {1, 1, 1, 1, 1, 1, 1};
    double score[MN_AU_MODELS];
    scores_of(m, x, NULL, score);
    CHECK_NEAR(score[0], 0.5 * 7 - 0.25 * 7 + 1, 1e-6);
    CHECK_NEAR(score[5], 0, 0); /* AU07 */
    CHECK_NEAR(m->model[5].cutoff, -1, 0);
    for (int i = 0; i < MN_AU_PRESENCES; i++)
        CHECK_INT(mn_au_presences(m, score) >> i & 1, 0);
    mn_au_models_close(&m);
    mn_log_finish(&log);

    for (size_t cut = 0; cut < size; cut++) {
        write_file("svr.dat", dat, cut);
        CHECK_INT(load(), MIEN_EBADMODEL);
    }
    const float nan = NAN;
    memcpy(dat + 24, &nan, 4);
    write_file("svr.dat", dat, size);
    CHECK_INT(load(), MIEN_EBADMODEL);
    write_file("svr.dat", dat, make_dat_of(dat, 1, 7, 5));
    CHECK_INT(load(), 0);
    char twice[2100];
    static const char *const more[] = {"- AU28\n", "- AU99\n", "-\n", "svm.dat AU28\n"};
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        snprintf(twice, sizeof(twice), "%s%s", list, more[i]);
        write_text("list.txt", twice);
        CHECK_INT(load(), MIEN_EBADMODEL);
    }
    list[0] = 0;
    for (int i = 0; i < MN_AU_PRESENCES; i++)
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "- AU%02d\n",
                 mien_au_presence_unit(i));
    write_text("list.txt", list);
    CHECK_INT(load(), MIEN_EBADMODEL);
    static const char *const made[] = {"main_dynamic_svms.txt", "list.txt", "svm.dat", "svr.dat"};
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        unlink(in_folder(made[i]));
    rmdir(folder);
}

/* The built-in set: every unit except 28, through the whole chain. */
static void own_models(void)
{
    for (int statics = 0; statics < 2; statics++) {
        struct mn_log log;
        struct mn_au *au;
        mn_log_init(&log, remember, NULL);
        REQUIRE(mn_au_open(&au, MN_SOURCE_ROOT "/models/builtin/au", statics, &log) == 0);
        int without = 0;
        for (int i = 0; i < MN_AU_MODELS; i++) {
            bool none = true;
            for (int f = 0; f < au->features && none; f++)
                none = au->models->weights[f * MN_PRODUCT_COLUMNS + i] == 0;
            without += none;
            CHECK(none ==
                  (i >= MN_AU_INTENSITIES && mien_au_presence_unit(i - MN_AU_INTENSITIES) == 28));
            CHECK(none || au->models->model[i].dynamic == !statics);
        }
        CHECK_INT(without, 1);
        mn_au_close(&au);
        mn_log_finish(&log);
    }
}

/* A shape model that is intact but belongs to other models is refused with its name and the byte of
 * the count. */
static void another_shape(void)
{
    static const struct {
        int points, modes;
        const char *before; /* the text in front of the wrong count */
    } table[] = {{67, 34, "(in mm)\n"},
                 {69, 34, "(in mm)\n"},
                 {68, 33, "components\n204\n"},
                 {68, 35, "components\n204\n"},
                 {68, 34, NULL}};
    static const char own[] = MN_SOURCE_ROOT "/models/builtin/au";
    char there[] = "/tmp/mien_test_shape_XXXXXX", file_path[600], target[600];
    REQUIRE(mkdtemp(there) != NULL);
    DIR *dir = opendir(own);
    REQUIRE(dir != NULL);
    for (struct dirent *e; (e = readdir(dir));) {
        snprintf(file_path, sizeof(file_path), "%s/%s", there, e->d_name);
        snprintf(target, sizeof(target), "%s/%s", own, e->d_name);
        if (e->d_name[0] != '.' && strcmp(e->d_name, "pdm_68.txt"))
            REQUIRE(symlink(target, file_path) == 0);
    }
    struct mn_log log;
    mn_log_init(&log, remember, NULL);
    snprintf(file_path, sizeof(file_path), "%s/pdm_68.txt", there);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct made_file f = {0};
        made_pdm(&f, table[i].points, table[i].modes);
        made_put(&f, "", 1);
        FILE *file = fopen(file_path, "wb");
        REQUIRE(file && fwrite(f.bytes, 1, f.size - 1, file) == f.size - 1 && fclose(file) == 0);
        struct mn_au *au;
        message[0] = 0;
        CHECK_INT(mn_au_open(&au, there, false, &log), table[i].before ? MIEN_EBADMODEL : 0);
        if (table[i].before) {
            const char *at = strstr((const char *)f.bytes, table[i].before);
            REQUIRE(at != NULL);
            char where[700];
            snprintf(where, sizeof(where), "%s: damaged at byte %zu: ", file_path,
                     (size_t)(at - (const char *)f.bytes) + strlen(table[i].before));
            CHECK(!strncmp(message, where, strlen(where)));
        }
        mn_au_close(&au);
        made_free(&f);
    }
    mn_log_finish(&log);
    rewinddir(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        snprintf(file_path, sizeof(file_path), "%s/%s", there, e->d_name);
        if (e->d_name[0] != '.')
            unlink(file_path);
    }
    closedir(dir);
    rmdir(there);
}

/* --------------------------------------------------------------------------- corrections ---- */

static void made_up(struct mn_au_models *m)
{
    memset(m, 0, sizeof(*m));
    for (int i = 0; i < MN_AU_MODELS; i++)
        m->model[i] =
            (struct mn_au_model){.dynamic = i % 2 == 0, .cutoff = i % 2 ? -1 : 0.5, .above = 1};
}

/* Ten frames, the person seen in 2 .. 7 but not in 4. */
static void smoothing(void)
{
    struct mn_au_models m;
    made_up(&m);
    struct mn_au_history *h;
    struct mn_au_values v;
    const int seen[] = {2, 3, 5, 6, 7};
    double product[MN_PRODUCT_COLUMNS] = {0}, median[MN_PRODUCT_COLUMNS] = {0};
    REQUIRE(mn_au_history_open(&h, &m, true) == 0);
    for (int k = 0; k < 5; k++) {
        double score[MN_AU_MODELS];
        for (int i = 0; i < MN_AU_MODELS; i++)
            score[i] = product[i] = i % 2 ? 2 : seen[k];
        CHECK_INT(mn_au_history_add(h, seen[k], product, score), 0);
    }
    CHECK_INT(mn_au_history_add(h, 7, product, product), MIEN_EINVAL);
    CHECK_INT(mn_au_history_add(h, INT64_MAX / 2, product, product), MIEN_ENOMEM);
    median[0] = 0.5;
    CHECK_INT(mn_au_history_finish(h, median, NULL, 7), MIEN_EINVAL);
    CHECK_INT(mn_au_history_finish(h, median, NULL, 10), 0);
    CHECK_INT(mn_au_history_finish(h, median, NULL, 10), MIEN_EINVAL);
    CHECK_INT(mn_au_history_add(h, 11, product, product), MIEN_EINVAL);
    /* Unit 0: 1.5 2.5 4.5 5.5 6.5 after the second pass; the middle one, 4.5, is subtracted. */
    CHECK_NEAR(mn_au_history_offsets(h)[0], 4.5, 1e-6);
    CHECK_NEAR(mn_au_history_offsets(h)[1], 0, 0);
    const double want0[10] = {0, 0, 0, 0, 0, 1.0 / 3, 1, 1, 2.0 / 3, 0};
    const double want1[10] = {0,       2.0 / 3, 4.0 / 3, 4.0 / 3, 4.0 / 3,
                              4.0 / 3, 2,       4.0 / 3, 2.0 / 3, 0};
    /* Presence is the sign of the score, 1 in every frame seen; four of seven frames make a
     * presence. */
    const int present[10] = {0, 0, 1, 1, 1, 1, 1, 1, 0, 0};
    for (int i = 0; i < 10; i++) {
        mn_au_history_get(h, i, &v);
        CHECK_NEAR(v.intensity[0], want0[i], 1e-6);
        CHECK_NEAR(v.intensity[1], want1[i], 1e-6);
        int seven = 0;
        for (int k = i - 3; k <= i + 3; k++)
            for (int s = 0; s < 5; s++)
                seven += seen[s] == k;
        int expect = i >= 3 && i <= 6 ? seven >= 4 : (i == 2 || i == 7);
        CHECK_INT(v.presences & 1, expect);
        CHECK(expect == present[i] || i == 3);
    }
    CHECK(!mn_au_history_raw(h, 4, &v));
    CHECK(mn_au_history_raw(h, 5, &v));
    mn_au_history_close(&h);
    CHECK(!h);

    REQUIRE(mn_au_history_open(&h, &m, true) == 0); /* a person never seen */
    CHECK_INT(mn_au_history_finish(h, median, NULL, 0), 0);
    mn_au_history_get(h, 0, &v);
    CHECK_NEAR(v.intensity[0], 0, 0);
    mn_au_history_close(&h);
}

/* More frames than the second pass predicts again. */
static void beyond_3000(void)
{
    struct mn_au_models m;
    made_up(&m);
    struct mn_au_history *h;
    struct mn_au_values v;
    double product[MN_PRODUCT_COLUMNS] = {0}, score[MN_AU_MODELS] = {0};
    double median[MN_PRODUCT_COLUMNS] = {0};
    REQUIRE(mn_au_history_open(&h, &m, true) == 0);
    for (int i = 0; i < 4000; i++) {
        product[2] = 3;
        score[2] = 1;
        CHECK_INT(mn_au_history_add(h, i, product, score), 0);
    }
    median[2] = 0.25;
    m.model[2].cutoff = -1;
    CHECK_INT(mn_au_history_finish(h, median, NULL, 4000), 0);
    mn_au_history_get(h, 2998, &v);
    CHECK_NEAR(v.intensity[2], 2.75, 1e-6);
    mn_au_history_get(h, 3001, &v);
    CHECK_NEAR(v.intensity[2], 1, 1e-6);
    mn_au_history_close(&h);
}

static void online(void)
{
    struct mn_au_models m;
    made_up(&m);
    static struct mn_au_online o;
    struct mn_au_values v;
    for (int i = 0; i < 100; i++) {
        double score[MN_AU_MODELS] = {0};
        score[0] = 0.5 + 0.01 * i;
        score[1] = i % 2 ? 100 : -100;
        mn_au_online_correct(&o, &m, score, NULL, &v);
        if (i < 9) {
            CHECK_NEAR(v.intensity[0], score[0], 1e-6);
        } else {
            double offset = score[0] - (double)v.intensity[0];
            CHECK_NEAR(offset, 0.5 + 0.001 * i, 0.05);
        }
        CHECK(v.intensity[1] >= 0 && v.intensity[1] <= 5);
    }
}

int main(void)
{
    damaged();
    smaller();
    own_models();
    another_shape();
    smoothing();
    beyond_3000();
    online();
    char models[GOLDEN_PATH];
    if (!golden_path(models, FOLDER) || !golden_path(path, "golden"))
        return check_failures ? check_done()
                              : check_skip("the shared folder with models is missing");
    struct mn_au_models *m;
    REQUIRE(golden_path(models, FOLDER));
    REQUIRE(mn_au_models_load(&m, models, true, NULL) == 0);
    for (int i = 0; i < MN_AU_MODELS; i++)
        CHECK(!m->model[i].dynamic);
    mn_au_models_close(&m);
    REQUIRE(mn_au_models_load(&m, models, false, NULL) == 0);
    check_values(m);
    kernels_agree(m);
    golden_scores(m, "golden/subj01_intermediate");
    golden_scores(m, "golden/subj01_intermediate_lm");
    mn_au_models_close(&m);
    return check_done();
}
