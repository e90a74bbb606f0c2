#include "stage/mesh.h"

#include <math.h>
#include <string.h>

#include "image/warp.h"

#define GROWTH 1.5f /* side of the square, in longer sides of what it surrounds */

/* Corners of the eyes: at image left, at image right. */
#define EYE_LEFT 33
#define EYE_RIGHT 263
#define FOREHEAD 10
#define CHIN_POINT 152

/* Mien's boxes are RetinaFace's; the network was trained with boxes that end at the brows and the
 * lower lip (stage/blazeface.c maps one to the other). Fractions of mien's box. */
#define WIDER 1.124f
#define LOWER_CENTRE 0.044f
#define HEIGHT 0.844f

/* From the bounds of the points to RetinaFace's box, in heights of the bounds. */
#define ABOVE 0.11f
#define BELOW 0.02f

bool mn_mesh_square_of_box(const float box[4], const float (*five)[2], struct mn_square *out)
{
    const float w = box[2] - box[0], h = box[3] - box[1];
    out->x = (box[0] + box[2]) / 2;
    out->y = (box[1] + box[3]) / 2 + LOWER_CENTRE * h;
    out->side = GROWTH * fmaxf(WIDER * w, HEIGHT * h);
    out->angle = atan2f(five[1][1] - five[0][1], five[1][0] - five[0][0]);
    return mn_square_usable(out);
}

bool mn_mesh_square_of_points(const float (*mesh)[3], struct mn_square *out)
{
    const float angle =
        atan2f(mesh[EYE_RIGHT][1] - mesh[EYE_LEFT][1], mesh[EYE_RIGHT][0] - mesh[EYE_LEFT][0]);
    const float c = cosf(angle), s = sinf(angle);
    float low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int k = 0; k < MIEN_MESH_POINTS; k++) {
        const float along[2] = {c * mesh[k][0] + s * mesh[k][1], c * mesh[k][1] - s * mesh[k][0]};
        for (int i = 0; i < 2; i++) {
            low[i] = fminf(low[i], along[i]);
            high[i] = fmaxf(high[i], along[i]);
        }
    }
    const float middle[2] = {(low[0] + high[0]) / 2, (low[1] + high[1]) / 2};
    out->x = c * middle[0] - s * middle[1] + 0.5f; /* from the corner of the picture */
    out->y = s * middle[0] + c * middle[1] + 0.5f;
    out->side = GROWTH * fmaxf(high[0] - low[0], high[1] - low[1]);
    out->angle = angle;
    return mn_square_usable(out);
}

bool mn_mesh_same_place(const struct mn_square *a, const struct mn_square *b)
{
    const float turn = remainderf(a->angle - b->angle, 2 * 3.14159265f);
    return hypotf(a->x - b->x, a->y - b->y) < 0.06f * b->side && fabsf(turn) < 0.12f &&
           a->side < 1.12f * b->side && b->side < 1.12f * a->side;
}

float mn_mesh_apart(const float (*mesh)[3], const struct mn_square *square, const float (*five)[2])
{
    static const uint16_t pair[4][2] = {{33, 133}, {362, 263}, {4, 4}, {13, 14}};
    float sum = 0;
    for (int k = 0; k < 4; k++) {
        float away[2];
        for (int c = 0; c < 2; c++)
            away[c] = (mesh[pair[k][0]][c] + mesh[pair[k][1]][c]) / 2 + 0.5f -
                      (k < 3 ? five[k][c] : (five[3][c] + five[4][c]) / 2);
        sum += hypotf(away[0], away[1]);
    }
    return sum / 4 / square->side;
}

float mn_mesh_logit(float p)
{
    return logf(fmaxf(p, 1e-6f) / fmaxf(1 - p, 1e-6f));
}

static float bounded(float v, float most)
{
    return fminf(fmaxf(v, -most), most);
}

/* A logistic regression between renders and pictures without upright faces; the constant was moved
 * to its error rates on pictures (models/builtin/mediapipe_mesh.md). */
float mn_mesh_trust(const float (*mesh)[3], float flag, float apart, float score)
{
    float x[3];
    for (int c = 0; c < 3; c++)
        x[c] = mesh[EYE_RIGHT][c] - mesh[EYE_LEFT][c];
    const float turn = fabsf(atan2f(x[2], hypotf(x[0], x[1])));
    const float odds = 0.13f * bounded(mn_mesh_logit(flag), 6) -
                       2.28f * logf(fmaxf(apart, 0.005f) / 0.06f) +
                       4.2f * bounded(mn_mesh_logit(score), 3) + 2.71f * turn - 1.59f;
    return 1 / (1 + expf(-odds));
}

