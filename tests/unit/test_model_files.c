/* Model files that are cut off anywhere are refused, with one sentence that has the file's name and
 * a byte inside the file. The files are synthetic, so no models are needed. fuzz/fuzz_models.c
 * damages the same files in other ways. */
#include <stdbool.h>
#include <unistd.h>

#include "check.h"
#include "clnf/model.h"
#include "face/align.h"
#include "face/pdm.h"
#include "model_files.h"

static char path[] = "/tmp/mien_test_files_XXXXXX", said[1024];
static int sentences;
static struct mn_log quiet;

static void remember(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    snprintf(said, sizeof(said), "%s", message);
    sentences++;
}

typedef int load_fn(void);

static int load_experts(void)
{
    struct mn_clnf_scale s = {0};
    int err = mn_clnf_experts_load(&s, path, 3, 5, 1, &quiet);
    mn_clnf_experts_free(&s);
    return err;
}

static int load_eye_experts(void)
{
    struct mn_clnf_scale s = {0};
    int err = mn_clnf_experts_load(&s, path, 4, 3, 0, &quiet);
    mn_clnf_experts_free(&s);
    return err;
}

static int load_pdm(void)
{
    struct mn_pdm *p;
    int err = mn_pdm_load(&p, path, &quiet);
    CHECK((err == 0) == (p != NULL));
    mn_pdm_close(&p);
    return err;
}

static int load_triangles(void)
{
    struct mn_triangles t;
    return mn_align_load_triangles(&t, path, &quiet);
}

static int load_validator(void)
{
    struct mn_validator *v;
    int err = mn_validator_load(&v, path, &quiet);
    CHECK((err == 0) == (v != NULL));
    mn_validator_close(&v);
    return err;
}

static void write_whole(const struct made_file *f)
{
    FILE *file = fopen(path, "wb");
    REQUIRE(file && fwrite(f->bytes, 1, f->size, file) == f->size && fclose(file) == 0);
}

static void refused(load_fn *load, size_t length)
{
    REQUIRE(truncate(path, (off_t)length) == 0);
    *said = 0;
    sentences = 0;
    CHECK_INT(load(), MIEN_EBADMODEL);
    CHECK_INT(sentences, 1);
    const char *at = strstr(said, " at byte ");
    CHECK(strstr(said, path) == said && at != NULL);
    if (at)
        CHECK(strtoull(at + 9, NULL, 10) <= length);
    if (check_failures)
        printf("cut at %zu: %s\n", length, said);
}

/* Lengths only shrink, so that the file is written once. */
static void cut_everywhere(struct made_file *f, load_fn *load, bool text)
{
    write_whole(f);
    CHECK_INT(load(), 0);
    size_t n = f->size;
    while (text && n &&
           strchr(" \n", f->bytes[n - 1])) /* a text without its trailing blanks is complete, */
        n--;
    while (text && n && !strchr(" \n", f->bytes[n - 1])) /* and half a number is a number */
        n--;
    for (n += text; n-- > 0 && !check_failures;)
        refused(load, n);
    made_put(f, "1", 1);
    write_whole(f);
    CHECK_INT(load(), MIEN_EBADMODEL);
    CHECK(strstr(said, " at byte ") != NULL);
    made_free(f);
}

/* Cuts in and around every field of the first of the seven networks, and at the file's end. */
static void cut_at_fields(struct made_file *f, load_fn *load)
{
    write_whole(f);
    CHECK_INT(load(), 0);
    for (int k = f->marks - 1; k >= 0 && !check_failures; k--) {
        if (k > 190 && k < f->marks - 20)
            continue;
        for (size_t more = 6; more-- > 0;)
            if (f->mark[k] + more < f->size && (more < 2 || k < 190))
                refused(load, f->mark[k] + more);
    }
    made_free(f);
}

/* Changes every count and kind in the file: it is refused, or loads without harm. */
static void other_counts(struct made_file *f, load_fn *load)
{
    static const int32_t odd[] = {-1, 0, 1, 7, 1000, INT32_MAX, INT32_MIN};
    for (int k = 0; k < f->marks; k++)
        for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
            uint8_t old[4];
            if (f->mark[k] + 4 > f->size)
                continue;
            memcpy(old, f->bytes + f->mark[k], 4);
            memcpy(f->bytes + f->mark[k], &odd[i], 4);
            write_whole(f);
            sentences = 0;
            int err = load();
            CHECK(err == 0 || err == MIEN_EBADMODEL);
            CHECK_INT(sentences, err < 0);
            memcpy(f->bytes + f->mark[k], old, 4);
        }
}

