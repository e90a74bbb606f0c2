/* Three numbers, and nine. */
#ifndef SY_VEC_H
#define SY_VEC_H

#include <math.h>

static inline float sy_dot(const float a[3], const float b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void sy_cross(const float a[3], const float b[3], float out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* Leaves a zero vector alone. */
static inline void sy_normalize(float v[3])
{
    float n = sy_dot(v, v);
    if (!(n > 1e-20f))
        return;
    n = 1 / sqrtf(n);
    for (int i = 0; i < 3; i++)
        v[i] *= n;
}

/* out = R v; may not be the same. */
static inline void sy_turn(const float R[9], const float v[3], float out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = R[3 * i] * v[0] + R[3 * i + 1] * v[1] + R[3 * i + 2] * v[2];
}

/* R = Rx Ry Rz, as everywhere in mien. */
static inline void sy_euler(const float r[3], float R[9])
{
    float s1 = sinf(r[0]), c1 = cosf(r[0]), s2 = sinf(r[1]), c2 = cosf(r[1]);
    float s3 = sinf(r[2]), c3 = cosf(r[2]);
    R[0] = c2 * c3, R[1] = -c2 * s3, R[2] = s2;
    R[3] = c1 * s3 + c3 * s1 * s2, R[4] = c1 * c3 - s1 * s2 * s3, R[5] = -c2 * s1;
    R[6] = s1 * s3 - c1 * c3 * s2, R[7] = c3 * s1 + c1 * s2 * s3, R[8] = c1 * c2;
}

static inline float sy_clamp(float v, float low, float high)
{
    return v < low ? low : v > high ? high : v;
}

static inline float sy_step(float low, float high, float v)
{
    float t = sy_clamp((v - low) / (high - low), 0, 1);
    return t * t * (3 - 2 * t);
}

#endif
