#include "face/au_models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "face/dat.h"

#define MAX_LIST (64u << 10)
#define MAX_DAT (4u << 20)
#define MAX_FEATURES 16384
#define LINE 512

/* The kind of a model, the first number of its file. The other numbers are reserved names without
 * files. */
enum kind {
    SVR_STATIC = 0,
    SVR_DYNAMIC = 1,
    SVM_STATIC = 4,
    SVM_DYNAMIC = 5,
    /* Mien's own, of both intensity and presence */
    BOTH_STATIC = 8,
    BOTH_DYNAMIC = 9,
};

#define MAX_RUNS 8
#define MOST_UNIT 1e6
#define MOST_LEVEL 5

struct loader {
    struct mn_au_models *models;
    const char *folder;
    struct mn_log *log;
    bool seen[MN_AU_MODELS];
    double *mean, *weight; /* of the file being read */
};

/* Index of the unit named "AU01" or similar among intensities or presences; -1: unknown. */
static int position(const char *name, bool presence)
{
    if (strlen(name) != 4 || strncmp(name, "AU", 2))
        return -1;
    for (int i = 0; i < (presence ? MN_AU_PRESENCES : MN_AU_INTENSITIES); i++) {
        char have[8];
        snprintf(have, sizeof(have), "AU%02d",
                 presence ? mien_au_presence_unit(i) : mien_au_intensity_unit(i));
        if (!strcmp(name, have))
            return presence ? MN_AU_INTENSITIES + i : i;
    }
    return -1;
}

/* Takes the number of features from the first file; all other files must agree. */
static int room_for(struct loader *l, int features)
{
    struct mn_au_models *m = l->models;
    m->features = features;
    m->weights = mn_alloc((size_t)features * MN_PRODUCT_COLUMNS, sizeof(*m->weights));
    l->mean = mn_alloc((size_t)features, sizeof(double));
    l->weight = mn_alloc((size_t)features, sizeof(double));
    return m->weights && l->mean && l->weight ? 0 : MIEN_ENOMEM;
}

/* Reads a matrix of one row or one column. OpenFace's files have doubles; ours have floats and half
 * the size. */
static int read_vector(struct loader *l, struct mn_dat *d, bool is_row, bool is_first)
{
    size_t at = d->at;
    int32_t rows = mn_dat_i32(d), cols = mn_dat_i32(d), type = mn_dat_i32(d);
    int32_t n = is_row ? cols : rows, one = is_row ? rows : cols;
    if (d->error)
        return d->error;
    if ((type != MN_DAT_F64 && type != MN_DAT_F32) || one != 1 || n < 1 || n > MAX_FEATURES)
        return mn_dat_refuse(
            d, at, is_row ? "expected one row of numbers" : "expected one column of numbers");
    if (!l->models->features && is_first && room_for(l, n) < 0)
        return MIEN_ENOMEM;
    if (n != l->models->features)
        return mn_dat_refuse(d, at, "the number of features differs from the other models");
    (type == MN_DAT_F64 ? mn_dat_f64s : mn_dat_f32s_as_f64)(d, is_row ? l->mean : l->weight,
                                                            (size_t)n);
    return d->error;
}

static bool read_class(struct mn_dat *d)
{
    size_t at = d->at;
    double v = mn_dat_f64(d);
    if (v != 0 && v != 1)
        mn_dat_refuse(d, at, "a class is neither 0 nor 1");
    return v == 1;
}

static void put_weights(const struct loader *l, float *to, int column)
{
    for (int i = 0; i < l->models->features; i++)
        to[i * MN_PRODUCT_COLUMNS + column] = (float)l->weight[i];
}

/* A run of weights that follow each other: whole numbers and their unit. The others are 0. */
static int read_run(struct loader *l, struct mn_dat *d)
{
    const int features = l->models->features;
    const size_t at = d->at;
    const int first = mn_dat_i32_between(d, 0, features - 1, "a run begins outside the features");
    const int count = mn_dat_i32_between(d, 1, features - first, "a run ends outside the features");
    const int32_t type = mn_dat_i32(d);
    const double unit = mn_dat_f64(d);
    if (d->error)
        return d->error;
    if ((type != MN_DAT_I8 && type != MN_DAT_I16) || !(fabs(unit) < MOST_UNIT))
        return mn_dat_refuse(d, at, "expected a run of small whole numbers and their unit");
    mn_dat_scaled(d, (enum mn_dat_type)type, unit, l->weight + first, (size_t)count);
    return d->error;
}

