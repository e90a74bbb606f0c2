#include "sink/columns.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static bool frame(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = (double)f->index + 1;
    return true;
}

static bool face_id(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face ? face->id : f && f->error ? -2 : -1;
    return true;
}

static bool timestamp(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = f->time;
    return true;
}

static bool confidence(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face ? (double)face->confidence : 0;
    return true;
}

static bool success(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face ? 1 : 0;
    return true;
}

static bool openface_confidence(const mien_frame *f, const mien_face *face, int i, double *out)
{
    bool looked = face && (face->has & MIEN_LANDMARKS) && face->landmark_confidence >= 0;
    *out = !face ? 0 : looked ? (double)face->landmark_confidence : (double)face->confidence;
    return true;
}

static bool openface_success(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face && (!(face->has & MIEN_LANDMARKS) || face->landmark_success);
    return true;
}

static bool landmark_confidence(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_LANDMARKS) || face->landmark_confidence < 0)
        return false;
    *out = (double)face->landmark_confidence;
    return true;
}

static bool detected(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face && face->box_source == MIEN_BOX_DETECTED;
    return true;
}

enum { YAW, PITCH, YAW_SMOOTH, PITCH_SMOOTH, X, Y, Z, YAW_PEAK, PITCH_PEAK };

static bool gaze(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_GAZE))
        return false;
    const float values[] = {face->yaw,          face->pitch,    face->yaw_smooth,
                            face->pitch_smooth, face->gaze[0],  face->gaze[1],
                            face->gaze[2],      face->yaw_peak, face->pitch_peak};
    *out = (double)values[i];
    return true;
}

static bool box(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face)
        return false;
    *out = (double)face->box[i] - (i >= 2 ? (double)face->box[i - 2] : 0);
    return true;
}

static bool point_x(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (face)
        *out = (double)face->point[i][0];
    return face != NULL;
}

static bool point_y(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (face)
        *out = (double)face->point[i][1];
    return face != NULL;
}

#define EYE_POINTS (2 * MIEN_EYE_POINTS)

static bool point68(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_LANDMARKS))
        return false;
    *out = (double)face->landmark[i % MIEN_POINTS][i / MIEN_POINTS];
    return true;
}

static bool point68_mm(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_POSE))
        return false;
    *out = (double)face->landmark_mm[i % MIEN_POINTS][i / MIEN_POINTS];
    return true;
}

static bool pose(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_POSE))
        return false;
    *out = (double)(i < 3 ? face->head_mm[i] : face->head_rad[i - 3]);
    return true;
}

/* 0 to 55: x, both eyes' points after one another; 56 to 111: y. */
static bool eye_point(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_EYES))
        return false;
    int k = i % EYE_POINTS;
    *out = (double)face->eyes.landmark[k / MIEN_EYE_POINTS][k % MIEN_EYE_POINTS][i / EYE_POINTS];
    return true;
}

static bool eye_point_mm(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_EYES))
        return false;
    int k = i % EYE_POINTS;
    *out = (double)face->eyes.landmark_mm[k / MIEN_EYE_POINTS][k % MIEN_EYE_POINTS][i / EYE_POINTS];
    return true;
}

/* The six numbers of two vectors, two angles, and which of them mean nothing. */
static bool eye_gaze(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_EYES))
        return false;
    *out = i < 6   ? (double)face->eyes.gaze[i / 3][i % 3]
           : i < 8 ? (double)face->eyes.angle[i - 6]
                   : face->eyes.missed;
    return true;
}

static bool fit(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_SHAPE))
        return false;
    *out = (double)(i < 6 ? face->fit[i] : face->shape[i - 6]);
    return true;
}

static bool fit_rms(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_SHAPE))
        return false;
    *out = (double)face->fit_rms;
    return true;
}

static bool au(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_AU))
        return false;
    *out = i < 0                     ? face->au.final
           : i < MIEN_AU_INTENSITIES ? (double)face->au.intensity[i]
                                     : face->au.presence[i - MIEN_AU_INTENSITIES];
    return true;
}

#define PIC "picture: origin top left, x right, y down"
#define CAM "camera: x image right, y down, z away"
#define YAW_SIGN "positive towards image left"
#define PITCH_SIGN "positive up"

