/* A point distribution model: a face of 68 points in 3-D that move along a few learnt directions
 * (modes), and its fit to 2-D landmarks.
 *
 * Method: Saragih, Lucey, Cohn, "Deformable model fitting by regularized landmark mean-shift", IJCV
 * 2011, in the form of OpenFace 2.2: weak perspective, regularised Gauss-Newton with steps of 0.75,
 * and that program's stopping rule, which its numbers depend on.
 *
 * Vectors of points are grouped, never interleaved: all x, then all y (then all z). x points to
 * image right, y down, z away from the camera. Units: millimetres in the model, pixels in the
 * picture. Rotations are R = Rx Ry Rz, angles in radians. */
#ifndef MN_FACE_PDM_H
#define MN_FACE_PDM_H

#include <stdbool.h>

#include "base/log.h"
#include "face/kernels.h"

#define MN_PDM_MAX_POINTS 128
#define MN_PDM_MAX_MODES 40

/* Read-only once loaded; threads may share it. Values are rounded to float32, as the original's
 * are, and held as doubles. */
struct mn_pdm {
    int points, modes;
    int rows;                   /* 3 * points */
    int columns;                /* modes rounded up to a multiple of 4; the rest is 0 */
    int pitch;                  /* rows rounded up to a multiple of 4 */
    size_t points_at, modes_at; /* the bytes of the file where these counts are, for messages */
    double *mean;               /* rows */
    double *basis;              /* rows x columns */
    double *turned;             /* modes x pitch: the transpose */
    double *variance;           /* modes, all > 0 */
    double *gram; /* 6 x modes x columns: products of the x, y and z parts of the basis with each
                     other, in the order xx, yy, zz, xy + yx, xz + zx, yz + zy */
};

/* 0, or MIEN_ENOMODEL, MIEN_EBADMODEL (logged with the byte) or MIEN_ENOMEM; *out is NULL then. */
int mn_pdm_load(struct mn_pdm **out, const char *path, struct mn_log *log);
void mn_pdm_close(struct mn_pdm **pdm);

struct mn_pdm_fit {
    float scale;                   /* pixels per millimetre */
    float rotation[3];             /* rx, ry, rz */
    float tx, ty;                  /* pixels: position of the model's origin */
    float local[MN_PDM_MAX_MODES]; /* millimetres along each mode */
    float rms; /* pixels: root mean square distance between landmarks and fitted points */
    int iterations;
};

/* Scratch memory for one thread. The model must outlive it. */
struct mn_pdm_fitter;

int mn_pdm_fitter_open(struct mn_pdm_fitter **out, const struct mn_pdm *pdm,
                       const struct mn_face_kernels *kernels);
void mn_pdm_fitter_close(struct mn_pdm_fitter **f);

/* Fits the model to landmarks (2 * points numbers). A point whose x is exactly 0 counts as missing
 * (the original's rule). start: initial rotation; NULL: frontal. 0, or MIEN_EINVAL if the landmarks
 * do not determine a fit (not finite, fewer than 4, all in one place, no solution). */
int mn_pdm_fitter_run(struct mn_pdm_fitter *f, const float *landmarks, const float start[3],
                      struct mn_pdm_fit *out);

/* Basis times local: the distance of each point from the mean, `rows` values, without the mean. */
void mn_pdm_displacement(const struct mn_pdm *pdm, const struct mn_face_kernels *kernels,
                         const float *local, double *out);

/* Mean plus displacement: the 3-D shape, `rows` values. */
void mn_pdm_shape(const struct mn_pdm *pdm, const struct mn_face_kernels *kernels,
                  const float *local, double *out);

/* Projects a 3-D shape (rows values) to 2 * points pixels in weak perspective. depth (points
 * values, may be NULL) receives the rotated z coordinate in millimetres. */
void mn_pdm_project(const struct mn_pdm *pdm, const struct mn_pdm_fit *fit, const double *shape,
                    double *pixels, double *depth);

/* The landmarks of the fit itself, 2 * points: the face as the model represents it. */
void mn_pdm_landmarks(const struct mn_pdm *pdm, const struct mn_face_kernels *kernels,
                      const struct mn_pdm_fit *fit, float *landmarks);

void mn_pdm_rotation_from_euler(const double euler[3], double R[9]);
/* NAN near a rotation by half a turn. */
void mn_pdm_euler_from_rotation(const double R[9], double euler[3]);

#endif