bool mn_mesh_place(const float *points, const struct mn_square *square, float (*mesh)[3])
{
    const float scale = square->side / MN_MESH_SIDE, c = cosf(square->angle) * scale,
                s = sinf(square->angle) * scale;
    bool finite = true;
    for (int k = 0; k < MIEN_MESH_POINTS; k++) {
        const float *p = points + 3 * k;
        const float x = p[0] - MN_MESH_SIDE / 2.0f, y = p[1] - MN_MESH_SIDE / 2.0f;
        mesh[k][0] = square->x + c * x - s * y - 0.5f;
        mesh[k][1] = square->y + s * x + c * y - 0.5f;
        mesh[k][2] = p[2] * scale;
        finite = finite && isfinite(mesh[k][0]) && isfinite(mesh[k][1]) && isfinite(mesh[k][2]);
    }
    return finite;
}

bool mn_mesh_box(const float (*mesh)[3], int width, int height, float box[4])
{
    float b[4] = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (int k = 0; k < MIEN_MESH_POINTS; k++)
        for (int c = 0; c < 2; c++) {
            b[c] = fminf(b[c], mesh[k][c] + 0.5f);
            b[2 + c] = fmaxf(b[2 + c], mesh[k][c] + 0.5f);
        }
    const float height_of_mesh = b[3] - b[1];
    b[1] -= ABOVE * height_of_mesh;
    b[3] += BELOW * height_of_mesh;
    mn_box_clip(b, width, height);
    memcpy(box, b, sizeof(b));
    return b[2] - b[0] >= 1 && b[3] - b[1] >= 1;
}

/* ------------------------------------------------------------------------------ landmarks ---- */

#define SIDE_POINTS 12 /* of the outline from one ear to the chin, both ends included */
#define JAW 17
#define CHIN 8 /* landmark */

/* From the ear at image left, and from the one at image right, to the chin. */
static const uint16_t outline[2][SIDE_POINTS] = {
    {127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152},
    {356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152},
};

/* Upper edges of the brows, and the points below them. */
static const uint16_t brows[10] = {71, 63, 105, 66, 107, 336, 296, 334, 293, 301};
static const uint16_t below_brows[10] = {46, 53, 52, 65, 55, 285, 295, 282, 283, 276};
#define UPPER 0.7f /* weight of the upper edge */

/* Nose, eyes, lips: landmarks 27 to 67. */
static const uint16_t others[41] = {
    168, 197, 5,   4,   75,  97,  2,   326, 305,                /* nose */
    33,  160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380, /* eyes */
    61,  39,  37,  0,   267, 269, 291, 405, 314, 17,  84,  181, /* outer lips */
    78,  82,  13,  312, 308, 317, 14,  87,                      /* inner lips */
};

/* Landmarks from one ear (`first`, step 1 or -1) to the chin, at equal distances along the outline.
 */
static void jaw_side(const float (*mesh)[3], const uint16_t *side, float (*landmark)[2], int first,
                     int step)
{
    float to[SIDE_POINTS] = {0}; /* way along the outline */
    for (int i = 1; i < SIDE_POINTS; i++) {
        const float *a = mesh[side[i - 1]], *b = mesh[side[i]];
        to[i] = to[i - 1] + hypotf(b[0] - a[0], b[1] - a[1]);
    }
    for (int k = 0, i = 0; k < CHIN; k++) {
        const float at = to[SIDE_POINTS - 1] * (float)k / CHIN;
        while (i < SIDE_POINTS - 2 && to[i + 1] < at)
            i++;
        const float *a = mesh[side[i]], *b = mesh[side[i + 1]], way = to[i + 1] - to[i];
        const float t = way > 0 ? (at - to[i]) / way : 0;
        for (int c = 0; c < 2; c++)
            landmark[first + step * k][c] = a[c] + t * (b[c] - a[c]);
    }
}

/* How far the points above lie from iBUG's landmarks: thousandths of the distance of the outer eye
 * corners, along the axes of the face (right of the picture, down, away). Half of the mean over
 * 1370 renders; half, because renders and pictures do not mark all landmarks in the same places
 * (models/builtin/mediapipe_mesh.md). */
