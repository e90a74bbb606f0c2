/* A rectangle of a picture as B, G, R pixels, converted by the same rule as the networks' input
 * (image/yuv.h). Black outside the picture. */
#ifndef MN_FACE_PATCH_H
#define MN_FACE_PATCH_H

#include <mien/mien.h>

#include "face/kernels.h"
#include "image/rows.h"

/* Scratch memory for one thread. */
struct mn_patch {
    int max_pixels;
    uint32_t *pixels; /* B, G, R, 0; rows of the width last filled */
    uint8_t *row[3];  /* one row as planes */
    uint8_t *memory;  /* of the rows */
    const struct mn_face_kernels *kernels;
    const struct mn_rows *rows;
};

/* For rectangles of up to max_pixels pixels. 0 or MIEN_ENOMEM. */
int mn_patch_open(struct mn_patch *p, int max_pixels, const struct mn_face_kernels *kernels);
void mn_patch_close(struct mn_patch *p);

/* Fills columns x .. x + w - 1 and rows y .. y + h - 1, which may reach beyond the picture. w * h
 * <= max_pixels and w <= MIEN_MAX_SIDE + 2. */
void mn_patch_fill(struct mn_patch *p, const mien_picture *pic, int x, int y, int w, int h);

/* One pixel of the picture as B, G, R, 0; 0 outside. The values are those of mn_patch_fill; for a
 * few pixels of a huge rectangle. */
uint32_t mn_patch_pixel(const mien_picture *pic, int x, int y);

#endif
