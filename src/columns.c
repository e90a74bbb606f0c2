/* The one table of output columns: name, unit, range, meaning, value. */
#include <mien/columns.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------------- values ---- */

static bool frame(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (f)
        *out = (double)f->index + 1;
    return f != NULL;
}

static bool face_id(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face ? face->id : f && f->error ? -2 : -1;
    return true;
}

static bool timestamp(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (f)
        *out = f->time;
    return f != NULL;
}

static bool confidence(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face ? (double)face->confidence : 0;
    return true;
}

static bool success(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face && !face->untrusted;
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

#define EYE_POINTS (2 * MIEN_EYE_LANDMARKS)

static bool point68(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_LANDMARKS))
        return false;
    *out = (double)face->landmark[i % MIEN_FACE_LANDMARKS][i / MIEN_FACE_LANDMARKS];
    return true;
}

static bool point98(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_LANDMARKS98))
        return false;
    *out = (double)face->landmark98[i % MIEN_WFLW_LANDMARKS][i / MIEN_WFLW_LANDMARKS];
    return true;
}

static bool point68_mm(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_POSE))
        return false;
    *out = (double)face->landmark_mm[i % MIEN_FACE_LANDMARKS][i / MIEN_FACE_LANDMARKS];
    return true;
}

static bool pose(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_POSE))
        return false;
    *out = (double)(i < 3 ? face->head_mm[i] : face->head_rad[i - 3]);
    return true;
}

/* 0 to 55: x of the landmarks of both eyes, one after the other; 56 to 111: y. */
static bool eye_point(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_EYES))
        return false;
    int k = i % EYE_POINTS;
    *out =
        (double)face->eyes.landmark[k / MIEN_EYE_LANDMARKS][k % MIEN_EYE_LANDMARKS][i / EYE_POINTS];
    return true;
}

static bool eye_point_mm(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_EYES))
        return false;
    int k = i % EYE_POINTS;
    *out =
        (double)
            face->eyes.landmark_mm[k / MIEN_EYE_LANDMARKS][k % MIEN_EYE_LANDMARKS][i / EYE_POINTS];
    return true;
}

/* 0 to 5: two vectors; 6 and 7: angles; 8: which vectors are not valid. */
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

static bool lids(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_LIDS))
        return false;
    *out = (double)(i < 2 ? face->lids.ratio[i] : face->lids.opening_mm);
    return true;
}

static bool emotion(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_MTL))
        return false;
    *out = (double)face->mtl.emotion[i];
    return true;
}

static bool mtl_gaze(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_MTL))
        return false;
    *out = (double)(i == 0 ? face->mtl.yaw : i == 1 ? face->mtl.pitch : face->mtl.gaze[i - 2]);
    return true;
}

static bool mtl_unit(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_MTL))
        return false;
    *out = (double)face->mtl.unit[i];
    return true;
}

static bool quality(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_QUALITY))
        return false;
    *out = (double)(i ? face->brightness : face->sharpness);
    return true;
}

/* 0 to 467: x; then y; then z. */
static bool mesh_point(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !(face->has & MIEN_MESH))
        return false;
    *out = (double)face->mesh[i % MIEN_MESH_POINTS][i / MIEN_MESH_POINTS];
    return true;
}

/* -------------------------------------------------------------------------------- table ---- */

#define PIC "picture: origin top left, x right, y down"
#define PIC68 "picture: centre of the top left pixel (0, 0), x right, y down"
#define CAM "camera: x image right, y down, z away"
#define YAW_SIGN "positive towards image left"
#define PITCH_SIGN "positive up"

#define NONE (-1)
#define DECIMALS(mien, openface) .decimals = mien, .openface_decimals = openface

