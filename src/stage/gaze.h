/* The arithmetic of gaze around its network. Method: L2CS / MobileGaze. */
#ifndef MN_STAGE_GAZE_H
#define MN_STAGE_GAZE_H

#include <stdbool.h>

#include "infer/engine.h"

/* Does the network look at eyes, nose and mouth, which landmarks place, instead of the whole box?
 * Known by its input, which is wider than high. */
bool mn_gaze_by_points(const struct mn_model *m);

/* Box truncated to whole pixels and clamped to the picture: crop = x, y, w, h. false if less than
 * 2 pixels a side remain. */
bool mn_gaze_crop(const float box[4], int width, int height, int crop[4]);

/* For such a network: from the brows to the mouth, over the width of the head. points: the 68
 * landmarks, in the picture; crop = x, y, w, h, which may reach beyond the picture; w : h = 4 : 3.
 * false if that is not a sensible rectangle. */
bool mn_gaze_eyes(const float (*points)[2], int crop[4]);

/* Expected angle in degrees of one head: 90 bins of 4 degrees from -180 (Gaze360) or 28 bins of 3
 * from -42 (MPIIGaze). peak: the largest probability. */
float mn_gaze_angle(const float *scores, int bins, float *peak);

/* Degrees to a unit vector in camera axes. */
void mn_gaze_vector(float yaw, float pitch, float out[3]);

#endif