static int read_runs(struct loader *l, struct mn_dat *d)
{
    const size_t at = d->at;
    const int n = mn_dat_i32_between(d, 1, MAX_FEATURES, "expected the number of features");
    const int runs = mn_dat_i32_between(d, 1, MAX_RUNS, "expected the number of runs of weights");
    if (d->error)
        return d->error;
    if (!l->models->features && room_for(l, n) < 0)
        return MIEN_ENOMEM;
    if (n != l->models->features)
        return mn_dat_refuse(d, at, "the number of features differs from the other models");
    memset(l->weight, 0, (size_t)n * sizeof(*l->weight));
    int err = 0;
    for (int i = 0; i < runs && err == 0; i++)
        err = read_run(l, d);
    return err;
}

static int read_level(struct loader *l, struct mn_dat *d, int column)
{
    struct mn_au_models *m = l->models;
    struct mn_au_model *model = &m->model[column];
    if (mn_dat_i32_between(d, 0, 1, "expected 1 for a model of the level, or 0") == 0)
        return d->error;
    int err = read_runs(l, d);
    if (err < 0)
        return err;
    if (!m->level_weights)
        m->level_weights = mn_alloc((size_t)m->features * MN_PRODUCT_COLUMNS, sizeof(float));
    if (!m->level_weights)
        return MIEN_ENOMEM;
    put_weights(l, m->level_weights, column);
    model->has_level = true;
    model->level_bias = mn_dat_f64(d);
    const size_t most_at = d->at;
    model->level_most = mn_dat_f64(d);
    if (!(model->level_most >= 0 && model->level_most <= MOST_LEVEL))
        return mn_dat_refuse(d, most_at, "the highest level is not between 0 and 5");
    return d->error;
}

/* Both models of a unit, after the kind. The presence gets no score of its own. */
static int read_both(struct loader *l, struct mn_dat *d, int column, bool dynamic)
{
    struct mn_au_model *m = &l->models->model[column];
    int err = read_runs(l, d);
    if (err < 0)
        return err;
    m->bias = mn_dat_f64(d);
    m->decides = true;
    m->present = mn_dat_f64(d);
    put_weights(l, l->models->weights, column);
    return dynamic ? read_level(l, d, column) : d->error;
}

/* One model, after the kind and the cutoff. */
static int read_one(struct loader *l, struct mn_dat *d, int column, bool presence)
{
    struct mn_au_model *m = &l->models->model[column];
    int err = read_vector(l, d, true, true);
    if (err == 0)
        err = read_vector(l, d, false, false);
    if (err < 0)
        return err;
    m->bias = mn_dat_f64(d);
    if (presence) {
        m->above = read_class(d);
        m->otherwise = read_class(d);
    }
    for (int i = 0; i < l->models->features; i++)
        m->bias -= l->mean[i] * l->weight[i];
    put_weights(l, l->models->weights, column);
    return d->error;
}

static bool is_kind(int32_t kind)
{
    return kind == SVR_STATIC || kind == SVR_DYNAMIC || kind == SVM_STATIC || kind == SVM_DYNAMIC ||
           kind == BOTH_STATIC || kind == BOTH_DYNAMIC;
}

/* Takes the columns of the unit's models; -1: they are taken, or there is no such unit. list, at:
 * the line that names the model. */
static int take_columns(struct loader *l, const char *name, int32_t kind, struct mn_dat *list,
                        size_t at)
{
    const bool presence = kind == SVM_STATIC || kind == SVM_DYNAMIC;
    const bool both = kind == BOTH_STATIC || kind == BOTH_DYNAMIC;
    const int column = position(name, presence), other = both ? position(name, true) : -1;
    if (column < 0 || l->seen[column] || (other >= 0 && l->seen[other])) {
        mn_dat_refuse(list, at,
                      column < 0 ? "a model of an unknown action unit"
                                 : "a second model of the same unit and kind");
        return -1;
    }
    l->seen[column] = true;
    if (other >= 0)
        l->seen[other] = true;
    return column;
}

