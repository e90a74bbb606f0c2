/* Mien's own model files of action units, which hold intensity, presence and level: how they are
 * read, and what level and presence do to the values. */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "face/au_chain.h"

#define FEATURES 7
#define AU12 8 /* index among intensities and among presences */

static char folder[64];

static void write_file(const char *name, const void *data, size_t size)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    REQUIRE(f && fwrite(data, 1, size, f) == size);
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

/* Weights of two runs: 2, 4 in features 1, 2, and -3 in feature 6. */
static size_t put_runs(uint8_t *at)
{
    const int32_t head[2] = {FEATURES, 2}, a[3] = {1, 2, 1}, b[3] = {6, 1, 3};
    const double unit[2] = {2, 0.01};
    const int8_t small[2] = {1, 2};
    const int16_t large = -300;
    size_t n = put(at, head, sizeof(head));
    n += put(at + n, a, sizeof(a));
    n += put(at + n, &unit[0], 8);
    n += put(at + n, small, sizeof(small));
    n += put(at + n, b, sizeof(b));
    n += put(at + n, &unit[1], 8);
    return n + put(at + n, &large, 2);
}

/* Bias 0.5; present from 1.5 on; level of bias 1, at most 3. */
static size_t make(uint8_t *out, int32_t kind, int32_t level)
{
    const double cutoff = 0.1, tail[2] = {0.5, 1.5}, of_level[2] = {1, 3};
    size_t n = put(out, &kind, 4);
    if (kind == 9)
        n += put(out + n, &cutoff, 8);
    n += put_runs(out + n);
    n += put(out + n, tail, sizeof(tail));
    if (kind == 9)
        n += put(out + n, &level, 4);
    if (kind != 9 || !level)
        return n;
    n += put_runs(out + n);
    return n + put(out + n, of_level, sizeof(of_level));
}

static int load(struct mn_au_models **m)
{
    return mn_au_models_load(m, folder, false, NULL);
}

static void make_folder(void)
{
    char list[1024] = "au12.dat AU12\n";
    for (int i = 0; i < MN_AU_PRESENCES; i++)
        if (mien_au_presence_unit(i) != 12)
            snprintf(list + strlen(list), sizeof(list) - strlen(list), "- AU%02d\n",
                     mien_au_presence_unit(i));
    snprintf(folder, sizeof(folder), "/tmp/mien_test_both_XXXXXX");
    REQUIRE(mkdtemp(folder));
    write_text("main_dynamic_svms.txt", "AUPredictor list.txt\nPDM p.txt\nTriangulation t.txt\n");
    write_text("list.txt", list);
}

static void product_of(const float *weights, const float x[FEATURES], double *product)
{
    memset(product, 0, MN_PRODUCT_COLUMNS * sizeof(*product));
    for (int i = 0; i < FEATURES; i++)
        for (int k = 0; k < MN_PRODUCT_COLUMNS; k++)
            product[k] += (double)x[i] * (double)weights[i * MN_PRODUCT_COLUMNS + k];
}

static void values(void)
{
    static uint8_t dat[512];
    struct mn_au_models *m;
    write_file("au12.dat", dat, make(dat, 9, 1));
    REQUIRE(load(&m) == 0);
    CHECK(m->model[AU12].dynamic && m->model[AU12].decides && m->model[AU12].has_level);
    const float x[FEATURES] = {9, 1, 0.5f, 9, 9, 9, 1};
    double product[MN_PRODUCT_COLUMNS], score[MN_AU_MODELS];
    product_of(m->weights, x, product);
    mn_au_scores(m, product, NULL, score);
    CHECK_NEAR(score[AU12], 2 * 1 + 4 * 0.5 - 3 + 0.5, 1e-6);
    CHECK_INT(mn_au_presences(m, score), 0);
    float level[MN_AU_INTENSITIES];
    product_of(m->level_weights, x, product);
    mn_au_levels(m, product, level);
    CHECK_NEAR(level[AU12], 2, 1e-6); /* 1 and the bias */
    CHECK_NEAR(level[0], 0, 0);
    product[AU12] = 10;
    mn_au_levels(m, product, level);
    CHECK_NEAR(level[AU12], 3, 0);
    product[AU12] = -10;
    mn_au_levels(m, product, level);
    CHECK_NEAR(level[AU12], 0, 0);
    mn_au_models_close(&m);

    write_file("au12.dat", dat, make(dat, 8, 0));
    REQUIRE(load(&m) == 0);
    CHECK(!m->model[AU12].dynamic && m->model[AU12].decides && !m->level_weights);
    mn_au_levels(m, NULL, level);
    CHECK_NEAR(level[AU12], 0, 0);
    mn_au_models_close(&m);
}