/* Puts a value into the field, counted from the end of the file, and loads; restores it afterwards.
 */
static int with_number(const struct made_file *f, int from_end, int32_t v, load_fn *load)
{
    size_t at = f->mark[f->marks - from_end];
    FILE *file = fopen(path, "r+b");
    REQUIRE(file && fseek(file, (long)at, SEEK_SET) == 0 && fwrite(&v, 4, 1, file) == 1);
    REQUIRE(fclose(file) == 0);
    int err = load();
    file = fopen(path, "r+b");
    REQUIRE(file && fseek(file, (long)at, SEEK_SET) == 0);
    REQUIRE(fwrite(f->bytes + at, 4, 1, file) == 1 && fclose(file) == 0);
    return err;
}

/* Values that are later used as indices must be in range. */
static void wrong_indices(const struct made_file *f)
{
    static const int32_t wrong[] = {-1, 68, 256, INT32_MAX, INT32_MIN};
    write_whole(f);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        for (int corner = 17; corner <= 19; corner++) /* the last triangle's landmarks */
            CHECK_INT(with_number(f, corner, wrong[i], load_validator), MIEN_EBADMODEL);
        if (i) /* the triangle of the last map's first pixel; -1 would mean one pixel less */
            CHECK_INT(with_number(f, 13, wrong[i], load_validator), MIEN_EBADMODEL);
    }
    CHECK_INT(with_number(f, 13, -1, load_validator), MIEN_EBADMODEL);
    CHECK_INT(with_number(f, 17, 67, load_validator), 0);
}

/* A matrix that could not be inverted later is refused while the file is read, although nothing is
 * inverted then. The last expert's components get this weight. */
static int with_weight(const struct made_file *f, double weight, struct mn_clnf_scale *s)
{
    struct made_file changed = *f;
    changed.bytes = malloc(f->size);
    REQUIRE(changed.bytes);
    memcpy(changed.bytes, f->bytes, f->size);
    memcpy(changed.bytes + f->size - 2 * sizeof(double), &weight, sizeof(weight));
    write_whole(&changed);
    free(changed.bytes);
    *s = (struct mn_clnf_scale){0};
    return mn_clnf_experts_load(s, path, 3, 5, 1, &quiet);
}

static void ties_without_inverse(const struct made_file *f)
{
    struct mn_clnf_scale s;
    CHECK_INT(with_weight(f, -1000, &s), MIEN_EBADMODEL);
    CHECK(strstr(said, " at byte ") != NULL && strstr(said, "no inverse") != NULL);
    mn_clnf_experts_free(&s);
    CHECK_INT(with_weight(f, -1e-3, &s), 0); /* unusual, but there is an inverse */
    mn_clnf_experts_free(&s);
    CHECK_INT(with_weight(f, 1e9, &s), 0); /* the same */
    mn_clnf_experts_free(&s);

    CHECK_INT(with_weight(f, 2, &s), 0);
    const float *first = s.expert[0].smooth, *last = s.expert[2 * 3 - 1].smooth;
    REQUIRE(first && last);
    CHECK(first[0] == 0 && last[0] == 0); /* no view was used yet */
    mn_smoothing_ensure(s.smoothing, 1);
    CHECK(first[0] == 0 && last[0] > 0);
    const float once = last[0];
    mn_smoothing_ensure(s.smoothing, 0);
    mn_smoothing_ensure(s.smoothing, 1);
    CHECK(first[0] > last[0]); /* its neighbours have less weight */
    CHECK(last[0] == once);
    mn_clnf_experts_free(&s);
}

int main(void)
{
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    close(fd);
    mn_log_init(&quiet, remember, NULL);
    struct made_file f = {0};
    made_experts(&f, 3, 2, 5, 2, 2);
    ties_without_inverse(&f);
    other_counts(&f, load_experts);
    cut_everywhere(&f, load_experts, false);
    made_experts(&f, 4, 1, 3, 0, 1);
    other_counts(&f, load_eye_experts);
    cut_everywhere(&f, load_eye_experts, false);
    made_pdm(&f, 6, 3);
    cut_everywhere(&f, load_pdm, true);
    made_triangles(&f, 12);
    cut_everywhere(&f, load_triangles, true);
    made_validator(&f, 8);
    wrong_indices(&f);
    cut_at_fields(&f, load_validator);
    unlink(path);
    CHECK_INT(load_validator(), MIEN_ENOMODEL);
    CHECK_INT(load_experts(), MIEN_ENOMODEL);
    CHECK_INT(load_triangles(), MIEN_ENOMODEL);
    mn_log_finish(&quiet);
    return check_done();
}
