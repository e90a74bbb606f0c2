#include "clnf/cen.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "clnf/smoothing.h"
#include "face/dat.h"

#define MAX_FILE (512u << 20)
#define MAX_LAYERS 8
#define SUPPORT MN_CLNF_SUPPORT
#define PATTERN (SUPPORT * SUPPORT)
#define INPUTS (PATTERN + 1) /* the first is constantly 1 */
#define PLACES 240           /* positions of the largest window, rounded up */

enum activation { SIGMOID = 0, RECTIFIER = 2 };

struct layer {
    enum activation activation;
    int inputs, outputs;
    const uint8_t *bias, *weight; /* float32 in the file; weight: outputs x inputs */
};

struct expert {
    int layers; /* 0: the partner serves this landmark */
    float confidence;
    struct layer layer[MAX_LAYERS];
};

struct mn_cen {
    struct mn_dat file;
    float size;
    int views;
    float centre[MN_CLNF_MAX_VIEWS][3];
    bool visible[MN_CLNF_MAX_VIEWS][MN_CEN_POINTS];
    int mirror_point[MN_CEN_POINTS], mirror_view[MN_CLNF_MAX_VIEWS];
    struct expert expert[MN_CLNF_MAX_VIEWS][MN_CEN_POINTS];
};

struct mn_cen_scratch {
    float plane[2][MN_CEN_MAX_UNITS * PLACES];
    float value[PLACES];
};

/* ----------------------------------------------------------------------------- loading ---- */

/* Checks n float32 and steps over them. */
static const uint8_t *floats(struct mn_dat *d, size_t n)
{
    const uint8_t *p = d->file.data + d->at;
    mn_dat_f32s(d, NULL, n);
    return p;
}

static void read_layer(struct mn_dat *d, struct layer *l, int inputs)
{
    size_t at = d->at;
    l->activation = (enum activation)mn_dat_i32(d);
    if (!d->error && l->activation != SIGMOID && l->activation != RECTIFIER)
        mn_dat_refuse(d, at, "expected a sigmoid or a rectifier");
    at = d->at;
    int rows = mn_dat_i32(d), columns = mn_dat_i32(d);
    if (!d->error && ((rows != 1 && columns != 1) || rows < 1 || columns < 1 ||
                      rows > MN_CEN_MAX_UNITS || columns > MN_CEN_MAX_UNITS))
        mn_dat_refuse(d, at, "a layer's biases have the wrong size");
    mn_dat_expect_i32(d, MN_DAT_F32, "expected biases in single precision");
    if (d->error)
        return;
    l->inputs = inputs;
    l->outputs = rows * columns;
    l->bias = floats(d, (size_t)l->outputs);
    mn_dat_matrix(d, l->outputs, inputs, MN_DAT_F32);
    l->weight = floats(d, (size_t)l->outputs * (size_t)inputs);
}

static void read_expert(struct mn_dat *d, struct expert *e)
{
    size_t at = d->at;
    int kind = mn_dat_i32(d), width = mn_dat_i32(d), height = mn_dat_i32(d);
    if (!d->error && (kind != 6 || width != SUPPORT || height != SUPPORT))
        mn_dat_refuse(d, at, "expected an 11 x 11 CEN expert");
    int layers = mn_dat_i32_between(d, 0, MAX_LAYERS, "too many layers");
    int inputs = INPUTS;
    for (int k = 0; k < layers && !d->error; k++) {
        read_layer(d, &e->layer[k], inputs);
        inputs = e->layer[k].outputs;
    }
    if (!d->error && layers && inputs != 1)
        mn_dat_refuse(d, at, "an expert has more than one output");
    at = d->at;
    double confidence = mn_dat_f64(d);
    if (!d->error && !(fabs(confidence) < 1e6))
        mn_dat_refuse(d, at, "an expert's confidence is out of range");
    e->confidence = (float)confidence;
    e->layers = layers;
}

