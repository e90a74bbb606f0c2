#include "sink/hide.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MOST = 64 }; /* squares in each direction */

/* The means of the squares of one plane. */
struct squares {
    int x0, y0, cell, nx, ny;
    uint8_t mean[MOST][MOST];
};

struct plane {
    uint8_t *data;
    int stride, width, height;
};

const char *mn_hide_name(enum mn_hide how)
{
    static const char *const names[] = {[MN_HIDE_NONE] = "",
                                        [MN_HIDE_BLUR] = "blur",
                                        [MN_HIDE_PIXELATE] = "pixelate",
                                        [MN_HIDE_BLACK] = "black",
                                        [MN_HIDE_POINTS] = "points"};
    return names[how];
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static uint8_t mean_of(const struct plane *p, int x0, int y0, int x1, int y1)
{
    uint64_t sum = 0;
    const int n = (x1 - x0) * (y1 - y0);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            sum += p->data[(ptrdiff_t)y * p->stride + x];
    return n > 0 ? (uint8_t)((sum + (uint64_t)n / 2) / (uint64_t)n) : 128;
}

static void measure(struct squares *s, const struct plane *p)
{
    for (int i = 0; i < s->ny; i++)
        for (int k = 0; k < s->nx; k++) {
            const int x = s->x0 + k * s->cell, y = s->y0 + i * s->cell;
            s->mean[i][k] =
                mean_of(p, x, y, least(x + s->cell, p->width), least(y + s->cell, p->height));
        }
}

/* Between the centres of the squares, in 256ths. */
static int between(const struct squares *s, int x, int y)
{
    const int cell = s->cell, px = (2 * (x - s->x0) + 1 - cell) * 128 / cell,
              py = (2 * (y - s->y0) + 1 - cell) * 128 / cell;
    const int fx = px < 0 ? 0 : px, fy = py < 0 ? 0 : py;
    const int k = least(fx >> 8, s->nx - 1), i = least(fy >> 8, s->ny - 1);
    const int k1 = least(k + 1, s->nx - 1), i1 = least(i + 1, s->ny - 1);
    const int a = fx & 255, b = fy & 255;
    const int top = s->mean[i][k] * (256 - a) + s->mean[i][k1] * a;
    const int bottom = s->mean[i1][k] * (256 - a) + s->mean[i1][k1] * a;
    return (top * (256 - b) + bottom * b + 32768) >> 16;
}

static void paint(const struct squares *s, struct plane *p, bool smooth)
{
    const int x1 = least(s->x0 + s->nx * s->cell, p->width),
              y1 = least(s->y0 + s->ny * s->cell, p->height);
    for (int y = s->y0; y < y1; y++)
        for (int x = s->x0; x < x1; x++)
            p->data[(ptrdiff_t)y * p->stride + x] =
                smooth ? (uint8_t)between(s, x, y)
                       : s->mean[(y - s->y0) / s->cell][(x - s->x0) / s->cell];
}

static void coarsen(struct plane *p, struct mn_rect r, int cell, bool smooth)
{
    struct squares s = {.x0 = r.x0 / cell * cell, .y0 = r.y0 / cell * cell, .cell = cell};
    s.nx = (r.x1 - s.x0 + cell - 1) / cell;
    s.ny = (r.y1 - s.y0 + cell - 1) / cell;
    measure(&s, p);
    paint(&s, p, smooth);
}

static void blacken(struct plane *p, struct mn_rect r, int value)
{
    for (int y = r.y0; y < r.y1; y++)
        memset(p->data + (ptrdiff_t)y * p->stride + r.x0, value, (size_t)(r.x1 - r.x0));
}

/* Even, and so large that MOST squares suffice. */
static int usable(int cell, struct mn_rect r)
{
    const int most = r.x1 - r.x0 > r.y1 - r.y0 ? r.x1 - r.x0 : r.y1 - r.y0;
    cell = cell < 4 ? 4 : (cell + 3) / 4 * 4;
    while (most / cell + 2 > MOST)
        cell *= 2;
    return cell;
}

void mn_hide(struct mn_canvas *c, struct mn_rect r, int cell, enum mn_hide how)
{
    r.x0 = r.x0 < 0 ? 0 : r.x0 & ~1;
    r.y0 = r.y0 < 0 ? 0 : r.y0 & ~1;
    r.x1 = least((r.x1 + 1) & ~1, c->width);
    r.y1 = least((r.y1 + 1) & ~1, c->height);
    if (how == MN_HIDE_NONE || r.x0 >= r.x1 || r.y0 >= r.y1)
        return;
    cell = usable(cell, r);
    for (int i = 0; i < 3; i++) {
        const int half = i > 0;
        struct plane p = {c->plane[i], c->stride[i], c->width >> half, c->height >> half};
        const struct mn_rect q = {r.x0 >> half, r.y0 >> half, r.x1 >> half, r.y1 >> half};
        if (how == MN_HIDE_BLUR || how == MN_HIDE_PIXELATE)
            coarsen(&p, q, cell >> half, how == MN_HIDE_BLUR);
        else
            blacken(&p, q, half ? 128 : 16);
    }
}

static int pixel(float v)
{
    return (int)fminf(fmaxf(v, -1e6f), 1e6f);
}

/* The head with hair and neck: detectors see a face in a tighter black square with hair around it.
 */
void mn_hide_face(struct mn_canvas *c, const float box[4], float more, enum mn_hide how)
{
    const float w = fmaxf(box[2], 4), h = fmaxf(box[3], 4);
    const struct mn_rect part = {pixel(box[0] - 0.5f * w - more), pixel(box[1] - 0.6f * h - more),
                                 pixel(box[0] + 1.5f * w + more) + 1,
                                 pixel(box[1] + 1.5f * h + more) + 1};
    mn_hide(c, part, pixel(fmaxf(w, 0.8f * h) / 5), how);
}
