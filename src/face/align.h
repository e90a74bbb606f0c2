/* Aligns a face as OpenFace 2.2 does: rotates it upright, scales it to 112 x 112 pixels and masks
 * it with its landmarks. Rotation and size come from 24 landmarks that expressions hardly move, the
 * position from the shape's fit. Sampling uses the arithmetic of OpenCV's classical warpAffine.
 * Everything outside the triangles of the frame's own landmarks (with the forehead raised) is
 * black. */
#ifndef MN_FACE_ALIGN_H
#define MN_FACE_ALIGN_H

#include <mien/mien.h>

#include "face/pdm.h"

#define MN_FACE_POINTS 68
#define MN_MAX_TRIANGLES 1024

struct mn_triangles {
    int count;
    uint8_t corner[MN_MAX_TRIANGLES][3]; /* landmarks, 0 .. 67 */
};

/* 0, MIEN_ENOMODEL or MIEN_EBADMODEL, logged. */
int mn_align_load_triangles(struct mn_triangles *t, const char *path, struct mn_log *log);

struct mn_aligned {
    uint8_t plane[3][MN_FACE_SIDE * MN_FACE_SIDE + MN_FACE_PAD]; /* B, G, R; rows of 112 */
};

/* Scratch memory for one thread. Model and triangles must outlive it. */
struct mn_aligner;

/* pdm must have 68 points. triangles NULL: no mask, the whole square is filled. 0, MIEN_EINVAL or
 * MIEN_ENOMEM. */
int mn_aligner_open(struct mn_aligner **out, const struct mn_pdm *pdm,
                    const struct mn_triangles *triangles, const struct mn_face_kernels *kernels);
void mn_aligner_close(struct mn_aligner **a);

/* The transform from picture to aligned face, 2 x 3, row-major. tx, ty: from the fit. 0, or
 * MIEN_EINVAL if the landmarks span no area. */
int mn_align_matrix(const struct mn_pdm *pdm, const float landmarks[2 * MN_FACE_POINTS], float tx,
                    float ty, float W[6]);

/* landmarks: 68 x, then 68 y, pixels. They may lie outside the picture, where everything is black.
 * 0, or MIEN_EINVAL if the face cannot be aligned. */
int mn_align(struct mn_aligner *a, const mien_picture *pic,
             const float landmarks[2 * MN_FACE_POINTS], float tx, float ty, struct mn_aligned *out);

#endif
