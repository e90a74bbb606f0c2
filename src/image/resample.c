#include "image/resample.h"

#include <math.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/mem.h"
#include "image/antialias.h"
#include "image/load.h"
#include "image/picture.h"

#define PAD 64  /* readable bytes behind a row: one for the last tap, more for gather loads */
#define LEAD 64 /* bytes before a row: an odd first column is converted with the one before it */
#define MAX_SIDE (4 * MIEN_MAX_SIDE)

struct mn_resampler {
    const struct rule *rule;
    const struct mn_rows *rows;
    struct mn_antialias *antialias; /* NULL: the rule has none */
    int cap_w, cap_W;               /* source and destination widths that fit */
    uint8_t *bgr[2][3];             /* up to two source rows as planes */
    int16_t *line[2][3];            /* up to two source rows after the horizontal pass */
    int line_row[2];                /* the numbers of these rows; -1: none */
    int32_t *at; /* horizontal taps: left pixel, weights of it and of its right neighbour */
    int16_t *w0, *w1;
    int tap_w, tap_W; /* the widths that the taps were computed for */
    void *block;      /* the one allocation behind all of these */
};

void mn_resampler_close(struct mn_resampler **r)
{
    if (!*r)
        return;
    mn_antialias_close(&(*r)->antialias);
    free((*r)->block);
    free(*r);
    *r = NULL;
}

static void *carve(uint8_t **at, size_t bytes)
{
    void *p = *at;
    *at += (bytes + MN_ALIGN - 1) / MN_ALIGN * MN_ALIGN;
    return p;
}

static int grow(struct mn_resampler *r, int w, int W)
{
    if (w <= r->cap_w && W <= r->cap_W)
        return 0;
    w = w > r->cap_w ? w : r->cap_w;
    W = W > r->cap_W ? W : r->cap_W;
    size_t row = LEAD + (size_t)w + PAD, line = (size_t)W * sizeof(int16_t);
    size_t total = 6 * (row + MN_ALIGN) + 8 * (line + MN_ALIGN) + (size_t)W * 4 + MN_ALIGN;
    free(r->block);
    r->cap_w = r->cap_W = r->tap_w = r->tap_W = 0;
    r->block = mn_alloc(total, 1);
    if (!r->block)
        return MIEN_ENOMEM;
    uint8_t *p = r->block;
    for (int i = 0; i < 6; i++)
        r->bgr[i / 3][i % 3] = carve(&p, row);
    for (int i = 0; i < 6; i++)
        r->line[i / 3][i % 3] = carve(&p, line);
    r->w0 = carve(&p, line);
    r->w1 = carve(&p, line);
    r->at = carve(&p, (size_t)W * 4);
    r->cap_w = w;
    r->cap_W = W;
    return 0;
}

/* The source sample that destination index d reads when n samples are scaled to m, and in *fraction
 * the weight of the next one, as OpenCV computes them: the reciprocal and the single-precision
 * rounding are part of the rule. */
static int tap(int d, int n, int m, float *fraction)
{
    double scale = 1.0 / ((double)m / n);
    float f = (float)((d + 0.5) * scale - 0.5);
    int s = (int)floorf(f);
    *fraction = f - (float)s;
    return s;
}

static int weight(float f)
{
    return (int)lrintf(f * 2048.0f);
}

static void make_taps(struct mn_resampler *r, int w, int W)
{
    if (r->tap_w == w && r->tap_W == W)
        return;
    for (int d = 0; d < W; d++) {
        float f;
        int s = tap(d, w, W, &f);
        if (s < 0) {
            s = 0;
            f = 0;
        }
        if (s >= w - 1) {
            s = w - 1;
            f = 0;
        }
        r->at[d] = s;
        r->w0[d] = (int16_t)weight(1.0f - f);
        r->w1[d] = (int16_t)weight(f);
    }
    r->tap_w = w;
    r->tap_W = W;
}

