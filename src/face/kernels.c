/* Compiled plain, with -mavx2 -DMN_FACE_AVX2, and for AVX-512 with -DMN_FACE_AVX512 as well
 * (src/meson.build). Most loops are written so that the compiler vectorises them in any build. */
#include "face/kernels.h"

#include <math.h>
#include <string.h>

#ifdef MN_FACE_AVX2
#include <immintrin.h>
#endif
#if defined(MN_FACE_AVX512)
#define KERNELS mn_face_kernels_avx512
#define KERNELS_NAME "avx512"
#elif defined(MN_FACE_AVX2)
#define KERNELS mn_face_kernels_avx2
#define KERNELS_NAME "avx2"
#else
#define KERNELS mn_face_kernels_plain
#define KERNELS_NAME "plain"
#endif
extern const struct mn_face_kernels KERNELS;

/* lanes: half a register in the AVX-512 build, for rows that end with half a register, and a full
 * one in the others; wide: a full register. At any address. These are the compiler's vector types
 * rather than intrinsics, so that one text serves all builds. Compilers are bad at vectors wider
 * than the machine's. */
#ifdef MN_FACE_AVX2
#define LANES 4
#define WIDENED(p) _mm256_cvtps_pd(_mm_loadu_ps(p))
#else
#define LANES 2
#define WIDENED(p) ((lanes){(double)(p)[0], (double)(p)[1]})
#endif
typedef double lanes __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

#ifdef MN_FACE_AVX512
#define WIDE 8
#else
#define WIDE LANES
#endif
typedef double wide __attribute__((vector_size(8 * WIDE), aligned(8), may_alias));

#define AT(p) (*(lanes *)(void *)(p))
#define CONST_AT(p) (*(const lanes *)(const void *)(p))
#define WIDE_AT(p) (*(wide *)(void *)(p))
#define CONST_WIDE_AT(p) (*(const wide *)(const void *)(p))

/* --------------------------------------------------------------------- the shape's fit ---- */

static void expand(const double *restrict turned, int modes, int pitch,
                   const double *restrict weights, double *restrict out)
{
    int j = 0;
    for (; j + WIDE <= pitch; j += WIDE) {
        wide sum = {0};
        for (int k = 0; k < modes; k++)
            sum += weights[k] * CONST_WIDE_AT(turned + k * pitch + j);
        WIDE_AT(out + j) = sum;
    }
    for (; j < pitch; j += LANES) {
        lanes sum = {0};
        for (int k = 0; k < modes; k++)
            sum += weights[k] * CONST_AT(turned + k * pitch + j);
        AT(out + j) = sum;
    }
}

static void multiply_basis(const double *restrict basis, int rows, int columns,
                           const double *restrict rhs, double *restrict out)
{
    int c = 0;
    for (; c + WIDE <= columns; c += WIDE) {
        wide s[8] = {{0}};
        for (int j = 0; j < rows; j++) {
            const wide v = CONST_WIDE_AT(basis + j * columns + c);
#pragma GCC unroll 8
            for (int k = 0; k < 8; k++)
                s[k] += rhs[8 * j + k] * v;
        }
        for (int k = 0; k < 8; k++)
            WIDE_AT(out + k * columns + c) = s[k];
    }
    for (; c < columns; c += LANES) {
        lanes s[8] = {{0}};
        for (int j = 0; j < rows; j++) {
            const lanes v = CONST_AT(basis + j * columns + c);
#pragma GCC unroll 8
            for (int k = 0; k < 8; k++)
                s[k] += rhs[8 * j + k] * v;
        }
        for (int k = 0; k < 8; k++)
            AT(out + k * columns + c) = s[k];
    }
}

