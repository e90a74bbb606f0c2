#include "page/quality.h"

#include <math.h>

/* Below 60 pixels of height eyes have few pixels; beyond 30 degrees one eye and half of the face
 * are hidden or foreshortened. */
static const struct mn_quality_limit limits[MN_QUALITY_LIMITS] = {
    {MN_MEASURE_SIZE, 60, INFINITY, 0.1,
     "are smaller than 60 pixels; gaze and action units need larger faces"},
    {MN_MEASURE_HEAD_YAW, -30, 30, 0.1,
     "are turned sideways by more than 30 degrees; gaze and action units are less accurate there"},
    {MN_MEASURE_HEAD_PITCH, -30, 30, 0.1,
     "are turned up or down by more than 30 degrees; gaze and action units are less accurate "
     "there"},
    {MN_MEASURE_LANDMARKS, 0.5, INFINITY, 0.1,
     "have a landmark confidence below 0.5; values that depend on landmarks are doubtful there"},
    {MN_MEASURE_BRIGHTNESS, 40, 220, 0.1,
     "are very dark or very bright (mean grey level below 40 or above 220)"},
    {MN_MEASURE_CONFIDENCE, 0.5, INFINITY, 0.1, "have a detection confidence below 0.5"},
};

const struct mn_quality_limit *mn_quality_limit(int i)
{
    return &limits[i];
}

bool mn_quality_breaks(int i, const struct mn_observation *o)
{
    const double v = o->value[limits[i].measure];
    return v < limits[i].lowest || v > limits[i].highest; /* false for NAN */
}