/* clang-format off */
static const struct mn_column first_columns[] = {
    {"frame", "", "1..", "", "number of the decoded frame, from 1 as in OpenFace", 0, 0, 0, true, false, frame, 0},
    {"face_id", "", "-2..", "", "person within this input; -1: no face in this frame; -2: not analysed", 0, 0, 0, false, false, face_id, 0},
    {"timestamp", "s", "", "", "presentation time from the container", 6, 3, 0, true, false, timestamp, 0},
    {"confidence", "", "0..1", "", "score of the face detector (clnf: of the landmarks' validator); 0 without a face", 5, -1, 0, false, false, confidence, 0},
    {"success", "", "0, 1", "", "1: the row describes a face; 0: the frame has none", 0, -1, 0, false, false, success, 0},
    {"confidence", "", "0..1", "", "openface: landmark_confidence where there is one, else of the detector", -1, 2, 0, false, false, openface_confidence, 0},
    {"success", "", "0, 1", "", "openface: the landmarks are taken for a face", -1, 0, 0, false, false, openface_success, 0},
    {"detected", "", "0, 1", "", "1: box found in this very frame; 0: interpolated, carried or followed", 0, -1, 0, false, false, detected, 0},
    {"gaze_yaw", "deg", "-180..176", YAW_SIGN, "horizontal gaze angle, this frame alone", 4, -1, MIEN_GAZE, false, false, gaze, YAW},
    {"gaze_pitch", "deg", "-180..176", PITCH_SIGN, "vertical gaze angle, this frame alone", 4, -1, MIEN_GAZE, false, false, gaze, PITCH},
    {"gaze_yaw_smooth", "deg", "-180..176", YAW_SIGN, "the same, smoothed over time for this person", 4, -1, MIEN_GAZE, false, false, gaze, YAW_SMOOTH},
    {"gaze_pitch_smooth", "deg", "-180..176", PITCH_SIGN, "the same, smoothed over time for this person", 4, -1, MIEN_GAZE, false, false, gaze, PITCH_SMOOTH},
    {"gaze_x", "", "-1..1", CAM, "unit vector of the unsmoothed angles; (0, 0, -1) looks into the lens", 6, -1, MIEN_GAZE, false, false, gaze, X},
    {"gaze_y", "", "-1..1", CAM, "as gaze_x", 6, -1, MIEN_GAZE, false, false, gaze, Y},
    {"gaze_z", "", "-1..1", CAM, "as gaze_x", 6, -1, MIEN_GAZE, false, false, gaze, Z},
    {"gaze_yaw_peak", "", "0..1", "", "largest probability among the yaw bins; 0.01 means no idea", 4, -1, MIEN_GAZE, false, false, gaze, YAW_PEAK},
    {"gaze_pitch_peak", "", "0..1", "", "largest probability among the pitch bins", 4, -1, MIEN_GAZE, false, false, gaze, PITCH_PEAK},
    {"box_x", "px", "", PIC, "left edge of the face box; may lie outside the picture", 3, -1, 0, false, false, box, 0},
    {"box_y", "px", "", PIC, "top edge", 3, -1, 0, false, false, box, 1},
    {"box_w", "px", "0..", PIC, "width", 3, -1, 0, false, false, box, 2},
    {"box_h", "px", "0..", PIC, "height", 3, -1, 0, false, false, box, 3},
    {"lm5_x_0", "px", "", PIC, "eye at image left (the person's right eye)", 3, -1, 0, false, false, point_x, 0},
    {"lm5_x_1", "px", "", PIC, "eye at image right", 3, -1, 0, false, false, point_x, 1},
    {"lm5_x_2", "px", "", PIC, "tip of the nose", 3, -1, 0, false, false, point_x, 2},
    {"lm5_x_3", "px", "", PIC, "corner of the mouth at image left", 3, -1, 0, false, false, point_x, 3},
    {"lm5_x_4", "px", "", PIC, "corner of the mouth at image right", 3, -1, 0, false, false, point_x, 4},
    {"lm5_y_0", "px", "", PIC, "as lm5_x_0", 3, -1, 0, false, false, point_y, 0},
    {"lm5_y_1", "px", "", PIC, "as lm5_x_1", 3, -1, 0, false, false, point_y, 1},
    {"lm5_y_2", "px", "", PIC, "as lm5_x_2", 3, -1, 0, false, false, point_y, 2},
    {"lm5_y_3", "px", "", PIC, "as lm5_x_3", 3, -1, 0, false, false, point_y, 3},
    {"lm5_y_4", "px", "", PIC, "as lm5_x_4", 3, -1, 0, false, false, point_y, 4},
    {"gaze_0_x", "", "-1..1", CAM, "eyes' geometry: unit vector of the eye at image left (the person's right)", 6, 6, MIEN_EYES, false, false, eye_gaze, 0},
    {"gaze_0_y", "", "-1..1", CAM, "as gaze_0_x", 6, 6, MIEN_EYES, false, false, eye_gaze, 1},
    {"gaze_0_z", "", "-1..1", CAM, "as gaze_0_x", 6, 6, MIEN_EYES, false, false, eye_gaze, 2},
    {"gaze_1_x", "", "-1..1", CAM, "eyes' geometry: unit vector of the eye at image right", 6, 6, MIEN_EYES, false, false, eye_gaze, 3},
    {"gaze_1_y", "", "-1..1", CAM, "as gaze_1_x", 6, 6, MIEN_EYES, false, false, eye_gaze, 4},
    {"gaze_1_z", "", "-1..1", CAM, "as gaze_1_x", 6, 6, MIEN_EYES, false, false, eye_gaze, 5},
    {"gaze_angle_x", "rad", "", "positive towards image right", "eyes' geometry: horizontal angle of both eyes' mean", 5, 3, MIEN_EYES, false, false, eye_gaze, 6},
    {"gaze_angle_y", "rad", "", "positive down", "eyes' geometry: vertical angle of both eyes' mean", 5, 3, MIEN_EYES, false, false, eye_gaze, 7},
    {"gaze_missed", "", "0..3", "", "eyes' geometry: 1 or 2 (3: both): the vector of gaze_0 or gaze_1 means nothing", 0, -1, MIEN_EYES, false, false, eye_gaze, 8},
};

