#include "clnf/validator.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "clnf/clnf.h"
#include "face/dat.h"

#define MAX_FILE (16u << 20)
#define VIEWS 7
#define SIDE MN_VALIDATOR_SIDE
#define CELLS (SIDE * SIDE)
#define LANES 16 /* maps that the kernel computes at a time */
#define MAX_CONVOLUTIONS 3
#define MAX_MAPS 64              /* LANES times the groups of the widest layer */
#define MAX_SIDE 56              /* of a convolution's output */
#define MAX_PLANE (20 * 28 * 28) /* all maps of a layer after pooling */
#define HIDDEN 50
#define CLASSES MN_VALIDATOR_CLASSES
#define MAX_TRIANGLES 256

struct view {
    float centre[3]; /* radians */
    int pixels;      /* of the face, in column-major order */
    uint16_t place[CELLS];
    float mean[CELLS], deviation[CELLS];

    float min_x, min_y; /* corner of the standard shape, in its own units */
    int triangles;
    uint8_t corner[MAX_TRIANGLES][3];
    float alpha[MAX_TRIANGLES][3], beta[MAX_TRIANGLES][3];
    uint8_t triangle[CELLS]; /* of each cell */

    float bias[MAX_CONVOLUTIONS][MAX_MAPS], hidden_bias[HIDDEN], class_bias[CLASSES];
    float *kernel[MAX_CONVOLUTIONS]; /* groups x inputs x size x size x LANES */
    float *hidden, *class;           /* inputs x HIDDEN; HIDDEN x classes */
};

/* The two networks: convolutions, each with rectifier and pooling, then two full layers. */
struct network {
    int layers; /* as the file counts them */
    int convolutions;
    struct convolution {
        int inputs, outputs, size, side; /* side: of the output */
    } convolution[MAX_CONVOLUTIONS];
    int flat; /* inputs of the first full layer */
    int classes;
};

static const struct network networks[] = {
    {.layers = 9,
     .convolutions = 2,
     .convolution = {{1, 10, 9, 52}, {10, 10, 7, 20}},
     .flat = 10 * 10 * 10,
     .classes = 30},
    {.layers = 12,
     .convolutions = 3,
     .convolution = {{1, 20, 5, 56}, {20, 50, 5, 24}, {50, 20, 3, 10}},
     .flat = 20 * 5 * 5,
     .classes = 20},
};

struct mn_validator {
    const struct network *network;
    float *store;
    struct view view[VIEWS];
};

struct mn_validator_scratch {
    float face[CELLS];
    float lanes[MAX_SIDE * MAX_SIDE * LANES];
    float plane[2][MAX_PLANE];
};

/* ----------------------------------------------------------------------------- loading ---- */

static size_t groups_of(int outputs)
{
    return ((size_t)outputs + LANES - 1) / LANES;
}

static void read_convolution(struct mn_dat *d, const struct convolution *c, float *bias,
                             float *kernel)
{
    const int cells = c->size * c->size;
    mn_dat_expect_i32(d, 0, "expected a convolution");
    mn_dat_expect_i32(d, c->inputs, "a layer has the wrong number of inputs");
    mn_dat_expect_i32(d, c->outputs, "a layer has the wrong number of kernels");
    for (int k = 0; k < c->outputs; k++)
        bias[k] = mn_dat_f32(d);
    for (int i = 0; i < c->inputs; i++)
        for (int k = 0; k < c->outputs && !d->error; k++) {
            float *to = kernel + (k / LANES * c->inputs + i) * cells * LANES + k % LANES;
            mn_dat_matrix(d, c->size, c->size, MN_DAT_F32);
            for (int a = 0; a < cells; a++)
                to[a * LANES] = mn_dat_f32(d);
        }
}

static void read_full(struct mn_dat *d, int inputs, int outputs, float *bias, float *weight)
{
    mn_dat_expect_i32(d, 2, "expected a fully connected layer");
    mn_dat_matrix(d, outputs, 1, MN_DAT_F32);
    for (int i = 0; i < outputs; i++)
        bias[i] = mn_dat_f32(d);
    mn_dat_matrix(d, inputs, outputs, MN_DAT_F32);
    for (int i = 0; i < inputs * outputs && !d->error; i++)
        weight[i] = mn_dat_f32(d);
}

