/* A picture in grey, converted tile by tile as it is looked at. */
#ifndef MN_CLNF_GREY_H
#define MN_CLNF_GREY_H

#include <mien/mien.h>
#include <stdbool.h>

#include "clnf/kernels.h"
#include "face/patch.h"

/* Scratch of one thread. */
struct mn_grey {
    const struct mn_clnf_kernels *kernels;
    struct mn_patch patch;
    const mien_picture *pic;
    int width, height, pitch;
    bool quick;     /* of Y alone where the picture has it */
    uint8_t *plane; /* pitch * height bytes are pixels */
    size_t size;
    uint8_t *done; /* for each tile: converted? */
    size_t num_tiles;
    int tiles_across;
};

/* 0 or MIEN_ENOMEM. */
int mn_grey_open(struct mn_grey *g, const struct mn_clnf_kernels *kernels,
                 const struct mn_face_kernels *face_kernels);
void mn_grey_close(struct mn_grey *g);

/* A new picture, which must stay while it is looked at. 0 or MIEN_ENOMEM. */
int mn_grey_set_picture(struct mn_grey *g, const mien_picture *pic);

/* Makes columns x0 .. x1 and rows y0 .. y1 valid, as far as they lie in the picture. */
void mn_grey_need(struct mn_grey *g, int x0, int y0, int x1, int y1);

/* Samples of a turned square, times 1024: (u, v) lies at (m[0] u + m[1] v + m[2],
 * m[3] u + m[4] v + m[5]), rounded to 1/32 pixel as OpenCV's warpAffine does, black outside the
 * picture. */
void mn_grey_sample(struct mn_grey *g, const float m[6], int side,
                    int32_t (*out)[MN_CLNF_AREA_PITCH]);

#endif
