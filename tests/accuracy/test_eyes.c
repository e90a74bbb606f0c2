/* The direction of gaze: known rotations of a known eyeball, mirrored faces, a ray that misses,
 * numbers that are not finite; OpenFace's own frames, stage by stage and from its tables. */
#include <math.h>

#include "base/mem.h"
#include "clnf_golden.h"
#include "face/eyes.h"

#define MODEL "models/openface22/model/"
#define RADIUS 12.0

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static double degrees_between(const double a[3], const double b[3])
{
    double c = dot(a, b) / sqrt(dot(a, a) * dot(b, b));
    return acos(fmin(1, fmax(-1, c))) * 180 / M_PI;
}

/* yaw > 0: to image right, pitch > 0: down; looking at the camera is (0, 0, -1). */
static void direction(double yaw, double pitch, double out[3])
{
    out[0] = sin(yaw) * cos(pitch);
    out[1] = sin(pitch);
    out[2] = -cos(yaw) * cos(pitch);
}

/* ------------------------------------------------------------------------------- the steps ---- */

static void eyeballs(void)
{
    static const double balls[][3] = {
        {0, 0, 400}, {-32, 5, 600}, {200, -150, 1500}, {-90, 40, 250}};
    static const double still[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    for (size_t k = 0; k < sizeof(balls) / sizeof(balls[0]); k++)
        for (int yaw = -40; yaw <= 40; yaw += 10)
            for (int pitch = -30; pitch <= 30; pitch += 10) {
                const double *ball = balls[k];
                double want[3], gaze[3], iris[3], mirrored[3], other[3], left[3];
                direction(yaw * M_PI / 180, pitch * M_PI / 180, want);
                if (degrees_between(want, (double[3]){-ball[0], -ball[1], -ball[2]}) > 75)
                    continue;               /* that side of the ball is hardly visible */
                for (int i = 0; i < 3; i++) /* only the ray matters, not the depth */
                    iris[i] = 0.8 * (ball[i] + RADIUS * want[i]);
                CHECK(mn_eyes_direction(iris, ball, gaze));
                CHECK_NEAR(degrees_between(gaze, want), 0, 1e-5);
                CHECK_NEAR(dot(gaze, gaze), 1, 1e-12);
                for (int i = 0; i < 3; i++) {
                    mirrored[i] = i ? iris[i] : -iris[i];
                    other[i] = i ? ball[i] : -ball[i];
                }
                CHECK(mn_eyes_direction(mirrored, other, left));
                CHECK(left[0] == -gaze[0] && left[1] == gaze[1] && left[2] == gaze[2]);
            }
    double gaze[3], ball[3], turn[9];
    CHECK(!mn_eyes_direction((double[3]){20, 0, 400}, balls[0], gaze)); /* beside the ball */
    CHECK_NEAR(gaze[2], -1, 1e-12);
    CHECK(!mn_eyes_direction((double[3]){200, 0, 400}, balls[1], gaze));
    CHECK_NEAR(degrees_between(gaze, (double[3]){32, -5, -601}), 0, 1e-6);
    const double a[3] = {-46, -2, 400}, b[3] = {-18, 2, 404};
    mn_eyes_ball(a, b, still, ball);
    CHECK_NEAR(ball[0], -32, 1e-12);
    CHECK_NEAR(ball[1], -3.5, 1e-12);
    CHECK_NEAR(ball[2], 409, 1e-12);
    mn_pdm_rotation_from_euler((double[3]){0, M_PI / 2, 0},
                               turn); /* the part behind the lids is now beside them */
    mn_eyes_ball(a, b, turn, ball);
    CHECK_NEAR(ball[0], -25, 1e-12);
    CHECK_NEAR(ball[2], 402, 1e-12);
}

/* -------------------------------------------------------------------------- a synthetic face ----
 */

#define EYE MIEN_EYE_LANDMARKS
#define S 2.0f /* pixels per millimetre */
static const struct mn_camera camera = {800, 800, 320, 240};
static const double eye_x[2] = {-32, 32};

struct made {
    double mean[3 * EYE + 4], turned[3 * EYE + 4], basis[12 * EYE];
    struct mn_pdm pdm;
    struct mn_pdm_fit fit[2];
    float landmarks[2][2 * EYE], face_mm[3 * MIEN_FACE_LANDMARKS];
    struct mn_pose head;
};

/* Both eyes of a head that faces the camera at a distance of 800 / S mm look to (yaw, pitch). The
 * iris is a ring whose centre lies on the ball, as the method assumes, seen in true perspective. */
static void make(struct made *m, double yaw, double pitch)
{
    *m = (struct made){.head = {.translation = {0, 0, 400}}};
    m->pdm = (struct mn_pdm){.points = EYE,
                             .modes = 1,
                             .rows = 3 * EYE,
                             .columns = 4,
                             .pitch = (3 * EYE + 3) / 4 * 4,
                             .mean = m->mean,
                             .basis = m->basis,
                             .turned = m->turned};
    double g[3], depth = camera.fx / (double)S;
    direction(yaw, pitch, g);
    const double u[3] = {cos(yaw), 0, sin(yaw)}; /* perpendicular to g, and perpendicular to both */
    const double v[3] = {g[1] * u[2] - g[2] * u[1], g[2] * u[0] - g[0] * u[2],
                         g[0] * u[1] - g[1] * u[0]};
    static const int corner[2][2] = {{36, 39}, {42, 45}};
    for (int e = 0; e < 2; e++) {
        const double ball[3] = {eye_x[e], -3.5, depth + 7};
        for (int k = 0; k < 2; k++) {
            m->face_mm[corner[e][k]] = (float)(eye_x[e] + (k ? 14 : -14));
            m->face_mm[2 * MIEN_FACE_LANDMARKS + corner[e][k]] = (float)depth;
        }
        m->fit[e] = (struct mn_pdm_fit){.scale = S, .tx = (float)camera.cx, .ty = (float)camera.cy};
        for (int i = 0; i < EYE; i++) {
            double turn = 2 * M_PI * (i % 8) / 8, at[3];
            for (int k = 0; k < 3; k++)
                at[k] = ball[k] + RADIUS * g[k] + 5.8 * (cos(turn) * u[k] + sin(turn) * v[k]);
            m->landmarks[e][i] = (float)(camera.fx * at[0] / at[2] + camera.cx);
            m->landmarks[e][i + EYE] = (float)(camera.fy * at[1] / at[2] + camera.cy);
        }
    }
}

static int measure(const struct made *m, mien_eyes *out)
{
    const struct mn_eye eye[2] = {{&m->pdm, &m->fit[0], m->landmarks[0]},
                                  {&m->pdm, &m->fit[1], m->landmarks[1]}};
    return mn_eyes_measure(eye, mn_face_kernels_best(), m->face_mm, &m->head, &camera, out);
}

static void made_faces(void)
{
    static struct made m, mirrored;
    mien_eyes eyes, other;
    for (int yaw = -20; yaw <= 20; yaw += 10)
        for (int pitch = -20; pitch <= 20; pitch += 10) {
            double want[3];
            make(&m, yaw * M_PI / 180, pitch * M_PI / 180);
            direction(yaw * M_PI / 180, pitch * M_PI / 180, want);
            CHECK_INT(measure(&m, &eyes), 0);
            CHECK_INT(eyes.missed, 0);
            for (int e = 0; e < 2; e++) {
                const double have[3] = {(double)eyes.gaze[e][0], (double)eyes.gaze[e][1],
                                        (double)eyes.gaze[e][2]};
                CHECK_NEAR(degrees_between(have, want), 0, 0.2);
                CHECK_NEAR(eyes.landmark[e][5][1], m.landmarks[e][EYE + 5], 0);
                CHECK_NEAR(eyes.landmark_mm[e][9][2], camera.fx / (double)S, 1e-4);
            }
            CHECK_NEAR(eyes.angle[0], atan2(want[0], -want[2]), 0.004);
            CHECK_NEAR(eyes.angle[1], atan2(want[1], -want[2]), 0.004);
            make(&mirrored, -yaw * M_PI / 180, pitch * M_PI / 180);
            CHECK_INT(measure(&mirrored, &other), 0);
            CHECK_NEAR(other.angle[0], -eyes.angle[0], 2e-4);
            CHECK_NEAR(other.angle[1], eyes.angle[1], 2e-4);
            for (int e = 0; e < 2; e++) {
                CHECK_NEAR(other.gaze[1 - e][0], -eyes.gaze[e][0], 2e-4);
                CHECK_NEAR(other.gaze[1 - e][1], eyes.gaze[e][1], 2e-4);
            }
        }
    make(&m, 0, 0);
    for (int i = 0; i < 8; i++)
        m.landmarks[1][i] += 60; /* pixels: the right iris is far outside its eyeball */
    CHECK_INT(measure(&m, &eyes), 0);
    CHECK_INT(eyes.missed, 2);
}

static void odd_numbers(void)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    static struct made m;
    static const mien_eyes nothing;
    mien_eyes eyes;
    for (int k = 0; k < 3; k++)
        for (int what = 0; what < 6; what++) {
            make(&m, 0.1, 0.1);
            float *field[] = {&m.landmarks[0][3], &m.landmarks[1][EYE + 20],
                              &m.fit[0].scale,    &m.fit[1].local[0],
                              &m.face_mm[36],     &m.fit[1].rotation[1]};
            *field[what] = odd[k];
            int err = measure(&m, &eyes);
            /* an infinite scale only means that the eye touches the camera */
            CHECK(err == MIEN_EINVAL || (what == 2 && k > 0));
            CHECK(err == 0 || !memcmp(&eyes, &nothing, sizeof(eyes)));
        }
    make(&m, 0.1, 0.1);
    m.head.rotation[0] = NAN;
    CHECK_INT(measure(&m, &eyes), MIEN_EINVAL);
    make(&m, 0.1, 0.1);
    m.fit[0].scale = 0;
    CHECK_INT(measure(&m, &eyes), MIEN_EINVAL);
    CHECK(!memcmp(&eyes, &nothing, sizeof(eyes)));
}

