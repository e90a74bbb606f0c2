#include "clnf/experts.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "face/dat.h"

#define MAX_FILE (16u << 20)
#define MAX_WINDOWS 16
#define MAX_CELLS (MN_CLNF_MAX_WINDOW * MN_CLNF_MAX_WINDOW)
#define PATTERN (MN_CLNF_SUPPORT * MN_CLNF_SUPPORT)
#define LEAST_EXPERT 500 /* the least size in the file of an expert whose landmark is visible */

struct loader {
    struct mn_dat *d;
    struct mn_clnf_scale *s;
    int points, window;
    int betas;     /* the same for all experts */
    double *dense; /* MAX_CELLS squared numbers */
    float *raw;    /* MAX_CELLS squared numbers */
    uint8_t *seen; /* views x points */
};

static void read_windows(struct loader *l)
{
    struct mn_dat *d = l->d;
    int count = mn_dat_i32_between(d, 0, MAX_WINDOWS, "too many window sizes");
    bool found = false;
    for (int k = 0; k < count && !d->error; k++) {
        int w = mn_dat_i32_between(d, 3, 31, "a window size is out of range");
        int betas = mn_dat_i32_between(d, 0, MN_CLNF_MAX_BETAS, "too many components");
        if (k == 0)
            l->betas = betas;
        bool mine = w == l->window && !found && !d->error;
        if (mine && betas != l->betas)
            mn_dat_refuse(d, d->at, "window sizes have different numbers of components");
        if (mine && betas && mn_smoothing_open(&l->s->smoothing, w, betas) < 0)
            d->error = MIEN_ENOMEM;
        for (int b = 0; b < betas && !d->error; b++) {
            size_t at = d->at;
            mn_dat_matrix(d, w * w, w * w, MN_DAT_F32);
            mn_dat_f32s(d, mine ? l->raw : NULL, (size_t)(w * w) * (size_t)(w * w));
            if (!mine || d->error)
                continue;
            for (int i = 0; i < w * w * w * w; i++)
                l->dense[i] = (double)l->raw[i];
            int err = mn_smoothing_set_component(l->s->smoothing, b, l->dense);
            if (err == MIEN_EINVAL)
                mn_dat_refuse(d, at, "a component is not symmetric");
            else if (err < 0)
                d->error = err;
        }
        found = found || mine;
    }
    if (!d->error && l->betas && !found)
        mn_dat_refuse(d, d->at, "no components for the window size in use");
}

/* ------------------------------------------------------------------------- the experts ---- */

static void read_neuron(struct mn_dat *d, struct mn_clnf_expert *e, int k, double *alphas)
{
    size_t at = d->at;
    int kind = mn_dat_i32(d), input = mn_dat_i32(d);
    if (!d->error && (kind != 2 || input != 0))
        mn_dat_refuse(d, at, "expected a neuron for grey values");
    double steep = mn_dat_f64(d), bias = mn_dat_f64(d), alpha = mn_dat_f64(d);
    if (!d->error && !(fabs(steep) < 1e6 && fabs(bias) < 1e6 && alpha >= 0 && alpha < 1e6))
        mn_dat_refuse(d, at, "a neuron's parameters are out of range");
    mn_dat_matrix(d, MN_CLNF_SUPPORT, MN_CLNF_SUPPORT, MN_DAT_F32);
    double sum = 0;
    float pattern[PATTERN];
    mn_dat_f32s(d, pattern, PATTERN);
    for (int i = 0; i < PATTERN && !d->error; i++) {
        float v = (float)(steep * (double)pattern[i]);
        e->pattern[i * MN_CLNF_NEURONS + k] = v;
        sum += (double)v;
    }
    e->sum[k] = (float)sum;
    e->bias[k] = (float)bias;
    e->gain[k] = alpha > 1e-4 ? (float)(2 * alpha) : 0;
    *alphas += alpha;
}

/* store: memory for the pattern. */
static void read_expert(struct loader *l, struct mn_clnf_expert *e, int view, bool seen,
                        float *store)
{
    struct mn_dat *d = l->d;
    size_t at = d->at;
    int kind = mn_dat_i32(d), width = mn_dat_i32(d), height = mn_dat_i32(d);
    if (!d->error && (kind != 5 || width != MN_CLNF_SUPPORT || height != MN_CLNF_SUPPORT))
        mn_dat_refuse(d, at, "expected an 11 x 11 CCNF expert");
    at = d->at;
    int neurons = mn_dat_i32_between(d, 0, MN_CLNF_NEURONS - 1, "too many neurons");
    if (!d->error && (neurons > 0) != seen)
        mn_dat_refuse(d, at, "an expert contradicts the table of visible landmarks");
    if (!neurons) {
        mn_dat_i32(d);
        return;
    }
    e->pattern = store;
    double alphas = 0, beta[MN_CLNF_MAX_BETAS] = {0};
    for (int k = 0; k < neurons && !d->error; k++)
        read_neuron(d, e, k, &alphas);
    at = d->at;
    for (int b = 0; b < l->betas; b++)
        beta[b] = mn_dat_f64(d);
    e->weight = (float)mn_dat_f64(d);
    if (d->error)
        return;
    e->neurons = neurons;
    e->visible = true;
    if (!(alphas > 1e-6) || !(fabsf(e->weight) < 1e6f)) {
        mn_dat_refuse(d, at, "an expert's parameters are out of range");
    } else if (l->betas) {
        if (!mn_smoothing_add_expert(l->s->smoothing, view, alphas, beta, &e->smooth))
            mn_dat_refuse(d, at, "an expert's smoothing matrix has no inverse");
    } else {
        e->scale = (float)(0.5 / alphas);
    }
}