/* Loads source row y, columns x .. x + w - 1, as three planes; black outside the picture. */
static void load_row(struct mn_resampler *r, const mien_picture *pic, int x, int y, int w, int slot,
                     const uint8_t *out[3])
{
    int from = x > 0 ? x : 0, to = x + w < pic->width ? x + w : pic->width; /* inside the picture */
    if (y < 0 || y >= pic->height || to < from)
        from = to = x;
    uint8_t *p[3];
    for (int c = 0; c < 3; c++) {
        out[c] = r->bgr[slot][c] + LEAD;
        p[c] = r->bgr[slot][c] + LEAD + (from - x);
    }
    if (to > from)
        mn_load_row(r->rows, pic, from, y, to - from, p);
    for (int c = 0; c < 3 && to - from < w; c++) {
        uint8_t *row = r->bgr[slot][c] + LEAD;
        memset(row, 0, (size_t)(from - x));
        memset(row + (to - x), 0, (size_t)(x + w - to));
    }
}

/* Resizes row `row` of src horizontally to W pixels unless that was done before. Returns which of
 * the two lines has it; the other line keeps row `keep`. */
static int line_of(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                   int W, int row, int keep)
{
    for (int i = 0; i < 2; i++)
        if (r->line_row[i] == row)
            return i;
    int i = r->line_row[0] == keep ? 1 : 0;
    const uint8_t *p[3];
    load_row(r, pic, src->x, src->y + row, src->w, 0, p);
    for (int c = 0; c < 3; c++)
        r->rows->horizontal(p[c], r->at, r->w0, r->w1, W, r->line[i][c]);
    r->line_row[i] = row;
    return i;
}

static int clamp_row(int s, int n)
{
    return s < 0 ? 0 : s >= n ? n - 1 : s;
}

static float *row_of(const struct mn_planes *dst, int c, int y)
{
    return dst->plane[c] + (ptrdiff_t)y * dst->stride;
}

static void copy(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                 const struct mn_planes *dst, const struct mn_norm *norm)
{
    const uint8_t *a[3];
    for (int d = 0; d < dst->h; d++) {
        load_row(r, pic, src->x, src->y + d, src->w, 0, a);
        for (int c = 0; c < 3; c++)
            r->rows->to_float(a[c], dst->w, norm->scale[c], norm->bias[c], row_of(dst, c, d));
    }
}

static void halve(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                  const struct mn_planes *dst, const struct mn_norm *norm)
{
    const uint8_t *a[3], *b[3];
    for (int d = 0; d < dst->h; d++) {
        load_row(r, pic, src->x, src->y + 2 * d, src->w, 0, a);
        load_row(r, pic, src->x, src->y + 2 * d + 1, src->w, 1, b);
        for (int c = 0; c < 3; c++)
            r->rows->half(a[c], b[c], dst->w, norm->scale[c], norm->bias[c], row_of(dst, c, d));
    }
}

static void interpolate(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                        const struct mn_planes *dst, const struct mn_norm *norm)
{
    make_taps(r, src->w, dst->w);
    r->line_row[0] = r->line_row[1] = -1;
    for (int d = 0; d < dst->h; d++) {
        float f;
        int s = tap(d, src->h, dst->h, &f);
        int r0 = clamp_row(s, src->h), r1 = clamp_row(s + 1, src->h);
        int i0 = line_of(r, pic, src, dst->w, r0, r1), i1 = line_of(r, pic, src, dst->w, r1, r0);
        const int w[2] = {weight(1.0f - f), weight(f)};
        for (int c = 0; c < 3; c++)
            r->rows->vertical(r->line[i0][c], r->line[i1][c], w, dst->w, norm->scale[c],
                              norm->bias[c], row_of(dst, c, d));
    }
}

static int resize_linear(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                         const struct mn_planes *dst, const struct mn_norm *norm)
{
    if (src->w == dst->w && src->h == dst->h)
        copy(r, pic, src, dst, norm);
    else if (src->w == 2 * dst->w && src->h == 2 * dst->h)
        halve(r, pic, src, dst, norm);
    else
        interpolate(r, pic, src, dst, norm);
    return 0;
}

static int resize_antialiased(struct mn_resampler *r, const mien_picture *pic,
                              const struct mn_rect *src, const struct mn_planes *dst,
                              const struct mn_norm *norm)
{
    int err = mn_antialias_begin(r->antialias, src->w, src->h, dst->w, dst->h), next = 0;
    for (int d = 0; d < dst->h && err == 0; d++) {
        int first, count;
        mn_antialias_rows(r->antialias, d, &first, &count);
        for (next = next > first ? next : first; next < first + count; next++) {
            const uint8_t *p[3];
            load_row(r, pic, src->x, src->y + next, src->w, 0, p);
            mn_antialias_put(r->antialias, next, p);
        }
        for (int c = 0; c < 3; c++)
            r->rows->to_float(mn_antialias_get(r->antialias, d, c), dst->w, norm->scale[c],
                              norm->bias[c], row_of(dst, c, d));
    }
    return err;
}

