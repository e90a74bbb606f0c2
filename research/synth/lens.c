#include "lens.h"

#include <string.h>

#include "rng.h"
#include "vec.h"

#define MOST_TAPS 6

/* One way with a small kernel: n pixels `step` floats apart. */
static void convolve(const float *src, float *dst, int n, size_t step, const float *tap, int radius)
{
    for (int i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++) {
            float sum = tap[0] * src[(size_t)i * step + k];
            for (int j = 1; j <= radius; j++) {
                int a = i - j > 0 ? i - j : 0, b = i + j < n ? i + j : n - 1;
                sum += tap[j] * (src[(size_t)a * step + k] + src[(size_t)b * step + k]);
            }
            dst[(size_t)i * step + k] = sum;
        }
}

static void blur(float *rgb, float *scratch, int width, int height, float sigma)
{
    float tap[MOST_TAPS + 1], sum = 0;
    int radius = (int)(2.5f * sigma + 0.8f);
    radius = radius > MOST_TAPS ? MOST_TAPS : radius;
    if (sigma < 0.2f || radius < 1)
        return;
    for (int i = 0; i <= radius; i++) {
        tap[i] = expf(-0.5f * (float)(i * i) / (sigma * sigma));
        sum += i ? 2 * tap[i] : tap[i];
    }
    for (int i = 0; i <= radius; i++)
        tap[i] /= sum;
    size_t row = 3 * (size_t)width;
    for (int y = 0; y < height; y++)
        convolve(rgb + (size_t)y * row, scratch + (size_t)y * row, width, 3, tap, radius);
    /* the other way row by row, so that memory is read in order */
    for (int y = 0; y < height; y++) {
        float *dst = rgb + (size_t)y * row;
        for (size_t i = 0; i < row; i++)
            dst[i] = tap[0] * scratch[(size_t)y * row + i];
        for (int j = 1; j <= radius; j++) {
            int up = y - j > 0 ? y - j : 0, down = y + j < height ? y + j : height - 1;
            const float *a = scratch + (size_t)up * row, *b = scratch + (size_t)down * row;
            for (size_t i = 0; i < row; i++)
                dst[i] += tap[j] * (a[i] + b[i]);
        }
    }
}

static void smear(float *rgb, float *scratch, int width, int height, const float by[2])
{
    size_t row = 3 * (size_t)width;
    enum { STEPS = 7 };
    memcpy(scratch, rgb, row * (size_t)height * sizeof(*rgb));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            float sum[3] = {0};
            for (int i = 0; i < STEPS; i++) {
                float t = (float)i / (STEPS - 1) - 0.5f;
                int sx = (int)sy_clamp((float)x + t * by[0] + 0.5f, 0, (float)(width - 1));
                int sy = (int)sy_clamp((float)y + t * by[1] + 0.5f, 0, (float)(height - 1));
                const float *p = scratch + (size_t)sy * row + 3 * (size_t)sx;
                for (int k = 0; k < 3; k++)
                    sum[k] += p[k];
            }
            for (int k = 0; k < 3; k++)
                rgb[(size_t)y * row + 3 * (size_t)x + (size_t)k] = sum[k] / STEPS;
        }
}

/* ---------------------------------------------------------------------------------- tone ---- */

#define TONES 2048

/* Light to sRGB with a soft shoulder, over the root of light: dark tones need the finer steps. */
static void tone_table(float table[TONES + 1], float contrast)
{
    for (int i = 0; i <= TONES; i++) {
        float root = 2.2f * (float)i / TONES, v = root * root;
        v = v * (1 + v / 9) / (1 + 0.75f * v);
        v = v > 1 ? 1 : v;
        v = v <= 0.0031308f ? 12.92f * v : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
        v = 0.5f + (v - 0.5f) * contrast;
        table[i] = 255 * sy_clamp(v, 0, 1);
    }
}

static float tone(const float *table, float v)
{
    float at = sqrtf(v > 0 ? v : 0) * (TONES / 2.2f);
    int i = (int)at;
    if (i >= TONES)
        return table[TONES];
    return table[i] + (at - (float)i) * (table[i + 1] - table[i]);
}

static void to_bytes(const struct sy_camera_look *c, const float *rgb, int width, int height,
                     uint64_t number, uint8_t *out)
{
    float table[TONES + 1], gain[3];
    struct sy_rng r = sy_rng_at(number, 2);
    tone_table(table, c->contrast);
    for (int k = 0; k < 3; k++)
        gain[k] = c->exposure * c->white[k];
    float cx = 0.5f * (float)width, cy = 0.5f * (float)height, inv = 1 / (cx * cx + cy * cy);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, rgb += 3, out += 3) {
            float dx = (float)x - cx, dy = (float)y - cy;
            float dark = 1 - c->vignette * (dx * dx + dy * dy) * inv, v[3];
            for (int k = 0; k < 3; k++)
                v[k] = tone(table, rgb[k] * gain[k] * dark);
            if (c->look != SY_COLOUR)
                v[0] = v[1] = v[2] = 0.299f * v[0] + 0.587f * v[1] + 0.114f * v[2];
            uint64_t bits = sy_next(&r);
            for (int k = 0; k < 3; k++) { /* four bytes added are nearly normal, deviation 148 */
                uint64_t b = c->look == SY_COLOUR ? bits >> (20 * k) : bits;
                float n = (float)((b & 31) + (b >> 5 & 31) + (b >> 10 & 31) + (b >> 15 & 31)) - 62;
                float sigma = c->noise + c->shot * sqrtf(v[k]);
                out[k] = (uint8_t)(sy_clamp(v[k] + sigma * n * (1 / 18.47f), 0, 255) + 0.5f);
            }
        }
}