/* Floats of a view's weights. */
static size_t room_of(const struct network *n)
{
    size_t room = (size_t)n->flat * HIDDEN + HIDDEN * (size_t)n->classes;
    for (int k = 0; k < n->convolutions; k++) {
        const struct convolution *c = &n->convolution[k];
        room += groups_of(c->outputs) * (size_t)(c->inputs * c->size * c->size) * LANES;
    }
    return room;
}

/* The first view decides which network it is; the memory is for all views. */
static int choose_network(struct mn_dat *d, struct mn_validator *v)
{
    const size_t at = d->at;
    const int layers = mn_dat_i32(d);
    for (size_t k = 0; k < sizeof(networks) / sizeof(networks[0]) && !v->network; k++)
        v->network = networks[k].layers == layers ? &networks[k] : NULL;
    if (!v->network && !d->error)
        mn_dat_refuse(d, at, "expected a network of nine or twelve layers");
    if (d->error || v->store)
        return d->error;
    v->store = mn_alloc(VIEWS * room_of(v->network), sizeof(float));
    if (!v->store)
        d->error = MIEN_ENOMEM;
    return d->error;
}

static void read_network(struct mn_dat *d, struct mn_validator *all, struct view *v)
{
    static const char relu[] = "expected a rectifier", pool[] = "expected a max pooling";
    if (!all->network && choose_network(d, all) < 0)
        return;
    if (v != &all->view[0])
        mn_dat_expect_i32(d, all->network->layers, "views have different networks");
    const struct network *n = all->network;
    float *p = all->store + (size_t)(v - all->view) * room_of(n);
    for (int k = 0; k < n->convolutions; k++) {
        const struct convolution *c = &n->convolution[k];
        v->kernel[k] = p;
        p += groups_of(c->outputs) * (size_t)(c->inputs * c->size * c->size) * LANES;
        read_convolution(d, c, v->bias[k], v->kernel[k]);
        mn_dat_expect_i32(d, 3, relu);
        mn_dat_expect_i32(d, 1, pool);
    }
    v->hidden = p;
    v->class = p + (size_t)n->flat * HIDDEN;
    read_full(d, n->flat, HIDDEN, v->hidden_bias, v->hidden);
    mn_dat_expect_i32(d, 3, relu);
    read_full(d, HIDDEN, n->classes, v->class_bias, v->class);
}

static float number(struct mn_dat *d)
{
    size_t at = d->at;
    double v = mn_dat_f64(d);
    if (fabs(v) < 1e9)
        return (float)v;
    mn_dat_refuse(d, at, "a number is out of range");
    return 0;
}

static void read_triangles(struct mn_dat *d, struct view *v)
{
    size_t at = d->at;
    int rows = mn_dat_i32(d), columns = mn_dat_i32(d), type = mn_dat_i32(d);
    if (!d->error && (rows < 1 || rows > MAX_TRIANGLES - 1 || columns != 3 || type != 4))
        mn_dat_refuse(d, at, "expected a list of triangles");
    v->triangles = d->error ? 0 : rows;
    for (int i = 0; i < v->triangles; i++)
        for (int k = 0; k < 3; k++) {
            at = d->at;
            int point = mn_dat_i32(d);
            if (!d->error && (point < 0 || point >= MN_CLNF_POINTS))
                mn_dat_refuse(d, at, "the corner of a triangle is not a landmark");
            v->corner[i][k] = d->error ? 0 : (uint8_t)point;
        }
}