static int read_dat(struct loader *l, struct mn_dat *d, const char *name, struct mn_dat *list,
                    size_t at)
{
    const int32_t kind = mn_dat_i32(d);
    if (d->error)
        return d->error;
    if (!is_kind(kind))
        return mn_dat_refuse(d, 0, "expected a linear model of a known kind");
    const int column = take_columns(l, name, kind, list, at);
    if (column < 0)
        return list->error;
    struct mn_au_model *m = &l->models->model[column];
    const bool adapts = kind == SVR_DYNAMIC || kind == BOTH_DYNAMIC;
    m->dynamic = adapts || kind == SVM_DYNAMIC;
    m->cutoff = adapts ? mn_dat_f64(d) : -1;
    if (adapts && m->cutoff != -1 && !(m->cutoff >= 0 && m->cutoff < 1))
        return mn_dat_refuse(d, 4, "the cutoff is not between 0 and 1");
    int err = kind == BOTH_STATIC || kind == BOTH_DYNAMIC
                  ? read_both(l, d, column, kind == BOTH_DYNAMIC)
                  : read_one(l, d, column, kind == SVM_STATIC || kind == SVM_DYNAMIC);
    if (err == 0 && !d->error && d->at != d->file.size)
        mn_dat_refuse(d, d->at, "data follows where the file should end");
    return err < 0 ? err : d->error;
}

static int load_dat(struct loader *l, const char *file, const char *name, struct mn_dat *list,
                    size_t at)
{
    char *path = mn_dat_join(l->folder, file);
    struct mn_dat d;
    if (!path)
        return MIEN_ENOMEM;
    int err = mn_dat_open(&d, path, MAX_DAT, l->log);
    if (err == 0) {
        err = read_dat(l, &d, name, list, at);
        mn_dat_close(&d);
    }
    free(path);
    return err;
}

/* Marks a unit's models that were not loaded as intentionally missing: the score is 0, and the unit
 * is never present. */
static int skip_unit(struct loader *l, const char *name)
{
    int column[2] = {position(name, false), position(name, true)};
    bool some = false;
    for (int k = 0; k < 2; k++) {
        if (column[k] < 0 || l->seen[column[k]])
            continue;
        l->seen[column[k]] = some = true;
        l->models->model[column[k]].cutoff = -1;
    }
    if (some)
        return 0;
    mn_error(l->log, "%s: '-' stands for %s, which is no action unit or has a model already",
             l->folder, name);
    return MIEN_EBADMODEL;
}

/* "word rest": ends the line after the word and returns the rest. */
static char *split(char *line)
{
    char *end = line + strcspn(line, " \t");
    if (!*end)
        return end;
    *end++ = 0;
    return end + strspn(end, " \t");
}

/* Reads the list: on each line a model's file and the unit's name; "-" instead of a file: no model.
 */
static int load_list(struct loader *l, const char *path)
{
    struct mn_dat d;
    int err = mn_dat_open(&d, path, MAX_LIST, l->log);
    if (err < 0)
        return err;
    char line[LINE];
    for (size_t at = 0; err == 0 && mn_dat_line(&d, line, sizeof(line)); at = d.at) {
        char *name = split(line);
        if (!*line)
            continue;
        if (!strcmp(line, "-") && *name)
            err = skip_unit(l, name);
        else if (!mn_dat_is_inside(line) || !*name)
            err = mn_dat_refuse(&d, at,
                                "expected a model file inside this folder, then an action unit");
        else
            err = load_dat(l, line, name, &d, at);
    }
    err = err < 0 ? err : d.error;
    for (int i = 0; i < MN_AU_MODELS && err == 0; i++)
        if (!l->seen[i]) {
            bool presence = i >= MN_AU_INTENSITIES;
            char why[80];
            snprintf(why, sizeof(why), "the list ends without a model for the %s of AU%02d",
                     presence ? "presence" : "intensity",
                     presence ? mien_au_presence_unit(i - MN_AU_INTENSITIES)
                              : mien_au_intensity_unit(i));
            err = mn_dat_refuse(&d, d.file.size, why);
        }
    if (err == 0 && !l->models->features)
        err = mn_dat_refuse(&d, d.file.size, "no model is named");
    mn_dat_close(&d);
    return err;
}

