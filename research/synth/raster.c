#include "raster.h"

#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "texture.h"

#define SNAP 16
#define FARTHEST 30000.0f /* samples from the picture: beyond, products could overflow */

int sy_raster_open(struct sy_raster *r, int width, int height, int with_id)
{
    size_t n = (size_t)width * (size_t)height;
    *r = (struct sy_raster){width, height, malloc(n * sizeof(float)), NULL};
    if (with_id)
        r->id = malloc(n * sizeof(uint32_t));
    if (!r->near || (with_id && !r->id)) {
        sy_raster_close(r);
        return MIEN_ENOMEM;
    }
    sy_raster_clear(r);
    return 0;
}

void sy_raster_close(struct sy_raster *r)
{
    free(r->near);
    free(r->id);
    memset(r, 0, sizeof(*r));
}

void sy_raster_clear(struct sy_raster *r)
{
    size_t n = (size_t)r->width * (size_t)r->height;
    memset(r->near, 0, n * sizeof(float));
    if (r->id)
        memset(r->id, 0xff, n * sizeof(uint32_t));
}

void sy_raster_shares(const struct sy_corner c[3], float x, float y, float share[3])
{
    float ax = c[1].x - c[0].x, ay = c[1].y - c[0].y, bx = c[2].x - c[0].x, by = c[2].y - c[0].y;
    float area = ax * by - ay * bx, px = x - c[0].x, py = y - c[0].y;
    if (fabsf(area) < 1e-12f) {
        share[0] = 1, share[1] = share[2] = 0;
        return;
    }
    float s1 = (px * by - py * bx) / area, s2 = (ax * py - ay * px) / area, s0 = 1 - s1 - s2;
    /* a sample just outside, by snapping or as a pixel's middle, must not run away */
    s0 = s0 < 0 ? 0 : s0;
    s1 = s1 < 0 ? 0 : s1;
    s2 = s2 < 0 ? 0 : s2;
    s0 *= c[0].near;
    s1 *= c[1].near;
    s2 *= c[2].near;
    float sum = s0 + s1 + s2;
    share[0] = s0 / sum;
    share[1] = s1 / sum;
    share[2] = s2 / sum;
}

/* Levels of opacity for the four samples of a pixel, moved by a number of the place and the
 * triangle so that layers of hair do not all leave the same holes. */
static float threshold(int x, int y, uint32_t id)
{
    static const float level[4] = {0.125f, 0.625f, 0.875f, 0.375f};
    uint32_t h = (uint32_t)(x >> 1) * 0x9e3779b1u ^ (uint32_t)(y >> 1) * 0x85ebca77u ^
                 (id >> 3) * 0xc2b2ae3du;
    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    h ^= h >> 13;
    int at = (int)(((x & 1) + 2 * (y & 1) + (int)(h >> 30)) & 3);
    return level[at] + ((float)((h >> 8) & 0xff) * (1 / 256.0f) - 0.5f) * 0.24f;
}

struct edge {
    int64_t at, dx, dy; /* value at the first sample of the row, steps */
};

static struct edge edge_of(const int64_t a[2], const int64_t b[2], int64_t x, int64_t y)
{
    int64_t ex = b[0] - a[0], ey = b[1] - a[1];
    struct edge e = {ex * (y - a[1]) - ey * (x - a[0]), -ey * SNAP, ex * SNAP};
    int top_left = ey < 0 || (ey == 0 && ex > 0);
    if (!top_left)
        e.at -= 1; /* a sample exactly on the edge belongs to the neighbour */
    return e;
}

/* The part of from..to where the edge is not negative. */
static inline void span(const struct edge *e, int *from, int *to)
{
    if (e->dx > 0 && e->at < 0) {
        int64_t first = (-e->at + e->dx - 1) / e->dx;
        *from = first > *from ? first > *to ? *to + 1 : (int)first : *from;
    } else if (e->dx < 0) {
        int64_t last = e->at < 0 ? -1 : e->at / -e->dx;
        *to = last < *to ? (int)last : *to;
    } else if (e->dx == 0 && e->at < 0) {
        *to = -1;
    }
}