/* Rows of two or three lines. */
/* clang-format off */
static const struct row {
    const char *name; /* with a place for the number or label if there are several */
    int count;        /* columns that this row stands for; 0 = 1 */
    const char *(*label)(int i); /* NULL: numbers */
    bool (*value)(const mien_frame *f, const mien_face *face, int index, double *out);
    int index; /* passed to value for the first of them; the others follow */
    int decimals, openface_decimals;
    unsigned analysis;
    int of_frame, revised;
    const char *unit, *range, *coordinates, *meaning;
} rows[] = {
    {.name = "frame", .value = frame, DECIMALS(0, 0), .of_frame = 1, .range = "1..",
     .meaning = "number of the decoded frame, from 1 as in OpenFace"},
    {.name = "face_id", .value = face_id, DECIMALS(0, 0), .range = "-2..",
     .meaning = "person within this input; -1: no face in this frame; -2: not analysed"},
    {.name = "timestamp", .value = timestamp, DECIMALS(6, 3), .of_frame = 1, .unit = "s",
     .meaning = "presentation time from the container"},
    {.name = "confidence", .value = confidence, DECIMALS(5, NONE), .range = "0..1",
     .meaning = "score of the face detector (clnf: of the landmark validator); 0 without a face"},
    {.name = "success", .value = success, DECIMALS(0, NONE), .range = "0, 1",
     .meaning = "1: the row describes a face; 0: the frame has none, or the face mesh does not trust it"},
    {.name = "confidence", .value = openface_confidence, DECIMALS(NONE, 2), .range = "0..1",
     .meaning = "openface: landmark_confidence if there is one, else the detector's score"},
    {.name = "success", .value = openface_success, DECIMALS(NONE, 0), .range = "0, 1",
     .meaning = "openface: 1: the landmarks are those of a face"},
    {.name = "detected", .value = detected, DECIMALS(0, NONE), .range = "0, 1",
     .meaning = "1: box detected in this frame; 0: interpolated, carried or followed"},
    {.name = "gaze_yaw", .value = gaze, .index = YAW, DECIMALS(4, NONE), .analysis = MIEN_GAZE,
     .unit = "deg", .range = "-180..176", .coordinates = YAW_SIGN,
     .meaning = "horizontal gaze angle, this frame alone"},
    {.name = "gaze_pitch", .value = gaze, .index = PITCH, DECIMALS(4, NONE), .analysis = MIEN_GAZE,
     .unit = "deg", .range = "-180..176", .coordinates = PITCH_SIGN,
     .meaning = "vertical gaze angle, this frame alone"},
    {.name = "gaze_yaw_smooth", .value = gaze, .index = YAW_SMOOTH, DECIMALS(4, NONE),
     .analysis = MIEN_GAZE, .unit = "deg", .range = "-180..176", .coordinates = YAW_SIGN,
     .meaning = "the same, smoothed over time for this person"},
    {.name = "gaze_pitch_smooth", .value = gaze, .index = PITCH_SMOOTH, DECIMALS(4, NONE),
     .analysis = MIEN_GAZE, .unit = "deg", .range = "-180..176", .coordinates = PITCH_SIGN,
     .meaning = "the same, smoothed over time for this person"},
    {.name = "gaze_x", .value = gaze, .index = X, DECIMALS(6, NONE), .analysis = MIEN_GAZE,
     .range = "-1..1", .coordinates = CAM,
     .meaning = "unit vector of the unsmoothed angles; (0, 0, -1) looks into the lens"},
    {.name = "gaze_y", .value = gaze, .index = Y, DECIMALS(6, NONE), .analysis = MIEN_GAZE,
     .range = "-1..1", .coordinates = CAM, .meaning = "as gaze_x"},
    {.name = "gaze_z", .value = gaze, .index = Z, DECIMALS(6, NONE), .analysis = MIEN_GAZE,
     .range = "-1..1", .coordinates = CAM, .meaning = "as gaze_x"},
    {.name = "gaze_yaw_peak", .value = gaze, .index = YAW_PEAK, DECIMALS(4, NONE),
     .analysis = MIEN_GAZE, .range = "0..1",
     .meaning = "largest probability among the yaw bins; 0.01 means no information"},
    {.name = "gaze_pitch_peak", .value = gaze, .index = PITCH_PEAK, DECIMALS(4, NONE),
     .analysis = MIEN_GAZE, .range = "0..1",
     .meaning = "largest probability among the pitch bins"},
    {.name = "box_x", .value = box, DECIMALS(3, NONE), .unit = "px", .coordinates = PIC,
     .meaning = "left edge of the face box; may lie outside the picture"},
    {.name = "box_y", .value = box, .index = 1, DECIMALS(3, NONE), .unit = "px",
     .coordinates = PIC, .meaning = "top edge"},
    {.name = "box_w", .value = box, .index = 2, DECIMALS(3, NONE), .unit = "px", .range = "0..",
     .coordinates = PIC, .meaning = "width"},
    {.name = "box_h", .value = box, .index = 3, DECIMALS(3, NONE), .unit = "px", .range = "0..",
     .coordinates = PIC, .meaning = "height"},
    {.name = "lm5_x_0", .value = point_x, DECIMALS(3, NONE), .unit = "px", .coordinates = PIC,
     .meaning = "eye at image left (the person's right eye)"},
    {.name = "lm5_x_1", .value = point_x, .index = 1, DECIMALS(3, NONE), .unit = "px",
     .coordinates = PIC, .meaning = "eye at image right"},
    {.name = "lm5_x_2", .value = point_x, .index = 2, DECIMALS(3, NONE), .unit = "px",
     .coordinates = PIC, .meaning = "tip of the nose"},
    {.name = "lm5_x_3", .value = point_x, .index = 3, DECIMALS(3, NONE), .unit = "px",
     .coordinates = PIC, .meaning = "corner of the mouth at image left"},
    {.name = "lm5_x_4", .value = point_x, .index = 4, DECIMALS(3, NONE), .unit = "px",
     .coordinates = PIC, .meaning = "corner of the mouth at image right"},
    {.name = "lm5_y_0", .value = point_y, DECIMALS(3, NONE), .unit = "px", .coordinates = PIC,
     .meaning = "as lm5_x_0"},
    {.name = "lm5_y_1", .value = point_y, .index = 1, DECIMALS(3, NONE), .unit = "px",
     .coordinates = PIC, .meaning = "as lm5_x_1"},
    {.name = "lm5_y_2", .value = point_y, .index = 2, DECIMALS(3, NONE), .unit = "px",
     .coordinates = PIC, .meaning = "as lm5_x_2"},
    {.name = "lm5_y_3", .value = point_y, .index = 3, DECIMALS(3, NONE), .unit = "px",
     .coordinates = PIC, .meaning = "as lm5_x_3"},
    {.name = "lm5_y_4", .value = point_y, .index = 4, DECIMALS(3, NONE), .unit = "px",
     .coordinates = PIC, .meaning = "as lm5_x_4"},
    {.name = "gaze_0_x", .value = eye_gaze, DECIMALS(6, 6), .analysis = MIEN_EYES,
     .range = "-1..1", .coordinates = CAM,
     .meaning = "eyes' geometry: unit vector of the eye at image left (the person's right)"},
    {.name = "gaze_0_y", .value = eye_gaze, .index = 1, DECIMALS(6, 6), .analysis = MIEN_EYES,
     .range = "-1..1", .coordinates = CAM, .meaning = "as gaze_0_x"},
    {.name = "gaze_0_z", .value = eye_gaze, .index = 2, DECIMALS(6, 6), .analysis = MIEN_EYES,
     .range = "-1..1", .coordinates = CAM, .meaning = "as gaze_0_x"},
    {.name = "gaze_1_x", .value = eye_gaze, .index = 3, DECIMALS(6, 6), .analysis = MIEN_EYES,
     .range = "-1..1", .coordinates = CAM,
     .meaning = "eyes' geometry: unit vector of the eye at image right"},
    {.name = "gaze_1_y", .value = eye_gaze, .index = 4, DECIMALS(6, 6), .analysis = MIEN_EYES,
     .range = "-1..1", .coordinates = CAM, .meaning = "as gaze_1_x"},
    {.name = "gaze_1_z", .value = eye_gaze, .index = 5, DECIMALS(6, 6), .analysis = MIEN_EYES,
     .range = "-1..1", .coordinates = CAM, .meaning = "as gaze_1_x"},
    {.name = "gaze_angle_x", .value = eye_gaze, .index = 6, DECIMALS(5, 3), .analysis = MIEN_EYES,
     .unit = "rad", .coordinates = "positive towards image right",
     .meaning = "eyes' geometry: horizontal angle of both eyes' mean"},
    {.name = "gaze_angle_y", .value = eye_gaze, .index = 7, DECIMALS(5, 3), .analysis = MIEN_EYES,
     .unit = "rad", .coordinates = "positive down",
     .meaning = "eyes' geometry: vertical angle of both eyes' mean"},
    {.name = "gaze_missed", .value = eye_gaze, .index = 8, DECIMALS(0, NONE),
     .analysis = MIEN_EYES, .range = "0..3",
     .meaning = "eyes' geometry: 1, 2 or 3 (both): gaze_0 or gaze_1 is not valid"},
    {.name = "eye_lmk_x_%d", .count = EYE_POINTS, .value = eye_point, DECIMALS(3, 1),
     .analysis = MIEN_EYES, .unit = "px", .coordinates = PIC68,
     .meaning = "0 to 27: eye at image left; 28 to 55: at image right"},
    {.name = "eye_lmk_y_%d", .count = EYE_POINTS, .value = eye_point, .index = EYE_POINTS,
     DECIMALS(3, 1), .analysis = MIEN_EYES, .unit = "px", .coordinates = PIC68,
     .meaning = "as eye_lmk_x"},
    {.name = "eye_lmk_X_%d", .count = EYE_POINTS, .value = eye_point_mm, DECIMALS(2, 1),
     .analysis = MIEN_EYES, .unit = "mm", .coordinates = CAM,
     .meaning = "the same landmarks in space"},
    {.name = "eye_lmk_Y_%d", .count = EYE_POINTS, .value = eye_point_mm, .index = EYE_POINTS,
     DECIMALS(2, 1), .analysis = MIEN_EYES, .unit = "mm", .coordinates = CAM,
     .meaning = "the same landmarks in space"},
    {.name = "eye_lmk_Z_%d", .count = EYE_POINTS, .value = eye_point_mm, .index = 2 * EYE_POINTS,
     DECIMALS(2, 1), .analysis = MIEN_EYES, .unit = "mm", .coordinates = CAM,
     .meaning = "the same landmarks in space"},
    {.name = "pose_Tx", .value = pose, DECIMALS(2, 1), .analysis = MIEN_POSE, .unit = "mm",
     .coordinates = CAM, .meaning = "position of the head"},
    {.name = "pose_Ty", .value = pose, .index = 1, DECIMALS(2, 1), .analysis = MIEN_POSE,
     .unit = "mm", .coordinates = CAM, .meaning = "as pose_Tx"},
    {.name = "pose_Tz", .value = pose, .index = 2, DECIMALS(2, 1), .analysis = MIEN_POSE,
     .unit = "mm", .coordinates = CAM,
     .meaning = "as pose_Tx; only as accurate as focal length and head size"},
    {.name = "pose_Rx", .value = pose, .index = 3, DECIMALS(5, 3), .analysis = MIEN_POSE,
     .unit = "rad", .coordinates = "R = Rx Ry Rz; positive looks down",
     .meaning = "rotation of the head"},
    {.name = "pose_Ry", .value = pose, .index = 4, DECIMALS(5, 3), .analysis = MIEN_POSE,
     .unit = "rad", .coordinates = "positive towards image left", .meaning = "as pose_Rx"},
    {.name = "pose_Rz", .value = pose, .index = 5, DECIMALS(5, 3), .analysis = MIEN_POSE,
     .unit = "rad", .coordinates = "positive clockwise in the image", .meaning = "as pose_Rx"},
    {.name = "landmark_confidence", .value = landmark_confidence, DECIMALS(4, NONE),
     .analysis = MIEN_LANDMARKS, .range = "0..1",
     .meaning = "of the landmark network (a face above 0.5) or OpenFace's validator (0.725)"},
    {.name = "x_%d", .count = 68, .value = point68, DECIMALS(3, 1), .analysis = MIEN_LANDMARKS,
     .unit = "px", .coordinates = PIC68, .meaning = "landmark in 68-point order"},
    {.name = "y_%d", .count = 68, .value = point68, .index = 68, DECIMALS(3, 1),
     .analysis = MIEN_LANDMARKS, .unit = "px", .coordinates = PIC68,
     .meaning = "landmark in 68-point order"},
    {.name = "X_%d", .count = 68, .value = point68_mm, DECIMALS(2, 1), .analysis = MIEN_POSE,
     .unit = "mm", .coordinates = CAM, .meaning = "landmark in space"},
    {.name = "Y_%d", .count = 68, .value = point68_mm, .index = 68, DECIMALS(2, 1),
     .analysis = MIEN_POSE, .unit = "mm", .coordinates = CAM, .meaning = "landmark in space"},
    {.name = "Z_%d", .count = 68, .value = point68_mm, .index = 136, DECIMALS(2, 1),
     .analysis = MIEN_POSE, .unit = "mm", .coordinates = CAM, .meaning = "landmark in space"},
    {.name = "mesh_x_%d", .count = MIEN_MESH_POINTS, .value = mesh_point, DECIMALS(2, NONE),
     .analysis = MIEN_MESH, .unit = "px", .coordinates = PIC68,
     .meaning = "point of the face mesh, in the order of MediaPipe's canonical face"},
    {.name = "mesh_y_%d", .count = MIEN_MESH_POINTS, .value = mesh_point,
     .index = MIEN_MESH_POINTS, DECIMALS(2, NONE), .analysis = MIEN_MESH, .unit = "px",
     .coordinates = PIC68, .meaning = "as mesh_x"},
    {.name = "mesh_z_%d", .count = MIEN_MESH_POINTS, .value = mesh_point,
     .index = 2 * MIEN_MESH_POINTS, DECIMALS(2, NONE), .analysis = MIEN_MESH, .unit = "px",
     .coordinates = "smaller towards the camera; 0 about the middle of the head",
     .meaning = "depth of the same point, in pixels of the picture"},
    {.name = "lm98_x_%d", .count = MIEN_WFLW_LANDMARKS, .value = point98, DECIMALS(3, NONE),
     .analysis = MIEN_LANDMARKS98, .unit = "px", .coordinates = PIC68,
     .meaning = "landmark in WFLW's 98-point order"},
    {.name = "lm98_y_%d", .count = MIEN_WFLW_LANDMARKS, .value = point98,
     .index = MIEN_WFLW_LANDMARKS, DECIMALS(3, NONE), .analysis = MIEN_LANDMARKS98, .unit = "px",
     .coordinates = PIC68, .meaning = "as lm98_x"},
    {.name = "eye_open_%d", .count = 2, .value = lids, DECIMALS(4, NONE), .analysis = MIEN_LIDS,
     .range = "0..", .meaning = "height over width of the eye at image left, and at image right"},
    {.name = "eye_opening", .value = lids, .index = 2, DECIMALS(3, NONE), .analysis = MIEN_LIDS,
     .unit = "mm", .range = "0..",
     .meaning = "distance of the lids in space, mean of both eyes; mien events --lids takes it"},
    {.name = "face_sharpness", .value = quality, DECIMALS(3, NONE), .analysis = MIEN_QUALITY,
     .range = "0..", .meaning = "deviation of the Laplacian of the box at 96 x 96 pixels"},
    {.name = "face_brightness", .value = quality, .index = 1, DECIMALS(2, NONE),
     .analysis = MIEN_QUALITY, .range = "0..255", .meaning = "mean grey level of the box"},
    {.name = "emotion_%s", .count = MIEN_EMOTIONS, .label = mien_emotion_name, .value = emotion,
     DECIMALS(5, NONE), .analysis = MIEN_MTL, .range = "0..1",
     .meaning = "multitask network: probability of the emotion among eight"},
    {.name = "mtl_gaze_yaw", .value = mtl_gaze, DECIMALS(4, NONE), .analysis = MIEN_MTL,
     .unit = "deg", .coordinates = YAW_SIGN,
     .meaning = "multitask network: horizontal gaze angle, this frame alone"},
    {.name = "mtl_gaze_pitch", .value = mtl_gaze, .index = 1, DECIMALS(4, NONE),
     .analysis = MIEN_MTL, .unit = "deg", .coordinates = PITCH_SIGN,
     .meaning = "multitask network: vertical gaze angle, this frame alone"},
    {.name = "mtl_gaze_x", .value = mtl_gaze, .index = 2, DECIMALS(6, NONE), .analysis = MIEN_MTL,
     .range = "-1..1", .coordinates = CAM,
     .meaning = "unit vector of these angles; (0, 0, -1) looks into the lens"},
    {.name = "mtl_gaze_y", .value = mtl_gaze, .index = 3, DECIMALS(6, NONE), .analysis = MIEN_MTL,
     .range = "-1..1", .coordinates = CAM, .meaning = "as mtl_gaze_x"},
    {.name = "mtl_gaze_z", .value = mtl_gaze, .index = 4, DECIMALS(6, NONE), .analysis = MIEN_MTL,
     .range = "-1..1", .coordinates = CAM, .meaning = "as mtl_gaze_x"},
    {.name = "mtl_AU%02d", .count = MIEN_MTL_UNITS, .value = mtl_unit, DECIMALS(4, NONE),
     .analysis = MIEN_MTL, .range = "0..1", .coordinates = "FACS",
     .meaning = "multitask network: score for the presence of the action unit (above 0.5), no intensity"},
    {.name = "p_scale", .value = fit, DECIMALS(5, 3), .analysis = MIEN_SHAPE, .unit = "px/mm",
     .range = "0..", .meaning = "scale of the fitted shape"},
    {.name = "p_rx", .value = fit, .index = 1, DECIMALS(5, 3), .analysis = MIEN_SHAPE,
     .unit = "rad", .coordinates = "R = Rx Ry Rz", .meaning = "rotation of the fitted shape"},
    {.name = "p_ry", .value = fit, .index = 2, DECIMALS(5, 3), .analysis = MIEN_SHAPE,
     .unit = "rad", .coordinates = "R = Rx Ry Rz", .meaning = "as p_rx"},
    {.name = "p_rz", .value = fit, .index = 3, DECIMALS(5, 3), .analysis = MIEN_SHAPE,
     .unit = "rad", .coordinates = "R = Rx Ry Rz", .meaning = "as p_rx"},
    {.name = "p_tx", .value = fit, .index = 4, DECIMALS(3, 3), .analysis = MIEN_SHAPE,
     .unit = "px", .coordinates = PIC68, .meaning = "origin of the fitted shape"},
    {.name = "p_ty", .value = fit, .index = 5, DECIMALS(3, 3), .analysis = MIEN_SHAPE,
     .unit = "px", .coordinates = PIC68, .meaning = "as p_tx"},
    {.name = "p_%d", .count = MIEN_SHAPE_MODES, .value = fit, .index = 6, DECIMALS(4, 3),
     .analysis = MIEN_SHAPE, .unit = "mm",
     .meaning = "expression and identity along one mode of the shape model"},
    {.name = "fit_rms", .value = fit_rms, DECIMALS(3, NONE), .analysis = MIEN_SHAPE, .unit = "px",
     .range = "0..", .meaning = "distance of landmarks and fitted shape; large: uncertain"},
    {.name = "AU%02d_r", .count = MIEN_AU_INTENSITIES, .value = au, DECIMALS(3, 2),
     .analysis = MIEN_AU, .revised = 1, .range = "0..5", .coordinates = "FACS",
     .meaning = "intensity of the action unit"},
    {.name = "AU%02d_c", .count = MIEN_AU_PRESENCES, .value = au, .index = MIEN_AU_INTENSITIES,
     DECIMALS(0, 2), .analysis = MIEN_AU, .revised = 1, .range = "0, 1", .coordinates = "FACS",
     .meaning = "presence of the action unit"},
    {.name = "au_final", .value = au, .index = -1, DECIMALS(0, NONE), .analysis = MIEN_AU,
     .revised = 1, .range = "0, 1",
     .meaning = "1: calibrated with the whole video, or a single picture; 0: preliminary"},
};
/* clang-format on */
#define NUM_ROWS (sizeof(rows) / sizeof(rows[0]))

