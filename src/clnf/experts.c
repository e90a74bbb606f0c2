#include "clnf/experts.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "clnf/model.h"

#define MAX_FILE (16u << 20)
#define MAX_BETAS 8
#define MAX_WINDOWS 16
#define MAX_BLOCK ((MN_CLNF_MAX_WINDOW / 2 + 1) * (MN_CLNF_MAX_WINDOW / 2 + 1))
#define MAX_CELLS (MN_CLNF_MAX_WINDOW * MN_CLNF_MAX_WINDOW)
#define PATTERN (MN_CLNF_SUPPORT * MN_CLNF_SUPPORT)
#define LEAST_EXPERT 500 /* bytes that a seen point takes in the file, at the very least */

struct loader {
    struct mn_dat *d;
    struct mn_clnf_scale *s;
    const struct mn_clnf_kernels *kernels;
    int points;
    int betas;                       /* of every expert */
    double *component[MAX_BETAS][3]; /* blocks of the ties between neighbours; NULL: none read */
    double *dense;                   /* MAX_CELLS squared */
    uint8_t *seen;                   /* views x points */
};

float mn_clnf_f32(struct mn_dat *d)
{
    size_t at = d->at;
    int32_t bits = mn_dat_i32(d);
    float v;
    memcpy(&v, &bits, 4);
    if (isfinite(v) && fabsf(v) < 1e20f)
        return v;
    mn_dat_refuse(d, at, "not a usable number");
    return 0;
}

void mn_clnf_matrix(struct mn_dat *d, int rows, int columns, int type)
{
    size_t at = d->at;
    int r = mn_dat_i32(d), c = mn_dat_i32(d), t = mn_dat_i32(d);
    if (!d->error && (r != rows || c != columns || t != type))
        mn_dat_refuse(d, at, "not the matrix that belongs here");
}

static int between(struct mn_dat *d, int lowest, int highest, const char *why)
{
    size_t at = d->at;
    int v = mn_dat_i32(d);
    if (!d->error && (v < lowest || v > highest))
        mn_dat_refuse(d, at, why);
    return d->error ? lowest : v;
}

/* ------------------------------------------------------------------- the ties of neighbours ----
 */

/* Function number i of a block: its value at cell (x, y) of the window. */
static double basis(int window, int block, int i, int x, int y)
{
    int h = window / 2, even = h + 1;
    int kx = block == 0 ? i % even : block == 1 ? i / h : i % h + 1;
    int ky = block == 0 ? i / even : block == 1 ? i % h + 1 : i / h + 1;
    int dx = x - h, dy = y - h;
    if (abs(dx) != kx || abs(dy) != ky)
        return 0;
    double v = (kx ? sqrt(0.5) : 1) * (ky ? sqrt(0.5) : 1);
    if (block == 2 && dx < 0)
        v = -v;
    return block >= 1 && dy < 0 ? -v : v;
}

static bool is_symmetric(const double *c, int w)
{
    int n = w * w;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            int xi = i % w, yi = i / w, xj = j % w, yj = j / w;
            double v = c[i * n + j];
            int mi = yi * w + w - 1 - xi, mj = yj * w + w - 1 - xj;
            int ui = (w - 1 - yi) * w + xi, uj = (w - 1 - yj) * w + xj;
            int ti = xi * w + yi, tj = xj * w + yj;
            if (fabs(c[mi * n + mj] - v) > 1e-6 || fabs(c[ui * n + uj] - v) > 1e-6 ||
                fabs(c[ti * n + tj] - v) > 1e-6 || fabs(c[j * n + i] - v) > 1e-6)
                return false;
        }
    return true;
}

/* out = basis' * dense * basis for one block. A function has four cells at most. */
static void change_basis(const double *dense, int w, int block, double *out)
{
    int n = mn_clnf_block(w, block), cells[MAX_BLOCK][4], count[MAX_BLOCK];
    double value[MAX_BLOCK][4];
    for (int i = 0; i < n; i++) {
        count[i] = 0;
        for (int at = 0; at < w * w; at++) {
            double v = basis(w, block, i, at % w, at / w);
            if (v != 0 && count[i] < 4) {
                value[i][count[i]] = v;
                cells[i][count[i]++] = at;
            }
        }
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int a = 0; a < count[i]; a++)
                for (int b = 0; b < count[j]; b++)
                    sum += value[i][a] * value[j][b] * dense[cells[i][a] * w * w + cells[j][b]];
            out[i * n + j] = sum;
        }
}

