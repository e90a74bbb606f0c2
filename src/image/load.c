#include "image/load.h"

#include <stddef.h>
#include <string.h>

void mn_load_row(const struct mn_rows *k, const mien_picture *pic, int x, int y, int n,
                 uint8_t *const plane[3])
{
    const uint8_t *first = pic->plane[0] + (ptrdiff_t)y * pic->stride[0];
    const int odd = x & 1;
    switch (pic->format) {
    case MIEN_I420:
        k->from_yuv(
            (const uint8_t *const[3]){first + (x - odd),
                                      pic->plane[1] + (ptrdiff_t)(y / 2) * pic->stride[1] + x / 2,
                                      pic->plane[2] + (ptrdiff_t)(y / 2) * pic->stride[2] + x / 2},
            n + odd, mn_yuv_rule(pic),
            (uint8_t *const[3]){plane[0] - odd, plane[1] - odd, plane[2] - odd});
        break;
    case MIEN_BGR24:
        k->from_bgr(first + 3 * (ptrdiff_t)x, n, plane);
        break;
    case MIEN_GRAY8:
        for (int c = 0; c < 3; c++)
            memcpy(plane[c], first + x, (size_t)n);
        break;
    }
}