#define PIC68 "picture: centre of the top left pixel (0, 0), x right, y down"
static const struct series {
    const char *format; /* of the name; the number goes in */
    int count, first_number;
    struct mn_column like;
} series[] = {
    {"eye_lmk_x_%d", EYE_POINTS, 0, {NULL, "px", "", PIC68, "0 to 27: eye at image left; 28 to 55: at image right", 3, 1, MIEN_EYES, false, false, eye_point, 0}},
    {"eye_lmk_y_%d", EYE_POINTS, 0, {NULL, "px", "", PIC68, "as eye_lmk_x", 3, 1, MIEN_EYES, false, false, eye_point, EYE_POINTS}},
    {"eye_lmk_X_%d", EYE_POINTS, 0, {NULL, "mm", "", CAM, "the same in space", 2, 1, MIEN_EYES, false, false, eye_point_mm, 0}},
    {"eye_lmk_Y_%d", EYE_POINTS, 0, {NULL, "mm", "", CAM, "the same in space", 2, 1, MIEN_EYES, false, false, eye_point_mm, EYE_POINTS}},
    {"eye_lmk_Z_%d", EYE_POINTS, 0, {NULL, "mm", "", CAM, "the same in space", 2, 1, MIEN_EYES, false, false, eye_point_mm, 2 * EYE_POINTS}},
    {"pose_Tx", 1, 0, {NULL, "mm", "", CAM, "place of the head", 2, 1, MIEN_POSE, false, false, pose, 0}},
    {"pose_Ty", 1, 0, {NULL, "mm", "", CAM, "as pose_Tx", 2, 1, MIEN_POSE, false, false, pose, 1}},
    {"pose_Tz", 1, 0, {NULL, "mm", "", CAM, "as pose_Tx; right only as far as focal length and head size are", 2, 1, MIEN_POSE, false, false, pose, 2}},
    {"pose_Rx", 1, 0, {NULL, "rad", "", "R = Rx Ry Rz; positive looks down", "turn of the head", 5, 3, MIEN_POSE, false, false, pose, 3}},
    {"pose_Ry", 1, 0, {NULL, "rad", "", "positive towards image left", "as pose_Rx", 5, 3, MIEN_POSE, false, false, pose, 4}},
    {"pose_Rz", 1, 0, {NULL, "rad", "", "positive clockwise in the image", "as pose_Rx", 5, 3, MIEN_POSE, false, false, pose, 5}},
    {"landmark_confidence", 1, 0, {NULL, "", "0..1", "", "of the network itself (above 0.5: a face) or OpenFace's validator (0.725)", 4, -1, MIEN_LANDMARKS, false, false, landmark_confidence, 0}},
    {"x_%d", 68, 0, {NULL, "px", "", PIC68, "landmark in 68-point order", 3, 1, MIEN_LANDMARKS, false, false, point68, 0}},
    {"y_%d", 68, 0, {NULL, "px", "", PIC68, "landmark in 68-point order", 3, 1, MIEN_LANDMARKS, false, false, point68, 68}},
    {"X_%d", 68, 0, {NULL, "mm", "", CAM, "landmark in space", 2, 1, MIEN_POSE, false, false, point68_mm, 0}},
    {"Y_%d", 68, 0, {NULL, "mm", "", CAM, "landmark in space", 2, 1, MIEN_POSE, false, false, point68_mm, 68}},
    {"Z_%d", 68, 0, {NULL, "mm", "", CAM, "landmark in space", 2, 1, MIEN_POSE, false, false, point68_mm, 136}},
    {"p_scale", 1, 0, {NULL, "px/mm", "0..", "", "size of the fitted shape", 5, 3, MIEN_SHAPE, false, false, fit, 0}},
    {"p_rx", 1, 0, {NULL, "rad", "", "R = Rx Ry Rz", "turn of the fitted shape", 5, 3, MIEN_SHAPE, false, false, fit, 1}},
    {"p_ry", 1, 0, {NULL, "rad", "", "R = Rx Ry Rz", "as p_rx", 5, 3, MIEN_SHAPE, false, false, fit, 2}},
    {"p_rz", 1, 0, {NULL, "rad", "", "R = Rx Ry Rz", "as p_rx", 5, 3, MIEN_SHAPE, false, false, fit, 3}},
    {"p_tx", 1, 0, {NULL, "px", "", PIC68, "origin of the fitted shape", 3, 3, MIEN_SHAPE, false, false, fit, 4}},
    {"p_ty", 1, 0, {NULL, "px", "", PIC68, "as p_tx", 3, 3, MIEN_SHAPE, false, false, fit, 5}},
    {"p_%d", MIEN_SHAPE_MODES, 0, {NULL, "mm", "", "", "expression and identity along one mode of the shape model", 4, 3, MIEN_SHAPE, false, false, fit, 6}},
    {"fit_rms", 1, 0, {NULL, "px", "0..", "", "distance of landmarks and fitted shape; large means doubt", 3, -1, MIEN_SHAPE, false, false, fit_rms, 0}},
    {"AU%02d_r", MIEN_AU_INTENSITIES, 0, {NULL, "", "0..5", "FACS", "intensity of the action unit", 3, 2, MIEN_AU, false, true, au, 0}},
    {"AU%02d_c", MIEN_AU_PRESENCES, 0, {NULL, "", "0, 1", "FACS", "presence of the action unit", 0, 2, MIEN_AU, false, true, au, MIEN_AU_INTENSITIES}},
    {"au_final", 1, 0, {NULL, "", "0, 1", "", "1: calibrated with the whole video, or single image; 0: as known in this frame", 0, -1, MIEN_AU, false, true, au, -1}},
};
/* clang-format on */

