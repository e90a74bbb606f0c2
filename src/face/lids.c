#include "face/lids.h"

#include <math.h>

#define LEAST 1e-6f /* width of an eye, pixels */

static float apart(const float a[2], const float b[2])
{
    return hypotf(a[0] - b[0], a[1] - b[1]);
}

void mn_lids_of_68(const float landmark[MIEN_FACE_LANDMARKS][2], float ratio[2])
{
    for (int e = 0; e < 2; e++) {
        const float(*p)[2] = landmark + 36 + 6 * e;
        const float width = apart(p[0], p[3]);
        ratio[e] = width < LEAST ? 0 : (apart(p[1], p[5]) + apart(p[2], p[4])) / (2 * width);
    }
}

void mn_lids_of_98(const float landmark[MIEN_WFLW_LANDMARKS][2], float ratio[2])
{
    for (int e = 0; e < 2; e++) {
        const float(*p)[2] = landmark + 60 + 8 * e;
        const float width = apart(p[0], p[4]);
        const float height = apart(p[1], p[7]) + apart(p[2], p[6]) + apart(p[3], p[5]);
        ratio[e] = width < LEAST ? 0 : height / (3 * width);
    }
}

static double apart_mm(const float *mm, int a, int b)
{
    double sum = 0;
    for (int c = 0; c < 3; c++) {
        const double d =
            (double)mm[c * MIEN_FACE_LANDMARKS + a] - (double)mm[c * MIEN_FACE_LANDMARKS + b];
        sum += d * d;
    }
    return sqrt(sum);
}

float mn_lids_opening(const float mm[3 * MIEN_FACE_LANDMARKS])
{
    double sum = 0;
    for (int eye = 36; eye <= 42; eye += 6)
        sum += apart_mm(mm, eye + 1, eye + 5) + apart_mm(mm, eye + 2, eye + 4);
    return (float)(sum / 4);
}
