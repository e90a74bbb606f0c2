/* Hides a part of a picture. */
#ifndef MN_CLI_HIDE_H
#define MN_CLI_HIDE_H

#include "sink/canvas.h"

/* The order is that of --anonymise. */
enum mn_hide { MN_HIDE_NONE, MN_HIDE_BLUR, MN_HIDE_PIXELATE, MN_HIDE_BLACK, MN_HIDE_POINTS };

/* "blur"; "" for none. */
const char *mn_hide_name(enum mn_hide how);

/* Hides the rectangle, clipped to the canvas. cell: pixels of the smallest detail that a blur or
 * squares may keep. Black and points: black. Squares lie on a grid that is fixed to the picture, so
 * a moving face does not reveal more of itself; the rectangle grows to whole squares. */
void mn_hide(struct mn_canvas *c, struct mn_rect r, int cell, enum mn_hide how);

/* Hides a face with hair, chin and ears, which lie outside its box (x, y, width, height; pixels).
 * more: pixels by which the part grows on each side. Squares are wider than an eighth of any face
 * that another detector could find there. */
void mn_hide_face(struct mn_canvas *c, const float box[4], float more, enum mn_hide how);

#endif
