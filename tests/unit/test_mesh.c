/* MediaPipe's face mesh without its network: where it looks, the way back to the picture, the 68
 * landmarks, and the resampling of turned squares. */
#include <math.h>
#include <stdlib.h>

#include "image/warp.h"
#include "stage/mesh.h"

#include "check.h"

#define PI 3.14159265f

enum { W = 60, H = 40, SIDE = 16 };

static uint8_t pixels[3 * W * H];
static float planes[3][SIDE * SIDE];

static mien_picture gradient(void)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            uint8_t *p = pixels + 3 * (y * W + x);
            p[0] = (uint8_t)(4 * x);
            p[1] = (uint8_t)(6 * y);
            p[2] = 200;
        }
    return (mien_picture){
        .format = MIEN_BGR24, .width = W, .height = H, .plane = {pixels}, .stride = {3 * W}};
}

static int warp(struct mn_warper *w, const mien_picture *pic, float x, float y, float side,
                float angle)
{
    const struct mn_norm norm = {{1, 1, 1}, {0, 0, 0}};
    const struct mn_planes dst = {{planes[0], planes[1], planes[2]}, SIDE, SIDE, SIDE};
    const struct mn_square at = {x, y, side, angle};
    return mn_warp(w, pic, &at, &dst, &norm);
}

static float at(int plane, int x, int y)
{
    return planes[plane][y * SIDE + x];
}

