#include "image/upright.h"

#include <math.h>
#include <stdbool.h>

#include "base/mem.h"
#include "image/load.h"

#define STEPS 32 /* positions within a pixel */
#define SPARE 64 /* bytes around a row that its conversion may write */
#define FAR (4.0f * MIEN_MAX_SIDE)
#define MOST_SCALE 1000.0f
#define NO_ROW INT32_MIN

struct mn_upright {
    const struct mn_rows *rows;
    int width, side;    /* that fit */
    uint8_t *row[2][3]; /* two rows of the picture, from column `first` on */
    int32_t number[2];  /* which ones */
    int first, count;   /* columns */
    int32_t *at;        /* positions of the result's columns */
    uint8_t *out;       /* one row of one plane */
    void *block;        /* the one allocation behind all of these */
};

int mn_upright_open(struct mn_upright **out)
{
    *out = mn_alloc(1, sizeof(**out));
    if (!*out)
        return MIEN_ENOMEM;
    (*out)->rows = mn_rows_best();
    return 0;
}

void mn_upright_close(struct mn_upright **u)
{
    if (!*u)
        return;
    free((*u)->block);
    free(*u);
    *u = NULL;
}

static int grow(struct mn_upright *u, int width, int side)
{
    if (width <= u->width && side <= u->side)
        return 0;
    width = width > u->width ? width : u->width;
    side = side > u->side ? side : u->side;
    const size_t row = (size_t)width + 2 * SPARE;
    free(u->block);
    u->width = u->side = 0;
    uint8_t *p = u->block = mn_alloc((size_t)side * (sizeof(*u->at) + 1) + 6 * row, 1);
    if (!p)
        return MIEN_ENOMEM;
    u->at = (int32_t *)u->block;
    p += (size_t)side * sizeof(*u->at);
    for (int i = 0; i < 6; i++)
        u->row[i / 3][i % 3] = p + SPARE + (size_t)i * row;
    u->out = p + 6 * row;
    u->width = width;
    u->side = side;
    return 0;
}

static bool is_usable(const struct mn_upright_map *m, const struct mn_planes *dst)
{
    if (!(m->scale > 1 / MOST_SCALE && m->scale < MOST_SCALE))
        return false;
    const float x = -m->x / m->scale, y = -m->y / m->scale;
    return fabsf(x) < FAR && fabsf(y) < FAR && (float)dst->w / m->scale < FAR &&
           (float)dst->h / m->scale < FAR;
}

/* Where result pixel i lies in the picture, in 1/32 pixel. */
static int32_t position(float scale, float offset, int i)
{
    const double step = 1 / (double)scale;
    return (int32_t)lrint((step * i - (double)offset * step) * STEPS);
}

/* The pixel before a position, also a negative one. */
static int whole(int32_t at)
{
    return (int)((at - (at & (STEPS - 1))) / STEPS);
}

/* Columns first .. first + count - 1 of row y, in one of two slots; black outside the picture. */
static int load(struct mn_upright *u, const mien_picture *pic, int y, int keep)
{
    for (int i = 0; i < 2; i++)
        if (u->number[i] == y)
            return i;
    const int i = u->number[0] == keep ? 1 : 0, end = u->first + u->count;
    const int from = u->first > 0 ? u->first : 0, to = end < pic->width ? end : pic->width;
    uint8_t *p[3];
    for (int c = 0; c < 3; c++) {
        memset(u->row[i][c], 0, (size_t)u->count);
        p[c] = u->row[i][c] + (from - u->first);
    }
    if (y >= 0 && y < pic->height && to > from) {
        mn_load_row(u->rows, pic, from, y, to - from, p);
        for (int c = 0; c < 3; c++) { /* a conversion writes one more on either side */
            memset(u->row[i][c], 0, (size_t)(from - u->first));
            memset(u->row[i][c] + (to - u->first), 0, (size_t)(end - to));
        }
    }
    u->number[i] = y;
    return i;
}

static void blend(const struct mn_upright *u, const uint8_t *a, const uint8_t *b, int down, int w)
{
    for (int i = 0; i < w; i++) {
        const int x = whole(u->at[i]) - u->first, right = u->at[i] & (STEPS - 1);
        const int upper = a[x] * (STEPS - right) + a[x + 1] * right;
        const int lower = b[x] * (STEPS - right) + b[x + 1] * right;
        u->out[i] = (uint8_t)(((upper * (STEPS - down) + lower * down) * STEPS + 16384) >> 15);
    }
}

int mn_upright_warp(struct mn_upright *u, const mien_picture *pic, const struct mn_upright_map *map,
                    const struct mn_planes *dst, const struct mn_norm *norm)
{
    if (dst->w < 1 || dst->h < 1 || dst->w > MIEN_MAX_SIDE || !is_usable(map, dst))
        return MIEN_EINVAL;
    const int first = whole(position(map->scale, map->x, 0));
    const int count = whole(position(map->scale, map->x, dst->w - 1)) + 2 - first;
    int err = grow(u, count, dst->w);
    if (err < 0)
        return err;
    u->first = first;
    u->count = count;
    u->number[0] = u->number[1] = NO_ROW;
    for (int i = 0; i < dst->w; i++)
        u->at[i] = position(map->scale, map->x, i);
    for (int v = 0; v < dst->h; v++) {
        const int32_t at = position(map->scale, map->y, v);
        const int y = whole(at);
        const int i = load(u, pic, y, y + 1), k = load(u, pic, y + 1, y);
        for (int c = 0; c < 3; c++) {
            blend(u, u->row[i][c], u->row[k][c], at & (STEPS - 1), dst->w);
            u->rows->to_float(u->out, dst->w, norm->scale[c], norm->bias[c],
                              dst->plane[c] + (ptrdiff_t)v * dst->stride);
        }
    }
    return 0;
}