static void read_windows(struct loader *l)
{
    struct mn_dat *d = l->d;
    int count = between(d, 0, MAX_WINDOWS, "too many window sizes");
    bool found = false;
    for (int k = 0; k < count && !d->error; k++) {
        int w = between(d, 3, 31, "not a window size");
        int betas = between(d, 0, MAX_BETAS, "too many components");
        if (k == 0)
            l->betas = betas;
        bool mine = w == l->s->window && !found && !d->error;
        if (mine && betas != l->betas)
            mn_dat_refuse(d, d->at, "another number of components");
        for (int b = 0; b < betas && !d->error; b++) {
            size_t at = d->at;
            mn_clnf_matrix(d, w * w, w * w, 5);
            for (int i = 0; i < w * w * w * w && !d->error; i++) {
                double v = (double)mn_clnf_f32(d);
                if (mine)
                    l->dense[i] = v;
            }
            if (!mine || d->error)
                continue;
            if (!is_symmetric(l->dense, w))
                mn_dat_refuse(d, at, "a component is not symmetric");
            for (int block = 0; block < 3; block++) {
                int n = mn_clnf_block(w, block);
                l->component[b][block] = mn_alloc((size_t)n * (size_t)n, sizeof(double));
                if (!l->component[b][block]) {
                    d->error = MIEN_ENOMEM;
                    return;
                }
                change_basis(l->dense, w, block, l->component[b][block]);
            }
        }
        found = found || mine;
    }
    if (!d->error && l->betas && !found)
        mn_dat_refuse(d, d->at, "no components for the window that is needed");
}

/* [2 (sum of alpha * identity + sum of beta * component)]^-1, block by block. */
static bool make_smooth(const struct loader *l, double alphas, const double *beta, float *out)
{
    double m[MAX_BLOCK * MAX_BLOCK];
    int w = l->s->window;
    for (int block = 0; block < 3; block++) {
        int n = mn_clnf_block(w, block), pitch = mn_clnf_padded(n), h = w / 2;
        for (int i = 0; i < n * n; i++) {
            m[i] = i % (n + 1) ? 0 : 2 * alphas;
            for (int b = 0; b < l->betas; b++)
                m[i] += 2 * beta[b] * l->component[b][block][i];
        }
        if (!l->kernels->invert(m, n))
            return false;
        double norm[MAX_BLOCK];
        for (int i = 0; i < n; i++) {
            int kx = block == 0 ? i % (h + 1) : block == 1 ? i / h : 1;
            int ky = block == 0 ? i / (h + 1) : 1;
            norm[i] = (kx ? sqrt(0.5) : 1) * (ky ? sqrt(0.5) : 1);
        }
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                out[i * pitch + j] = (float)(norm[i] * m[i * n + j] * norm[j]);
        out += n * pitch;
    }
    return true;
}

/* ------------------------------------------------------------------------------ the experts ----
 */

static void read_neuron(struct mn_dat *d, struct mn_clnf_expert *e, int k, double *alphas)
{
    size_t at = d->at;
    int kind = mn_dat_i32(d), input = mn_dat_i32(d);
    if (!d->error && (kind != 2 || input != 0))
        mn_dat_refuse(d, at, "not a neuron that looks at grey values");
    double steep = mn_dat_f64(d), bias = mn_dat_f64(d), alpha = mn_dat_f64(d);
    if (!d->error && !(fabs(steep) < 1e6 && fabs(bias) < 1e6 && alpha >= 0 && alpha < 1e6))
        mn_dat_refuse(d, at, "a neuron's numbers are out of range");
    mn_clnf_matrix(d, MN_CLNF_SUPPORT, MN_CLNF_SUPPORT, 5);
    double sum = 0;
    for (int i = 0; i < PATTERN && !d->error; i++) {
        float v = (float)(steep * (double)mn_clnf_f32(d));
        e->pattern[i * MN_CLNF_NEURONS + k] = v;
        sum += (double)v;
    }
    e->sum[k] = (float)sum;
    e->bias[k] = (float)bias;
    e->gain[k] = alpha > 1e-4 ? (float)(2 * alpha) : 0;
    *alphas += alpha;
}

