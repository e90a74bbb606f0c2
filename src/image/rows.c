/* Compiled twice: plain, and with -mavx2 -DMN_ROWS_AVX2 (src/meson.build). The loops are written so
 * that the compiler vectorises them. */
#include "image/rows.h"

#ifdef MN_ROWS_AVX2
#include <immintrin.h>
#define ROWS mn_rows_avx2
#define ROWS_NAME "avx2"
extern const struct mn_rows mn_rows_avx2;
#else
#define ROWS mn_rows_plain
#define ROWS_NAME "plain"
#endif

#define CHUNK 128 /* pixels whose chroma terms are held at once; even */

static uint8_t clamp8(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static int16_t mulhi(int16_t a, int16_t b)
{
    return (int16_t)((int32_t)a * b >> 16);
}

/* The chroma terms are computed once for each pair of pixels and stored twice. */
static void from_yuv(const uint8_t *const yuv[3], int n, const struct mn_yuv *m,
                     uint8_t *const bgr[3])
{
    const uint8_t *y = yuv[0], *u = yuv[1], *v = yuv[2];
    uint8_t *b = bgr[0], *g = bgr[1], *r = bgr[2];
    int16_t tb[CHUNK], tg[CHUNK], tr[CHUNK];
    const int16_t y_offset = m->y_offset, cy = m->cy, cbu = m->cbu, cgu = m->cgu, cgv = m->cgv,
                  crv = m->crv;
    for (int x = 0; x < n; x += CHUNK) {
        int len = n - x < CHUNK ? n - x : CHUNK;
        int pairs = (len + 1) / 2;
        for (int i = 0; i < pairs; i++) {
            int16_t cu = (int16_t)(8 * u[x / 2 + i] - 1024),
                    cv = (int16_t)(8 * v[x / 2 + i] - 1024);
            int16_t eb = mulhi(cu, cbu), er = mulhi(cv, crv);
            int16_t eg = (int16_t)(mulhi(cu, cgu) + mulhi(cv, cgv));
            tb[2 * i] = tb[2 * i + 1] = eb;
            tg[2 * i] = tg[2 * i + 1] = eg;
            tr[2 * i] = tr[2 * i + 1] = er;
        }
        for (int i = 0; i < len; i++) {
            int16_t yy = mulhi((int16_t)(8 * y[x + i] - y_offset), cy);
            b[x + i] = clamp8((int16_t)(yy + tb[i]));
            g[x + i] = clamp8((int16_t)(yy + tg[i]));
            r[x + i] = clamp8((int16_t)(yy + tr[i]));
        }
    }
}

static void from_bgr(const uint8_t *restrict bgr, int n, uint8_t *const plane[3])
{
    uint8_t *restrict b = plane[0], *restrict g = plane[1], *restrict r = plane[2];
    for (int i = 0; i < n; i++) {
        b[i] = bgr[3 * i];
        g[i] = bgr[3 * i + 1];
        r[i] = bgr[3 * i + 2];
    }
}

static void horizontal(const uint8_t *restrict p, const int32_t *restrict at,
                       const int16_t *restrict w0, const int16_t *restrict w1, int n,
                       int16_t *restrict out)
{
    int i = 0;
#ifdef MN_ROWS_AVX2
    /* Loads eight pairs of bytes with one gather. Each load reads four bytes, so the caller's rows
     * must be padded by at least four (resample.c). */
    const __m256i low = _mm256_set1_epi32(255);
    for (; i + 8 <= n; i += 8) {
        __m256i index = _mm256_loadu_si256((const __m256i *)(at + i));
        __m256i pair = _mm256_i32gather_epi32((const int *)(const void *)p, index, 1);
        __m256i left = _mm256_and_si256(pair, low);
        __m256i right = _mm256_and_si256(_mm256_srli_epi32(pair, 8), low);
        __m256i a = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)(w0 + i)));
        __m256i b = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)(w1 + i)));
        /* left | right << 16 times a | b << 16: one multiply-add instruction gives the sum */
        __m256i pixels = _mm256_or_si256(left, _mm256_slli_epi32(right, 16));
        __m256i weights = _mm256_or_si256(a, _mm256_slli_epi32(b, 16));
        __m256i sum = _mm256_srai_epi32(_mm256_madd_epi16(pixels, weights), 4);
        __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(sum, sum), 0x08);
        _mm_storeu_si128((__m128i *)(out + i), _mm256_castsi256_si128(packed));
    }
#endif
    for (; i < n; i++)
        out[i] = (int16_t)((p[at[i]] * w0[i] + p[at[i] + 1] * w1[i]) >> 4);
}

static void vertical(const int16_t *restrict a, const int16_t *restrict b, const int w[2], int n,
                     float scale, float bias, float *restrict out)
{
    const int16_t k0 = (int16_t)w[0], k1 = (int16_t)w[1];
    for (int i = 0; i < n; i++) {
        int16_t v = (int16_t)((int16_t)(mulhi(a[i], k0) + mulhi(b[i], k1) + 2) >> 2);
        v = v < 0 ? 0 : v > 255 ? 255 : v;
        out[i] = (float)v * scale + bias;
    }
}

static void half(const uint8_t *restrict a, const uint8_t *restrict b, int n, float scale,
                 float bias, float *restrict out)
{
    for (int i = 0; i < n; i++) {
        int v = (a[2 * i] + a[2 * i + 1] + b[2 * i] + b[2 * i + 1] + 2) >> 2;
        out[i] = (float)v * scale + bias;
    }
}

static void to_float(const uint8_t *restrict p, int n, float scale, float bias, float *restrict out)
{
    for (int i = 0; i < n; i++)
        out[i] = (float)p[i] * scale + bias;
}

const struct mn_rows ROWS = {
    .name = ROWS_NAME,
    .from_yuv = from_yuv,
    .from_bgr = from_bgr,
    .horizontal = horizontal,
    .vertical = vertical,
    .half = half,
    .to_float = to_float,
};
