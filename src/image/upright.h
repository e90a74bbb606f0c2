/* A square of a picture, enlarged or reduced and moved, as OpenCV's warpPerspective does it: 8
 * bits, bilinear with positions in 1/32 pixel, no anti-aliasing, black outside the picture; bit for
 * bit. */
#ifndef MN_IMAGE_UPRIGHT_H
#define MN_IMAGE_UPRIGHT_H

#include "image/resample.h"

/* From picture to result: result = scale * picture + (x, y), both in pixels whose first centre is
 * (0, 0). Single precision, as the method stores it. */
struct mn_upright_map {
    float scale, x, y;
};

/* Scratch memory for one thread. */
struct mn_upright;

/* 0 or MIEN_ENOMEM. */
int mn_upright_open(struct mn_upright **out);
void mn_upright_close(struct mn_upright **u);

/* Fills dst. 0, MIEN_ENOMEM, or MIEN_EINVAL: the map is not usable: not finite, more than 1000
 * times larger or smaller, or far outside any picture. */
int mn_upright_warp(struct mn_upright *u, const mien_picture *pic, const struct mn_upright_map *map,
                    const struct mn_planes *dst, const struct mn_norm *norm);

#endif
