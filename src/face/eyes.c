#include "face/eyes.h"

#include <math.h>
#include <string.h>

#define IRIS 8      /* the model's first points: the ring of the iris */
#define RADIUS 12.0 /* mm, of the eyeball */
#define ABOVE                                                                          \
    (-3.5) /* mm, from the middle between the corners of the lids to that of the ball, \
            */
#define BEHIND                                                                                \
    7.0 /* mm, from the midpoint of the lids' corners to the centre of the eyeball, along the \
           head's axes */

/* The corners of the lids, as landmarks of the face. */
static const int corner[2][2] = {{36, 39}, {42, 45}};

static double length(const double v[3])
{
    return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

void mn_eyes_ball(const double a[3], const double b[3], const double R[9], double ball[3])
{
    for (int k = 0; k < 3; k++)
        ball[k] = (a[k] + b[k]) / 2 + R[3 * k + 1] * ABOVE + R[3 * k + 2] * BEHIND;
}

bool mn_eyes_direction(const double iris[3], const double ball[3], double gaze[3])
{
    const double away = length(iris);
    const double d[3] = {iris[0] / away, iris[1] / away, iris[2] / away};
    /* Solves |t d - ball| = RADIUS; the nearer one of two solutions. */
    double b = d[0] * ball[0] + d[1] * ball[1] + d[2] * ball[2];
    double c = ball[0] * ball[0] + ball[1] * ball[1] + ball[2] * ball[2] - RADIUS * RADIUS;
    double root = b * b - c;
    bool met = root >= 0;
    double t = met ? b - sqrt(root) : 0;
    for (int k = 0; k < 3; k++)
        gaze[k] = (met ? t * d[k] : k == 2 ? -1 : 0) - ball[k];
    double size = length(gaze);
    for (int k = 0; k < 3; k++)
        gaze[k] /= size;
    return met;
}

/* Places the landmarks in space by the eye's own fit. iris: the centre of its ring. */
static void place(const struct mn_eye *e, const struct mn_face_kernels *kernels,
                  const struct mn_camera *camera, float px[][2], float mm[][3], double iris[3])
{
    double shape[3 * MN_PDM_MAX_POINTS];
    float grouped[3 * MIEN_EYE_LANDMARKS];
    mn_pdm_shape(e->pdm, kernels, e->fit->local, shape);
    mn_pose_landmarks(e->pdm, e->fit, shape, e->landmarks, camera, grouped);
    memset(iris, 0, 3 * sizeof(*iris));
    for (int i = 0; i < MIEN_EYE_LANDMARKS; i++)
        for (int k = 0; k < 3; k++) {
            mm[i][k] = grouped[k * MIEN_EYE_LANDMARKS + i];
            if (k < 2)
                px[i][k] = e->landmarks[k * MIEN_EYE_LANDMARKS + i];
            if (i < IRIS)
                iris[k] += (double)mm[i][k] / IRIS;
        }
}

static void copy_fit(const struct mn_eye *e, float global[6], float shape[MIEN_EYE_MODES])
{
    int modes = e->pdm->modes < MIEN_EYE_MODES ? e->pdm->modes : MIEN_EYE_MODES;
    global[0] = e->fit->scale;
    memcpy(global + 1, e->fit->rotation, 3 * sizeof(*global));
    global[4] = e->fit->tx;
    global[5] = e->fit->ty;
    memcpy(shape, e->fit->local, (size_t)modes * sizeof(*shape));
}

static bool are_finite(const float *v, size_t n)
{
    bool good = true;
    for (size_t i = 0; i < n; i++)
        good = good && isfinite(v[i]);
    return good;
}

int mn_eyes_measure(const struct mn_eye eye[2], const struct mn_face_kernels *kernels,
                    const float *face_mm, const struct mn_pose *head,
                    const struct mn_camera *camera, mien_eyes *out)
{
    double R[9], gaze[2][3];
    memset(out, 0, sizeof(*out));
    mn_pdm_rotation_from_euler(head->rotation, R);
    for (int e = 0; e < 2; e++) {
        double iris[3], ball[3], lid[2][3];
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < 2; i++)
                lid[i][k] = (double)face_mm[k * MIEN_FACE_LANDMARKS + corner[e][i]];
        place(&eye[e], kernels, camera, out->landmark[e], out->landmark_mm[e], iris);
        copy_fit(&eye[e], out->fit[e], out->shape[e]);
        mn_eyes_ball(lid[0], lid[1], R, ball);
        if (!mn_eyes_direction(iris, ball, gaze[e]))
            out->missed |= 1 << e;
        for (int k = 0; k < 3; k++)
            out->gaze[e][k] = (float)gaze[e][k];
    }
    for (int k = 0; k < 2; k++)
        out->angle[k] = (float)atan2(gaze[0][k] + gaze[1][k], -(gaze[0][2] + gaze[1][2]));
    if (are_finite(out->landmark[0][0], sizeof(out->landmark) / sizeof(float)) &&
        are_finite(out->landmark_mm[0][0], sizeof(out->landmark_mm) / sizeof(float)) &&
        are_finite(out->gaze[0], 6) && are_finite(out->angle, 2))
        return 0;
    memset(out, 0, sizeof(*out));
    return MIEN_EINVAL;
}
