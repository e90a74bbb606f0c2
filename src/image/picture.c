#include "image/picture.h"

void mn_picture_plane(const mien_picture *p, int i, int *row, int *rows)
{
    *row = *rows = 0;
    if (p->format == MIEN_I420 && i < 3) {
        *row = i ? (p->width + 1) / 2 : p->width;
        *rows = i ? (p->height + 1) / 2 : p->height;
    } else if (i == 0) {
        *row = p->format == MIEN_BGR24 ? 3 * p->width : p->width;
        *rows = p->height;
    }
}

int mn_picture_check(const mien_picture *p)
{
    if (p->width < 1 || p->height < 1 || p->width > MIEN_MAX_SIDE || p->height > MIEN_MAX_SIDE ||
        (int64_t)p->width * p->height > MIEN_MAX_AREA)
        return MIEN_EDIMENSIONS;
    if (p->format != MIEN_I420 && p->format != MIEN_BGR24 && p->format != MIEN_GRAY8)
        return MIEN_EINVAL;
    for (int i = 0; i < 3; i++) {
        int row, rows;
        mn_picture_plane(p, i, &row, &rows);
        if (rows && (!p->plane[i] || p->stride[i] < row))
            return MIEN_EINVAL;
    }
    if (p->format == MIEN_I420 && (unsigned)p->matrix > MIEN_BT2020)
        return MIEN_EINVAL;
    return 0;
}