static void combine(const double *restrict gram, int modes, int columns, const double g[6],
                    double *restrict out, int pitch)
{
    const double *q0 = gram, *q1 = q0 + modes * columns, *q2 = q1 + modes * columns;
    const double *q3 = q2 + modes * columns, *q4 = q3 + modes * columns, *q5 = q4 + modes * columns;
    for (int k = 0; k < modes; k++)
        for (int c = k & ~(LANES - 1); c < columns; c += LANES) {
            int i = k * columns + c;
            lanes sum = g[0] * CONST_AT(q0 + i) + g[1] * CONST_AT(q1 + i) +
                        g[2] * CONST_AT(q2 + i) + g[3] * CONST_AT(q3 + i) +
                        g[4] * CONST_AT(q4 + i) + g[5] * CONST_AT(q5 + i);
            AT(out + k * pitch + c) = sum;
        }
}

/* Cholesky decomposition, row by row from the top, so that the inner loops run along rows. They
 * start at a multiple of WIDE; the values that this touches below the diagonal are never read. */
static bool solve(double *restrict a, int n, double *restrict b)
{
    for (int k = 0; k < n; k++) {
        double *top = a + k * n;
        if (!(top[k] > 0))
            return false;
        double inverse = 1 / sqrt(top[k]);
        for (int c = k & ~(LANES - 1); c < n; c += LANES)
            AT(top + c) = inverse * CONST_AT(top + c);
        b[k] *= inverse;
        for (int i = k + 1; i < n; i++) {
            double *row = a + i * n, factor = top[i];
            int c = i & ~(WIDE - 1);
            for (; c + WIDE <= n; c += WIDE)
                WIDE_AT(row + c) = CONST_WIDE_AT(row + c) - factor * CONST_WIDE_AT(top + c);
            for (; c < n; c += LANES)
                AT(row + c) = CONST_AT(row + c) - factor * CONST_AT(top + c);
            b[i] -= factor * b[k];
        }
    }
    for (int k = n - 1; k >= 0; k--) {
        b[k] /= a[k * n + k];
        for (int i = 0; i < k; i++)
            b[i] -= a[i * n + k] * b[k];
    }
    return true;
}

/* ---------------------------------------------------------------------------- aligning ---- */

static void interleave(const uint8_t *restrict b, const uint8_t *restrict g,
                       const uint8_t *restrict r, int n, uint32_t *restrict out)
{
    for (int i = 0; i < n; i++)
        out[i] = (uint32_t)b[i] | (uint32_t)g[i] << 8 | (uint32_t)r[i] << 16;
}

/* One destination pixel: B, G, R in the low three bytes. */
static inline uint32_t sample(const struct mn_warp_row *w, int x)
{
    int sx = (w->x0 + w->dx[x]) >> 5, sy = (w->y0 + w->dy[x]) >> 5;
    const uint32_t *p = w->patch + (ptrdiff_t)(sy >> 5) * w->pitch + (sx >> 5);
    const uint32_t *q = p + w->pitch;
    unsigned fx = sx & 31, fy = sy & 31, out = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        unsigned left = (p[0] >> shift & 255) * (32 - fy) + (q[0] >> shift & 255) * fy;
        unsigned right = (p[1] >> shift & 255) * (32 - fy) + (q[1] >> shift & 255) * fy;
        out |= (left * (32 - fx) + right * fx + 512) >> 10 << shift;
    }
    return out;
}

#ifdef MN_FACE_AVX2
/* The same in vector form: B, G, R, 0 of one pixel as four 32-bit sums before rounding. */
static inline __m128i sample4(const uint32_t *p, int pitch, int fx, int fy)
{
    __m128i top = _mm_loadl_epi64((const __m128i *)(const void *)p);
    __m128i low = _mm_loadl_epi64((const __m128i *)(const void *)(p + pitch));
    __m128i down = _mm_set1_epi16((int16_t)(32 - fy + 256 * fy));
    __m128i both = _mm_maddubs_epi16(_mm_unpacklo_epi8(top, low), down);
    __m128i pairs = _mm_unpacklo_epi16(both, _mm_srli_si128(both, 8));
    return _mm_madd_epi16(pairs, _mm_set1_epi32(32 - fx + 65536 * fx));
}