static int solid(const struct sy_corner c[3], int x, int y, uint32_t id,
                 const struct sy_texture *opacity)
{
    float share[3];
    sy_raster_shares(c, (float)x + 0.5f, (float)y + 0.5f, share);
    float u = share[0] * c[0].u + share[1] * c[1].u + share[2] * c[2].u;
    float v = share[0] * c[0].v + share[1] * c[1].v + share[2] * c[2].v;
    return sy_texture_alpha(opacity, u, v) > threshold(x, y, id);
}

void sy_raster_triangle(struct sy_raster *r, const struct sy_corner c[3], uint32_t id, int sided,
                        const struct sy_texture *opacity)
{
    int64_t p[3][2];
    for (int i = 0; i < 3; i++) {
        if (!(c[i].near > 0) || !(fabsf(c[i].x) < FARTHEST) || !(fabsf(c[i].y) < FARTHEST))
            return;
        p[i][0] = (int64_t)floorf(c[i].x * SNAP + 0.5f);
        p[i][1] = (int64_t)floorf(c[i].y * SNAP + 0.5f);
    }
    int64_t area =
        (p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) - (p[1][1] - p[0][1]) * (p[2][0] - p[0][0]);
    if (area == 0 || (area < 0 && sided))
        return;
    int i1 = area > 0 ? 1 : 2, i2 = 3 - i1;

    int64_t low[2], high[2];
    for (int k = 0; k < 2; k++) {
        low[k] = p[0][k] < p[1][k] ? p[0][k] : p[1][k];
        low[k] = low[k] < p[2][k] ? low[k] : p[2][k];
        high[k] = p[0][k] > p[1][k] ? p[0][k] : p[1][k];
        high[k] = high[k] > p[2][k] ? high[k] : p[2][k];
    }
    /* samples whose centres lie within */
    int x0 = low[0] < 0 ? 0 : (int)((low[0] + SNAP / 2 - 1) / SNAP);
    int y0 = low[1] < 0 ? 0 : (int)((low[1] + SNAP / 2 - 1) / SNAP);
    int x1 = high[0] < SNAP / 2 ? -1 : (int)((high[0] - SNAP / 2) / SNAP);
    int y1 = high[1] < SNAP / 2 ? -1 : (int)((high[1] - SNAP / 2) / SNAP);
    x1 = x1 < r->width ? x1 : r->width - 1;
    y1 = y1 < r->height ? y1 : r->height - 1;
    if (x0 > x1 || y0 > y1)
        return;

    int64_t sx = (int64_t)x0 * SNAP + SNAP / 2, sy = (int64_t)y0 * SNAP + SNAP / 2;
    struct edge e0 = edge_of(p[i1], p[i2], sx, sy); /* share of corner 0 */
    struct edge e1 = edge_of(p[i2], p[0], sx, sy);  /* of corner i1 */
    struct edge e2 = edge_of(p[0], p[i1], sx, sy);  /* of corner i2 */
    float inv = 1 / (float)(area > 0 ? area : -area);
    float n0 = c[0].near, d1 = c[i1].near - n0, d2 = c[i2].near - n0;
    float step = ((float)e1.dx * d1 + (float)e2.dx * d2) * inv;

    for (int y = y0; y <= y1; y++) {
        int from = 0, to = x1 - x0;
        span(&e0, &from, &to);
        span(&e1, &from, &to);
        span(&e2, &from, &to);
        float near =
            n0 + ((float)(e1.at + from * e1.dx) * d1 + (float)(e2.at + from * e2.dx) * d2) * inv;
        size_t at = (size_t)y * (size_t)r->width + (size_t)x0;
        for (int x = from; x <= to; x++, near += step) {
            if (near <= r->near[at + (size_t)x])
                continue;
            if (opacity && !solid(c, x0 + x, y, id, opacity))
                continue;
            r->near[at + (size_t)x] = near;
            if (r->id)
                r->id[at + (size_t)x] = id;
        }
        e0.at += e0.dy;
        e1.at += e1.dy;
        e2.at += e2.dy;
    }
}