static int load_main(struct loader *l, const char *path)
{
    struct mn_dat d;
    int err = mn_dat_open(&d, path, MAX_LIST, l->log);
    if (err < 0)
        return err;
    static const char *const key[3] = {"AUPredictor", "PDM", "Triangulation"};
    char *found[3] = {0}, line[LINE];
    for (size_t at = 0; mn_dat_line(&d, line, sizeof(line)); at = d.at) {
        char *name = split(line);
        for (int i = 0; i < 3; i++) {
            if (strcmp(line, key[i]))
                continue;
            if (!mn_dat_is_inside(name) || found[i])
                mn_dat_refuse(&d, at, "expected one file inside this folder");
            else if (!(found[i] = mn_dat_join(l->folder, name)))
                d.error = MIEN_ENOMEM;
        }
    }
    if (!d.error && (!found[0] || !found[1] || !found[2]))
        mn_dat_refuse(&d, d.at, "AUPredictor, PDM or Triangulation is missing");
    err = d.error;
    mn_dat_close(&d);
    l->models->pdm_path = found[1];
    l->models->triangles_path = found[2];
    if (err == 0)
        err = load_list(l, found[0]);
    free(found[0]);
    return err;
}

int mn_au_models_load(struct mn_au_models **out, const char *folder, bool statics,
                      struct mn_log *log)
{
    struct loader l = {.folder = folder, .log = log};
    struct mn_au_models *m = l.models = mn_alloc(1, sizeof(*m));
    char *path = mn_dat_join(folder, statics ? "main_static_svms.txt" : "main_dynamic_svms.txt");
    int err = m && path ? load_main(&l, path) : MIEN_ENOMEM;
    free(path);
    free(l.mean);
    free(l.weight);
    if (err < 0)
        mn_au_models_close(&m);
    *out = m;
    return err;
}

void mn_au_models_close(struct mn_au_models **m)
{
    if (!*m)
        return;
    free((*m)->weights);
    free((*m)->level_weights);
    free((*m)->pdm_path);
    free((*m)->triangles_path);
    free(*m);
    *m = NULL;
}

void mn_au_scores(const struct mn_au_models *m, const double *product, const double *median,
                  double score[MN_AU_MODELS])
{
    for (int i = 0; i < MN_AU_MODELS; i++) {
        score[i] = product[i] + m->model[i].bias;
        if (m->model[i].dynamic && median)
            score[i] -= median[i];
    }
}

void mn_au_levels(const struct mn_au_models *m, const double *product,
                  float level[MN_AU_INTENSITIES])
{
    for (int i = 0; i < MN_AU_INTENSITIES; i++) {
        const struct mn_au_model *model = &m->model[i];
        const double v = model->has_level && product ? product[i] + model->level_bias : 0;
        level[i] = v > 0 ? (float)(v < model->level_most ? v : model->level_most) : 0;
    }
}

uint32_t mn_au_presences(const struct mn_au_models *m, const double score[MN_AU_MODELS])
{
    uint32_t bits = 0;
    for (int i = 0; i < MN_AU_PRESENCES; i++) {
        const struct mn_au_model *model = &m->model[MN_AU_INTENSITIES + i];
        bool present = score[MN_AU_INTENSITIES + i] > 0 ? model->above : model->otherwise;
        bits |= (uint32_t)present << i;
    }
    return bits;
}

static int presence_of(int unit)
{
    for (int i = 0; i < MN_AU_PRESENCES; i++)
        if (mien_au_presence_unit(i) == unit)
            return i;
    return -1;
}

uint32_t mn_au_add_present(const struct mn_au_models *m, const float intensity[MN_AU_INTENSITIES],
                           uint32_t presences)
{
    for (int i = 0; i < MN_AU_INTENSITIES; i++) {
        const int bit = presence_of(mien_au_intensity_unit(i));
        if (m->model[i].decides && bit >= 0)
            presences |= (uint32_t)((double)intensity[i] >= m->model[i].present) << bit;
    }
    return presences;
}
