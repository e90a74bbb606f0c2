/* The arithmetic of gaze around its network. Method: L2CS / MobileGaze. */
#ifndef MN_STAGE_GAZE_H
#define MN_STAGE_GAZE_H

#include <stdbool.h>

#include "image/resample.h"
#include "infer/engine.h"

/* Is the network's input eyes, nose and mouth, placed by landmarks, instead of the whole box? Such
 * a network is recognised by its input, which is wider than high. */
bool mn_gaze_by_landmarks(const struct mn_model *m);

/* The box truncated to whole pixels and clamped to the picture. false: less than 2 pixels a side
 * remain. */
bool mn_gaze_crop(const float box[4], int width, int height, struct mn_rect *crop);

/* For a network by landmarks: from the brows to the mouth, over the width of the head; w : h is
 * 4 : 3, and the rectangle may reach beyond the picture. points: the 68 landmarks, pixels. false:
 * they give no usable rectangle. */
bool mn_gaze_eyes(const float (*points)[2], struct mn_rect *crop);

/* Expected angle in degrees of one head: 90 bins of 4 degrees from -180 (Gaze360) or 28 bins of 3
 * degrees from -42 (MPIIGaze). peak: the largest probability. */
float mn_gaze_angle(const float *scores, int bins, float *peak);

/* Degrees to a unit vector in camera axes. */
void mn_gaze_vector(float yaw, float pitch, float out[3]);

#endif
