/* Compiled plain, with -mavx2 -DMN_CLNF_AVX2, and for AVX-512 with -DMN_CLNF_AVX512 as well
 * (src/meson.build). It uses the compiler's vector types rather than intrinsics, so that one text
 * serves all builds. Compilers are bad at vectors wider than the machine's, hence the two widths
 * below. */
#include "clnf/kernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "clnf/smoothing_layout.h"

#ifdef MN_CLNF_AVX2
#include <immintrin.h>
#define LANES 8
#else
#define LANES 4
#endif
#if defined(MN_CLNF_AVX512)
#define KERNELS mn_clnf_kernels_avx512
#define KERNELS_NAME "avx512"
#define WIDE 16
#define GROUPS \
    3 /* vectors of positions at once: with 7 neurons each, as many as fit the registers */
#elif defined(MN_CLNF_AVX2)
#define KERNELS mn_clnf_kernels_avx2
#define KERNELS_NAME "avx2"
#define WIDE 8
#define GROUPS 1
#else
#define KERNELS mn_clnf_kernels_plain
#define KERNELS_NAME "plain"
#define WIDE 4
#define GROUPS 1
#endif
extern const struct mn_clnf_kernels KERNELS;
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t ints __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
/* wider vectors for the response maps, which have enough positions to fill them */
#include "clnf/wide.h"

#define AT(p) (*(lanes *)(void *)(p))
#define CONST_AT(p) (*(const lanes *)(const void *)(p))

#define S MN_CLNF_SUPPORT
#define N MN_CLNF_NEURONS
#define AP MN_CLNF_AREA_PITCH
#define MP MN_CLNF_MAP_PITCH
#define MAX_W MN_CLNF_MAX_WINDOW

/* ------------------------------------------------------------------------- the picture ---- */

/* OpenCV's conversion, which the original uses. */
static void grey(const uint32_t *restrict bgr, int n, uint8_t *restrict out)
{
    for (int i = 0; i < n; i++) {
        uint32_t p = bgr[i];
        out[i] = (uint8_t)(((p & 255) * 3735 + (p >> 8 & 255) * 19235 + (p >> 16 & 255) * 9798 +
                            16384) >>
                           15);
    }
}

static void luma(const uint8_t *restrict y, int n, const struct mn_yuv *m, uint8_t *restrict out)
{
    const int16_t offset = m->y_offset, factor = m->cy;
    for (int i = 0; i < n; i++) {
        int16_t v = (int16_t)((int16_t)(8 * y[i] - offset) * factor >> 16);
        v = v < 0 ? 0 : v;
        out[i] = (uint8_t)(v > 255 ? 255 : v);
    }
}

static void sample(const uint8_t *plane, int pitch, const struct mn_clnf_grid *g, int side,
                   int32_t (*out)[AP])
{
    for (int v = 0; v < side; v++) {
        int u = 0;
#ifdef MN_CLNF_AVX2
        const __m256i x0 = _mm256_set1_epi32(g->x_of_row[v]),
                      y0 = _mm256_set1_epi32(g->y_of_row[v]);
        const __m256i low = _mm256_set1_epi32(31), all = _mm256_set1_epi32(32);
        for (; u + 8 <= side; u += 8) {
            __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(g->x_of_column + u));
            __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(g->y_of_column + u));
            x = _mm256_srai_epi32(_mm256_add_epi32(x, x0), 5);
            y = _mm256_srai_epi32(_mm256_add_epi32(y, y0), 5);
            __m256i fx = _mm256_and_si256(x, low), fy = _mm256_and_si256(y, low);
            __m256i at = _mm256_add_epi32(
                _mm256_mullo_epi32(_mm256_srai_epi32(y, 5), _mm256_set1_epi32(pitch)),
                _mm256_srai_epi32(x, 5));
            const int *first = (const int *)(const void *)plane;
            const int *second = (const int *)(const void *)(plane + pitch);
            /* Spreads two neighbouring bytes to 16 bits each, for the factors (32 - fx, fx). */
            const __m256i spread =
                _mm256_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1, 0, -1, 1,
                                 -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1);
            __m256i across = _mm256_or_si256(_mm256_sub_epi32(all, fx), _mm256_slli_epi32(fx, 16));
            __m256i top = _mm256_shuffle_epi8(_mm256_i32gather_epi32(first, at, 1), spread);
            __m256i bottom = _mm256_shuffle_epi8(_mm256_i32gather_epi32(second, at, 1), spread);
            top = _mm256_madd_epi16(top, across);
            bottom = _mm256_madd_epi16(bottom, across);
            /* Both are below 2^13, so one multiply-add of pairs of 16 bits does the rest. */
            __m256i pair = _mm256_or_si256(top, _mm256_slli_epi32(bottom, 16));
            __m256i down = _mm256_or_si256(_mm256_sub_epi32(all, fy), _mm256_slli_epi32(fy, 16));
            _mm256_storeu_si256((__m256i *)(void *)(out[v] + u), _mm256_madd_epi16(pair, down));
        }
