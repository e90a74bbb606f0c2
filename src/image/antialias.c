#include "image/antialias.h"

#include <math.h>
#include <mien/mien.h>
#include <stddef.h>

#include "base/mem.h"

#define BITS 22 /* fraction of a weight */
#define HALF (1 << (BITS - 1))

/* One axis: n source pixels become m. Weights of output pixel d: weight[d * most], count[d] of
 * them, for the source pixels from first[d]. */
struct axis {
    int n, m, most;
    int32_t *first, *count, *weight;
};

struct mn_antialias {
    const struct kernel *kernel;
    struct axis across, down;
    uint8_t *ring;   /* the last down.most source rows after the horizontal pass, three planes */
    uint8_t *out;    /* one row */
    int32_t *sum;    /* of one row */
    double *fine;    /* weights of one output pixel before they are rounded */
    size_t capacity; /* bytes of block */
    void *block;     /* the one allocation behind all of these */
};

static double triangle(double x)
{
    return x < 1 ? 1 - x : 0;
}

/* The cubic of Keys with a = -0.5. */
static double cubic(double x)
{
    const double a = -0.5;
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static const struct kernel {
    double radius;          /* in output pixels, or source pixels where the picture grows */
    double (*at)(double x); /* x: at least 0 */
} kernels[MN_NUM_KERNELS] = {
    [MN_KERNEL_BILINEAR] = {.radius = 1, .at = triangle},
    [MN_KERNEL_BICUBIC] = {.radius = 2, .at = cubic},
};

int mn_antialias_open(struct mn_antialias **out, enum mn_kernel kernel)
{
    *out = mn_alloc(1, sizeof(**out));
    if (!*out)
        return MIEN_ENOMEM;
    (*out)->kernel = &kernels[kernel];
    return 0;
}

void mn_antialias_close(struct mn_antialias **a)
{
    if (!*a)
        return;
    free((*a)->block);
    free(*a);
    *a = NULL;
}

/* ---------------------------------------------------------------------------------- taps ---- */

static double support(const struct kernel *k, int n, int m)
{
    const double scale = (double)n / m;
    return k->radius * (scale > 1 ? scale : 1);
}

static struct axis sized(const struct kernel *k, int n, int m)
{
    return (struct axis){.n = n, .m = m, .most = 2 * (int)ceil(support(k, n, m)) + 1};
}

static int32_t rounded(double weight)
{
    return (int32_t)(weight * (1 << BITS) + (weight < 0 ? -0.5 : 0.5));
}

/* Weights of output pixel d. The order of the operations decides the last bit. */
static void weigh(struct axis *x, const struct kernel *k, int d, double *fine)
{
    const double scale = (double)x->n / x->m, stretch = scale > 1 ? scale : 1;
    const double centre = (d + 0.5) * scale, reach = support(k, x->n, x->m);
    int low = (int)(centre - reach + 0.5), high = (int)(centre + reach + 0.5);
    double sum = 0;
    low = low < 0 ? 0 : low;
    high = high > x->n ? x->n : high;
    for (int i = low; i < high; i++) {
        fine[i - low] = k->at(fabs((i - centre + 0.5) * (1 / stretch)));
        sum += fine[i - low];
    }
    for (int i = 0; i < high - low; i++)
        x->weight[(ptrdiff_t)d * x->most + i] = rounded(sum != 0 ? fine[i] / sum : fine[i]);
    x->first[d] = low;
    x->count[d] = high - low;
}

/* -------------------------------------------------------------------------------- memory ---- */

static size_t padded(size_t count, size_t size)
{
    return (count * size + MN_ALIGN - 1) / MN_ALIGN * MN_ALIGN;
}

static size_t axis_bytes(const struct axis *x)
{
    return 2 * padded((size_t)x->m, 4) + padded((size_t)x->m * (size_t)x->most, 4);
}

static void *carve(uint8_t **at, size_t count, size_t size)
{
    void *p = *at;
    *at += padded(count, size);
    return p;
}

static void carve_axis(struct axis *x, uint8_t **at)
{
    x->first = carve(at, (size_t)x->m, 4);
    x->count = carve(at, (size_t)x->m, 4);
    x->weight = carve(at, (size_t)x->m * (size_t)x->most, 4);
}

static int reserve(struct mn_antialias *a, size_t bytes)
{
    if (bytes <= a->capacity)
        return 0;
    free(a->block);
    a->capacity = 0;
    a->block = mn_alloc(bytes, 1);
    if (!a->block)
        return MIEN_ENOMEM;
    a->capacity = bytes;
    return 0;
}

int mn_antialias_begin(struct mn_antialias *a, int w, int h, int W, int H)
{
    a->across = sized(a->kernel, w, W);
    a->down = sized(a->kernel, h, H);
    const size_t taps = (size_t)(a->across.most > a->down.most ? a->across.most : a->down.most);
    const size_t rows = 3 * (size_t)a->down.most;
    int err =
        reserve(a, axis_bytes(&a->across) + axis_bytes(&a->down) + padded(rows * (size_t)W, 1) +
                       padded((size_t)W, 1) + padded((size_t)W, 4) + padded(taps, sizeof(double)));
    if (err < 0)
        return err;
    uint8_t *p = a->block;
    carve_axis(&a->across, &p);
    carve_axis(&a->down, &p);
    a->ring = carve(&p, rows * (size_t)W, 1);
    a->out = carve(&p, (size_t)W, 1);
    a->sum = carve(&p, (size_t)W, 4);
    a->fine = carve(&p, taps, sizeof(double));
    for (int d = 0; d < W; d++)
        weigh(&a->across, a->kernel, d, a->fine);
    for (int d = 0; d < H; d++)
        weigh(&a->down, a->kernel, d, a->fine);
    return 0;
}

/* -------------------------------------------------------------------------------- passes ---- */

static uint8_t clamped(int32_t sum)
{
    const int32_t v = sum >> BITS;
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static uint8_t *row_of(const struct mn_antialias *a, int y, int c)
{
    return a->ring + (3 * (ptrdiff_t)(y % a->down.most) + c) * a->across.m;
}

void mn_antialias_rows(const struct mn_antialias *a, int Y, int *first, int *count)
{
    *first = a->down.first[Y];
    *count = a->down.count[Y];
}

void mn_antialias_put(struct mn_antialias *a, int y, const uint8_t *const plane[3])
{
    const struct axis *x = &a->across;
    for (int c = 0; c < 3; c++) {
        uint8_t *out = row_of(a, y, c);
        for (int d = 0; d < x->m; d++) {
            const uint8_t *p = plane[c] + x->first[d];
            const int32_t *weight = x->weight + (ptrdiff_t)d * x->most;
            int32_t sum = HALF;
            for (int i = 0; i < x->count[d]; i++)
                sum += p[i] * weight[i];
            out[d] = clamped(sum);
        }
    }
}

const uint8_t *mn_antialias_get(struct mn_antialias *a, int Y, int c)
{
    const struct axis *y = &a->down;
    const int W = a->across.m;
    for (int d = 0; d < W; d++)
        a->sum[d] = HALF;
    for (int i = 0; i < y->count[Y]; i++) {
        const uint8_t *row = row_of(a, y->first[Y] + i, c);
        const int32_t weight = y->weight[(ptrdiff_t)Y * y->most + i];
        for (int d = 0; d < W; d++)
            a->sum[d] += row[d] * weight;
    }
    for (int d = 0; d < W; d++)
        a->out[d] = clamped(a->sum[d]);
    return a->out;
}
