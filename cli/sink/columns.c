#include "sink/columns.h"

#include <stddef.h>

static bool frame(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = (double)f->index + 1;
    return true;
}

static bool face_id(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face ? face->id : -1;
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

static bool detected(const mien_frame *f, const mien_face *face, int i, double *out)
{
    *out = face && face->box_source == MIEN_BOX_DETECTED;
    return true;
}

enum { YAW, PITCH, YAW_SMOOTH, PITCH_SMOOTH, X, Y, Z, YAW_PEAK, PITCH_PEAK };

static bool gaze(const mien_frame *f, const mien_face *face, int i, double *out)
{
    if (!face || !face->has_gaze)
        return false;
    const float values[] = {face->yaw,     face->pitch,   face->yaw_smooth, face->pitch_smooth,
                            face->gaze[0], face->gaze[1], face->gaze[2],    face->yaw_peak,
                            face->pitch_peak};
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

#define PIC "picture: origin top left, x right, y down"
#define CAM "camera: x image right, y down, z away"
#define YAW_SIGN "positive towards image left"
#define PITCH_SIGN "positive up"

static const struct mn_column columns[] = {
    {"frame", "", "1..", "", "number of the decoded frame, from 1 as in OpenFace", 0, true, frame},
    {"face_id", "", "-1..", "", "person within this input; -1: no face in this frame", 0, false, face_id},
    {"timestamp", "s", "", "", "presentation time from the container", 6, true, timestamp},
    {"confidence", "", "0..1", "", "score of the face detector; 0 without a face", 5, false, confidence},
    {"success", "", "0, 1", "", "1: the row describes a face; 0: the frame has none", 0, false, success},
    {"detected", "", "0, 1", "", "1: box found in this very frame; 0: interpolated or carried", 0, false, detected},
    {"gaze_yaw", "deg", "-180..176", YAW_SIGN, "horizontal gaze angle, this frame alone", 4, false, gaze, YAW},
    {"gaze_pitch", "deg", "-180..176", PITCH_SIGN, "vertical gaze angle, this frame alone", 4, false, gaze, PITCH},
    {"gaze_yaw_smooth", "deg", "-180..176", YAW_SIGN, "the same, smoothed over time for this person", 4, false, gaze, YAW_SMOOTH},
    {"gaze_pitch_smooth", "deg", "-180..176", PITCH_SIGN, "the same, smoothed over time for this person", 4, false, gaze, PITCH_SMOOTH},
    {"gaze_x", "", "-1..1", CAM, "unit vector of the unsmoothed angles; (0, 0, -1) looks into the lens", 6, false, gaze, X},
    {"gaze_y", "", "-1..1", CAM, "as gaze_x", 6, false, gaze, Y},
    {"gaze_z", "", "-1..1", CAM, "as gaze_x", 6, false, gaze, Z},
    {"gaze_yaw_peak", "", "0..1", "", "largest probability among the yaw bins; 0.01 means no idea", 4, false, gaze, YAW_PEAK},
    {"gaze_pitch_peak", "", "0..1", "", "largest probability among the pitch bins", 4, false, gaze, PITCH_PEAK},
    {"box_x", "px", "", PIC, "left edge of the face box; may lie outside the picture", 3, false, box, 0},
    {"box_y", "px", "", PIC, "top edge", 3, false, box, 1},
    {"box_w", "px", "0..", PIC, "width", 3, false, box, 2},
    {"box_h", "px", "0..", PIC, "height", 3, false, box, 3},
    {"lm5_x_0", "px", "", PIC, "eye at image left (the person's right eye)", 3, false, point_x, 0},
    {"lm5_x_1", "px", "", PIC, "eye at image right", 3, false, point_x, 1},
    {"lm5_x_2", "px", "", PIC, "tip of the nose", 3, false, point_x, 2},
    {"lm5_x_3", "px", "", PIC, "corner of the mouth at image left", 3, false, point_x, 3},
    {"lm5_x_4", "px", "", PIC, "corner of the mouth at image right", 3, false, point_x, 4},
    {"lm5_y_0", "px", "", PIC, "as lm5_x_0", 3, false, point_y, 0},
    {"lm5_y_1", "px", "", PIC, "as lm5_x_1", 3, false, point_y, 1},
    {"lm5_y_2", "px", "", PIC, "as lm5_x_2", 3, false, point_y, 2},
    {"lm5_y_3", "px", "", PIC, "as lm5_x_3", 3, false, point_y, 3},
    {"lm5_y_4", "px", "", PIC, "as lm5_x_4", 3, false, point_y, 4},
};

const struct mn_column *mn_column_at(int i)
{
    return i >= 0 && i < (int)(sizeof(columns) / sizeof(columns[0])) ? &columns[i] : NULL;
}