/* ------------------------------------------------------------------------ the genuine program ----
 */

static struct mn_pdm *load(const char *name)
{
    char path[GOLDEN_PATH];
    struct mn_pdm *pdm;
    REQUIRE(golden_path(path, name));
    REQUIRE(mn_pdm_load(&pdm, path, NULL) == 0);
    return pdm;
}

/* Reads the next line, 6 + modes parameters, and the one after it, points. */
static void read_part(struct clnf_trace *t, const char *name, const struct mn_pdm *pdm,
                      struct mn_pdm_fit *fit, float *points)
{
    char second[32];
    clnf_trace_find(t, name);
    REQUIRE(t->num_values >= 6 + pdm->modes);
    *fit = (struct mn_pdm_fit){
        .scale = (float)t->value[0],
        .rotation = {(float)t->value[1], (float)t->value[2], (float)t->value[3]},
        .tx = (float)t->value[4],
        .ty = (float)t->value[5]};
    for (int k = 0; k < pdm->modes; k++)
        fit->local[k] = (float)t->value[6 + k];
    snprintf(second, sizeof(second), "%s2d", name);
    clnf_trace_find(t, second);
    REQUIRE(t->num_values >= 2 * pdm->points);
    for (int i = 0; i < 2 * pdm->points; i++)
        points[i] = (float)t->value[i];
}