static void read_views(struct loader *l)
{
    struct mn_dat *d = l->d;
    size_t at = d->at;
    double size = mn_dat_f64(d);
    if (!d->error && !(size > 0.01 && size < 100))
        mn_dat_refuse(d, at, "the scale is out of range");
    l->s->size = (float)size;
    l->s->views = mn_dat_i32_between(d, 1, MN_CLNF_MAX_VIEWS, "too many views");
    for (int v = 0; v < l->s->views && !d->error; v++) {
        mn_dat_matrix(d, 3, 1, MN_DAT_F64);
        for (int a = 0; a < 3; a++)
            l->s->centre[v][a] = (float)(mn_dat_f64(d) * (3.14159265358979323846 / 180));
    }
    for (int v = 0; v < l->s->views && !d->error; v++) {
        mn_dat_matrix(d, l->points, 1, MN_DAT_I32);
        for (int i = 0; i < l->points && !d->error; i++)
            l->seen[v * l->points + i] = mn_dat_i32(d) != 0;
    }
}

static int read_file(struct loader *l)
{
    struct mn_dat *d = l->d;
    struct mn_clnf_scale *s = l->s;
    l->dense = mn_alloc((size_t)MAX_CELLS * MAX_CELLS, sizeof(double));
    l->raw = mn_alloc((size_t)MAX_CELLS * MAX_CELLS, sizeof(float));
    l->seen = mn_alloc(MN_CLNF_MAX_VIEWS, (size_t)l->points);
    if (!l->dense || !l->raw || !l->seen)
        return MIEN_ENOMEM;
    read_views(l);
    read_windows(l);
    if (d->error)
        return d->error;
    int n = s->views * l->points;
    size_t seen = 0;
    for (int i = 0; i < n; i++)
        seen += l->seen[i];
    if (seen > (d->file.size - d->at) / LEAST_EXPERT)
        return mn_dat_refuse(d, d->file.size, "the file ends too early");
    const size_t room = PATTERN * MN_CLNF_NEURONS;
    s->expert = mn_alloc((size_t)n, sizeof(*s->expert));
    s->store = mn_alloc(seen * room, sizeof(float));
    if (!s->expert || !s->store ||
        (s->smoothing && mn_smoothing_reserve(s->smoothing, (int)seen) < 0))
        return MIEN_ENOMEM;
    float *store = s->store;
    for (int i = 0; i < n && !d->error; i++) {
        read_expert(l, &s->expert[i], i / l->points, l->seen[i], store);
        store += l->seen[i] ? room : 0;
    }
    if (!d->error && d->at != d->file.size)
        mn_dat_refuse(d, d->at, "data follows where the file should end");
    return d->error;
}

int mn_clnf_experts_load(struct mn_clnf_scale *s, const char *path, int points, int window,
                         double weight, struct mn_log *log)
{
    struct mn_dat d;
    int err = mn_dat_open(&d, path, MAX_FILE, log);
    if (err < 0)
        return err;
    struct loader l = {.d = &d, .s = s, .points = points, .window = window};
    err = read_file(&l);
    for (int i = 0; err == 0 && i < s->views * points; i++)
        s->expert[i].weight = weight > 0 ? (float)weight * s->expert[i].weight : 1;
    free(l.dense);
    free(l.raw);
    free(l.seen);
    mn_dat_close(&d);
    return err;
}

int mn_clnf_experts_load_cen(struct mn_clnf_scale *s, const char *path, double weight,
                             struct mn_log *log)
{
    int err = mn_cen_open(&s->cen, path, log);
    if (err < 0)
        return err;
    s->size = mn_cen_size(s->cen);
    s->views = mn_cen_views(s->cen);
    s->expert = mn_alloc((size_t)s->views * MN_CEN_POINTS, sizeof(*s->expert));
    if (!s->expert)
        return MIEN_ENOMEM;
    for (int v = 0; v < s->views; v++) {
        memcpy(s->centre[v], mn_cen_centre(s->cen, v), sizeof(s->centre[v]));
        for (int i = 0; i < MN_CEN_POINTS; i++) {
            struct mn_clnf_expert *e = &s->expert[v * MN_CEN_POINTS + i];
            e->visible = mn_cen_visible(s->cen, v, i);
            e->weight = weight > 0 ? (float)weight * mn_cen_confidence(s->cen, v, i) : 1;
        }
    }
    return 0;
}

void mn_clnf_experts_free(struct mn_clnf_scale *s)
{
    free(s->expert);
    free(s->store);
    mn_smoothing_close(&s->smoothing);
    mn_cen_close(&s->cen);
    for (int k = 0; k < 2; k++)
        free(s->table[k].kernel);
    for (int v = 0; v < MN_CLNF_MAX_VIEWS; v++)
        free(s->own_gram[v]);
    *s = (struct mn_clnf_scale){0};
}
