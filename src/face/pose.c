#include "face/pose.h"

#include <math.h>
#include <string.h>

#define MAX_STEPS 20

struct mn_camera mn_pose_guess_camera(int width, int height)
{
    double f = (500.0 * width / 640 + 500.0 * height / 480) / 2;
    return (struct mn_camera){f, f, width / 2.0, height / 2.0};
}

static void rotation_of_vector(const double w[3], double R[9])
{
    double angle = sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    double k[3] = {0, 0, 0};
    for (int i = 0; i < 3 && angle > 0; i++)
        k[i] = w[i] / angle;
    double s = sin(angle), c = cos(angle), t = 1 - c;
    R[0] = c + t * k[0] * k[0];
    R[1] = t * k[0] * k[1] - s * k[2];
    R[2] = t * k[0] * k[2] + s * k[1];
    R[3] = t * k[0] * k[1] + s * k[2];
    R[4] = c + t * k[1] * k[1];
    R[5] = t * k[1] * k[2] - s * k[0];
    R[6] = t * k[0] * k[2] - s * k[1];
    R[7] = t * k[1] * k[2] + s * k[0];
    R[8] = c + t * k[2] * k[2];
}

struct view {
    int points;
    const double *shape;
    const float *landmarks;
    const struct mn_camera *camera;
};

/* The sum of squared distances in pixels; INFINITY if a point is behind the camera. H and g receive
 * the normal equations for a small rotation after R and for the translation. */
static double normal(const struct view *v, const double R[9], const double T[3], double H[6][6],
                     double g[6])
{
    double sum = 0;
    int n = v->points;
    if (H) {
        memset(H, 0, 36 * sizeof(double));
        memset(g, 0, 6 * sizeof(double));
    }
    for (int i = 0; i < n; i++) {
        double X = v->shape[i], Y = v->shape[i + n], Z = v->shape[i + 2 * n];
        double a = R[0] * X + R[1] * Y + R[2] * Z, b = R[3] * X + R[4] * Y + R[5] * Z;
        double c = R[6] * X + R[7] * Y + R[8] * Z;
        double x = a + T[0], y = b + T[1], z = c + T[2];
        if (!(z > 1))
            return INFINITY;
        double ex = (double)v->landmarks[i] - (v->camera->fx * x / z + v->camera->cx);
        double ey = (double)v->landmarks[i + n] - (v->camera->fy * y / z + v->camera->cy);
        sum += ex * ex + ey * ey;
        if (!H)
            continue;
        double ux = v->camera->fx / z, wx = -ux * x / z, uy = v->camera->fy / z, wy = -uy * y / z;
        /* d(a, b, c)/dw = w x (a, b, c) */
        const double jx[6] = {wx * b, ux * c - wx * a, -ux * b, ux, 0, wx};
        const double jy[6] = {-uy * c + wy * b, -wy * a, uy * a, 0, uy, wy};
        for (int r = 0; r < 6; r++) {
            for (int k = 0; k < 6; k++)
                H[r][k] += jx[r] * jx[k] + jy[r] * jy[k];
            g[r] += jx[r] * ex + jy[r] * ey;
        }
    }
    return sum;
}

/* Solves H x = g with the diagonal raised by the share `damping`; false if singular. */
static bool damped_step(const double H[6][6], const double g[6], double damping, double x[6])
{
    double a[6][6];
    memcpy(a, H, sizeof(a));
    memcpy(x, g, 6 * sizeof(double));
    for (int k = 0; k < 6; k++)
        a[k][k] *= 1 + damping;
    for (int k = 0; k < 6; k++) {
        if (!(a[k][k] > 0))
            return false;
        for (int i = k + 1; i < 6; i++) {
            double factor = a[i][k] / a[k][k];
            for (int j = k; j < 6; j++)
                a[i][j] -= factor * a[k][j];
            x[i] -= factor * x[k];
        }
    }
    for (int k = 5; k >= 0; k--) {
        for (int j = k + 1; j < 6; j++)
            x[k] -= a[k][j] * x[j];
        x[k] /= a[k][k];
    }
    return true;
}

static void apply(const double R[9], const double T[3], const double step[6], double R2[9],
                  double T2[3])
{
    double D[9];
    rotation_of_vector(step, D);
    for (int r = 0; r < 3; r++) {
        for (int c = 0; c < 3; c++)
            R2[3 * r + c] = D[3 * r] * R[c] + D[3 * r + 1] * R[3 + c] + D[3 * r + 2] * R[6 + c];
        T2[r] = T[r] + step[3 + r];
    }
}

static bool negligible(const double step[6], const double T[3])
{
    double turn = step[0] * step[0] + step[1] * step[1] + step[2] * step[2];
    double move = step[3] * step[3] + step[4] * step[4] + step[5] * step[5];
    return turn < 1e-18 && move < 1e-18 * (T[0] * T[0] + T[1] * T[1] + T[2] * T[2]);
}

int mn_pose_solve(const struct mn_pdm *pdm, const struct mn_pdm_fit *fit, const double *shape,
                  const float *landmarks, const struct mn_camera *camera, struct mn_pose *out)
{
    const struct view v = {pdm->points, shape, landmarks, camera};
    memset(out, 0, sizeof(*out));
    double depth = camera->fx / (double)fit->scale;
    double T[3] = {depth * ((double)fit->tx - camera->cx) / camera->fx,
                   depth * ((double)fit->ty - camera->cy) / camera->fy, depth};
    double R[9], H[6][6], g[6], step[6];
    const double euler[3] = {(double)fit->rotation[0], (double)fit->rotation[1],
                             (double)fit->rotation[2]};
    mn_pdm_rotation_from_euler(euler, R);
    double error = normal(&v, R, T, H, g), damping = 1e-3;
    if (!isfinite(error))
        return MIEN_EINVAL;
    for (int i = 0; i < MAX_STEPS; i++) {
        double R2[9], T2[3], H2[6][6], g2[6];
        if (!damped_step(H, g, damping, step))
            break;
        apply(R, T, step, R2, T2);
        double now = normal(&v, R2, T2, H2, g2);
        if (!(now <= error)) {
            damping *= 10;
            continue;
        }
        memcpy(R, R2, sizeof(R));
        memcpy(T, T2, sizeof(T));
        memcpy(H, H2, sizeof(H));
        memcpy(g, g2, sizeof(g));
        error = now;
        damping /= 10;
        if (negligible(step, T))
            break;
    }
    struct mn_pose p = {{T[0], T[1], T[2]}, {0, 0, 0}};
    mn_pdm_euler_from_rotation(R, p.rotation);
    for (int i = 0; i < 3; i++)
        if (!isfinite(p.translation[i]) || !isfinite(p.rotation[i]))
            return MIEN_EINVAL;
    *out = p;
    return 0;
}

void mn_pose_landmarks(const struct mn_pdm *pdm, const struct mn_pdm_fit *fit, const double *shape,
                       const float *landmarks, const struct mn_camera *camera, float *out)
{
    double pixels[2 * MN_PDM_MAX_POINTS], depth[MN_PDM_MAX_POINTS];
    double away = camera->fx / (double)fit->scale;
    int n = pdm->points;
    mn_pdm_project(pdm, fit, shape, pixels, depth);
    for (int i = 0; i < n; i++) {
        double Z = away + depth[i];
        out[i] = (float)(Z * ((double)landmarks[i] - camera->cx) / camera->fx);
        out[i + n] = (float)(Z * ((double)landmarks[i + n] - camera->cy) / camera->fy);
        out[i + 2 * n] = (float)Z;
    }
}