static void read_head(struct mn_dat *d, struct mn_cen *c)
{
    size_t at = d->at;
    double size = mn_dat_f64(d);
    if (!d->error && !(size > 0.01 && size < 100))
        mn_dat_refuse(d, at, "the scale is out of range");
    c->size = (float)size;
    c->views = mn_dat_i32_between(d, 1, MN_CLNF_MAX_VIEWS, "too many views");
    for (int v = 0; v < c->views && !d->error; v++) {
        mn_dat_matrix(d, 3, 1, MN_DAT_F64);
        for (int a = 0; a < 3; a++)
            c->centre[v][a] = (float)(mn_dat_f64(d) * (3.14159265358979323846 / 180));
    }
    for (int v = 0; v < c->views && !d->error; v++) {
        mn_dat_matrix(d, MN_CEN_POINTS, 1, MN_DAT_I32);
        for (int i = 0; i < MN_CEN_POINTS; i++)
            c->visible[v][i] = mn_dat_i32(d) != 0;
    }
    mn_dat_matrix(d, 1, MN_CEN_POINTS, MN_DAT_I32);
    for (int i = 0; i < MN_CEN_POINTS; i++)
        c->mirror_point[i] =
            mn_dat_i32_between(d, 0, MN_CEN_POINTS - 1, "a mirrored landmark is out of range");
    mn_dat_matrix(d, 1, c->views, MN_DAT_I32);
    for (int v = 0; v < c->views; v++)
        c->mirror_view[v] =
            mn_dat_i32_between(d, 0, c->views - 1, "a mirrored view is out of range");
}

/* The expert that serves a visible landmark, on the mirrored picture where *mirrored. */
static const struct expert *serving(const struct mn_cen *c, int view, int landmark, bool *mirrored)
{
    const struct expert *own = &c->expert[view][landmark];
    *mirrored = own->layers == 0;
    return *mirrored ? &c->expert[c->mirror_view[view]][c->mirror_point[landmark]] : own;
}

static void read_file(struct mn_dat *d, struct mn_cen *c)
{
    read_head(d, c);
    for (int v = 0; v < c->views && !d->error; v++)
        for (int i = 0; i < MN_CEN_POINTS && !d->error; i++)
            read_expert(d, &c->expert[v][i]);
    if (!d->error && d->at != d->file.size)
        mn_dat_refuse(d, d->at, "data follows where the file should end");
    for (int v = 0; v < c->views && !d->error; v++)
        for (int i = 0; i < MN_CEN_POINTS && !d->error; i++) {
            bool mirrored;
            if (c->visible[v][i] && !serving(c, v, i, &mirrored)->layers)
                mn_dat_refuse(d, d->at, "a visible landmark has no expert");
        }
}

int mn_cen_open(struct mn_cen **out, const char *path, struct mn_log *log)
{
    struct mn_cen *c = *out = mn_alloc(1, sizeof(*c));
    if (!c)
        return MIEN_ENOMEM;
    int err = mn_dat_open(&c->file, path, MAX_FILE, log);
    if (err == 0) {
        read_file(&c->file, c);
        err = c->file.error;
        if (err < 0)
            mn_dat_close(&c->file);
    }
    if (err < 0) {
        free(c);
        *out = NULL;
    }
    return err;
}

void mn_cen_close(struct mn_cen **cen)
{
    if (*cen)
        mn_dat_close(&(*cen)->file);
    free(*cen);
    *cen = NULL;
}

float mn_cen_size(const struct mn_cen *c)
{
    return c->size;
}

int mn_cen_views(const struct mn_cen *c)
{
    return c->views;
}

const float *mn_cen_centre(const struct mn_cen *c, int view)
{
    return c->centre[view];
}

bool mn_cen_visible(const struct mn_cen *c, int view, int landmark)
{
    return c->visible[view][landmark];
}

float mn_cen_confidence(const struct mn_cen *c, int view, int landmark)
{
    return c->expert[view][landmark].confidence;
}

int mn_cen_scratch_open(struct mn_cen_scratch **out)
{
    *out = mn_alloc(1, sizeof(**out));
    return *out ? 0 : MIEN_ENOMEM;
}

