#include "face/patch.h"

#include <string.h>

#include "base/mem.h"
#include "image/load.h"

#define LEAD MN_ALIGN /* bytes before a row, for an odd first column (image/load.h) */
#define SLACK 64      /* bytes that the row loops may touch behind a row */

int mn_patch_open(struct mn_patch *p, int max_pixels, const struct mn_face_kernels *kernels)
{
    const int row_size = LEAD + MIEN_MAX_SIDE + 4 + SLACK;
    *p = (struct mn_patch){.max_pixels = max_pixels, .kernels = kernels, .rows = mn_rows_best()};
    p->pixels = mn_alloc((size_t)max_pixels + SLACK, sizeof(*p->pixels));
    p->memory = mn_alloc(3, (size_t)row_size);
    if (!p->pixels || !p->memory) {
        mn_patch_close(p);
        return MIEN_ENOMEM;
    }
    for (int c = 0; c < 3; c++)
        p->row[c] = p->memory + c * row_size + LEAD;
    return 0;
}

void mn_patch_close(struct mn_patch *p)
{
    free(p->pixels);
    free(p->memory);
    p->pixels = NULL;
    p->memory = NULL;
}

static void convert(struct mn_patch *p, const mien_picture *pic, int x, int y, int n, uint32_t *out)
{
    mn_load_row(p->rows, pic, x, y, n, p->row);
    p->kernels->interleave(p->row[0], p->row[1], p->row[2], n, out);
}

void mn_patch_fill(struct mn_patch *p, const mien_picture *pic, int x, int y, int w, int h)
{
    int left = x < 0 ? -x : 0, right = x + w > pic->width ? x + w - pic->width : 0;
    bool beside = left + right >= w;
    for (int i = 0; i < h; i++) {
        uint32_t *out = p->pixels + (ptrdiff_t)i * w;
        if (beside || y + i < 0 || y + i >= pic->height) {
            memset(out, 0, (size_t)w * sizeof(*out));
            continue;
        }
        memset(out, 0, (size_t)left * sizeof(*out));
        memset(out + (w - right), 0, (size_t)right * sizeof(*out));
        convert(p, pic, x + left, y + i, w - left - right, out + left);
    }
}

static int high(int a, int b)
{
    return a * b >> 16;
}

static uint32_t clamp8(int v)
{
    return v < 0 ? 0 : v > 255 ? 255 : (uint32_t)v;
}

uint32_t mn_patch_pixel(const mien_picture *pic, int x, int y)
{
    if (x < 0 || y < 0 || x >= pic->width || y >= pic->height)
        return 0;
    const uint8_t *at = pic->plane[0] + (ptrdiff_t)y * pic->stride[0];
    if (pic->format == MIEN_GRAY8)
        return at[x] * 0x010101u;
    if (pic->format == MIEN_BGR24)
        return (uint32_t)at[3 * x] | (uint32_t)at[3 * x + 1] << 8 | (uint32_t)at[3 * x + 2] << 16;
    const struct mn_yuv *m = mn_yuv_rule(pic);
    int u = 8 * pic->plane[1][(ptrdiff_t)(y / 2) * pic->stride[1] + x / 2] - 1024;
    int v = 8 * pic->plane[2][(ptrdiff_t)(y / 2) * pic->stride[2] + x / 2] - 1024;
    int luma = high(8 * at[x] - m->y_offset, m->cy);
    return clamp8(luma + high(u, m->cbu)) | clamp8(luma + high(u, m->cgu) + high(v, m->cgv)) << 8 |
           clamp8(luma + high(v, m->crv)) << 16;
}
