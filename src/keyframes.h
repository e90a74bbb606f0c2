/* The key-frame interval, and the intervals that follow from it. */
#ifndef MN_KEYFRAMES_H
#define MN_KEYFRAMES_H

#include "stage/stage.h"

/* May boxes between two key frames be interpolated without harm to the results? */
bool mn_keyframes_tolerated(const struct mn_context *ctx);

/* With models open: fills in the settings detect_every and frames, and key_frames, key_gap and
 * anchor_every of *ctx. */
void mn_keyframes_resolve(struct mn_context *ctx);

#endif