#endif
        for (; u < side; u++) {
            int x = (g->x_of_row[v] + g->x_of_column[u]) >> 5;
            int y = (g->y_of_row[v] + g->y_of_column[u]) >> 5;
            const uint8_t *p = plane + (ptrdiff_t)(y >> 5) * pitch + (x >> 5);
            const uint8_t *q = p + pitch;
            int fx = x & 31, fy = y & 31;
            out[v][u] =
                (p[0] * (32 - fx) + p[1] * fx) * (32 - fy) + (q[0] * (32 - fx) + q[1] * fx) * fy;
        }
    }
}

/* -------------------------------------------------------------------------- a response ---- */

#define PLACES(w) (((w) * (w) + 15) / 16 * 16) /* positions of a map, row after row, padded */
#define MAX_PLACES PLACES(MAX_W)

/* For each 11 x 11 neighbourhood of `samples` less the centre sample: its mean, and the inverse of
 * its norm about the mean. The sums are integers below 2^43, exact in any order, so running sums
 * give the same bits. A flat neighbourhood carries no information; its inverse is 0. */
static ALWAYS void normalise(const int w, int32_t (*samples)[AP], float *mean, float *inverse)
{
    const int side = w + S - 1, across = (w + 3) / 4 * 4, middle = samples[side / 2][side / 2];
    double sum[AP] = {0}, square[AP] = {0};
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
            double v = (double)(samples[y][x] - middle);
            sum[x] += v;
            square[x] += v * v;
        }
        if (y < S - 1)
            continue;
        const int row = y - (S - 1);
        double s[12] = {0}, q[12] = {0};
        for (int k = 0; k < S; k++)
            for (int x = 0; x < across; x++) {
                s[x] += sum[x + k];
                q[x] += square[x + k];
            }
        for (int x = 0; x < across; x++) { /* the next row overwrites the excess */
            double variance = (q[x] - s[x] * s[x] * (1.0 / (S * S))) * (1.0 / (1024 * 1024));
            mean[row * w + x] = (float)(s[x] * (1.0 / (S * S * 1024)));
            inverse[row * w + x] = (float)variance;
        }
        for (int x = 0; x < side; x++) {
            double v = (double)(samples[row][x] - middle);
            sum[x] -= v;
            square[x] -= v * v;
        }
    }
    for (int i = w * w; i < PLACES(w); i++)
        mean[i] = inverse[i] = 0;
    for (int i = 0; i < PLACES(w); i++) {
        float v = inverse[i] > 1e-9f ? inverse[i] : 1;
        inverse[i] = inverse[i] > 1e-9f ? 1 / sqrtf(v) : 0;
    }
}

/* All samples that one column of a pattern meets are adjacent: columns[dx][y][x] is sample (y, x +
 * dx). So positions follow each other without gaps from row to row of the map. */