#define MOST 2560 /* columns */

struct column {
    mien_column pub;
    const struct row *row;
    int index;
    char name[24];
};

static struct column columns[MOST];
static int num_columns;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const char *text(const char *s)
{
    return s ? s : "";
}

static int action_unit(const struct row *r, int i)
{
    if (r->value != au || r->index < 0)
        return 0;
    return r->index ? mien_au_presence_unit(i) : mien_au_intensity_unit(i);
}

static void add(const struct row *r, int i)
{
    struct column *c = &columns[num_columns++];
    c->row = r;
    c->index = r->index + i;
    const int unit = action_unit(r, i);
    const int number = r->value == mtl_unit ? mien_mtl_unit(i) : unit ? unit : i;
    /* the formats are those of the table above */
    _Pragma("GCC diagnostic push")
        _Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"") if (r->label)
            snprintf(c->name, sizeof(c->name), r->name, r->label(i));
    else snprintf(c->name, sizeof(c->name), r->name, number);
    _Pragma("GCC diagnostic pop") c->pub = (mien_column){
        .name = c->name,
        .unit = text(r->unit),
        .range = text(r->range),
        .coordinates = text(r->coordinates),
        .meaning = r->meaning,
        .decimals = r->decimals,
        .openface_decimals = r->openface_decimals,
        .analysis = r->analysis,
        .action_unit = unit,
        .of_frame = r->of_frame,
        .revised = r->revised,
    };
}

static void make(void)
{
    for (size_t k = 0; k < NUM_ROWS; k++)
        for (int i = 0; i < (rows[k].count ? rows[k].count : 1) && num_columns < MOST; i++)
            add(&rows[k], i);
}

static const struct column *column_at(int i)
{
    pthread_once(&once, make);
    return i >= 0 && i < num_columns ? &columns[i] : NULL;
}

const mien_column *mien_column_at(int i)
{
    const struct column *c = column_at(i);
    return c ? &c->pub : NULL;
}

int mien_column_value(int i, const mien_frame *f, const mien_face *face, double *out)
{
    const struct column *c = column_at(i);
    return c && out && c->row->value(f, face, c->index, out);
}

int mien_column_used(int i, unsigned analysis, int openface)
{
    const struct column *c = column_at(i);
    if (!c || (c->pub.analysis & ~analysis))
        return 0;
    return (openface ? c->pub.openface_decimals : c->pub.decimals) >= 0;
}