static int warp_fours(const struct mn_warp_row *w, uint8_t *const row[3])
{
    const __m128i half = _mm_set1_epi32(512), x0 = _mm_set1_epi32(w->x0),
                  y0 = _mm_set1_epi32(w->y0);
    const __m128i planes = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, -1, -1, -1, -1);
    int x = w->first;
    for (; x + 3 <= w->last; x += 4) {
        int32_t sx[4], sy[4];
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(w->dx + x));
        _mm_storeu_si128((__m128i *)(void *)sx, _mm_srai_epi32(_mm_add_epi32(v, x0), 5));
        v = _mm_loadu_si128((const __m128i *)(const void *)(w->dy + x));
        _mm_storeu_si128((__m128i *)(void *)sy, _mm_srai_epi32(_mm_add_epi32(v, y0), 5));
        __m128i sum[4];
        for (int i = 0; i < 4; i++) {
            const uint32_t *p = w->patch + (ptrdiff_t)(sy[i] >> 5) * w->pitch + (sx[i] >> 5);
            sum[i] = _mm_srli_epi32(
                _mm_add_epi32(sample4(p, w->pitch, sx[i] & 31, sy[i] & 31), half), 10);
        }
        __m128i bytes =
            _mm_packus_epi16(_mm_packus_epi32(sum[0], sum[1]), _mm_packus_epi32(sum[2], sum[3]));
        bytes = _mm_shuffle_epi8(bytes, planes);
        uint32_t out[4];
        _mm_storeu_si128((__m128i *)(void *)out, bytes);
        for (int c = 0; c < 3; c++)
            memcpy(row[c] + x, &out[c], 4);
    }
    return x;
}
#endif

static void warp(const struct mn_warp_row *w, uint8_t *const row[3])
{
    int x = w->first;
#ifdef MN_FACE_AVX2
    x = warp_fours(w, row);
#endif
    for (; x <= w->last; x++) {
        uint32_t v = sample(w, x);
        for (int c = 0; c < 3; c++)
            row[c][x] = (uint8_t)(v >> (8 * c));
    }
}

/* An edge P -> Q, and the value of its half-plane function at the third corner. A point is on that
 * corner's side if its own value times that value is not negative. Single precision, in this order
 * of operations: pixels on an edge depend on it. */
struct edge {
    float px, py, dx, dy, side;
};

static struct edge edge_of(const float *p, const float *q, const float *o)
{
    struct edge e = {p[0], p[1], q[0] - p[0], q[1] - p[1], 0};
    e.side = e.dx * (o[1] - e.py) - (o[0] - e.px) * e.dy;
    return e;
}

static int clamp_to_face(float v)
{
    return v < 0 ? 0 : v > MN_FACE_SIDE - 1 ? MN_FACE_SIDE - 1 : (int)v;
}

