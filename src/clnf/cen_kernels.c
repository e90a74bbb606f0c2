/* Compiled plain, with -mavx2 -DMN_CEN_AVX2, and for AVX-512 with -DMN_CEN_AVX512 as well
 * (src/meson.build). Lanes are positions, so every build adds in the same order. */
#include "clnf/cen_kernels.h"

#include <math.h>
#include <string.h>

/* ROWS x VECTORS sums, the vectors of inputs and a weight fit the registers. */
#if defined(MN_CEN_AVX512)
#define KERNELS mn_cen_kernels_avx512
#define KERNELS_NAME "avx512"
#define WIDE 16
#define ROWS 8
#define VECTORS 3
#elif defined(MN_CEN_AVX2)
#define KERNELS mn_cen_kernels_avx2
#define KERNELS_NAME "avx2"
#define WIDE 8
#define ROWS 6
#define VECTORS 2
#else
#define KERNELS mn_cen_kernels_plain
#define KERNELS_NAME "plain"
#define WIDE 4
#define ROWS 4
#define VECTORS 2
#endif
extern const struct mn_cen_kernels KERNELS;
#include "clnf/wide.h"

#define S MN_CLNF_SUPPORT
#define SIDE MN_CLNF_MAX_AREA
#define HALF 16 /* floats from column to column of one parity */

/* ---------------------------------------------------------------------- neighbourhoods ---- */

/* The area column by column, its even and its odd rows apart, so that the samples that meet every
 * second position of a column are adjacent. */
struct area {
    float value[SIDE][2][2 * HALF]; /* less the centre sample */
    double sum[SIDE][MN_CLNF_MAX_SEARCH], square[SIDE][MN_CLNF_MAX_SEARCH]; /* of 11 rows */
};

static void load(struct area *a, int window, bool mirrored, int32_t (*samples)[MN_CLNF_AREA_PITCH])
{
    const int side = window + S - 1, middle = samples[side / 2][side / 2];
    for (int x = 0; x < side; x++) {
        const int from = mirrored ? side - 1 - x : x;
        double sum = 0, square = 0;
        for (int y = 0; y < side; y++) {
            const int v = samples[y][from] - middle;
            a->value[x][y % 2][y / 2] = (float)v * (1.0f / 1024);
            sum += v;
            square += (double)v * v;
            if (y < S - 1)
                continue;
            a->sum[x][y - S + 1] = sum; /* integers: exact in any order */
            a->square[x][y - S + 1] = square;
            const double first = (double)(samples[y - S + 1][from] - middle);
            sum -= first;
            square -= first * first;
        }
    }
}

/* Mean and inverse norm at the positions; the number of positions. A flat neighbourhood is not
 * scaled. */
static int measure(const struct area *a, int window, bool dense, float *mean, float *inverse)
{
    int n = 0;
    for (int k = dense ? 0 : 1; k < window * window; k += dense ? 1 : 2, n++) {
        double sum = 0, square = 0;
        for (int i = 0; i < S; i++) {
            sum += a->sum[k / window + i][k % window];
            square += a->square[k / window + i][k % window];
        }
        const double variance = (square - sum * sum * (1.0 / (S * S))) * (1.0 / (1024 * 1024));
        mean[n] = (float)(sum * (1.0 / (S * S * 1024)));
        inverse[n] = variance > 1e-9 ? (float)(1 / sqrt(variance)) : 1;
    }
    return n;
}

/* One row of the output: the samples that lie at (i, j) of the positions' neighbourhoods. */
static ALWAYS void collect(const struct area *a, int window, bool dense, int i, int j, float *out)
{
    for (int x = 0; x < window; x++) {
        if (dense) {
            for (int y = 0; y < window; y++)
                out[y] = a->value[x + i][(y + j) % 2][(y + j) / 2];
            out += window;
            continue;
        }
        const int first = x % 2 ? 0 : 1, count = (window - first + 1) / 2;
        const float *from = a->value[x + i][(first + j) % 2] + (first + j) / 2;
        memcpy(out, from, 8 * sizeof(float)); /* the next column overwrites the excess */
        out += count;
    }
}

static void gather(int window, bool dense, bool mirrored, int32_t (*samples)[MN_CLNF_AREA_PITCH],
                   int pitch, float *out)
{
    struct area a;
    float mean[256] = {0}, inverse[256] = {0}, row[256 + 16];
    memset(a.value, 0, sizeof(a.value));
    load(&a, window, mirrored, samples);
    const int n = measure(&a, window, dense, mean, inverse);
    for (int k = 0; k < n; k++)
        out[k] = 1;
    for (int i = 0; i < S; i++)
        for (int j = 0; j < S; j++) {
            out += pitch;
            collect(&a, window, dense, i, j, row);
            for (int k = 0; k < n; k++)
                out[k] = (row[k] - mean[k]) * inverse[k];
        }
}

/* ------------------------------------------------------------------------------ layers ---- */

static ALWAYS wide activate(enum mn_cen_activation activation, wide v)
{
    const wide zero = {0};
    if (activation == MN_CEN_SIGMOID)
        return 1.0f / (1.0f + exponential(-v));
    return choose_wide(v > zero, v, zero);
}

/* `rows` outputs beginning with o, at `vectors` vectors of positions. */
static ALWAYS void block(const struct mn_cen_layer *l, const float *in, int pitch, int o,
                         const int rows, const int vectors, float *out)
{
    const float *weight = l->weight + (size_t)o * (size_t)l->inputs;
    const int inputs = l->inputs;
    wide acc[ROWS][VECTORS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            acc[r][v] = (wide){0} + l->bias[o + r];
    for (int i = 0; i < inputs; i++, in += pitch) {
        wide x[VECTORS];
        for (int v = 0; v < vectors; v++)
            x[v] = CONST_WIDE_AT(in + v * WIDE);
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            const float w = weight[(size_t)r * (size_t)inputs + (size_t)i];
            for (int v = 0; v < vectors; v++)
                acc[r][v] += x[v] * w;
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            WIDE_AT(out + (ptrdiff_t)(o + r) * pitch + v * WIDE) =
                activate(l->activation, acc[r][v]);
}

static ALWAYS void columns(const struct mn_cen_layer *l, const float *in, int pitch,
                           const int vectors, float *out)
{
    int o = 0;
    for (; o + ROWS <= l->outputs; o += ROWS)
        block(l, in, pitch, o, ROWS, vectors, out);
    for (; o < l->outputs; o++)
        block(l, in, pitch, o, 1, vectors, out);
}

static void layer(const struct mn_cen_layer *l, const float *in, int n, int pitch, float *out)
{
    int k = 0;
    for (; k + VECTORS * WIDE <= n; k += VECTORS * WIDE)
        columns(l, in + k, pitch, VECTORS, out + k);
#if VECTORS > 2
    for (; k + 2 * WIDE <= n; k += 2 * WIDE)
        columns(l, in + k, pitch, 2, out + k);
#endif
    for (; k < n; k += WIDE)
        columns(l, in + k, pitch, 1, out + k);
}

const struct mn_cen_kernels KERNELS = {.name = KERNELS_NAME, .gather = gather, .layer = layer};