#define COLUMNS(w) (S * ((w) + S - 1) * (w) + 16)

static ALWAYS void spread(const int w, int32_t (*samples)[AP], float *columns)
{
    const int side = w + S - 1, middle = samples[side / 2][side / 2];
    float area[MN_CLNF_MAX_AREA + 1][AP];
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++)
            area[y][x] = (float)(samples[y][x] - middle) * (1.0f / 1024);
        for (int x = side; x < AP; x++)
            area[y][x] = 0;
    }
    memset(area[side], 0, sizeof(area[side]));
    for (int dx = 0; dx < S; dx++)
        for (int y = 0; y < side; y++) /* the next row overwrites the excess */
            for (int x = 0; x < w; x += WIDE)
                WIDE_AT(columns + (dx * side + y) * w + x) = CONST_WIDE_AT(area[y] + dx + x);
    memset(columns + S * side * w, 0, 16 * sizeof(float));
}

/* dot[neuron][position] = pattern times the neighbourhood of the position, for `groups` vectors of
 * positions. */
static ALWAYS void correlate(const int w, const int groups, const float *columns,
                             const float *pattern, float (*dot)[MAX_PLACES])
{
    wide acc[N - 1][GROUPS];
    for (int k = 0; k < N - 1; k++)
        for (int g = 0; g < groups; g++)
            acc[k][g] = (wide){0};
    for (int dy = 0; dy < S; dy++)
        for (int dx = 0; dx < S; dx++, pattern += N) {
            const float *p = columns + (dx * (w + S - 1) + dy) * w;
            wide v[GROUPS];
            for (int g = 0; g < groups; g++)
                v[g] = CONST_WIDE_AT(p + g * WIDE);
#pragma GCC unroll 7
            for (int k = 0; k < N - 1; k++)
                for (int g = 0; g < groups; g++)
                    acc[k][g] += v[g] * pattern[k];
        }
    for (int k = 0; k < N - 1; k++)
        for (int g = 0; g < groups; g++)
            WIDE_AT(dot[k] + g * WIDE) = acc[k][g];
}

static ALWAYS lanes choose(ints mask, lanes yes, lanes no)
{
    return (lanes)(((ints)yes & mask) | ((ints)no & ~mask));
}

/* The sum over neurons of gain / (1 + e^-z) for n positions, a multiple of 16. */
static ALWAYS void vote(const struct mn_clnf_expert *e, float (*dot)[MAX_PLACES], const float *mean,
                        const float *inverse, const int n, float *out)
{
    for (int i = 0; i < n; i += WIDE) {
        const wide m = CONST_WIDE_AT(mean + i), inv = CONST_WIDE_AT(inverse + i);
        wide share[N - 1];
        for (int k = 0; k < N - 1; k++) {
            wide z = (CONST_WIDE_AT(dot[k] + i) - m * e->sum[k]) * inv + e->bias[k];
            share[k] = e->gain[k] / (1.0f + exponential(-z));
        }
        WIDE_AT(out + i) =
            ((share[0] + share[4]) + (share[2] + share[6])) + ((share[1] + share[5]) + share[3]);
    }
}

#define MAX_H (MAX_W / 2 + 1)
#define MAX_BLOCK ((MAX_H * MAX_H + 7) / 8 * 8)

/* out = block * in, for a symmetric block with padded rows. */
static ALWAYS void multiply(const float *block, const int n, const float *in, float *out)
{
    const int pitch = mn_smoothing_padded(n);
    lanes sum[MAX_BLOCK / LANES];
    for (int c = 0; c < pitch / LANES; c++)
        sum[c] = (lanes){0};
    for (int i = 0; i < n; i++)
        for (int c = 0; c < pitch / LANES; c++)
            sum[c] += in[i] * CONST_AT(block + i * pitch + c * LANES);
    for (int c = 0; c < pitch / LANES; c++)
        AT(out + c * LANES) = sum[c];
}