static void triangle(const float t[6], uint8_t (*mask)[MN_FACE_SIDE / 8])
{
    const struct edge e[3] = {edge_of(t + 2, t + 4, t), edge_of(t, t + 4, t + 2),
                              edge_of(t, t + 2, t + 4)};
    float x0 = fminf(t[0], fminf(t[2], t[4])), x1 = fmaxf(t[0], fmaxf(t[2], t[4]));
    float y0 = fminf(t[1], fminf(t[3], t[5])), y1 = fmaxf(t[1], fmaxf(t[3], t[5]));
    if (!(x1 >= 0 && y1 >= 0 && x0 <= MN_FACE_SIDE - 1 && y0 <= MN_FACE_SIDE - 1))
        return;
    int first = clamp_to_face(x0) / 8, last = clamp_to_face(x1) / 8;
    for (int y = clamp_to_face(ceilf(y0)); y <= clamp_to_face(y1); y++) {
        const float fy = (float)y;
        if (fy < y0)
            continue;
        float a[3]; /* the part of each edge function that does not depend on x */
        for (int k = 0; k < 3; k++)
            a[k] = e[k].dx * (fy - e[k].py);
        for (int b = first; b <= last; b++) {
#ifdef MN_FACE_AVX2
            __m256 x = _mm256_cvtepi32_ps(_mm256_add_epi32(
                _mm256_set1_epi32(8 * b), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
            __m256 in = _mm256_and_ps(_mm256_cmp_ps(x, _mm256_set1_ps(x0), _CMP_GE_OQ),
                                      _mm256_cmp_ps(x, _mm256_set1_ps(x1), _CMP_LE_OQ));
            for (int k = 0; k < 3; k++) {
                __m256 f = _mm256_sub_ps(_mm256_set1_ps(a[k]),
                                         _mm256_mul_ps(_mm256_sub_ps(x, _mm256_set1_ps(e[k].px)),
                                                       _mm256_set1_ps(e[k].dy)));
                f = _mm256_mul_ps(f, _mm256_set1_ps(e[k].side));
                in = _mm256_and_ps(in, _mm256_cmp_ps(f, _mm256_setzero_ps(), _CMP_GE_OQ));
            }
            mask[y][b] |= (uint8_t)_mm256_movemask_ps(in);
#else
            unsigned bits = 0;
            for (int i = 0; i < 8; i++) {
                float x = (float)(8 * b + i);
                bool in = x >= x0 && x <= x1;
                for (int k = 0; k < 3; k++)
                    in &= (a[k] - (x - e[k].px) * e[k].dy) * e[k].side >= 0;
                bits |= (unsigned)in << i;
            }
            mask[y][b] |= (uint8_t)bits;
#endif
        }
    }
}

/* -------------------------------------------------------------------------------- FHOG ---- */

/* Where two channels have gradients of equal length, dlib's vector code (columns 1 .. 104) takes
 * the later of red, green, blue, its scalar code (105 .. 110) the earlier one. */
#define TIE_COLUMN 105

#ifdef MN_FACE_AVX2
/* (gx, gy) of the eight pixels from p on, as pairs of 16 bits. */
static inline __m256i pairs_of(const uint8_t *p)
{
    __m128i left = _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)(const void *)(p - 1)));
    __m128i right = _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)(const void *)(p + 1)));
    __m128i up =
        _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)(const void *)(p - MN_FACE_SIDE)));
    __m128i down =
        _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)(const void *)(p + MN_FACE_SIDE)));
    __m128i gx = _mm_sub_epi16(right, left), gy = _mm_sub_epi16(down, up);
    return _mm256_set_m128i(_mm_unpackhi_epi16(gx, gy), _mm_unpacklo_epi16(gx, gy));
}

static void gradient(const uint8_t *const plane[3], int row, int32_t *place, float *length)
{
    for (int x = 1; x < MN_FACE_SIDE - 1; x += 8) {
        /* a beats b if it is greater, and in some columns also if it is equal */
        const __m256i tie = _mm256_set1_epi32(x < TIE_COLUMN ? 0 : 1);
        ptrdiff_t at = (ptrdiff_t)row * MN_FACE_SIDE + x;
        __m256i best = pairs_of(plane[2] + at), most = _mm256_madd_epi16(best, best);
        for (int c = 1; c >= 0; c--) {
            __m256i pair = pairs_of(plane[c] + at), size = _mm256_madd_epi16(pair, pair);
            __m256i stays = _mm256_cmpgt_epi32(_mm256_add_epi32(most, tie), size);
            best = _mm256_blendv_epi8(pair, best, stays);
            most = _mm256_blendv_epi8(size, most, stays);
        }
        __m256i index = _mm256_madd_epi16(best, _mm256_set1_epi32(1 + (512 << 16)));
        index = _mm256_add_epi32(index, _mm256_set1_epi32(256 * 512 + 256));
        _mm256_storeu_si256((__m256i *)(void *)(place + x), index);
        _mm256_storeu_ps(length + x, _mm256_sqrt_ps(_mm256_cvtepi32_ps(most)));
    }
}
#else
static void gradient(const uint8_t *const plane[3], int row, int32_t *place, float *length)
{
    for (int x = 1; x < MN_FACE_SIDE - 1; x++) {
        const int tie = x < TIE_COLUMN ? 0 : 1;
        int best = 0, most = 0;
        for (int c = 2; c >= 0; c--) {
            const uint8_t *p = plane[c] + (ptrdiff_t)row * MN_FACE_SIDE + x;
            int gx = p[1] - p[-1], gy = p[MN_FACE_SIDE] - p[-MN_FACE_SIDE];
            int size = gx * gx + gy * gy;
            bool stays = c < 2 && most + tie > size;
            best = stays ? best : gy * 512 + gx;
            most = stays ? most : size;
        }
        place[x] = best + 256 * 512 + 256;
        length[x] = sqrtf((float)most);
    }
}
#endif