/* ---------------------------------------------------------------------------- compression --- */

/* Tables K.1 and K.2 of the JPEG standard. */
static const uint8_t quant_luma[64] = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
static const uint8_t quant_chroma[64] = {
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
    99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

struct transform {
    float cosine[8][8], back[8][8]; /* and its transpose, to read rows */
    float step[2][64];
};

static void transform_make(struct transform *t, int quality)
{
    int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    for (int i = 0; i < 64; i++) {
        const uint8_t base[2] = {quant_luma[i], quant_chroma[i]};
        for (int k = 0; k < 2; k++)
            t->step[k][i] = sy_clamp(floorf((float)(base[k] * scale + 50) / 100), 1, 255);
    }
    for (int u = 0; u < 8; u++)
        for (int x = 0; x < 8; x++) {
            t->cosine[u][x] =
                (u ? 0.5f : 0.35355339f) * cosf((float)(2 * x + 1) * (float)u * 0.19634954f);
            t->back[x][u] = t->cosine[u][x];
        }
}

/* out = a m aT by rows */
static void both_ways(const float a[8][8], float m[8][8])
{
    float half[8][8];
    for (int i = 0; i < 8; i++) {
        float row[8] = {0};
        for (int k = 0; k < 8; k++)
            for (int j = 0; j < 8; j++)
                row[j] += a[i][k] * m[k][j];
        memcpy(half[i], row, sizeof(row));
    }
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            float sum = 0;
            for (int k = 0; k < 8; k++)
                sum += half[i][k] * a[j][k];
            m[i][j] = sum;
        }
}

static void squeeze(const struct transform *t, float block[8][8], const float step[64])
{
    both_ways(t->cosine, block);
    for (int i = 0; i < 64; i++) {
        float *v = &block[i / 8][i % 8];
        *v = step[i] * floorf(*v / step[i] + 0.5f);
    }
    both_ways(t->back, block);
}

/* A square of 16 pixels: four blocks of luma, one of each chroma. */
static void square(const struct transform *t, uint8_t *rgb, int width, int height, int x0, int y0)
{
    float luma[2][2][8][8], chroma[2][8][8];
    memset(chroma, 0, sizeof(chroma));
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 16; x++) {
            int px = x0 + x < width ? x0 + x : width - 1,
                py = y0 + y < height ? y0 + y : height - 1;
            const uint8_t *p = rgb + 3 * ((size_t)py * (size_t)width + (size_t)px);
            float l = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
            luma[y >> 3][x >> 3][y & 7][x & 7] = l - 128;
            chroma[0][y >> 1][x >> 1] += 0.25f * 0.564f * (p[2] - l);
            chroma[1][y >> 1][x >> 1] += 0.25f * 0.713f * (p[0] - l);
        }
    for (int i = 0; i < 4; i++)
        squeeze(t, luma[i >> 1][i & 1], t->step[0]);
    for (int i = 0; i < 2; i++)
        squeeze(t, chroma[i], t->step[1]);
    for (int y = 0; y < 16 && y0 + y < height; y++)
        for (int x = 0; x < 16 && x0 + x < width; x++) {
            uint8_t *p = rgb + 3 * ((size_t)(y0 + y) * (size_t)width + (size_t)(x0 + x));
            float l = luma[y >> 3][x >> 3][y & 7][x & 7] + 128;
            float b = chroma[0][y >> 1][x >> 1], r = chroma[1][y >> 1][x >> 1];
            const float c[3] = {l + 1.402f * r, l - 0.344f * b - 0.714f * r, l + 1.772f * b};
            for (int k = 0; k < 3; k++)
                p[k] = (uint8_t)(sy_clamp(c[k], 0, 255) + 0.5f);
        }
}

void sy_compress(uint8_t *rgb, int width, int height, int quality)
{
    struct transform t;
    transform_make(&t, quality < 1 ? 1 : quality > 100 ? 100 : quality);
    for (int y = 0; y < height; y += 16)
        for (int x = 0; x < width; x += 16)
            square(&t, rgb, width, height, x, y);
}

void sy_lens(const struct sy_camera_look *c, float *rgb, float *scratch, int width, int height,
             uint64_t number, uint8_t *out)
{
    if (c->smear[0] != 0 || c->smear[1] != 0)
        smear(rgb, scratch, width, height, c->smear);
    blur(rgb, scratch, width, height, c->blur);
    to_bytes(c, rgb, width, height, number, out);
    if (c->quality > 0)
        sy_compress(out, width, height, c->quality);
}
