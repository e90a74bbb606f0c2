/* Where the head is: camera coordinates in millimetres, from the shape's fit. Camera axes: x to
 * image right, y down, z away from the camera. */
#ifndef MN_FACE_POSE_H
#define MN_FACE_POSE_H

#include "face/pdm.h"

struct mn_camera {
    double fx, fy, cx, cy; /* pixels */
};

/* OpenFace's guess for a camera that is not known: a 640 x 480 picture has fx = 500. */
struct mn_camera mn_camera_guess(int width, int height);

struct mn_pose {
    double translation[3]; /* mm */
    double rotation[3];    /* rx, ry, rz; radians, R = Rx Ry Rz */
};

/* The pose in which the fitted shape, seen in true perspective, comes closest to the landmarks
 * (2 * points, pixels): Levenberg-Marquardt, starting from the fit. 0, or MIEN_EINVAL and *out is
 * all 0. */
int mn_pose_solve(const struct mn_pdm *pdm, const struct mn_pdm_fit *fit, const double *shape,
                  const float *landmarks, const struct mn_camera *camera, struct mn_pose *out);

/* Landmarks in 3-D, OpenFace's way: the depth of the fit, on the ray of each landmark. out: all X,
 * all Y, all Z, mm. */
void mn_pose_landmarks(const struct mn_pdm *pdm, const struct mn_pdm_fit *fit, const double *shape,
                       const float *landmarks, const struct mn_camera *camera, float *out);

#endif
