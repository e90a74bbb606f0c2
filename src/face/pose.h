/* The head's position and rotation in camera coordinates, in millimetres, from the shape's fit.
 * Camera axes: x to image right, y down, z away from the camera. */
#ifndef MN_FACE_POSE_H
#define MN_FACE_POSE_H

#include "face/pdm.h"

struct mn_camera {
    double fx, fy, cx, cy; /* pixels */
};

/* OpenFace's assumption for an unknown camera: a 640 x 480 picture has fx = 500. */
struct mn_camera mn_pose_guess_camera(int width, int height);

struct mn_pose {
    double translation[3]; /* mm */
    double rotation[3];    /* rx, ry, rz; radians, R = Rx Ry Rz */
};

/* The pose at which the fitted shape, in true perspective, comes closest to the landmarks (2 *
 * points, pixels), by Levenberg-Marquardt from the fit. 0, or MIEN_EINVAL; *out is all 0 then. */
int mn_pose_solve(const struct mn_pdm *pdm, const struct mn_pdm_fit *fit, const double *shape,
                  const float *landmarks, const struct mn_camera *camera, struct mn_pose *out);

/* Landmarks in 3-D by OpenFace's method: the depth of the fit, on the ray of each landmark. out:
 * all X, all Y, all Z, mm. */
void mn_pose_landmarks(const struct mn_pdm *pdm, const struct mn_pdm_fit *fit, const double *shape,
                       const float *landmarks, const struct mn_camera *camera, float *out);

#endif
