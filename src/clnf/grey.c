#include "clnf/grey.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define TILE_W 128 /* even, because colour samples of I420 cover two columns */
#define TILE_H 32
#define FAR 1e6 /* pixels; positions beyond are black */

int mn_grey_open(struct mn_grey *g, const struct mn_clnf_kernels *kernels,
                 const struct mn_face_kernels *face_kernels)
{
    *g = (struct mn_grey){.kernels = kernels};
    pthread_mutex_init(&g->lock, NULL);
    return mn_patch_open(&g->patch, TILE_W * TILE_H, face_kernels);
}

void mn_grey_close(struct mn_grey *g)
{
    mn_patch_close(&g->patch);
    pthread_mutex_destroy(&g->lock);
    free(g->plane);
    free(g->done);
    g->plane = NULL;
    g->done = NULL;
    g->size = g->num_tiles = 0;
}

int mn_grey_set_picture(struct mn_grey *g, const mien_picture *pic)
{
    int across = (pic->width + TILE_W - 1) / TILE_W, down = (pic->height + TILE_H - 1) / TILE_H;
    size_t tiles = (size_t)across * (size_t)down, size = tiles * TILE_W * TILE_H + MN_ALIGN;
    g->pic = NULL;
    if (size > g->size || tiles > g->num_tiles) {
        free(g->plane);
        free(g->done);
        g->plane = mn_alloc(size, 1);
        g->done = mn_alloc(tiles, sizeof(*g->done));
        g->size = g->plane && g->done ? size : 0;
        g->num_tiles = g->size ? tiles : 0;
        if (!g->size)
            return MIEN_ENOMEM;
    }
    for (size_t i = 0; i < tiles; i++)
        atomic_store_explicit(&g->done[i], 0, memory_order_relaxed);
    g->pic = pic;
    g->width = pic->width;
    g->height = pic->height;
    g->pitch = across * TILE_W;
    g->tiles_across = across;
    return 0;
}

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

/* Converts one tile, of which h rows lie inside the picture. It is black beyond the right edge. */
static void fill(struct mn_grey *g, int x, int y, int h)
{
    const mien_picture *pic = g->pic;
    uint8_t *to = g->plane + (ptrdiff_t)y * g->pitch + x;
    const int inside = g->width - x < TILE_W ? g->width - x : TILE_W;
    const bool one = pic->format == MIEN_GRAY8 || (g->quick && pic->format == MIEN_I420);
    if (!one)
        mn_patch_fill(&g->patch, pic, x, y, TILE_W, h);
    for (int r = 0; r < h; r++, to += g->pitch) {
        const uint8_t *from = pic->plane[0] + (ptrdiff_t)(y + r) * pic->stride[0] + x;
        if (!one) {
            g->kernels->grey(g->patch.pixels + r * TILE_W, TILE_W, to);
            continue;
        }
        if (pic->format == MIEN_GRAY8)
            memcpy(to, from, (size_t)inside);
        else
            g->kernels->luma(from, inside, mn_yuv_rule(pic), to);
        memset(to + inside, 0, (size_t)(TILE_W - inside));
    }
}

/* Another thread may need the same tile at the same time. */
static void convert(struct mn_grey *g, int x, int y)
{
    atomic_uchar *done = &g->done[y * g->tiles_across + x];
    if (atomic_load_explicit(done, memory_order_acquire))
        return;
    pthread_mutex_lock(&g->lock);
    if (!atomic_load_explicit(done, memory_order_relaxed)) {
        int h = g->height - y * TILE_H < TILE_H ? g->height - y * TILE_H : TILE_H;
        fill(g, x * TILE_W, y * TILE_H, h);
        atomic_store_explicit(done, 1, memory_order_release);
    }
    pthread_mutex_unlock(&g->lock);
}

void mn_grey_need(struct mn_grey *g, int x0, int y0, int x1, int y1)
{
    if (x1 < 0 || y1 < 0 || x0 >= g->width || y0 >= g->height)
        return;
    x0 = clamp(x0, 0, g->width - 1) / TILE_W;
    x1 = clamp(x1, 0, g->width - 1) / TILE_W;
    y0 = clamp(y0, 0, g->height - 1) / TILE_H;
    y1 = clamp(y1, 0, g->height - 1) / TILE_H;
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++)
            convert(g, x, y);
}

static int pixel(const struct mn_grey *g, int x, int y)
{
    bool inside = x >= 0 && y >= 0 && x < g->width && y < g->height;
    return inside ? g->plane[(ptrdiff_t)y * g->pitch + x] : 0;
}

static void sample_border(const struct mn_grey *g, const struct mn_clnf_grid *grid, int side,
                          int32_t (*out)[MN_CLNF_AREA_PITCH])
{
    for (int v = 0; v < side; v++)
        for (int u = 0; u < side; u++) {
            int x = (grid->x_of_row[v] + grid->x_of_column[u]) >> 5;
            int y = (grid->y_of_row[v] + grid->y_of_column[u]) >> 5;
            int fx = x & 31, fy = y & 31;
            x >>= 5;
            y >>= 5;
            out[v][u] = (pixel(g, x, y) * (32 - fx) + pixel(g, x + 1, y) * fx) * (32 - fy) +
                        (pixel(g, x, y + 1) * (32 - fx) + pixel(g, x + 1, y + 1) * fx) * fy;
        }
}

static void make_grid(struct mn_clnf_grid *grid, const float m[6], int side)
{
    for (int i = 0; i < side; i++) {
        grid->x_of_column[i] = (int)rint((double)m[0] * i * 1024);
        grid->y_of_column[i] = (int)rint((double)m[3] * i * 1024);
        grid->x_of_row[i] = (int)rint(((double)m[1] * i + (double)m[2]) * 1024) + 16;
        grid->y_of_row[i] = (int)rint(((double)m[4] * i + (double)m[5]) * 1024) + 16;
    }
}

/* The lowest and the highest sum of an element of a and one of b, which are both monotonic. */
static void range(const int *a, const int *b, int n, int *low, int *high)
{
    int a0 = a[0] < a[n - 1] ? a[0] : a[n - 1], a1 = a[0] + a[n - 1] - a0;
    int b0 = b[0] < b[n - 1] ? b[0] : b[n - 1], b1 = b[0] + b[n - 1] - b0;
    *low = (a0 + b0) >> 10;
    *high = (a1 + b1) >> 10;
}

void mn_grey_sample(struct mn_grey *g, const float m[6], int side,
                    int32_t (*out)[MN_CLNF_AREA_PITCH])
{
    struct mn_clnf_grid grid;
    bool sane = true;
    for (int k = 0; k < 6; k++)
        sane = sane && fabs((double)m[k]) * (k % 3 == 2 ? 1 : 4 * side) < FAR;
    if (!sane) {
        for (int v = 0; v < side; v++)
            memset(out[v], 0, (size_t)side * sizeof(int32_t));
        return;
    }
    make_grid(&grid, m, side);
    int x0, x1, y0, y1;
    range(grid.x_of_column, grid.x_of_row, side, &x0, &x1);
    range(grid.y_of_column, grid.y_of_row, side, &y0, &y1);
    mn_grey_need(g, x0, y0, x1 + 1, y1 + 1);
    if (x0 >= 0 && y0 >= 0 && x1 + 1 < g->width && y1 + 1 < g->height)
        g->kernels->sample(g->plane, g->pitch, &grid, side, out);
    else
        sample_border(g, &grid, side, out);
}
