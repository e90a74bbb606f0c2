/* Ratios and distance of lids of drawn eyes, whose values are known. */
#include <math.h>
#include <stdbool.h>

#include "check.h"
#include "face/lids.h"

/* Lids like a parabola: `open` pixels apart in the middle of an eye 40 pixels wide. */
static float lid(float along, float open)
{
    const float x = 2 * along - 1;
    return open / 2 * (1 - x * x);
}

static void draw(float (*p)[2], int points, float x, float open, bool swapped)
{
    const int upper = points / 2 - 1;
    for (int i = 0; i < points; i++) {
        const bool below = i > upper + 1;
        const float along = (float)(below ? points - i : i) / (float)(upper + 1);
        p[i][0] = x + 40 * along;
        p[i][1] = 50 + (below ? 1 : -1) * lid(along, open) * (swapped ? -1 : 1);
    }
}

static void ratios(void)
{
    static float six[MIEN_FACE_LANDMARKS][2], eight[MIEN_WFLW_LANDMARKS][2];
    float ratio[2];
    draw(six + 36, 6, 10, 18, false);
    draw(six + 42, 6, 80, 0, false);
    mn_lids_of_68((const float(*)[2])six, ratio);
    CHECK_NEAR(ratio[0], 18.0 * 8 / 9 / 40, 1e-6); /* at a third and two thirds of the width */
    CHECK_NEAR(ratio[1], 0, 1e-6);
    draw(eight + 60, 8, 10, 14, false);
    draw(eight + 68, 8, 80, 14, true);
    mn_lids_of_98((const float(*)[2])eight, ratio);
    CHECK_NEAR(ratio[0], 14.0 * (0.75 + 1 + 0.75) / 3 / 40, 1e-6);
    CHECK_NEAR(ratio[1], ratio[0], 1e-6);
    for (int i = 0; i < 8; i++)
        eight[60 + i][0] = 10;
    mn_lids_of_98((const float(*)[2])eight, ratio);
    CHECK_NEAR(ratio[0], 0, 0); /* an eye without width */
}

static void distance(void)
{
    static float mm[3 * MIEN_FACE_LANDMARKS];
    for (int eye = 36; eye <= 42; eye += 6)
        for (int k = 1; k <= 5; k++) {
            if (k == 3)
                continue;
            const float side = k < 3 ? 1 : -1, open = eye == 36 ? 8 : 4;
            mm[eye + k] = (float)(k == 1 || k == 5);
            mm[MIEN_FACE_LANDMARKS + eye + k] = side * open * 0.5f * 0.6f; /* turned lids */
            mm[2 * MIEN_FACE_LANDMARKS + eye + k] = 600 + side * open * 0.5f * 0.8f;
        }
    CHECK_NEAR(mn_lids_opening(mm), 6, 1e-4);
}

int main(void)
{
    ratios();
    distance();
    return check_done();
}