#define NUM_FIRST ((int)(sizeof(first_columns) / sizeof(first_columns[0])))
#define MOST 1024

static struct mn_column columns[MOST];
static char names[MOST][24];
static int num_columns;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make(void)
{
    memcpy(columns, first_columns, sizeof(first_columns));
    num_columns = NUM_FIRST;
    for (size_t k = 0; k < sizeof(series) / sizeof(series[0]); k++)
        for (int i = 0; i < series[k].count; i++) {
            struct mn_column *c = &columns[num_columns];
            int number = series[k].like.value != au                    ? i
                         : series[k].like.index == MIEN_AU_INTENSITIES ? mien_au_presence_unit(i)
                                                                       : mien_au_intensity_unit(i);
            *c = series[k].like;
            c->index += i;
            /* the formats are ours, in the table above */
            _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"")
                snprintf(names[num_columns], sizeof(names[0]), series[k].format, number);
            _Pragma("GCC diagnostic pop") c->name = names[num_columns++];
        }
}

const struct mn_column *mn_column_at(int i)
{
    pthread_once(&once, make);
    return i >= 0 && i < num_columns ? &columns[i] : NULL;
}

bool mn_column_experimental(const struct mn_column *c)
{
    if (c->value != au || c->index < 0)
        return false;
    return mien_builtin_au_experimental(
        c->index < MIEN_AU_INTENSITIES ? mien_au_intensity_unit(c->index)
                                       : mien_au_presence_unit(c->index - MIEN_AU_INTENSITIES));
}

bool mn_column_used(const struct mn_column *c, const struct mn_layout *layout)
{
    if (c->analysis & ~layout->analysis)
        return false;
    return (layout->openface ? c->openface_decimals : c->decimals) >= 0;
}
