#include "evaluate/distance.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DEGREES (180 / 3.14159265358979323846)

enum { POINTS = 68, RIGHT_CORNER = 36, LEFT_CORNER = 45 }; /* outer corners of the eyes */

double mn_distance_angle(const double a[3], const double b[3])
{
    const double cross[3] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                             a[0] * b[1] - a[1] * b[0]};
    const double sine = sqrt(cross[0] * cross[0] + cross[1] * cross[1] + cross[2] * cross[2]);
    const double cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    return sine == 0 && cosine == 0 ? NAN : atan2(sine, cosine) * DEGREES;
}

void mn_distance_direction(double yaw, double pitch, double v[3])
{
    v[0] = cos(pitch) * sin(yaw);
    v[1] = sin(pitch);
    v[2] = cos(pitch) * cos(yaw);
}

/* Yaw and pitch in degrees. */
static double by_degrees(const double *a, const double *b)
{
    double u[3], v[3];
    mn_distance_direction(a[0] / DEGREES, a[1] / DEGREES, u);
    mn_distance_direction(b[0] / DEGREES, b[1] / DEGREES, v);
    return mn_distance_angle(u, v);
}

/* OpenFace's gaze_angle: atan2(x, -z) and atan2(y, -z) of the direction. */
static double by_tangents(const double *a, const double *b)
{
    const double u[3] = {tan(a[0]), tan(a[1]), 1}, v[3] = {tan(b[0]), tan(b[1]), 1};
    return mn_distance_angle(u, v);
}

/* The matrix of OpenFace's angles: Rx Ry Rz. */
static void rotation(const double *angle, double m[3][3])
{
    const double cx = cos(angle[0]), sx = sin(angle[0]), cy = cos(angle[1]), sy = sin(angle[1]),
                 cz = cos(angle[2]), sz = sin(angle[2]);
    const double rows[3][3] = {{cy * cz, -cy * sz, sy},
                               {cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy},
                               {sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy}};
    memcpy(m, rows, sizeof(rows));
}

/* The angle of the rotation that leads from one to the other. Its chord, the distance of the
 * matrices, is exact for small angles. */
static double by_rotation(const double *a, const double *b)
{
    double m[3][3], o[3][3], sum = 0;
    rotation(a, m);
    rotation(b, o);
    for (int i = 0; i < 9; i++)
        sum += pow(m[i / 3][i % 3] - o[i / 3][i % 3], 2);
    return 2 * asin(fmin(1, sqrt(sum / 8))) * DEGREES;
}

double mn_distance_points(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < POINTS; i++)
        sum += hypot(a[i] - b[i], a[POINTS + i] - b[POINTS + i]);
    return sum / POINTS;
}

double mn_distance_eyes(const double *p)
{
    return hypot(p[RIGHT_CORNER] - p[LEFT_CORNER],
                 p[POINTS + RIGHT_CORNER] - p[POINTS + LEFT_CORNER]);
}

static double by_eyes(const double *a, const double *b)
{
    const double eyes = mn_distance_eyes(a);
    return eyes > 0 ? 100 * mn_distance_points(a, b) / eyes : NAN;
}

static const struct mn_distance distances[] = {
    {"gaze",
     "deg",
     "angle between gaze directions",
     {"gaze_x", "gaze_y", "gaze_z"},
     mn_distance_angle},
    {"gaze_smooth",
     "deg",
     "the same, smoothed",
     {"gaze_yaw_smooth", "gaze_pitch_smooth"},
     by_degrees},
    {"gaze_0",
     "deg",
     "the same of the eye at image left",
     {"gaze_0_x", "gaze_0_y", "gaze_0_z"},
     mn_distance_angle},
    {"gaze_1",
     "deg",
     "the same of the eye at image right",
     {"gaze_1_x", "gaze_1_y", "gaze_1_z"},
     mn_distance_angle},
    {"gaze_angle", "deg", "the same of both eyes", {"gaze_angle_x", "gaze_angle_y"}, by_tangents},
    {"head", "deg", "angle between head poses", {"pose_Rx", "pose_Ry", "pose_Rz"}, by_rotation},
    {"landmarks", "px", "mean distance of the 68 landmarks", {"x_#", "y_#"}, mn_distance_points},
    {"landmarks_eyes",
     "%",
     "the same, of the distance of the outer eye corners",
     {"x_#", "y_#"},
     by_eyes},
};

const struct mn_distance *mn_distance_at(int i)
{
    return i < (int)(sizeof(distances) / sizeof(distances[0])) ? &distances[i] : NULL;
}

bool mn_distance_column(const struct mn_distance *d, int i, char *name, int size)
{
    for (int k = 0; k < 3 && d->column[k]; k++) {
        const char *many = strchr(d->column[k], '#');
        const int n = many ? POINTS : 1;
        if (i < n && many)
            snprintf(name, (size_t)size, "%.*s%d", (int)(many - d->column[k]), d->column[k], i);
        else if (i < n)
            snprintf(name, (size_t)size, "%s", d->column[k]);
        if (i < n)
            return true;
        i -= n;
    }
    return false;
}