/* store: room for pattern and matrix. */
static void read_expert(struct loader *l, struct mn_clnf_expert *e, bool seen, float *store)
{
    struct mn_dat *d = l->d;
    size_t at = d->at;
    int kind = mn_dat_i32(d), width = mn_dat_i32(d), height = mn_dat_i32(d);
    if (!d->error && (kind != 5 || width != MN_CLNF_SUPPORT || height != MN_CLNF_SUPPORT))
        mn_dat_refuse(d, at, "not an 11 x 11 CCNF expert");
    at = d->at;
    int neurons = between(d, 0, MN_CLNF_NEURONS - 1, "too many neurons");
    if (!d->error && (neurons > 0) != seen)
        mn_dat_refuse(d, at, "an expert where none belongs, or none where one does");
    if (!neurons) {
        mn_dat_i32(d);
        return;
    }
    e->pattern = store;
    double alphas = 0, beta[MAX_BETAS] = { 0 };
    for (int k = 0; k < neurons && !d->error; k++)
        read_neuron(d, e, k, &alphas);
    at = d->at;
    for (int b = 0; b < l->betas; b++)
        beta[b] = mn_dat_f64(d);
    e->weight = (float)mn_dat_f64(d);
    if (d->error)
        return;
    e->neurons = neurons;
    if (!(alphas > 1e-6) || !(fabsf(e->weight) < 1e6f)) {
        mn_dat_refuse(d, at, "an expert's numbers are out of range");
    } else if (l->betas) {
        e->smooth = store + PATTERN * MN_CLNF_NEURONS;
        if (!make_smooth(l, alphas, beta, e->smooth))
            mn_dat_refuse(d, at, "an expert's ties have no inverse");
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
        mn_dat_refuse(d, at, "not a scale");
    l->s->size = (float)size;
    l->s->views = between(d, 1, MN_CLNF_MAX_VIEWS, "too many views");
    for (int v = 0; v < l->s->views && !d->error; v++) {
        mn_clnf_matrix(d, 3, 1, 6);
        for (int a = 0; a < 3; a++)
            l->s->centre[v][a] = (float)(mn_dat_f64(d) * (3.14159265358979323846 / 180));
    }
    for (int v = 0; v < l->s->views && !d->error; v++) {
        mn_clnf_matrix(d, l->points, 1, 4);
        for (int i = 0; i < l->points && !d->error; i++)
            l->seen[v * l->points + i] = mn_dat_i32(d) != 0;
    }
}

static int read_file(struct loader *l)
{
    struct mn_dat *d = l->d;
    struct mn_clnf_scale *s = l->s;
    l->dense = mn_alloc((size_t)MAX_CELLS * MAX_CELLS, sizeof(double));
    l->seen = mn_alloc(MN_CLNF_MAX_VIEWS, (size_t)l->points);
    if (!l->dense || !l->seen)
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
    size_t room = PATTERN * MN_CLNF_NEURONS;
    if (l->betas)
        room += (size_t)mn_clnf_smooth_size(s->window);
    s->expert = mn_alloc((size_t)n, sizeof(*s->expert));
    s->store = mn_alloc(seen * room, sizeof(float));
    if (!s->expert || !s->store)
        return MIEN_ENOMEM;
    float *store = s->store;
    for (int i = 0; i < n && !d->error; i++) {
        read_expert(l, &s->expert[i], l->seen[i], store);
        store += l->seen[i] ? room : 0;
    }
    if (!d->error && d->at != d->file.size)
        mn_dat_refuse(d, d->at, "more than was announced");
    return d->error;
}

int mn_clnf_experts_load(struct mn_clnf_scale *s, const char *path, int points, int window,
                         double weight, struct mn_log *log)
{
    struct mn_dat d;
    int err = mn_dat_open(&d, path, MAX_FILE, log);
    if (err < 0)
        return err;
    s->window = window;
    struct loader l = { .d = &d, .s = s, .kernels = mn_clnf_kernels_best(), .points = points };
    err = read_file(&l);
    for (int i = 0; err == 0 && i < s->views * points; i++)
        s->expert[i].weight = weight > 0 ? (float)weight * s->expert[i].weight : 1;
    for (int b = 0; b < MAX_BETAS; b++)
        for (int block = 0; block < 3; block++)
            free(l.component[b][block]);
    free(l.dense);
    free(l.seen);
    mn_dat_close(&d);
    return err;
}

void mn_clnf_experts_free(struct mn_clnf_scale *s)
{
    free(s->expert);
    free(s->store);
    free(s->kernel);
    for (int v = 0; v < MN_CLNF_MAX_VIEWS; v++)
        free(s->own_gram[v]);
    *s = (struct mn_clnf_scale){ 0 };
}
