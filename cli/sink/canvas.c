#include "sink/canvas.h"

#include <math.h>
#include <string.h>

#include "sink/font.h"

const struct mn_colour mn_canvas_white = {235, 128, 128}, mn_canvas_dark = {20, 128, 128};

/* ------------------------------------------------------------------------------- pictures ---- */

static void copy_plane(uint8_t *dst, int dst_stride, const uint8_t *src, int src_stride, int width,
                       int height)
{
    for (int y = 0; y < height; y++)
        memcpy(dst + (ptrdiff_t)y * dst_stride, src + (ptrdiff_t)y * src_stride, (size_t)width);
}

/* BT.601, limited range, 16 fractional bits: the three sums of coefficients are 219 / 255, 0, 0. */
static uint8_t luma(const uint8_t *bgr)
{
    return (uint8_t)((6416 * bgr[0] + 33039 * bgr[1] + 16829 * bgr[2] + (16 << 16) + 32768) >> 16);
}

static void copy_bgr(struct mn_canvas *c, const mien_picture *p)
{
    for (int y = 0; y < c->height; y += 2) {
        const uint8_t *s0 = p->plane[0] + (ptrdiff_t)y * p->stride[0], *s1 = s0 + p->stride[0];
        uint8_t *y0 = c->plane[0] + (ptrdiff_t)y * c->stride[0], *y1 = y0 + c->stride[0];
        uint8_t *u = c->plane[1] + (ptrdiff_t)(y / 2) * c->stride[1];
        uint8_t *v = c->plane[2] + (ptrdiff_t)(y / 2) * c->stride[2];
        for (int x = 0; x < c->width; x += 2, s0 += 6, s1 += 6) {
            y0[x] = luma(s0);
            y0[x + 1] = luma(s0 + 3);
            y1[x] = luma(s1);
            y1[x + 1] = luma(s1 + 3);
            /* sums of four, so two more fractional bits */
            int b = s0[0] + s0[3] + s1[0] + s1[3];
            int g = s0[1] + s0[4] + s1[1] + s1[4];
            int r = s0[2] + s0[5] + s1[2] + s1[5];
            const int zero = (128 << 18) + (1 << 17);
            u[x / 2] = (uint8_t)((28784 * b - 19070 * g - 9714 * r + zero) >> 18);
            v[x / 2] = (uint8_t)((-4681 * b - 24103 * g + 28784 * r + zero) >> 18);
        }
    }
}

static void copy_grey(struct mn_canvas *c, const mien_picture *p)
{
    for (int y = 0; y < c->height; y++) {
        const uint8_t *s = p->plane[0] + (ptrdiff_t)y * p->stride[0];
        uint8_t *d = c->plane[0] + (ptrdiff_t)y * c->stride[0];
        for (int x = 0; x < c->width; x++)
            d[x] = (uint8_t)((56284 * s[x] + (16 << 16) + 32768) >> 16);
    }
    for (int i = 1; i < 3; i++)
        for (int y = 0; y < c->height / 2; y++)
            memset(c->plane[i] + (ptrdiff_t)y * c->stride[i], 128, (size_t)c->width / 2);
}

void mn_canvas_copy(struct mn_canvas *c, const mien_picture *p)
{
    switch (p->format) {
    case MIEN_I420:
        for (int i = 0; i < 3; i++)
            copy_plane(c->plane[i], c->stride[i], p->plane[i], p->stride[i], c->width >> (i > 0),
                       c->height >> (i > 0));
        break;
    case MIEN_BGR24:
        copy_bgr(c, p);
        break;
    case MIEN_GRAY8:
        copy_grey(c, p);
        break;
    }
}

/* ----------------------------------------------------------------------------- rectangles ---- */

static uint8_t mix(int from, int to, int alpha)
{
    return (uint8_t)((from * (255 - alpha) + to * alpha + 127) / 255);
}

static struct mn_rect clip(struct mn_rect r, int width, int height)
{
    r.x0 = r.x0 < 0 ? 0 : r.x0;
    r.y0 = r.y0 < 0 ? 0 : r.y0;
    r.x1 = r.x1 > width ? width : r.x1;
    r.y1 = r.y1 > height ? height : r.y1;
    return r;
}

void mn_canvas_fill(struct mn_canvas *c, struct mn_rect r, struct mn_colour colour, int alpha)
{
    r = clip(r, c->width, c->height);
    if (r.x0 >= r.x1 || r.y0 >= r.y1)
        return;
    const uint8_t value[3] = {colour.y, colour.u, colour.v};
    for (int i = 0; i < 3; i++) {
        if (i == 1)
            r = (struct mn_rect){r.x0 / 2, r.y0 / 2, (r.x1 + 1) / 2, (r.y1 + 1) / 2};
        for (int y = r.y0; y < r.y1; y++) {
            uint8_t *row = c->plane[i] + (ptrdiff_t)y * c->stride[i];
            for (int x = r.x0; x < r.x1; x++)
                row[x] = mix(row[x], value[i], alpha);
        }
    }
}

