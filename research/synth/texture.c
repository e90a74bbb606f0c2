#include "texture.h"

#include <math.h>
#include <mien/mien.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static float linear[256];
static pthread_once_t linear_once = PTHREAD_ONCE_INIT;

static void make_linear(void)
{
    for (int i = 0; i < 256; i++) {
        double v = i / 255.0;
        linear[i] = (float)(v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
}

const float *sy_linear(void)
{
    pthread_once(&linear_once, make_linear);
    return linear;
}

/* Colours are weighted by alpha, or transparent texels would bleed into the edges of hair. */
static void halve(const uint8_t *src, int w, int h, uint8_t *dst)
{
    int dw = w / 2 ? w / 2 : 1, dh = h / 2 ? h / 2 : 1;
    for (int y = 0; y < dh; y++)
        for (int x = 0; x < dw; x++) {
            unsigned sum[4] = {0}, plain[3] = {0};
            for (int k = 0; k < 4; k++) {
                int sx = 2 * x + (k & 1), sy = 2 * y + (k >> 1);
                sx = sx < w ? sx : w - 1;
                sy = sy < h ? sy : h - 1;
                const uint8_t *p = src + 4 * ((size_t)sy * (size_t)w + (size_t)sx);
                for (int c = 0; c < 3; c++) {
                    sum[c] += (unsigned)p[c] * p[3];
                    plain[c] += p[c];
                }
                sum[3] += p[3];
            }
            uint8_t *d = dst + 4 * ((size_t)y * (size_t)dw + (size_t)x);
            for (int c = 0; c < 3; c++)
                d[c] = (uint8_t)(sum[3] ? (sum[c] + sum[3] / 2) / sum[3] : plain[c] / 4);
            d[3] = (uint8_t)((sum[3] + 2) / 4);
        }
}

static uint8_t *half_of(const uint8_t *rgba, int *w, int *h)
{
    int dw = *w / 2 ? *w / 2 : 1, dh = *h / 2 ? *h / 2 : 1;
    uint8_t *half = malloc(4 * (size_t)dw * (size_t)dh);
    if (half)
        halve(rgba, *w, *h, half);
    *w = dw;
    *h = dh;
    return half;
}

int sy_texture_make(struct sy_texture *t, uint8_t *rgba, int width, int height, int side)
{
    memset(t, 0, sizeof(*t));
    sy_linear();
    while (rgba && (width > side || height > side)) {
        uint8_t *half = half_of(rgba, &width, &height);
        free(rgba);
        rgba = half;
    }
    while (rgba) {
        t->width[t->levels] = width;
        t->height[t->levels] = height;
        t->rgba[t->levels++] = rgba;
        if (t->levels == SY_TEXTURE_LEVELS || (width == 1 && height == 1))
            return 0;
        rgba = half_of(rgba, &width, &height);
    }
    sy_texture_free(t);
    return MIEN_ENOMEM;
}

void sy_texture_free(struct sy_texture *t)
{
    for (int i = 0; i < t->levels; i++)
        free(t->rgba[i]);
    memset(t, 0, sizeof(*t));
}

static int wrapped(int i, int n)
{
    i %= n;
    return i < 0 ? i + n : i;
}

void sy_texture_at(const struct sy_texture *t, int level, float u, float v, float out[4])
{
    level = level < 0 ? 0 : level >= t->levels ? t->levels - 1 : level;
    int w = t->width[level], h = t->height[level];
    u -= floorf(u);
    v -= floorf(v);
    float x = u * (float)w - 0.5f, y = (1 - v) * (float)h - 0.5f;
    int x0 = (int)floorf(x), y0 = (int)floorf(y);
    float fx = x - (float)x0, fy = y - (float)y0;
    int xa = wrapped(x0, w), xb = wrapped(x0 + 1, w), ya = wrapped(y0, h), yb = wrapped(y0 + 1, h);
    const uint8_t *rgba = t->rgba[level];
    const uint8_t *p[4] = {rgba + 4 * ((size_t)ya * (size_t)w + (size_t)xa),
                           rgba + 4 * ((size_t)ya * (size_t)w + (size_t)xb),
                           rgba + 4 * ((size_t)yb * (size_t)w + (size_t)xa),
                           rgba + 4 * ((size_t)yb * (size_t)w + (size_t)xb)};
    const float share[4] = {(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy};
    for (int c = 0; c < 3; c++) {
        out[c] = 0;
        for (int k = 0; k < 4; k++)
            out[c] += share[k] * linear[p[k][c]];
    }
    out[3] = 0;
    for (int k = 0; k < 4; k++)
        out[3] += share[k] * (float)p[k][3] * (1 / 255.0f);
}

float sy_texture_alpha(const struct sy_texture *t, float u, float v)
{
    int w = t->width[0], h = t->height[0];
    u -= floorf(u);
    v -= floorf(v);
    int x = (int)(u * (float)w), y = (int)((1 - v) * (float)h);
    x = x < w ? x : w - 1;
    y = y < h ? y : h - 1;
    return (float)t->rgba[0][4 * ((size_t)y * (size_t)w + (size_t)x) + 3] * (1 / 255.0f);
}
