/* Where the eyes look, by their geometry: the iris, found in the picture, is seen along a ray that
 * must meet an eyeball whose place the head tells.
 *
 * Method: OpenFace 2.2 (Wood et al., "Rendering of eyes for eye-shape registration and gaze
 * estimation", ICCV 2015), its constants and conventions. Neither smoothed nor calibrated. */
#ifndef MN_FACE_EYES_H
#define MN_FACE_EYES_H

#include <mien/mien.h>

#include "face/pose.h"

/* One eye as its own model of MIEN_EYE_POINTS was fitted to the picture. */
struct mn_eye {
    const struct mn_pdm *pdm;
    const struct mn_pdm_fit *fit;
    const float *landmarks; /* all x, then all y; pixels */
};

/* eye: 0 at image left, 1 at image right. face_mm: the face's landmarks by mn_pose_landmarks; head:
 * its pose. 0, or MIEN_EINVAL when numbers are not finite, and *out is all 0. */
int mn_eyes_measure(const struct mn_eye eye[2], const struct mn_face_kernels *kernels,
                    const float *face_mm, const struct mn_pose *head,
                    const struct mn_camera *camera, mien_eyes *out);

/* The steps, for tests. */

/* Middle of the eyeball behind the corners a and b of the lids; R: turn of the head. mm. */
void mn_eyes_ball(const double a[3], const double b[3], const double R[9], double ball[3]);

/* Direction from the middle of the eyeball to where the ray from the camera to the iris enters it.
 * false: the ray misses the ball, and gaze is the original's answer to that, which means nothing:
 * from the ball to a point 1 mm before the camera. */
bool mn_eyes_direction(const double iris[3], const double ball[3], double gaze[3]);

#endif