static void warps(void)
{
    const mien_picture pic = gradient();
    struct mn_warper *w;
    REQUIRE(mn_warper_open(&w) == 0);
    CHECK_INT(warp(w, &pic, 20, 18, SIDE, 0), 0); /* columns 12 to 27, rows 10 to 25 */
    for (int i = 0; i < SIDE; i++) {
        CHECK_NEAR(at(0, i, 3), 4 * (12 + i), 1);
        CHECK_NEAR(at(1, 3, i), 6 * (10 + i), 1);
        CHECK_NEAR(at(2, i, i), 200, 1);
    }
    CHECK_INT(warp(w, &pic, 20, 18, SIDE, PI / 2), 0); /* its upper edge points down */
    for (int i = 0; i < SIDE; i++) {
        CHECK_NEAR(at(1, i, 3), 6 * (10 + i), 1);
        CHECK_NEAR(at(0, 3, i), 4 * (27 - i), 1);
    }
    CHECK_INT(warp(w, &pic, 20, 20, SIDE / 2.0f, 0), 0); /* between pixels */
    CHECK_NEAR(at(0, 8, 8), 4 * 19.75, 1.5);
    CHECK_INT(warp(w, &pic, 0, 20, SIDE, 0), 0); /* black beside the picture */
    CHECK_NEAR(at(2, 7, 8), 0, 0);
    CHECK_NEAR(at(2, 8, 8), 200, 1);
    CHECK_INT(warp(w, &pic, -500, 20, SIDE, 0), 0);
    CHECK_NEAR(at(2, 8, 8), 0, 0);
    const float bad[][4] = {{20, 20, 1, 0},
                            {NAN, 20, 9, 0},
                            {20, 1e9f, 9, 0},
                            {20, 20, 9, INFINITY},
                            {20, 20, 1e6f, 0}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_INT(warp(w, &pic, bad[i][0], bad[i][1], bad[i][2], bad[i][3]), MIEN_EINVAL);
    mn_warper_close(&w);
}

/* A square much larger than the result: only some pixels are read, at the same places. The last
 * ones mix with the black outside. */
static void large(void)
{
    enum { BIG = 2400 };
    uint8_t *grey = malloc((size_t)BIG * BIG);
    REQUIRE(grey != NULL);
    for (int y = 0; y < BIG; y++)
        for (int x = 0; x < BIG; x++)
            grey[y * BIG + x] = (uint8_t)(x / 10);
    const mien_picture pic = {
        .format = MIEN_GRAY8, .width = BIG, .height = BIG, .plane = {grey}, .stride = {BIG}};
    struct mn_warper *w;
    REQUIRE(mn_warper_open(&w) == 0);
    CHECK_INT(warp(w, &pic, BIG / 2.0f, BIG / 2.0f, BIG, 0), 0);
    for (int i = 0; i < SIDE - 1; i++)
        CHECK_NEAR(at(0, i, 5), (i + 0.5) * BIG / SIDE / 10, 1.5);
    mn_warper_close(&w);
    free(grey);
}

static float points[3 * MIEN_MESH_POINTS], mesh[MIEN_MESH_POINTS][3];

/* An ellipse of 96 x 120 input pixels with the corners of the eyes on a level line. */
static void make_points(void)
{
    for (int k = 0; k < MIEN_MESH_POINTS; k++) {
        const float a = 2 * PI * (float)k / MIEN_MESH_POINTS;
        points[3 * k] = 96 + 48 * cosf(a);
        points[3 * k + 1] = 96 + 60 * sinf(a);
        points[3 * k + 2] = (float)(k % 7);
    }
    points[3 * 33] = 70;
    points[3 * 263] = 122;
    points[3 * 33 + 1] = points[3 * 263 + 1] = 80;
}

static void squares(void)
{
    make_points();
    const struct mn_square from = {300, 200, 384, 0.6f};
    struct mn_square next;
    REQUIRE(mn_mesh_place(points, &from, mesh));
    CHECK_NEAR(mesh[0][2], 0, 1e-4);
    CHECK_NEAR(mesh[6][2], 12, 1e-4);
    REQUIRE(mn_mesh_square_of_points(mesh, &next));
    CHECK_NEAR(next.x, 300, 0.1); /* the ellipse is in the middle of the square */
    CHECK_NEAR(next.y, 200, 0.1);
    CHECK_NEAR(next.side, 1.5 * 240, 0.1);
    CHECK_NEAR(next.angle, 0.6, 1e-4);
    CHECK(mn_mesh_same_place(&from, &next));
    const struct mn_square off[] = {
        {330, 200, 384, 0.6f}, {300, 200, 450, 0.6f}, {300, 200, 384, 1}};
    for (int i = 0; i < 3; i++)
        CHECK(!mn_mesh_same_place(&off[i], &next));
    const struct mn_square full = {300, 200, 384, 0.6f + 2 * PI};
    CHECK(mn_mesh_same_place(&full, &next));
    points[7] = NAN;
    CHECK(!mn_mesh_place(points, &from, mesh));
    /* MediaPipe's own box, 100 x 100 around (200, 200), as mien widens it (stage/blazeface.c) */
    const float box[4] = {150 + 5.5f, 150 - 14.5f, 250 - 5.5f, 250 + 4};
    const float five[5][2] = {{180, 190}, {220, 190}};
    REQUIRE(mn_mesh_square_of_box(box, five, &next));
    CHECK_NEAR(next.x, 200, 0.5);
    CHECK_NEAR(next.y, 200, 0.5);
    CHECK_NEAR(next.side, 150, 0.5);
    CHECK_NEAR(next.angle, 0, 1e-6);
    const float none[4] = {0};
    CHECK(!mn_mesh_square_of_box(none, five, &next));
}

static void landmarks(void)
{
    float landmark[MIEN_FACE_LANDMARKS][2];
    for (int k = 0; k < MIEN_MESH_POINTS; k++)
        for (int c = 0; c < 3; c++)
            mesh[k][c] = (float)k;
    for (int c = 0; c < 3; c++)
        mesh[263][c] = 33; /* eyes in one place: the unit of the shifts is 0 */
    mn_mesh_landmarks(mesh, landmark);
    CHECK_NEAR(landmark[8][0], 152, 0);
    CHECK_NEAR(landmark[0][0], 127, 0);
    CHECK_NEAR(landmark[16][0], 356, 0);
    CHECK_NEAR(landmark[17][0], 0.7 * 71 + 0.3 * 46, 1e-4);
    CHECK_NEAR(landmark[27][1], 168, 0);
    CHECK_NEAR(landmark[36][1], 33, 0);
    CHECK_NEAR(landmark[45][1], 33, 0);
    CHECK_NEAR(landmark[48][1], 61, 0);
    CHECK_NEAR(landmark[67][1], 87, 0);
    /* an outline that is a straight line with uneven points: equal steps */
    static const int left[] = {127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152};
    for (int i = 0; i < 12; i++) {
        mesh[left[i]][0] = (float)(i * i);
        mesh[left[i]][1] = 5;
    }
    mn_mesh_landmarks(mesh, landmark);
    for (int k = 0; k <= 8; k++) {
        CHECK_NEAR(landmark[k][0], 121.0 * k / 8, 1e-3);
        CHECK_NEAR(landmark[k][1], 5, 1e-5);
    }
    for (int k = 0; k < MIEN_MESH_POINTS; k++) /* all in one place: no division by zero */
        mesh[k][0] = mesh[k][1] = 3;
    mn_mesh_landmarks(mesh, landmark);
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++)
        CHECK_NEAR(landmark[k][0], 3, 1e-5);
}