/* From OpenFace's fits and landmarks to pose and gaze. */
static void golden_frames(void)
{
    static const int frames[] = {1, 2, 3, 10, 30, 50, 63, 80, 120, 158};
    struct mn_pdm *face = load(MODEL "pdms/In-the-wild_aligned_PDM_68.txt");
    struct mn_pdm *part[2] = {load(MODEL "model_eye/pdms/pdm_28_l_eye_3D_closed.txt"),
                              load(MODEL "model_eye/pdms/pdm_28_eye_3D_closed.txt")};
    const struct mn_face_kernels *kernels = mn_face_kernels_best();
    double worst_gaze = 0, worst_turn = 0, worst_place = 0;
    for (int f = 0; f < 10; f++) {
        struct clnf_trace result, points;
        struct mn_pdm_fit fit, eye_fit[2];
        float landmarks[2 * MIEN_FACE_LANDMARKS], eye_points[2][2 * EYE],
            mm[3 * MIEN_FACE_LANDMARKS];
        double shape[3 * MN_PDM_MAX_POINTS];
        clnf_trace_open(&result, frames[f], "result", 0);
        clnf_trace_open(&points, frames[f], "result_landmarks", 1);
        REQUIRE(clnf_trace_next(&result) && result.num_values == 21);
        const double *v = result.value;
        read_part(&points, "main", face, &fit, landmarks);
        read_part(&points, "left_eye_28", part[0], &eye_fit[0], eye_points[0]);
        read_part(&points, "right_eye_28", part[1], &eye_fit[1], eye_points[1]);
        const struct mn_camera cam = {v[17], v[18], v[19], v[20]};
        struct mn_pose head;
        mien_eyes eyes;
        mn_pdm_shape(face, kernels, fit.local, shape);
        REQUIRE(mn_pose_solve(face, &fit, shape, landmarks, &cam, &head) == 0);
        mn_pose_landmarks(face, &fit, shape, landmarks, &cam, mm);
        const struct mn_eye eye[2] = {{part[0], &eye_fit[0], eye_points[0]},
                                      {part[1], &eye_fit[1], eye_points[1]}};
        REQUIRE(mn_eyes_measure(eye, kernels, mm, &head, &cam, &eyes) == 0);
        for (int k = 0; k < 3; k++) {
            worst_place = fmax(worst_place, fabs(head.translation[k] - v[3 + k]));
            worst_turn = fmax(worst_turn, fabs(head.rotation[k] - v[6 + k]));
        }
        for (int k = 0; k < 6; k++)
            worst_gaze = fmax(worst_gaze, fabs((double)eyes.gaze[k / 3][k % 3] - v[9 + k]));
        for (int k = 0; k < 2; k++)
            worst_gaze = fmax(worst_gaze, fabs((double)eyes.angle[k] - v[15 + k]));
        CHECK_INT(eyes.missed, 0);
        clnf_trace_close(&result);
        clnf_trace_close(&points);
    }
    printf("10 genuine frames: place %.2g mm, turn %.2g rad, gaze %.2g at worst\n", worst_place,
           worst_turn, worst_gaze);
    CHECK(worst_place <= 1e-4);
    CHECK(worst_turn <= 2e-6);
    CHECK(worst_gaze <= 3e-5);
    mn_pdm_close(&face);
    mn_pdm_close(&part[0]);
    mn_pdm_close(&part[1]);
}

