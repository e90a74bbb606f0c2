#include "image/warp.h"

#include <math.h>

#include "base/mem.h"
#include "image/load.h"

#define MOST 512 /* side of what the square becomes, at most; a patch has 3 times that at most */
#define SPARE 64 /* bytes around a row that its conversion may write */
#define FAR (4.0f * MIEN_MAX_SIDE)

/* Part of a picture, every step-th pixel, with a black margin of one pixel. */
struct patch {
    int x, y; /* of its first pixel, in the picture */
    int w, h; /* without the margin */
    int step;
    int stride;
    uint64_t *pixel; /* B, G and R in 16 bits each, B in the lowest; the first of the margin */
};

struct mn_warper {
    const struct mn_rows *rows;
    uint64_t *pixels;
    size_t num_pixels;
    uint8_t *row[3];
    int row_width;
};

int mn_warper_open(struct mn_warper **out)
{
    *out = mn_alloc(1, sizeof(**out));
    if (!*out)
        return MIEN_ENOMEM;
    (*out)->rows = mn_rows_best();
    return 0;
}

void mn_warper_close(struct mn_warper **w)
{
    if (!*w)
        return;
    free((*w)->pixels);
    free((*w)->row[0]);
    free(*w);
    *w = NULL;
}

static int grow(struct mn_warper *w, size_t pixels, int width)
{
    if (pixels > w->num_pixels) {
        free(w->pixels);
        w->num_pixels = 0;
        w->pixels = mn_alloc(pixels, sizeof(*w->pixels));
        if (!w->pixels)
            return MIEN_ENOMEM;
        w->num_pixels = pixels;
    }
    if (width > w->row_width) {
        const size_t bytes = (size_t)width + 2 * SPARE;
        free(w->row[0]);
        w->row_width = 0;
        w->row[0] = mn_alloc(3 * bytes, 1);
        if (!w->row[0])
            return MIEN_ENOMEM;
        w->row[1] = w->row[0] + bytes;
        w->row[2] = w->row[1] + bytes;
        w->row_width = width;
    }
    return 0;
}

static int bound(float v, int most)
{
    return v < 0 ? 0 : v > (float)most ? most : (int)v;
}

/* What of the picture lies below the square, with at least one pixel for each of `width`. */
static struct patch cover(const mien_picture *pic, const struct mn_square *s, int width)
{
    const float reach = s->side / 2 * (fabsf(cosf(s->angle)) + fabsf(sinf(s->angle))) + 1;
    const int x2 = bound(s->x + reach + 1, pic->width), y2 = bound(s->y + reach + 1, pic->height);
    struct patch p = {bound(s->x - reach, pic->width), bound(s->y - reach, pic->height)};
    p.w = x2 - p.x;
    p.h = y2 - p.y;
    p.step = s->side >= 2 * (float)width ? (int)(s->side / (float)width) : 1;
    p.w = (p.w + p.step - 1) / p.step;
    p.h = (p.h + p.step - 1) / p.step;
    return p;
}

static uint64_t joined(uint8_t *const plane[3], int i)
{
    return plane[0][i] | (uint64_t)plane[1][i] << 16 | (uint64_t)plane[2][i] << 32;
}

static void fill(const struct mn_warper *w, const mien_picture *pic, const struct patch *p)
{
    const size_t stride = (size_t)p->stride;
    uint8_t *const plane[3] = {w->row[0] + SPARE, w->row[1] + SPARE, w->row[2] + SPARE};
    memset(p->pixel, 0, stride * sizeof(*p->pixel));
    memset(p->pixel + stride * (size_t)(p->h + 1), 0, stride * sizeof(*p->pixel));
    for (int y = 0; y < p->h; y++) {
        uint64_t *out = p->pixel + stride * (size_t)(y + 1);
        mn_load_row(w->rows, pic, p->x, p->y + y * p->step, (p->w - 1) * p->step + 1, plane);
        out[0] = out[p->w + 1] = 0;
        if (p->step == 1)
            for (int i = 0; i < p->w; i++)
                out[i + 1] = joined(plane, i);
        else
            for (int i = 0; i < p->w; i++)
                out[i + 1] = joined(plane, i * p->step);
    }
}

/* Between two pixels; t of 256. */
static inline uint64_t mix(uint64_t a, uint64_t b, uint64_t t)
{
    return ((a * (256 - t) + b * t + UINT64_C(0x8000800080)) >> 8) & UINT64_C(0xff00ff00ff);
}

/* x, y: in pixels of the patch, with 16 bits after the point. */
static inline uint64_t sample(const struct patch *p, int64_t x, int64_t y)
{
    const uint64_t tx = (uint64_t)(x >> 8) & 255, ty = (uint64_t)(y >> 8) & 255;
    if ((uint64_t)(x >> 16) > (uint64_t)p->w || (uint64_t)(y >> 16) > (uint64_t)p->h)
        return 0;
    const uint64_t *a = p->pixel + (y >> 16) * p->stride + (x >> 16), *b = a + p->stride;
    return mix(mix(a[0], a[1], tx), mix(b[0], b[1], tx), ty);
}

static void resample(const struct mn_warper *w, const struct patch *p, const struct mn_square *s,
                     const struct mn_planes *dst, const struct mn_norm *norm)
{
    const double one = 65536.0 / p->step, scale = (double)s->side / dst->w,
                 c = (double)cosf(s->angle) * scale, d = (double)sinf(s->angle) * scale,
                 middle = (1 - dst->w) / 2.0;
    /* the centre of the first pixel lies half a pixel inside; the margin is one pixel */
    const double x0 = (double)s->x - 0.5 - p->x + middle * (c - d) + p->step,
                 y0 = (double)s->y - 0.5 - p->y + middle * (c + d) + p->step;
    const int64_t dx = llrint(c * one), dy = llrint(d * one);
    for (int v = 0; v < dst->h; v++) {
        int64_t x = llrint((x0 - v * d) * one), y = llrint((y0 + v * c) * one);
        for (int u = 0; u < dst->w; u++, x += dx, y += dy) {
            const uint64_t bgr = sample(p, x, y);
            for (int k = 0; k < 3; k++)
                w->row[k][u] = (uint8_t)(bgr >> 16 * k);
        }
        for (int k = 0; k < 3; k++)
            w->rows->to_float(w->row[k], dst->w, norm->scale[k], norm->bias[k],
                              dst->plane[k] + (ptrdiff_t)v * dst->stride);
    }
}

bool mn_square_usable(const struct mn_square *s)
{
    return fabsf(s->x) < FAR && fabsf(s->y) < FAR && s->side >= 2 && s->side < FAR &&
           fabsf(s->angle) < 7;
}

int mn_warp(struct mn_warper *w, const mien_picture *pic, const struct mn_square *from,
            const struct mn_planes *dst, const struct mn_norm *norm)
{
    if (!mn_square_usable(from) || dst->w != dst->h || dst->w < 1 || dst->w > MOST)
        return MIEN_EINVAL;
    struct patch p = cover(pic, from, dst->w);
    if (p.w < 1 || p.h < 1)
        p.w = p.h = 0;
    const int width = p.w * p.step > dst->w ? p.w * p.step : dst->w;
    int err = grow(w, (size_t)(p.w + 2) * (size_t)(p.h + 2), width);
    if (err < 0)
        return err;
    p.stride = p.w + 2;
    p.pixel = w->pixels;
    fill(w, pic, &p);
    resample(w, &p, from, dst, norm);
    return 0;
}