static const struct rule {
    int (*resize)(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                  const struct mn_planes *dst, const struct mn_norm *norm);
    bool antialiases;
    enum mn_kernel kernel;
} rules[MN_NUM_RESAMPLINGS] = {
    [MN_RESAMPLING_OPENCV] = {.resize = resize_linear},
    [MN_RESAMPLING_PILLOW] = {resize_antialiased, true, MN_KERNEL_BILINEAR},
    [MN_RESAMPLING_PILLOW_BICUBIC] = {resize_antialiased, true, MN_KERNEL_BICUBIC},
};

int mn_resampler_open_as(struct mn_resampler **out, enum mn_resampling how)
{
    struct mn_resampler *r = *out = mn_alloc(1, sizeof(*r));
    if (!r)
        return MIEN_ENOMEM;
    r->rule = &rules[how];
    r->rows = mn_rows_best();
    int err = r->rule->antialiases ? mn_antialias_open(&r->antialias, r->rule->kernel) : 0;
    if (err < 0)
        mn_resampler_close(out);
    return err;
}

int mn_resampler_open(struct mn_resampler **out)
{
    return mn_resampler_open_as(out, MN_RESAMPLING_OPENCV);
}

int mn_resample(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                const struct mn_planes *dst, const struct mn_norm *norm)
{
    if (src->w < 1 || src->h < 1 || src->x < 0 || src->y < 0 || src->x > pic->width - src->w ||
        src->y > pic->height - src->h)
        return MIEN_EINVAL;
    return mn_resample_padded(r, pic, src, dst, norm);
}

static bool is_side(int n)
{
    return n >= 1 && n <= MAX_SIDE;
}

static bool is_corner(int n)
{
    return n >= -MAX_SIDE && n <= MAX_SIDE;
}

int mn_resample_padded(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                       const struct mn_planes *dst, const struct mn_norm *norm)
{
    if (!is_corner(src->x) || !is_corner(src->y) || !is_side(src->w) || !is_side(src->h) ||
        !is_side(dst->w) || !is_side(dst->h))
        return MIEN_EINVAL;
    int err = grow(r, src->w + 1, dst->w);
    return err < 0 ? err : r->rule->resize(r, pic, src, dst, norm);
}

int mien_picture_to_bgr(const mien_picture *pic, uint8_t *dst, int stride)
{
    if (!pic || !dst)
        return mn_log_fail_null();
    int err = mn_picture_check(pic);
    if (err == 0 && stride < 3 * pic->width)
        err = MIEN_EINVAL;
    if (err < 0)
        return mn_log_fail(err, "mien_picture_to_bgr: the picture or the stride is not usable");
    struct mn_resampler *r;
    if ((err = mn_resampler_open(&r)) < 0)
        return err;
    if ((err = grow(r, pic->width + 1, 1)) == 0)
        for (int y = 0; y < pic->height; y++) {
            const uint8_t *p[3];
            load_row(r, pic, 0, y, pic->width, 0, p);
            uint8_t *out = dst + (ptrdiff_t)y * stride;
            for (int x = 0; x < pic->width; x++)
                for (int c = 0; c < 3; c++)
                    out[3 * x + c] = p[c][x];
        }
    mn_resampler_close(&r);
    return err;
}

struct mn_planes mn_planes_rgb(float *in, int w, int h)
{
    const int area = w * h;
    return (struct mn_planes){{in + 2 * area, in + area, in}, w, h, w};
}

struct mn_norm mn_norm_imagenet(void)
{
    static const double mean[3] = {0.406, 0.456, 0.485}, dev[3] = {0.225, 0.224, 0.229}; /* B G R */
    struct mn_norm norm;
    for (int c = 0; c < 3; c++) {
        norm.scale[c] = (float)(1 / (255 * dev[c]));
        norm.bias[c] = (float)(-mean[c] / dev[c]);
    }
    return norm;
}