static void read_warp(struct mn_dat *d, struct view *v)
{
    mn_dat_expect_i32(d, v->pixels, "the number of pixels differs from the mean face");
    v->min_x = number(d);
    v->min_y = number(d);
    mn_dat_matrix(d, 2 * MN_CLNF_POINTS, 1, MN_DAT_F64);
    for (int i = 0; i < 2 * MN_CLNF_POINTS; i++)
        number(d);
    read_triangles(d, v);
    size_t at = d->at;
    int index[CELLS];
    mn_dat_matrix(d, SIDE, SIDE, MN_DAT_I32);
    for (int i = 0; i < CELLS; i++) {
        index[i] = mn_dat_i32(d);
        if (!d->error && (index[i] < -1 || index[i] >= v->triangles))
            mn_dat_refuse(d, at, "a pixel belongs to no triangle");
    }
    mn_dat_matrix(d, SIDE, SIDE, MN_DAT_I32);
    for (int i = 0; i < CELLS; i++)
        if (mn_dat_i32(d) && index[i] < 0)
            mn_dat_refuse(d, at, "a pixel of the face belongs to no triangle");
    int n = 0;
    for (int x = 0; x < SIDE; x++)
        for (int y = 0; y < SIDE; y++)
            if (index[y * SIDE + x] >= 0 && !d->error) {
                v->place[n++] = (uint16_t)(y * SIDE + x);
                v->triangle[y * SIDE + x] = (uint8_t)index[y * SIDE + x];
            }
    if (!d->error && n != v->pixels)
        mn_dat_refuse(d, at, "the number of pixels differs from the mean face");
    for (int k = 0; k < 2; k++) {
        float(*to)[3] = k == 0 ? v->alpha : v->beta;
        mn_dat_matrix(d, v->triangles, 3, MN_DAT_F64);
        for (int i = 0; i < 3 * v->triangles; i++)
            to[i / 3][i % 3] = number(d);
    }
}

static void read_view(struct mn_dat *d, struct mn_validator *all, struct view *v)
{
    size_t at = d->at;
    mn_dat_expect_i32(d, 1, "expected a mean face");
    v->pixels = mn_dat_i32(d);
    if (!d->error && (v->pixels < 1 || v->pixels > CELLS))
        mn_dat_refuse(d, at, "the mean face has the wrong size");
    if (d->error)
        return;
    mn_dat_expect_i32(d, 6, "expected a mean face");
    for (int i = 0; i < v->pixels; i++)
        v->mean[i] = number(d);
    mn_dat_matrix(d, 1, v->pixels, MN_DAT_F64);
    for (int i = 0; i < v->pixels; i++) {
        at = d->at;
        v->deviation[i] = number(d);
        if (!d->error && !(v->deviation[i] > 1e-9f))
            mn_dat_refuse(d, at, "a deviation is not positive");
    }
    read_network(d, all, v);
    if (!d->error)
        read_warp(d, v);
}

int mn_validator_load(struct mn_validator **out, const char *path, struct mn_log *log)
{
    struct mn_dat d;
    *out = NULL;
    int err = mn_dat_open(&d, path, MAX_FILE, log);
    if (err < 0)
        return err;
    struct mn_validator *v = mn_alloc(1, sizeof(*v));
    if (!v) {
        mn_dat_close(&d);
        return MIEN_ENOMEM;
    }
    mn_dat_expect_i32(&d, 3, "expected a convolutional validator");
    mn_dat_expect_i32(&d, VIEWS, "expected seven views");
    for (int i = 0; i < VIEWS; i++) {
        mn_dat_matrix(&d, 3, 1, MN_DAT_F64);
        for (int a = 0; a < 3; a++)
            v->view[i].centre[a] = number(&d) * (float)(3.14159265358979323846 / 180);
    }
    for (int i = 0; i < VIEWS && !d.error; i++)
        read_view(&d, v, &v->view[i]);
    if (!d.error && d.at != d.file.size)
        mn_dat_refuse(&d, d.at, "data follows where the file should end");
    err = d.error;
    mn_dat_close(&d);
    if (err < 0)
        mn_validator_close(&v);
    *out = v;
    return err;
}

void mn_validator_close(struct mn_validator **v)
{
    if (*v)
        free((*v)->store);
    free(*v);
    *v = NULL;
}

int mn_validator_scratch_open(struct mn_validator_scratch **out)
{
    *out = mn_alloc(1, sizeof(**out));
    return *out ? 0 : MIEN_ENOMEM;
}

void mn_validator_scratch_close(struct mn_validator_scratch **s)
{
    free(*s);
    *s = NULL;
}

/* ----------------------------------------------------------------------------- running ---- */

