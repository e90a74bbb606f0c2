/* mien-synth still, units */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"

struct job {
    const struct sy_given *given;
    const struct sy_assets *assets;
    FILE *lines, *frames, *records;
};

static void draw(void *ctx, struct sy_render *r, int i, uint64_t *noise)
{
    const struct job *j = ctx;
    const struct sy_given *g = j->given;
    uint64_t number = (uint64_t)g->first + (uint64_t)i;
    struct sy_rng rng = sy_rng_at(g->seed, g->same ? number / (uint64_t)g->same : number);
    struct sy_scene_options o = {g->width, g->height, g->face > 0 ? 1 : g->faces, g->face,
                                 g->clean};
    sy_scene_draw(&r->scene, r->person, j->assets, &o, &rng);
    if (g->same) {
        rng = sy_rng_at(~g->seed, number);
        sy_scene_again(&r->scene, &rng);
    }
    *noise = sy_next(&rng);
}

static int take(void *ctx, struct sy_render *r, const struct sy_label *l, int i)
{
    const struct job *j = ctx;
    const struct sy_given *g = j->given;
    char name[40], file[50];
    int number = g->first + i;
    if (g->format == SY_RAW) {
        size_t n = 3 * (size_t)g->width * (size_t)g->height;
        int good = fwrite(r->out, 1, n, j->frames) == n;
        for (int f = 0; f < r->scene.num_faces && good; f++) {
            float record[SY_RECORD];
            sy_label_record(&l[f], i, record);
            good = fwrite(record, sizeof(*record), SY_RECORD, j->records) == SY_RECORD;
        }
        return good ? 0 : sy_fail(MIEN_EOUTPUT, "%s: %s", g->output, strerror(errno));
    }
    snprintf(name, sizeof(name), "%08d", number);
    snprintf(file, sizeof(file), "%s.%s", name, g->format == SY_PPM ? "ppm" : "png");
    sy_write_line(j->lines, file, r, l, number, -1);
    if (ferror(j->lines))
        return sy_fail(MIEN_EOUTPUT, "%s/labels.jsonl: %s", g->output, strerror(errno));
    return sy_write_picture(g, name, r);
}

static FILE *create(const struct sy_given *g, const char *name)
{
    char path[1200];
    snprintf(path, sizeof(path), "%.1000s/%s", g->output, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        sy_fail(MIEN_EOUTPUT, "%s cannot be written: %s", path, strerror(errno));
    return file;
}

/* What a reader needs to know before the records; numbers as the machine has them. */
static int write_head(const struct job *j)
{
    const int32_t head[6] = {1, j->given->width, j->given->height, j->given->count, SY_RECORD, 0};
    return fwrite("MIENSYN1", 1, 8, j->records) == 8 && fwrite(head, 4, 6, j->records) == 6
               ? 0
               : sy_fail(MIEN_EOUTPUT, "%s/labels.bin: %s", j->given->output, strerror(errno));
}

static int open_outputs(struct job *j)
{
    const struct sy_given *g = j->given;
    if (mkdir(g->output, 0777) != 0 && errno != EEXIST)
        return sy_fail(MIEN_EOUTPUT, "%s cannot be made: %s", g->output, strerror(errno));
    if (g->format != SY_RAW) {
        j->lines = create(g, "labels.jsonl");
        return j->lines ? 0 : MIEN_EOUTPUT;
    }
    j->frames = create(g, "frames.rgb");
    j->records = j->frames ? create(g, "labels.bin") : NULL;
    return j->records ? write_head(j) : MIEN_EOUTPUT;
}

static int close_outputs(struct job *j, int err)
{
    FILE *const files[3] = {j->lines, j->frames, j->records};
    for (int i = 0; i < 3; i++)
        if (files[i] && fclose(files[i]) != 0 && err == 0)
            err = sy_fail(MIEN_EOUTPUT, "%s: %s", j->given->output, strerror(errno));
    return err;
}

static int run(const struct sy_given *given,
               void (*how)(void *, struct sy_render *, int, uint64_t *))
{
    struct sy_assets a;
    struct sy_given g = *given;
    struct job j = {&g, &a, NULL, NULL, NULL};
    if (!g.count)
        g.count = 1;
    int err = sy_open_assets(&a, &g);
    if (err < 0)
        return err;
    err = open_outputs(&j);
    struct sy_work w = {g.count, &j, how, take};
    if (err == 0)
        err = sy_work_run(&g, &a, &w);
    err = close_outputs(&j, err);
    sy_assets_close(&a);
    return err;
}

int sy_cmd_still(const struct sy_given *g)
{
    return run(g, draw);
}

/* The same person, looking at the camera, with one unit at intensity 5; picture 0 has none. */
static void draw_unit(void *ctx, struct sy_render *r, int i, uint64_t *noise)
{
    const struct job *j = ctx;
    struct sy_rng rng = sy_rng_at(j->given->seed, 0);
    struct sy_scene_options o = {j->given->width, j->given->height, 1,
                                 j->given->face > 0 ? j->given->face : 0.7f, 1};
    sy_scene_draw(&r->scene, r->person, j->assets, &o, &rng);
    struct sy_state *s = &r->scene.state[0];
    memset(s->au, 0, sizeof(s->au));
    memset(s->head, 0, sizeof(s->head));
    memset(s->look, 0, sizeof(s->look));
    if (i > 0)
        s->au[(i - 1) % MIEN_AU_INTENSITIES] = 5;
    *noise = 1;
}

int sy_cmd_units(const struct sy_given *given)
{
    struct sy_given g = *given;
    g.count = 1 + MIEN_AU_INTENSITIES;
    return run(&g, draw_unit);
}