/* A face that is turned in the picture, larger and elsewhere has landmarks that are likewise. */
static void turned(void)
{
    static float other[MIEN_MESH_POINTS][3];
    float a[MIEN_FACE_LANDMARKS][2], b[MIEN_FACE_LANDMARKS][2];
    make_points();
    const struct mn_square at[] = {{100, 100, 192, 0}, {400, 300, 576, 0.7f}};
    REQUIRE(mn_mesh_place(points, &at[0], mesh) && mn_mesh_place(points, &at[1], other));
    mn_mesh_landmarks(mesh, a);
    mn_mesh_landmarks(other, b);
    float far = 0;
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        const float x = 3 * (a[k][0] + 0.5f - 100), y = 3 * (a[k][1] + 0.5f - 100);
        CHECK_NEAR(b[k][0], 400 + cosf(0.7f) * x - sinf(0.7f) * y - 0.5f, 0.01);
        CHECK_NEAR(b[k][1], 300 + sinf(0.7f) * x + cosf(0.7f) * y - 0.5f, 0.01);
        far = fmaxf(far, hypotf(a[k][0] - mesh[0][0], a[k][1] - mesh[0][1]));
    }
    CHECK(far < 200);
}

/* Trust rises with the flag, the agreement and the score; a head that turns aside needs less. */
static void trust(void)
{
    make_points();
    const struct mn_square at = {100, 100, 192, 0};
    struct mn_square own;
    REQUIRE(mn_mesh_place(points, &at, mesh) && mn_mesh_square_of_points(mesh, &own));
    CHECK(mn_mesh_trust(mesh, 1, 0.02f, 0.85f) > 0.9f);
    CHECK(mn_mesh_trust(mesh, 1, 0.1f, 0.5f) <
          0.5f); /* a face upside down, as a detector sees it */
    CHECK(mn_mesh_trust(mesh, 0, 0.06f, 0.6f) < 0.5f);
    const float usual = mn_mesh_trust(mesh, 1, 0.08f, 0.6f);
    mesh[263][2] = mesh[33][2] + 52;
    CHECK(mn_mesh_trust(mesh, 1, 0.08f, 0.6f) > usual);
    CHECK(isfinite(mn_mesh_trust(mesh, 0, 0, 0)) && isfinite(mn_mesh_trust(mesh, 1, 0, 1)));
    const float where[5][2] = {{100, 90}, {110, 90}, {100, 100}, {95, 110}, {105, 110}};
    for (int k = 0; k < MIEN_MESH_POINTS; k++)
        mesh[k][0] = mesh[k][1] = 99.5f; /* from the centre of the first pixel: 100 */
    const struct mn_square side = {100, 100, 100, 0};
    CHECK_NEAR(mn_mesh_apart(mesh, &side, where), (10 + hypot(10, 10) + 0 + 10) / 4 / 100, 1e-5);
}

static void boxes(void)
{
    make_points();
    const struct mn_square at = {100, 100, 192, 0};
    REQUIRE(mn_mesh_place(points, &at, mesh));
    float box[4];
    REQUIRE(mn_mesh_box(mesh, 500, 500, box)); /* the ellipse spans 52 to 148, 40 to 160 */
    CHECK_NEAR(box[0], 52, 0.1);
    CHECK_NEAR(box[1], 40 - 0.11 * 120, 0.1);
    CHECK_NEAR(box[2], 148, 0.1);
    CHECK_NEAR(box[3], 160 + 0.02 * 120, 0.1);
    REQUIRE(mn_mesh_box(mesh, 100, 90, box)); /* cut by the edge */
    CHECK_NEAR(box[2], 100, 0);
    CHECK_NEAR(box[3], 90, 0);
    CHECK(!mn_mesh_box(mesh, 50, 90, box));
}

int main(void)
{
    warps();
    large();
    squares();
    landmarks();
    turned();
    boxes();
    trust();
    return check_done();
}
