#include "clnf/smoothing.h"

#include <math.h>
#include <mien/mien.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "clnf/kernels.h"

#define MAX_BLOCK ((MN_CLNF_MAX_WINDOW / 2 + 1) * (MN_CLNF_MAX_WINDOW / 2 + 1))

struct view {
    atomic_bool ready;
    int first, count; /* of the view's experts */
};

struct mn_smoothing {
    const struct mn_clnf_kernels *kernels;
    int window, betas, added;
    size_t size;                             /* floats per matrix */
    double *component[MN_CLNF_MAX_BETAS][3]; /* as blocks */
    double excess[MN_CLNF_MAX_BETAS]; /* the most by which the other elements of a row exceed the
                                         diagonal */
    double norm[MN_CLNF_MAX_BETAS];   /* largest sum of absolute values of a row */
    double *sum;                      /* alphas and betas of each expert */
    void *room;           /* memory of all matrices; pages are untouched until computed */
    float *matrix;        /* the same, aligned */
    pthread_mutex_t lock; /* held while matrices are computed */
    struct view view[MN_CLNF_MAX_VIEWS];
};

int mn_smoothing_open(struct mn_smoothing **out, int window, int betas)
{
    struct mn_smoothing *t = *out = mn_alloc(1, sizeof(*t));
    if (!t)
        return MIEN_ENOMEM;
    pthread_mutex_init(&t->lock, NULL);
    t->kernels = mn_clnf_kernels_best();
    t->window = window;
    t->betas = betas;
    t->size = (size_t)mn_smoothing_size(window);
    return 0;
}

int mn_smoothing_reserve(struct mn_smoothing *t, int experts)
{
    t->sum = mn_alloc((size_t)experts * (size_t)(t->betas + 1), sizeof(*t->sum));
    t->room = mn_alloc_sparse((size_t)experts * t->size + MN_ALIGN / sizeof(float), sizeof(float));
    t->matrix = (float *)(((uintptr_t)t->room + MN_ALIGN - 1) / MN_ALIGN * MN_ALIGN);
    return t->sum && t->room ? 0 : MIEN_ENOMEM;
}

void mn_smoothing_close(struct mn_smoothing **pt)
{
    struct mn_smoothing *t = *pt;
    if (!t)
        return;
    for (int b = 0; b < MN_CLNF_MAX_BETAS; b++)
        for (int block = 0; block < 3; block++)
            free(t->component[b][block]);
    free(t->sum);
    free(t->room);
    pthread_mutex_destroy(&t->lock);
    free(t);
    *pt = NULL;
}

/* The value of function i of a block at cell (x, y) of the window. */
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

/* out = basis' * dense * basis for one block. A basis function has at most four cells. */
static void change_basis(const double *dense, int w, int block, double *out)
{
    int n = mn_smoothing_block_rows(w, block), cells[MAX_BLOCK][4], count[MAX_BLOCK];
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

int mn_smoothing_set_component(struct mn_smoothing *t, int i, const double *dense)
{
    const int cells = t->window * t->window;
    if (!is_symmetric(dense, t->window))
        return MIEN_EINVAL;
    for (int r = 0; r < cells; r++) {
        double rest = 0, own = dense[r * cells + r];
        for (int c = 0; c < cells; c++)
            rest += c == r ? 0 : fabs(dense[r * cells + c]);
        t->excess[i] = fmax(t->excess[i], rest - own);
        t->norm[i] = fmax(t->norm[i], rest + fabs(own));
    }
    for (int block = 0; block < 3; block++) {
        size_t n = (size_t)mn_smoothing_block_rows(t->window, block);
        t->component[i][block] = mn_alloc(n * n, sizeof(double));
        if (!t->component[i][block])
            return MIEN_ENOMEM;
        change_basis(dense, t->window, block, t->component[i][block]);
    }
    return 0;
}

/* Computes a matrix, block by block. False: it does not exist. */
static bool compute(const struct mn_smoothing *t, double alphas, const double *beta, float *out)
{
    double m[MAX_BLOCK * MAX_BLOCK];
    int w = t->window;
    for (int block = 0; block < 3; block++) {
        int n = mn_smoothing_block_rows(w, block), pitch = mn_smoothing_padded(n), h = w / 2;
        for (int i = 0; i < n * n; i++) {
            m[i] = i % (n + 1) ? 0 : 2 * alphas;
            for (int b = 0; b < t->betas; b++)
                m[i] += 2 * beta[b] * t->component[b][block][i];
        }
        if (!t->kernels->invert(m, n))
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

/* By Gershgorin's circles no eigenvalue of a component is below -excess. So under the conditions
 * below no eigenvalue of the sum comes near 0, and the sum is well enough conditioned for rounding
 * not to change that. */
static bool certainly_has_inverse(const struct mn_smoothing *t, double alphas, const double *beta)
{
    double down = 0, size = 0;
    for (int b = 0; b < t->betas; b++) {
        if (!(beta[b] >= 0))
            return false;
        down += beta[b] * t->excess[b];
        size += beta[b] * t->norm[b];
    }
    return alphas > 1e-6 && down < 0.5 * alphas && size < 1e6 * alphas;
}

bool mn_smoothing_add_expert(struct mn_smoothing *t, int view, double alphas, const double *beta,
                             float **smooth)
{
    double *sum = t->sum + t->added * (t->betas + 1);
    struct view *v = &t->view[view];
    *smooth = t->matrix + (size_t)t->added * t->size;
    if (!v->count)
        v->first = t->added;
    v->count++;
    t->added++;
    sum[0] = alphas;
    for (int b = 0; b < t->betas; b++)
        sum[1 + b] = beta[b];
    return certainly_has_inverse(t, alphas, beta) || compute(t, alphas, beta, *smooth);
}

void mn_smoothing_ensure(struct mn_smoothing *t, int view)
{
    struct view *v = &t->view[view];
    if (atomic_load_explicit(&v->ready, memory_order_acquire))
        return;
    pthread_mutex_lock(&t->lock);
    if (!atomic_load_explicit(&v->ready, memory_order_relaxed)) {
        for (int i = v->first; i < v->first + v->count; i++) {
            const double *sum = t->sum + i * (t->betas + 1);
            compute(t, sum[0], sum + 1, t->matrix + (size_t)i * t->size);
        }
        atomic_store_explicit(&v->ready, true, memory_order_release);
    }
    pthread_mutex_unlock(&t->lock);
}