/* -------------------------------------------------------------------- anti-aliased shapes ----
 *
 * Chroma has half the resolution. A 2 x 2 block takes as much of the colour as its most covered
 * pixel, not the mean of its four pixels: otherwise a thin line would lose its colour. */

/* Distance of a point from the outline, in pixels; negative inside. */
static float distance(const struct mn_shape *s, float x, float y)
{
    float dx = x - s->x, dy = y - s->y;
    float along = dx * s->ux + dy * s->uy, across = fabsf(dx * s->uy - dy * s->ux);
    float d = sqrtf(dx * dx + dy * dy) - s->disc;
    if (s->length <= 0)
        return d;
    float neck = s->length - s->head;
    float off = along < 0 ? along : along > neck ? along - neck : 0;
    float shaft = sqrtf(off * off + across * across) - s->line;
    float slope = sqrtf(s->wing * s->wing + s->head * s->head);
    float side = ((along - s->length) * s->wing + across * s->head) / slope;
    float head = fmaxf(neck - along, side);
    return fminf(d, fminf(shaft, head));
}

/* The columns, from *lo to *hi, that the shape can cover in the rows from y0 to y1; none if lo >
 * hi. For a thick line these are the columns of its part between those rows. */
static void extent(const struct mn_shape *s, float radius, float y0, float y1, float *lo, float *hi)
{
    float t0 = 0, t1 = s->length;
    y0 -= radius;
    y1 += radius;
    if (fabsf(s->uy) * s->length > 1e-3f) {
        float a = (y0 - s->y) / s->uy, b = (y1 - s->y) / s->uy;
        t0 = fmaxf(t0, fminf(a, b));
        t1 = fminf(t1, fmaxf(a, b));
    } else if (s->y < y0 || s->y > y1) {
        t1 = -1;
    }
    if (t0 > t1) {
        *lo = 1;
        *hi = 0;
        return;
    }
    float a = s->x + t0 * s->ux, b = s->x + t1 * s->ux;
    *lo = fminf(a, b) - radius;
    *hi = fmaxf(a, b) + radius;
}

static int to_alpha(float cover)
{
    return cover <= 0 ? 0 : cover >= 1 ? 255 : (int)(cover * 255 + 0.5f);
}

static int bounded(float v, int most)
{
    return v < 0 ? 0 : v > (float)most ? most : (int)v;
}

/* One 2 x 2 block at x, y. */
static void paint_block(struct mn_canvas *c, const struct mn_shape *s, struct mn_colour colour,
                        float rim, int x0, int y0)
{
    int most_rim = 0, most = 0;
    for (int i = 0; i < 4; i++) {
        int x = x0 + (i & 1), y = y0 + (i >> 1);
        float d = distance(s, (float)x + 0.5f, (float)y + 0.5f);
        int a = to_alpha(0.5f - d), r = to_alpha(0.5f + rim - d) * 5 / 8;
        uint8_t *p = c->plane[0] + (ptrdiff_t)y * c->stride[0] + x;
        *p = mix(mix(*p, mn_canvas_dark.y, r), colour.y, a);
        most = a > most ? a : most;
        most_rim = r > most_rim ? r : most_rim;
    }
    uint8_t *u = c->plane[1] + (ptrdiff_t)(y0 / 2) * c->stride[1] + x0 / 2;
    uint8_t *v = c->plane[2] + (ptrdiff_t)(y0 / 2) * c->stride[2] + x0 / 2;
    *u = mix(mix(*u, mn_canvas_dark.u, most_rim), colour.u, most);
    *v = mix(mix(*v, mn_canvas_dark.v, most_rim), colour.v, most);
}

void mn_canvas_paint(struct mn_canvas *c, const struct mn_shape *s, struct mn_colour colour,
                     float rim)
{
    float radius = fmaxf(fmaxf(s->disc, s->line), s->wing) + rim + 1;
    float far = s->y + s->uy * s->length;
    int top = bounded(fminf(s->y, far) - radius, c->height) & ~1;
    int bottom = bounded(fmaxf(s->y, far) + radius + 1, c->height);
    for (int y = top; y < bottom; y += 2) {
        float lo, hi;
        extent(s, radius, (float)y, (float)y + 2, &lo, &hi);
        int left = bounded(lo, c->width) & ~1, right = lo > hi ? 0 : bounded(hi + 1, c->width);
        for (int x = left; x < right; x += 2)
            paint_block(c, s, colour, rim, x, y);
    }
}

/* ---------------------------------------------------------------------------------- text ---- */

void mn_canvas_text(struct mn_canvas *c, const char *s, int x, int y, int scale)
{
    for (int glyph; (glyph = mn_font_next(&s)) >= 0; x += MN_FONT_STEP * scale) {
        struct mn_rect r = {x, y, x + MN_FONT_WIDTH * scale, y + MN_FONT_HEIGHT * scale};
        r = clip(r, c->width, c->height);
        for (int py = r.y0; py < r.y1; py++) {
            uint8_t *row = c->plane[0] + (ptrdiff_t)py * c->stride[0];
            for (int px = r.x0; px < r.x1; px++)
                row[px] =
                    mix(row[px], mn_canvas_white.y, mn_font_cover(glyph, scale, px - x, py - y));
        }
    }
}