int mn_validator_view(const struct mn_validator *v, const float rotation[3])
{
    int best = 0;
    float least = INFINITY;
    for (int i = 0; i < VIEWS; i++) {
        float d = 0;
        for (int a = 0; a < 3; a++) {
            float e = rotation[a] - v->view[i].centre[a];
            d += e * e;
        }
        if (d < least) {
            least = d;
            best = i;
        }
    }
    return best;
}

int mn_validator_classes(const struct mn_validator *v)
{
    return v->network->classes;
}

/* Rectifier and 2 x 2 max pooling of `maps` maps in `lanes`, side x side each. across, down:
 * distances of neighbouring outputs. */
static void pool(const float *lanes, const float *bias, int maps, int side, float *out, int across,
                 int down)
{
    int half = side / 2;
    for (int m = 0; m < maps; m++)
        for (int y = 0; y < half; y++)
            for (int x = 0; x < half; x++) {
                const float *p = lanes + (2 * y * side + 2 * x) * LANES + m;
                float a = p[0] > p[LANES] ? p[0] : p[LANES];
                const float *q = p + side * LANES;
                float b = q[0] > q[LANES] ? q[0] : q[LANES];
                float most = (a > b ? a : b) + bias[m];
                out[m * half * half + y * down + x * across] = most > 0 ? most : 0;
            }
}

/* in: the layer's inputs, row by row; out: its pooled maps, row by row, the last layer's column by
 * column. */
static void convolve(const struct convolution *c, bool last, const float *in, const struct view *v,
                     int k, const struct mn_clnf_kernels *kernels, float *lanes, float *out)
{
    const int side = c->side, from = side + c->size - 1, half = side / 2;
    const float *kernel = v->kernel[k];
    for (int first = 0; first < c->outputs; first += LANES) {
        const int maps = c->outputs - first < LANES ? c->outputs - first : LANES;
        memset(lanes, 0, (size_t)(side * side) * LANES * sizeof(float));
        for (int i = 0; i < c->inputs; i++, kernel += c->size * c->size * LANES)
            kernels->convolve(in + i * from * from, from, kernel, c->size, lanes);
        pool(lanes, v->bias[k] + first, maps, side, out + first * half * half, last ? half : 1,
             last ? 1 : half);
    }
}

void mn_validator_network(const struct mn_validator *validator, struct mn_validator_scratch *s,
                          const struct mn_clnf_kernels *kernels, int view, const float *face,
                          float out[CLASSES])
{
    const struct view *v = &validator->view[view];
    const struct network *n = validator->network;
    const float *in = face;
    for (int k = 0; k < n->convolutions; k++) {
        convolve(&n->convolution[k], k + 1 == n->convolutions, in, v, k, kernels, s->lanes,
                 s->plane[k % 2]);
        in = s->plane[k % 2];
    }
    float hidden[HIDDEN];
    memcpy(hidden, v->hidden_bias, sizeof(hidden));
    for (int i = 0; i < n->flat; i++)
        for (int k = 0; k < HIDDEN; k++)
            hidden[k] += in[i] * v->hidden[i * HIDDEN + k];
    memcpy(out, v->class_bias, (size_t)n->classes * sizeof(*out));
    for (int i = 0; i < HIDDEN; i++)
        for (int k = 0; k < n->classes; k++)
            out[k] += (hidden[i] > 0 ? hidden[i] : 0) * v->class[i * n->classes + k];
}

struct region {
    int x0, y0, x1, y1; /* pixels outside count as black */
};

static bool region_of(const struct mn_grey *g, const float *lm, struct region *r)
{
    float x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
    for (int i = 0; i < MN_CLNF_POINTS; i++) {
        float x = lm[i], y = lm[MN_CLNF_POINTS + i];
        if (!(fabsf(x) < 1e6f && fabsf(y) < 1e6f))
            return false;
        x0 = fminf(x0, x);
        x1 = fmaxf(x1, x);
        y0 = fminf(y0, y);
        y1 = fmaxf(y1, y);
    }
    const int in[4] = {(int)(x0 - 3), (int)(y0 - 3), (int)(x1 + 3), (int)(y1 + 3)};
    int cut[4];
    for (int k = 0; k < 4; k++) {
        int last = (k % 2 ? g->height : g->width) - 1;
        cut[k] = in[k] < 0 ? 0 : in[k] > last ? last : in[k];
    }
    *r = (struct region){cut[0], cut[1], cut[2], cut[3]};
    return r->x1 - r->x0 > 1 && r->y1 - r->y0 > 1;
}

