/* The face turned upright, scaled to 112 x 112 and cut out along the landmarks, as OpenFace 2.2
 * makes it: rotation and size from 24 points that move little with expression, position from the
 * shape's fit, sampling with the arithmetic of OpenCV's classical warpAffine, everything outside
 * the frame's own triangulated landmarks (forehead raised) black. */
#ifndef MN_FACE_ALIGN_H
#define MN_FACE_ALIGN_H

#include <mien/mien.h>

#include "face/pdm.h"

#define MN_FACE_POINTS 68
#define MN_MAX_TRIANGLES 1024

struct mn_triangles {
    int count;
    uint8_t corner[MN_MAX_TRIANGLES][3]; /* points, 0 .. 67 */
};

/* 0, MIEN_ENOMODEL or MIEN_EBADMODEL, logged. */
int mn_triangles_load(struct mn_triangles *t, const char *path, struct mn_log *log);

struct mn_aligned {
    uint8_t plane[3][MN_FACE_SIDE * MN_FACE_SIDE + MN_FACE_PAD]; /* B, G, R; rows of 112 */
};

/* Scratch of one thread. Model and triangles must outlive it. */
struct mn_aligner;

/* pdm must have 68 points. triangles == NULL: no mask, the whole square. 0, MIEN_EINVAL or
 * MIEN_ENOMEM. */
int mn_aligner_open(struct mn_aligner **out, const struct mn_pdm *pdm,
                    const struct mn_triangles *triangles, const struct mn_face_kernels *kernels);
void mn_aligner_close(struct mn_aligner **a);

/* Row-major 2 x 3, from picture to aligned face. tx, ty: from the fit. MIEN_EINVAL when the points
 * span nothing. */
int mn_align_matrix(const struct mn_pdm *pdm, const float landmarks[2 * MN_FACE_POINTS], float tx,
                    float ty, float W[6]);

/* landmarks: 68 x, then 68 y, pixels; they may lie outside the picture, what is missing there is
 * black. 0, or MIEN_EINVAL when the face cannot be placed. */
int mn_align(struct mn_aligner *a, const mien_picture *pic,
             const float landmarks[2 * MN_FACE_POINTS], float tx, float ty, struct mn_aligned *out);

#endif
