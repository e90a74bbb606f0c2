/* Draws results into a copy of the picture, never into the picture that is analysed. */
#ifndef MN_CLI_OVERLAY_H
#define MN_CLI_OVERLAY_H

#include "sink/canvas.h"
#include "sink/columns.h"
#include "sink/result.h"

/* Boxes with corners, the 68 landmarks or else the five points, an arrow along the smoothed gaze,
 * action units as bars, and text. An asterisk marks experimental units, and a line says that the
 * action units are running estimates where later frames may change them. status: one more line at
 * the top left; NULL or "": none. */
void mn_overlay_draw(struct mn_canvas *c, const struct mn_result *r, const struct mn_layout *layout,
                     const char *status);

#endif