/* Smooths a map: changes to the basis of even and odd functions of x and y, multiplies with the
 * blocks, and changes back (smoothing_layout.h). */
static ALWAYS void smooth(const float *block, int w, const float *r, float *map)
{
    const int h = w / 2, even = h + 1;
    float ex[MAX_W][MAX_H], ox[MAX_W][MAX_H]; /* even and odd part of each row */
    for (int y = 0; y < w; y++) {
        const float *p = r + y * w + h;
        ex[y][0] = p[0];
        for (int k = 1; k <= h; k++) {
            ex[y][k] = p[k] + p[-k];
            ox[y][k - 1] = p[k] - p[-k];
        }
    }
    float in[4][MAX_BLOCK],
        out[4][MAX_BLOCK]; /* even-even; x even, y odd; y even, x odd; odd-odd */
    for (int k = 0; k <= h; k++)
        in[0][k] = ex[h][k];
    for (int k = 0; k < h; k++)
        in[2][k] = ox[h][k];
    for (int l = 1; l <= h; l++) {
        for (int k = 0; k <= h; k++) {
            in[0][l * even + k] = ex[h + l][k] + ex[h - l][k];
            in[1][k * h + l - 1] = ex[h + l][k] - ex[h - l][k];
        }
        for (int k = 0; k < h; k++) {
            in[2][l * h + k] = ox[h + l][k] + ox[h - l][k];
            in[3][(l - 1) * h + k] = ox[h + l][k] - ox[h - l][k];
        }
    }
    const int n0 = even * even, n1 = even * h, n2 = h * h;
    const float *second = block + n0 * mn_smoothing_padded(n0);
    multiply(block, n0, in[0], out[0]);
    multiply(second, n1, in[1], out[1]);
    multiply(second, n1, in[2], out[2]);
    multiply(second + n1 * mn_smoothing_padded(n1), n2, in[3], out[3]);
    for (int l = 0; l <= h; l++) {
        float *down = map + (h + l) * MP + h, *up = map + (h - l) * MP + h;
        for (int k = 0; k <= h; k++) {
            float a = out[0][l * even + k], b = l ? out[1][k * h + l - 1] : 0;
            float c = k ? out[2][l * h + k - 1] : 0;
            float d = k && l ? out[3][(l - 1) * h + k - 1] : 0;
            down[k] = (a + b) + (c + d);
            down[-k] = (a + b) - (c + d);
            up[k] = (a - b) + (c - d);
            up[-k] = (a - b) - (c - d);
        }
    }
}

static ALWAYS void respond_at(const struct mn_clnf_expert *e, const int w, int32_t (*samples)[AP],
                              float *map)
{
    float columns[COLUMNS(MAX_W)], dot[N - 1][MAX_PLACES];
    float mean[MAX_PLACES + 8], inverse[MAX_PLACES + 8], r[MAX_PLACES];
    spread(w, samples, columns);
    normalise(w, samples, mean, inverse);
    const int vectors = (w * w + WIDE - 1) / WIDE;
    for (int i = 0; i < vectors / GROUPS; i++)
        correlate(w, GROUPS, columns + i * GROUPS * WIDE, e->pattern,
                  (float(*)[MAX_PLACES])(dot[0] + i * GROUPS * WIDE));
    if (vectors % GROUPS)
        correlate(w, vectors % GROUPS, columns + vectors / GROUPS * GROUPS * WIDE, e->pattern,
                  (float(*)[MAX_PLACES])(dot[0] + vectors / GROUPS * GROUPS * WIDE));
    for (int k = 0; k < N - 1; k++)
        for (int i = vectors * WIDE; i < PLACES(w); i++)
            dot[k][i] = 0;
    vote(e, dot, mean, inverse, PLACES(w), r);
    memset(map, 0, (size_t)w * MP * sizeof(*map));
    if (e->smooth)
        smooth(e->smooth, w, r, map);
    else
        for (int i = 0; i < w * w; i++)
            map[i / w * MP + i % w] = r[i] * e->scale;
    float least = 0;
    for (int y = 0; y < w; y++)
        for (int x = 0; x < w; x++)
            least = map[y * MP + x] < least ? map[y * MP + x] : least;
    if (least < 0)
        for (int y = 0; y < w; y++)
            for (int x = 0; x < w; x++)
                map[y * MP + x] -= least;
}