static float at(const struct mn_grey *g, const struct region *r, int x, int y)
{
    if (x < 0 || y < 0 || x >= r->x1 - r->x0 || y >= r->y1 - r->y0)
        return 0;
    return g->plane[(ptrdiff_t)(y + r->y0) * g->pitch + x + r->x0];
}

/* The value at (x, y) of the region, to 1/32 pixel. */
static float interpolate(const struct mn_grey *g, const struct region *r, float x, float y)
{
    if (!(fabsf(x) < 1e6f && fabsf(y) < 1e6f))
        return 0;
    int ix = (int)rintf(32 * x), iy = (int)rintf(32 * y);
    float fx = (float)(ix & 31) / 32, fy = (float)(iy & 31) / 32;
    ix >>= 5;
    iy >>= 5;
    return at(g, r, ix, iy) * (1 - fy) * (1 - fx) + at(g, r, ix + 1, iy) * (1 - fy) * fx +
           at(g, r, ix, iy + 1) * fy * (1 - fx) + at(g, r, ix + 1, iy + 1) * fy * fx;
}

/* Warps the face onto the standard shape, triangle by triangle: v->pixels values in the order of
 * v->place. */
static void warp(const struct view *v, const struct mn_grey *g, const struct region *r,
                 const float *lm, float *out)
{
    float map[MAX_TRIANGLES][6];
    for (int t = 0; t < v->triangles; t++)
        for (int c = 0; c < 2; c++) {
            const float *p = lm + c * MN_CLNF_POINTS, origin = (float)(c ? r->y0 : r->x0);
            float first = p[v->corner[t][0]] - origin;
            float e = p[v->corner[t][1]] - origin - first;
            float f = p[v->corner[t][2]] - origin - first;
            map[t][3 * c] = first + e * v->alpha[t][0] + f * v->beta[t][0];
            map[t][3 * c + 1] = e * v->alpha[t][1] + f * v->beta[t][1];
            map[t][3 * c + 2] = e * v->alpha[t][2] + f * v->beta[t][2];
        }
    for (int i = 0; i < v->pixels; i++) {
        const float *m = map[v->triangle[v->place[i]]];
        float x = (float)(v->place[i] % SIDE) + v->min_x;
        float y = (float)(v->place[i] / SIDE) + v->min_y;
        out[i] = interpolate(g, r, m[0] + m[1] * x + m[2] * y, m[3] + m[4] * x + m[5] * y);
    }
}

float mn_validator_run(const struct mn_validator *validator, struct mn_validator_scratch *s,
                       const struct mn_clnf_kernels *kernels, struct mn_grey *g,
                       const float rotation[3], const float *landmarks)
{
    struct region r;
    if (!region_of(g, landmarks, &r))
        return 0;
    int index = mn_validator_view(validator, rotation);
    const struct view *v = &validator->view[index];
    float bent[CELLS], out[CLASSES];
    mn_grey_need(g, r.x0, r.y0, r.x1, r.y1);
    warp(v, g, &r, landmarks, bent);
    double sum = 0, square = 0;
    for (int i = 0; i < v->pixels; i++) {
        sum += (double)bent[i];
        square += (double)bent[i] * (double)bent[i];
    }
    double mean = sum / v->pixels, variance = square / v->pixels - mean * mean;
    float shift = (float)mean, scale = variance > 1e-6 ? (float)(1 / sqrt(variance)) : 1;
    memset(s->face, 0, sizeof(s->face));
    for (int i = 0; i < v->pixels; i++)
        s->face[v->place[i]] = ((bent[i] - shift) * scale - v->mean[i]) / v->deviation[i];
    mn_validator_network(validator, s, kernels, index, s->face, out);
    int best = 0;
    const int classes = validator->network->classes;
    for (int k = 1; k < classes; k++)
        best = out[k] > out[best] ? k : best;
    return (float)(1 - (best + 0.5) / classes);
}