static void damaged(void)
{
    static uint8_t dat[512];
    struct mn_au_models *m;
    const size_t size = make(dat, 9, 1), runs = 4 + 8;
    for (size_t cut = 0; cut < size; cut++) {
        write_file("au12.dat", dat, cut);
        CHECK_INT(load(&m), MIEN_EBADMODEL);
    }
    const struct {
        size_t at;
        int32_t value;
    } wrong[] = {{0, 7},          {runs, 0},      {runs, 99999},          {runs + 4, 0},
                 {runs + 4, 9},   {runs + 8, -1}, {runs + 8, FEATURES},   {runs + 12, 0},
                 {runs + 12, 99}, {runs + 16, 5}, {runs + 24, 0x7ff00000}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        make(dat, 9, 1);
        memcpy(dat + wrong[i].at, &wrong[i].value, 4);
        write_file("au12.dat", dat, size);
        CHECK_INT(load(&m), MIEN_EBADMODEL);
    }
    make(dat, 9, 1);
    const double much = 6;
    memcpy(dat + size - 8, &much, 8);
    write_file("au12.dat", dat, size);
    CHECK_INT(load(&m), MIEN_EBADMODEL);
    write_file("au12.dat", dat, make(dat, 9, 2));
    CHECK_INT(load(&m), MIEN_EBADMODEL);
}

static const struct mn_au_models smiler = {
    .model[AU12] = {
        .dynamic = true, .cutoff = 0.1, .decides = true, .present = 1.5, .has_level = true}};

/* A person whose score is `some` in every tenth frame and 0 otherwise. */
static struct mn_au_history *person(double some, const float *level)
{
    struct mn_au_history *h;
    double product[MN_PRODUCT_COLUMNS] = {0}, median[MN_PRODUCT_COLUMNS] = {0};
    double score[MN_AU_MODELS] = {0};
    REQUIRE(mn_au_history_open(&h, &smiler, true) == 0);
    for (int i = 0; i < 100; i++) {
        score[AU12] = product[AU12] = i % 10 < 3 ? some : 0;
        CHECK_INT(mn_au_history_add(h, i, product, score), 0);
    }
    CHECK_INT(mn_au_history_finish(h, median, level, 100), 0);
    return h;
}

static void whole_video(void)
{
    const float level[MN_AU_INTENSITIES] = {[0] = 4, [AU12] = 2};
    struct mn_au_values v;
    struct mn_au_history *h = person(0, level); /* smiles all the time */
    mn_au_history_get(h, 50, &v);
    CHECK_NEAR(v.intensity[AU12], 2, 1e-6);
    CHECK_NEAR(v.intensity[0], 0, 0); /* no level */
    CHECK_INT(v.presences, 1 << AU12);
    mn_au_history_close(&h);

    h = person(-3, level); /* and pauses: the pauses are further from the median than the level */
    mn_au_history_get(h, 56, &v);
    CHECK_NEAR(v.intensity[AU12], 3, 1e-6);
    mn_au_history_get(h, 51, &v);
    CHECK_NEAR(v.intensity[AU12], 0, 1e-6);
    mn_au_history_close(&h);

    h = person(0, NULL);
    mn_au_history_get(h, 50, &v);
    CHECK_NEAR(v.intensity[AU12], 0, 0);
    CHECK_INT(v.presences, 0);
    mn_au_history_close(&h);
}

static void while_frames_come(void)
{
    const float level[MN_AU_INTENSITIES] = {[AU12] = 2};
    const double score[MN_AU_MODELS] = {0};
    static struct mn_au_online o;
    struct mn_au_values v;
    for (int i = 0; i < 20; i++) {
        mn_au_online_correct(&o, &smiler, score, level, &v);
        CHECK_NEAR(v.intensity[AU12], 2, 1e-6);
        CHECK_INT(v.presences, 1 << AU12);
    }
    mn_au_clamp(&smiler, score, level, &v);
    CHECK_NEAR(v.intensity[AU12], 2, 1e-6);
    mn_au_clamp(&smiler, score, NULL, &v);
    CHECK_NEAR(v.intensity[AU12], 0, 0);
    CHECK_INT(v.presences, 0);
}

int main(void)
{
    char path[128];
    make_folder();
    values();
    damaged();
    static const char *const made[] = {"main_dynamic_svms.txt", "list.txt", "au12.dat"};
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, made[i]);
        unlink(path);
    }
    rmdir(folder);
    whole_video();
    while_frames_come();
    return check_done();
}
