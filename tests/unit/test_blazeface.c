/* MediaPipe's detector without its network: anchors, averaging, the way back to the picture. */

#include <math.h>
#include <stdlib.h>

#include "stage/blazeface.h"

#include "check.h"

enum { W = 48, H = 32, COUNT = W / 4 * (H / 4) };

static float values[COUNT][MN_BLAZEFACE_VALUES], score[COUNT];
static struct mn_candidate scratch[COUNT];
static struct mn_detection found[8];

static int decode(double factor, int left, int top, float min_side)
{
    const struct mn_blazeface b = {values[0], score, W, H, left, top, factor, 0.5f, min_side};
    return mn_blazeface_decode(&b, scratch, found, 8);
}

static void nothing(void)
{
    for (int i = 0; i < COUNT; i++) {
        score[i] = -100;
        for (int k = 0; k < MN_BLAZEFACE_VALUES; k++)
            values[i][k] = 0;
    }
}

/* A face of 10 x 20 input pixels whose centre is (dx, dy) from the anchor. */
static void face(int anchor, float logit, float dx, float dy)
{
    const float v[MN_BLAZEFACE_VALUES] = {dx,     dy,     10, 20, dx - 2, dy - 4,
                                          dx + 2, dy - 4, dx, dy, dx,     dy + 5};
    for (int k = 0; k < MN_BLAZEFACE_VALUES; k++)
        values[anchor][k] = v[k];
    score[anchor] = logit;
}

static void one(void)
{
    nothing();
    CHECK_INT(decode(1, 0, 0, 0), 0);
    face(2 * (W / 4) + 3, 2, 1, -2); /* the anchor is at (14, 10) */
    CHECK_INT(decode(0.5, 4, 2, 0), 1);
    CHECK_NEAR(found[0].score, 1 / (1 + exp(-2)), 1e-6);
    /* centre (15, 8) - (4, 2) in input pixels, twice that in the picture; 20 x 40 there */
    const float want[4] = {22 - 10 + .055f * 20, 12 - 20 - .145f * 40, 22 + 10 - .055f * 20,
                           12 + 20 + .04f * 40};
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(found[0].box[i], want[i], 1e-4);
    const float points[5][2] = {
        {18, 4}, {26, 4}, {22, 12}, {22 - .43f * 8, 22}, {22 + .43f * 8, 22}};
    for (int k = 0; k < 5; k++)
        for (int c = 0; c < 2; c++)
            CHECK_NEAR(found[0].point[k][c], points[k][c], 1e-4);
    CHECK_INT(decode(0.5, 4, 2, 17), 1);
    CHECK_INT(decode(0.5, 4, 2, 19), 0); /* 17.8 pixels wide */
}

/* Two anchors see one face and are averaged by score; a third sees another one. */
static void several(void)
{
    nothing();
    face(2 * (W / 4) + 2, 3, 2, 0); /* both mean centre (12, 10), but for one pixel */
    face(2 * (W / 4) + 3, 1, -1, 0);
    face(2 * (W / 4) + 9, 2, 0, 0);
    CHECK_INT(decode(1, 0, 0, 0), 2);
    const double a = 1 / (1 + exp(-3)), b = 1 / (1 + exp(-1));
    CHECK_NEAR(found[0].score, a, 1e-6);
    CHECK_NEAR((found[0].box[0] + found[0].box[2]) / 2, (12 * a + 13 * b) / (a + b), 1e-4);
    CHECK_NEAR((found[1].box[0] + found[1].box[2]) / 2, 38, 1e-4);
}

static void nonsense(void)
{
    nothing();
    face(5, NAN, 0, 0);
    face(6, INFINITY, NAN, 0);
    face(7, 4, 1e30f, 0);
    face(8, 4, 0, 0);
    values[8][2] = -3; /* no width */
    CHECK_INT(decode(1, 0, 0, 0), 0);
    for (int i = 0; i < COUNT; i++)
        face(i, 5, (float)(i % 3), 0);
    const int n = decode(1, 0, 0, 0);
    CHECK(n > 0 && n <= 8);
}

int main(void)
{
    CHECK_INT((int)mn_blazeface_anchor_count(192, 192), 2304);
    one();
    several();
    nonsense();
    return check_done();
}
