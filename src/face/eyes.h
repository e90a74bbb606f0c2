/* The direction of gaze from the geometry of the eyes: the iris, found in the picture, defines a
 * ray, which must meet an eyeball whose position follows from the head's pose.
 *
 * Method: OpenFace 2.2 (Wood et al., "Rendering of eyes for eye-shape registration and gaze
 * estimation", ICCV 2015), its constants and conventions. Neither smoothed nor calibrated. */
#ifndef MN_FACE_EYES_H
#define MN_FACE_EYES_H

#include <mien/mien.h>

#include "face/pose.h"

/* One eye, as its own model of MIEN_EYE_LANDMARKS points was fitted to the picture. */
struct mn_eye {
    const struct mn_pdm *pdm;
    const struct mn_pdm_fit *fit;
    const float *landmarks; /* pixels: all x, then all y */
};

/* eye: 0 at image left, 1 at image right. face_mm: the face's landmarks from mn_pose_landmarks.
 * head: its pose. 0, or MIEN_EINVAL if a number is not finite; *out is all 0 then. */
int mn_eyes_measure(const struct mn_eye eye[2], const struct mn_face_kernels *kernels,
                    const float *face_mm, const struct mn_pose *head,
                    const struct mn_camera *camera, mien_eyes *out);

/* The single steps, for tests. */

/* The centre of the eyeball behind the corners a and b of the lids; R: rotation of the head. mm. */
void mn_eyes_ball(const double a[3], const double b[3], const double R[9], double ball[3]);

/* The direction from the centre of the eyeball to the point where the ray from the camera through
 * the iris enters it. False: the ray misses the eyeball, and gaze is what the original returns
 * then, which has no meaning: the direction from the eyeball to a point 1 mm in front of the
 * camera. */
bool mn_eyes_direction(const double iris[3], const double ball[3], double gaze[3]);

#endif
