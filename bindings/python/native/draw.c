/* What the Python package needs beside libmien, in the same shared library: results drawn into a
 * picture as in an annotated video, pixels of any layout as B, G, R bytes, the log callback, and
 * the sizes of structs that Python describes by itself. */
#include <mien/columns.h>
#include <mien/mien.h>
#include <mien/stats.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sink/canvas.h"
#include "sink/overlay.h"

MIEN_API size_t mien_python_size(int what);
MIEN_API void mien_python_log(mien_settings *s, mien_log_fn log);
MIEN_API void mien_python_pack(uint8_t *dst, const uint8_t *src, int width, int height,
                               ptrdiff_t row, ptrdiff_t column, ptrdiff_t channel);
MIEN_API int mien_python_draw(uint8_t *bgr, int stride, const mien_picture *picture,
                              const mien_frame *frame, const mien_face *faces, int n,
                              unsigned analysis, const char *au);

size_t mien_python_size(int what)
{
    static const size_t sizes[] = {sizeof(mien_face),    sizeof(mien_frame),  sizeof(mien_picture),
                                   sizeof(mien_setting), sizeof(mien_column), sizeof(mien_stats)};
    return what >= 0 && what < (int)(sizeof(sizes) / sizeof(sizes[0])) ? sizes[what] : 0;
}

/* Callbacks have no name by which Python could set them. */
void mien_python_log(mien_settings *s, mien_log_fn log)
{
    s->log = log;
}

/* Strides are in bytes and may be negative. dst: rows of 3 * width bytes without padding. */
void mien_python_pack(uint8_t *dst, const uint8_t *src, int width, int height, ptrdiff_t row,
                      ptrdiff_t column, ptrdiff_t channel)
{
    for (int y = 0; y < height; y++, src += row) {
        const uint8_t *p = src;
        for (int x = 0; x < width; x++, p += column, dst += 3) {
            dst[0] = p[0];
            dst[1] = p[channel];
            dst[2] = p[2 * channel];
        }
    }
}

/* A canvas in one allocation: free(plane[0]). */
static bool make_canvas(struct mn_canvas *c, const mien_picture *p)
{
    const int w = p->width & ~1, h = p->height & ~1;
    const size_t luma = (size_t)w * (size_t)h;
    uint8_t *data = malloc(luma + luma / 2 + 1);
    *c = (struct mn_canvas){w, h, {data, data + luma, data + luma + luma / 4}, {w, w / 2, w / 2}};
    if (data && w && h)
        mn_canvas_copy(c, p);
    return data;
}

static bool differs(const struct mn_canvas *a, const struct mn_canvas *b, int x, int y)
{
    const size_t luma = (size_t)y * (size_t)a->stride[0] + (size_t)x;
    const size_t chroma = (size_t)(y / 2) * (size_t)a->stride[1] + (size_t)(x / 2);
    return a->plane[0][luma] != b->plane[0][luma] || a->plane[1][chroma] != b->plane[1][chroma] ||
           a->plane[2][chroma] != b->plane[2][chroma];
}

/* Takes the pixels that were drawn, so that all others stay as they were. */
static int take_drawn(uint8_t *bgr, int stride, const struct mn_canvas *drawn,
                      const struct mn_canvas *before)
{
    const int w = drawn->width, h = drawn->height;
    mien_picture p = {.format = MIEN_I420, .matrix = MIEN_BT601, .width = w, .height = h};
    for (int i = 0; i < 3; i++) {
        p.plane[i] = drawn->plane[i];
        p.stride[i] = drawn->stride[i];
    }
    uint8_t *all = malloc((size_t)w * (size_t)h * 3);
    int err = all ? mien_picture_to_bgr(&p, all, 3 * w) : MIEN_ENOMEM;
    for (int y = 0; err == 0 && y < h; y++)
        for (int x = 0; x < w; x++)
            if (differs(drawn, before, x, y))
                memcpy(bgr + (ptrdiff_t)y * stride + 3 * x,
                       all + ((size_t)y * (size_t)w + (size_t)x) * 3, 3);
    free(all);
    return err;
}

/* bgr: a copy of the picture, which receives the drawing. frame: index and time for the status
 * line. au: name of the models of the action units; NULL: none. */
int mien_python_draw(uint8_t *bgr, int stride, const mien_picture *picture, const mien_frame *frame,
                     const mien_face *faces, int n, unsigned analysis, const char *au)
{
    const struct mn_layout layout = {.analysis = analysis, .au = au};
    const mien_face *face[MIEN_FACES_LIMIT];
    struct mn_canvas before, drawn;
    n = n < 0 ? 0 : n < MIEN_FACES_LIMIT ? n : MIEN_FACES_LIMIT;
    for (int i = 0; i < n; i++)
        face[i] = faces + i;
    if (!bgr || !picture || !frame || picture->width < 2 || picture->height < 2)
        return MIEN_EINVAL;
    bool made = make_canvas(&before, picture), both = made && make_canvas(&drawn, picture);
    int err = both ? 0 : MIEN_ENOMEM;
    if (both) {
        mn_overlay_draw(&drawn, &(struct mn_result){frame, n, face}, &layout, NULL);
        err = take_drawn(bgr, stride, &drawn, &before);
        free(drawn.plane[0]);
    }
    if (made)
        free(before.plane[0]);
    return err;
}