static inline float least(float a, float b)
{
    return a < b ? a : b;
}

static void describe(const float *restrict h, const float energy[4], float *restrict out)
{
    float top[4], scale[4];
    for (int k = 0; k < 4; k++) {
        top[k] = 0.2f * sqrtf(energy[k] + 0.0001f);
        scale[k] = 0.1f / top[k];
    }
    float sensitive[20], texture[4] = {0};
    for (int o = 0; o < 20; o++)
        sensitive[o] = (least(h[o], top[0]) * scale[0] + least(h[o], top[1]) * scale[1]) +
                       (least(h[o], top[2]) * scale[2] + least(h[o], top[3]) * scale[3]);
    for (int o = 0; o < 18; o++)
        for (int k = 0; k < 4; k++)
            texture[k] += least(h[o], top[k]) * scale[k];
    for (int o = 0; o < 18; o++)
        out[o] = sensitive[o];
    for (int o = 0; o < 9; o++) {
        float both = h[o] + h[o + 9];
        out[18 + o] = (least(both, top[0]) * scale[0] + least(both, top[1]) * scale[1]) +
                      (least(both, top[2]) * scale[2] + least(both, top[3]) * scale[3]);
    }
    for (int k = 0; k < 4; k++)
        out[27 + k] = texture[k] * (float)(2 * 0.2357);
}

/* ------------------------------------------------------------------ models and medians ---- */

#define GROUP 9 /* registers for sums at once */

static void product(const float *restrict x, int n, const float *restrict w, double *restrict acc)
{
    for (int first = 0; first < MN_PRODUCT_COLUMNS; first += GROUP * LANES) {
        lanes s[GROUP];
        for (int c = 0; c < GROUP; c++)
            s[c] = CONST_AT(acc + first + LANES * c);
        for (int i = 0; i < n; i++) {
            const double v = (double)x[i];
            const float *row = w + i * MN_PRODUCT_COLUMNS + first;
#pragma GCC unroll 9
            for (int c = 0; c < GROUP; c++)
                s[c] += v * WIDENED(row + LANES * c);
        }
        for (int c = 0; c < GROUP; c++)
            AT(acc + first + LANES * c) = s[c];
    }
}

static void quantise(const double *restrict x, int n, double scale, double offset, double top,
                     uint16_t *restrict out)
{
    for (int i = 0; i < n; i++) {
        double v = x[i] * scale + offset;
        v = v > 0 ? v : 0; /* also true for NAN */
        v = v < top ? v : top;
        out[i] = (uint16_t)(int)v;
    }
}

const struct mn_face_kernels KERNELS = {
    .name = KERNELS_NAME,
    .expand = expand,
    .multiply_basis = multiply_basis,
    .combine = combine,
    .solve = solve,
    .interleave = interleave,
    .warp = warp,
    .triangle = triangle,
    .gradient = gradient,
    .describe = describe,
    .product = product,
    .quantise = quantise,
};