static const int16_t shift[MIEN_FACE_LANDMARKS][3] = {
    {8, -12, -1},   {-5, 10, -63},  {-2, 13, -69},   {-10, 9, -18}, {-5, 36, 9},   {0, 36, 21},
    {26, 8, -59},   {13, 6, -35},   {0, 0, -12},     {-13, 6, -35}, {-26, 8, -59}, {0, 36, 21},
    {5, 36, 9},     {10, 9, -18},   {2, 13, -69},    {5, 10, -63},  {-8, -12, -1}, {0, 21, 16},
    {-8, -12, 10},  {29, -2, -25},  {11, -7, -9},    {17, 19, 11},  {-17, 19, 11}, {-11, -7, -9},
    {-29, -2, -25}, {8, -12, 10},   {0, 21, 16},     {0, 6, 20},    {0, 1, 40},    {0, -1, 43},
    {0, 20, 13},    {-12, 10, 39},  {6, 9, 10},      {0, 18, 16},   {-6, 9, 10},   {12, 10, 39},
    {1, 2, 2},      {17, -10, -24}, {3, -5, -19},    {0, -2, 14},   {-9, 6, -7},   {3, 5, -10},
    {0, -2, 14},    {-3, -5, -19},  {-17, -10, -24}, {-1, 2, 2},    {-3, 5, -10},  {9, 6, -7},
    {-7, 11, -5},   {-15, 16, 9},   {-6, 10, 8},     {0, 7, 7},     {6, 10, 8},    {15, 16, 9},
    {7, 11, -5},    {12, 4, 1},     {-6, -7, -12},   {0, -9, -8},   {6, -7, -12},  {-12, 4, 1},
    {-2, 4, -25},   {-9, 6, 3},     {0, 7, 9},       {9, 6, 3},     {2, 4, -25},   {15, 7, 6},
    {0, 9, 3},      {-15, 7, 6},
};

static void subtract(const float a[3], const float b[3], float out[3])
{
    for (int c = 0; c < 3; c++)
        out[c] = a[c] - b[c];
}

/* Scales to length 1; the length. */
static float normalise(float v[3])
{
    const float length = sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (int c = 0; c < 3; c++)
        v[c] = length > 0 ? v[c] / length : 0;
    return length;
}

/* The axes of the face in the picture; returns the distance of the outer eye corners in space. */
static float axes_of(const float (*mesh)[3], float axis[3][3])
{
    float *x = axis[0], *y = axis[1], *z = axis[2];
    subtract(mesh[EYE_RIGHT], mesh[EYE_LEFT], x);
    const float scale = normalise(x);
    subtract(mesh[CHIN_POINT], mesh[FOREHEAD], y);
    const float along = x[0] * y[0] + x[1] * y[1] + x[2] * y[2];
    for (int c = 0; c < 3; c++)
        y[c] -= along * x[c];
    normalise(y);
    for (int c = 0; c < 3; c++)
        z[c] = x[(c + 1) % 3] * y[(c + 2) % 3] - x[(c + 2) % 3] * y[(c + 1) % 3];
    return scale;
}

static void shift_all(const float (*mesh)[3], float (*landmark)[2])
{
    float axis[3][3];
    const float unit = axes_of(mesh, axis) / 1000;
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++)
        for (int c = 0; c < 2; c++)
            for (int i = 0; i < 3; i++)
                landmark[k][c] += unit * (float)shift[k][i] * axis[i][c];
}

void mn_mesh_landmarks(const float (*mesh)[3], float (*landmark)[2])
{
    jaw_side(mesh, outline[0], landmark, 0, 1);
    jaw_side(mesh, outline[1], landmark, JAW - 1, -1);
    for (int c = 0; c < 2; c++) {
        landmark[CHIN][c] = mesh[outline[0][SIDE_POINTS - 1]][c];
        for (int k = 0; k < 10; k++)
            landmark[JAW + k][c] =
                UPPER * mesh[brows[k]][c] + (1 - UPPER) * mesh[below_brows[k]][c];
        for (int k = 0; k < 41; k++)
            landmark[JAW + 10 + k][c] = mesh[others[k]][c];
    }
    shift_all(mesh, landmark);
}
