/* Draws what was found into a copy of the picture, never into the picture that is analysed. */
#ifndef MN_CLI_OVERLAY_H
#define MN_CLI_OVERLAY_H

#include <mien/mien.h>

#include "sink/result.h"

/* 8-bit 4:2:0 planes that may be written; width and height even. */
struct mn_canvas {
    int width, height;
    uint8_t *plane[3];
    int stride[3];
};

/* The picture, converted if it is not I420, and cut to the canvas (which is at most one pixel
 * smaller each way). Colours of a full-range or BT.709 picture are kept as they are coded. */
void mn_overlay_copy(struct mn_canvas *c, const mien_picture *p);

/* Boxes with corners, the 68 points or else five, an arrow along the smoothed gaze, action units as
 * bars, and text. status: one more line at the top left; NULL or "" for none. */
void mn_overlay_draw(struct mn_canvas *c, const struct mn_result *r, const char *status);

#endif
