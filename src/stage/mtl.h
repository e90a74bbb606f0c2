/* The arithmetic of the multitask network around its run. Method: OpenFace 3.0. */
#ifndef MN_STAGE_MTL_H
#define MN_STAGE_MTL_H

#include <stdbool.h>

#include "image/resample.h"

/* What the network sees of a box: its corners truncated to whole pixels; with MIEN_MTL_DEMO2 15 %
 * of its width and height more on each side; the part of it inside the picture. false: nothing. */
bool mn_mtl_crop(const float box[4], enum mien_mtl_crop rule, int width, int height,
                 struct mn_rect *crop);

/* Logits to probabilities. */
void mn_mtl_emotions(const float logit[MIEN_EMOTIONS], float out[MIEN_EMOTIONS]);

#endif