static void respond(const struct mn_clnf_expert *e, int window, int32_t (*samples)[AP], float *map)
{
    switch (window) {
    case 3:
        respond_at(e, 3, samples, map);
        break;
    case 5:
        respond_at(e, 5, samples, map);
        break;
    case 7:
        respond_at(e, 7, samples, map);
        break;
    case 9:
        respond_at(e, 9, samples, map);
        break;
    case 11:
        respond_at(e, 11, samples, map);
        break;
    }
}

/* Gauss-Jordan elimination without pivoting, row by row. */
static bool invert(double *matrix, int n)
{
    double a[MAX_BLOCK][MAX_BLOCK];
    const int across = (n + 7) / 8 * 8;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < across; j++)
            a[i][j] = j < n ? matrix[i * n + j] : 0;
    for (int k = 0; k < n; k++) {
        double *row = a[k], pivot = row[k];
        if (!(pivot > 1e-9))
            return false;
        row[k] = 1;
        for (int j = 0; j < across; j++)
            row[j] /= pivot;
        for (int i = 0; i < n; i++) {
            double *to = a[i], factor = to[k];
            if (i == k || factor == 0)
                continue;
            to[k] = 0;
            for (int j = 0; j < across; j++)
                to[j] -= factor * row[j];
        }
    }
    for (int i = 0; i < n; i++)
        memcpy(matrix + i * n, a[i], (size_t)n * sizeof(*matrix));
    return true;
}

static void moments(const float *map, int window, const float *kx, const float *ky, float out[3])
{
    static const float place[MP] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    float part[3][MP];
    for (int c = 0; c < MP; c += LANES) {
        lanes sum = {0}, down = {0};
        for (int r = 0; r < window; r++) {
            lanes v = ky[r] * CONST_AT(map + r * MP + c);
            sum += v;
            down += (float)r * v;
        }
        lanes k = CONST_AT(kx + c);
        sum *= k;
        AT(part[0] + c) = sum;
        AT(part[1] + c) = sum * CONST_AT(place + c);
        AT(part[2] + c) = down * k;
    }
    for (int i = 0; i < 3; i++) {
        float s[8];
        for (int c = 0; c < 8; c++)
            s[c] = part[i][c] + part[i][c + 8];
        out[i] = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
    }
}

/* ----------------------------------------------------------------------- the validator ---- */

#define MAPS 16
#define BLOCK 4 /* outputs at once */

/* `block` neighbouring outputs. in: the first one's neighbourhood. */
static ALWAYS void convolve_block(const float *restrict in, int side, const float *restrict kernel,
                                  int size, const int block, float *restrict out)
{
    for (int m = 0; m < MAPS; m += 2 * LANES) {
        lanes acc[BLOCK][2];
        for (int i = 0; i < block; i++)
            acc[i][0] = acc[i][1] = (lanes){0};
        for (int dy = 0; dy < size; dy++)
            for (int dx = 0; dx < size; dx++) {
                const float *k = kernel + (dy * size + dx) * MAPS + m;
                const float *p = in + dy * side + dx;
                const lanes k0 = CONST_AT(k), k1 = CONST_AT(k + LANES);
                for (int i = 0; i < block; i++) {
                    acc[i][0] += p[i] * k0;
                    acc[i][1] += p[i] * k1;
                }
            }
        for (int i = 0; i < block; i++) {
            float *to = out + i * MAPS + m;
            AT(to) += acc[i][0];
            AT(to + LANES) += acc[i][1];
        }
    }
}