void mn_cen_scratch_close(struct mn_cen_scratch **s)
{
    free(*s);
    *s = NULL;
}

/* ----------------------------------------------------------------------------- running ---- */

/* The normalised neighbourhoods of `count` positions: INPUTS rows of PLACES. step 2: of every
 * second position in column-major order. mirrored: of the picture flipped from left to right. */
static int gather(int window, int step, bool mirrored, int32_t (*samples)[MN_CLNF_AREA_PITCH],
                  float *out)
{
    const int side = window + SUPPORT - 1;
    int count = 0;
    for (int k = step - 1; k < window * window; k += step, count++) {
        const int x0 = k / window, y0 = k % window;
        double sum = 0, square = 0;
        for (int i = 0; i < PATTERN; i++) {
            const int x = x0 + i / SUPPORT, y = y0 + i % SUPPORT;
            double v = (double)samples[y][mirrored ? side - 1 - x : x] / 1024;
            sum += v;
            square += v * v;
            out[(1 + i) * PLACES + count] = (float)v;
        }
        const double mean = sum / PATTERN, norm = square - sum * mean;
        const float shift = (float)mean, factor = norm > 1e-9 ? (float)(1 / sqrt(norm)) : 1;
        out[count] = 1;
        for (int i = 1; i <= PATTERN; i++)
            out[i * PLACES + count] = (out[i * PLACES + count] - shift) * factor;
    }
    return count;
}

static float at(const uint8_t *p, int i)
{
    float v;
    memcpy(&v, p + 4 * (ptrdiff_t)i, 4);
    return v;
}

static void run_layer(const struct layer *l, const float *in, int count, float *out)
{
    for (int o = 0; o < l->outputs; o++) {
        float *row = out + o * PLACES;
        const float bias = at(l->bias, o);
        for (int k = 0; k < count; k++)
            row[k] = bias;
        for (int i = 0; i < l->inputs; i++) {
            const float w = at(l->weight, o * l->inputs + i);
            const float *from = in + i * PLACES;
            for (int k = 0; k < count; k++)
                row[k] += w * from[k];
        }
        for (int k = 0; k < count; k++)
            row[k] = l->activation == SIGMOID ? 1 / (1 + expf(-row[k])) : row[k] > 0 ? row[k] : 0;
    }
}

/* Fills in the positions between those computed: means of their neighbours. */
static void fill(int w, float *map)
{
    for (int y = 0; y < w; y++)
        for (int x = y % 2; x < w; x += 2) {
            float *p = map + y * MN_CLNF_MAP_PITCH + x, sum = 0;
            int n = 0;
            if (y > 0)
                sum += p[-MN_CLNF_MAP_PITCH], n++;
            if (y + 1 < w)
                sum += p[MN_CLNF_MAP_PITCH], n++;
            if (x > 0)
                sum += p[-1], n++;
            if (x + 1 < w)
                sum += p[1], n++;
            *p = sum / (float)n;
        }
}

void mn_cen_response(const struct mn_cen *c, int view, int landmark, int window, bool dense,
                     int32_t (*samples)[MN_CLNF_AREA_PITCH], struct mn_cen_scratch *s, float *map)
{
    bool mirrored;
    const struct expert *e = serving(c, view, landmark, &mirrored);
    const int step = dense ? 1 : 2;
    const int count = gather(window, step, mirrored, samples, s->plane[0]);
    for (int k = 0; k < e->layers; k++)
        run_layer(&e->layer[k], s->plane[k % 2], count, s->plane[(k + 1) % 2]);
    const float *value = s->plane[e->layers % 2];
    memset(map, 0, (size_t)window * MN_CLNF_MAP_PITCH * sizeof(*map));
    for (int i = 0; i < count; i++) {
        const int k = step * i + step - 1, x = k / window, y = k % window;
        map[y * MN_CLNF_MAP_PITCH + (mirrored ? window - 1 - x : x)] = value[i];
    }
    if (!dense)
        fill(window, map);
}