/* From landmarks in space, as rounded in OpenFace's tables, to gaze. The rounding alone changes
 * gaze by up to half a degree. */
static void golden_clip(const char *file)
{
    struct golden_table t = golden_table(file);
    int success = golden_column(&t, "success"), rows = 0, missed = 0;
    double sum = 0, worst = 0;
    for (int row = 0; row < t.rows; row++) {
        float eye[3][2 * EYE], face[3][MIEN_FACE_LANDMARKS], turn[3], gaze[3];
        static const char *const axis[3] = {"X_", "Y_", "Z_"}, *const eye_axis[3] = {"eye_lmk_X_",
                                                                                     "eye_lmk_Y_",
                                                                                     "eye_lmk_Z_"};
        if (t.value[row * t.columns + success] < 0.5)
            continue;
        double R[9], rotation[3];
        int first = golden_column(&t, "pose_Rx");
        for (int k = 0; k < 3; k++) {
            golden_row(&t, row, eye_axis[k], 2 * EYE, eye[k]);
            golden_row(&t, row, axis[k], MIEN_FACE_LANDMARKS, face[k]);
            turn[k] = (float)t.value[row * t.columns + first + k];
            rotation[k] = (double)turn[k];
        }
        mn_pdm_rotation_from_euler(rotation, R);
        for (int e = 0; e < 2; e++) {
            double iris[3] = {0}, a[3], b[3], ball[3], have[3], want[3];
            int at = golden_column(&t, e ? "gaze_1_x" : "gaze_0_x");
            for (int k = 0; k < 3; k++) {
                for (int i = 0; i < 8; i++)
                    iris[k] += (double)eye[k][e * EYE + i] / 8;
                a[k] = (double)face[k][e ? 42 : 36];
                b[k] = (double)face[k][e ? 45 : 39];
                gaze[k] = (float)t.value[row * t.columns + at + k];
                want[k] = (double)gaze[k];
            }
            mn_eyes_ball(a, b, R, ball);
            missed += !mn_eyes_direction(iris, ball, have);
            double angle = degrees_between(have, want);
            sum += angle;
            worst = fmax(worst, angle);
        }
        rows++;
    }
    printf("%s: %d rows, gaze from rounded points: mean %.3f, worst %.3f degrees\n", file, rows,
           sum / 2 / (rows ? rows : 1), worst);
    CHECK(rows > 100);
    CHECK(sum <= 0.2 * 2 * rows);
    CHECK(worst <= 0.6);
    CHECK_INT(missed, 0);
    golden_table_free(&t);
}

int main(void)
{
    eyeballs();
    made_faces();
    odd_numbers();
    char path[GOLDEN_PATH];
    if (golden_path(path, CLNF_MODEL) && golden_path(path, "golden/clnf")) {
        golden_frames();
        golden_clip("golden/subj01_timepoint01/subj01_timepoint01.csv");
        golden_clip("golden/default/default.csv");
        golden_clip("golden/hysts00_720p/video00.csv");
        golden_clip("golden/hysts01_720p/video01.csv");
        golden_clip("golden/single_vga_842f/2015-10-15-15-14.csv");
        golden_clip("golden/pyfeat_single_472f_360p/WolfgangLanger_Pexels.csv");
    }
    return check_done();
}
