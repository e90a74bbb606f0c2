#include "stage/mesh.h"

#include <math.h>

#include "image/warp.h"

#define GROWTH 1.5f /* side of the square, in longer sides of what it surrounds */

/* Corners of the eyes: at image left, at image right. */
#define EYE_LEFT 33
#define EYE_RIGHT 263

/* Mien's boxes are RetinaFace's; the network was trained with boxes that end at the brows and the
 * lower lip (stage/blazeface.c maps one to the other). Fractions of mien's box. */
#define WIDER 1.124f
#define LOWER_CENTRE 0.044f
#define HEIGHT 0.844f

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
}
