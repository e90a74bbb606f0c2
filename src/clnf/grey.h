/* A picture in grey, converted tile by tile when it is read. */
#ifndef MN_CLNF_GREY_H
#define MN_CLNF_GREY_H

#include <mien/mien.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "clnf/kernels.h"
#include "face/patch.h"

/* Several threads may read the picture that one of them has set. */
struct mn_grey {
    const struct mn_clnf_kernels *kernels;
    struct mn_patch patch;
    const mien_picture *pic;
    int width, height, pitch;
    bool quick;     /* use luma alone where the picture has it */
    uint8_t *plane; /* pitch * height bytes of it hold pixels */
    size_t size;
    pthread_mutex_t lock; /* held while a tile is converted */
    atomic_uchar *done;   /* one per tile: 1 if converted */
    size_t num_tiles;
    int tiles_across;
};

/* 0 or MIEN_ENOMEM. */
int mn_grey_open(struct mn_grey *g, const struct mn_clnf_kernels *kernels,
                 const struct mn_face_kernels *face_kernels);
void mn_grey_close(struct mn_grey *g);

/* Sets the picture to read, which must stay valid. 0 or MIEN_ENOMEM. */
int mn_grey_set_picture(struct mn_grey *g, const mien_picture *pic);

/* Converts columns x0 .. x1 and rows y0 .. y1, as far as they lie inside the picture. */
void mn_grey_need(struct mn_grey *g, int x0, int y0, int x1, int y1);

/* Samples a rotated square, times 1024. Sample (u, v) lies at (m[0] u + m[1] v + m[2], m[3] u +
 * m[4] v + m[5]), rounded to 1/32 pixel as in OpenCV's warpAffine. Black outside the picture. */
void mn_grey_sample(struct mn_grey *g, const float m[6], int side,
                    int32_t (*out)[MN_CLNF_AREA_PITCH]);

#endif