static void convolve(const float *restrict in, int side, const float *restrict kernel, int size,
                     float *restrict out)
{
    const int o = side - size + 1;
    for (int y = 0; y < o; y++) {
        int x = 0;
        for (; x + BLOCK <= o; x += BLOCK)
            convolve_block(in + y * side + x, side, kernel, size, BLOCK, out + (y * o + x) * MAPS);
        for (; x < o; x++)
            convolve_block(in + y * side + x, side, kernel, size, 1, out + (y * o + x) * MAPS);
    }
}

/* ------------------------------------------------------------------------ the detector ---- */

#define PIXELS \
    4 /* pixels at once: with two vectors of outputs each, as many sums as fit the registers */

/* Computes `pixels` neighbouring pixels and `vectors` vectors of their outputs, beginning with
 * output o. row: floats from row to row of the input. */
static ALWAYS void layer_block(const struct mn_clnf_layer *l, const float *in, int row,
                               const int pixels, const int vectors, int o, float *out)
{
    const float *kernel = l->kernel + o, *bias = l->bias + o, *slope = l->slope + o;
    const int pitch = l->pitch, outputs = l->outputs, inputs = l->inputs;
    /* rows without gaps form one long run of inputs */
    const int run = pitch == inputs ? l->size * inputs : inputs;
    const int runs = pitch == inputs ? 1 : l->size;
    lanes acc[PIXELS][2];
    for (int i = 0; i < pixels; i++)
        for (int v = 0; v < vectors; v++)
            acc[i][v] = CONST_AT(bias + v * LANES);
    for (int dy = 0; dy < l->size; dy++)
        for (int dx = 0; dx < runs; dx++) {
            const float *p = in + dy * row + dx * pitch;
            for (int c = 0; c < run; c++, kernel += outputs) {
                lanes k[2];
                for (int v = 0; v < vectors; v++)
                    k[v] = CONST_AT(kernel + v * LANES);
                for (int i = 0; i < pixels; i++)
                    for (int v = 0; v < vectors; v++)
                        acc[i][v] += p[i * pitch + c] * k[v];
            }
        }
    for (int i = 0; i < pixels; i++)
        for (int v = 0; v < vectors; v++) {
            lanes a = acc[i][v];
            AT(out + i * outputs + v * LANES) =
                choose(a >= 0.0f, a, a * CONST_AT(slope + v * LANES));
        }
}

static ALWAYS void layer_row(const struct mn_clnf_layer *l, const float *in, int row, int n,
                             const int vectors, int o, float *out)
{
    int x = 0;
    for (; x + PIXELS <= n; x += PIXELS)
        layer_block(l, in + x * l->pitch, row, PIXELS, vectors, o, out + x * l->outputs + o);
    for (; x < n; x++)
        layer_block(l, in + x * l->pitch, row, 1, vectors, o, out + x * l->outputs + o);
}

static void layer(const struct mn_clnf_layer *l, const float *in, int width, int height, float *out)
{
    const int n = width - l->size + 1, row = width * l->pitch;
    for (int y = 0; y + l->size <= height; y++) {
        const float *from = in + (ptrdiff_t)y * row;
        float *to = out + (ptrdiff_t)y * n * l->outputs;
        int o = 0;
        for (; o + 2 * LANES <= l->outputs; o += 2 * LANES)
            layer_row(l, from, row, n, 2, o, to);
        for (; o < l->outputs; o += LANES)
            layer_row(l, from, row, n, 1, o, to);
    }
}

const struct mn_clnf_kernels KERNELS = {
    .name = KERNELS_NAME,
    .grey = grey,
    .luma = luma,
    .sample = sample,
    .respond = respond,
    .invert = invert,
    .moments = moments,
    .convolve = convolve,
    .layer = layer,
};
