/* Drawing into 8-bit 4:2:0 planes: pictures, rectangles, anti-aliased discs and arrows, text. */
#ifndef MN_CLI_CANVAS_H
#define MN_CLI_CANVAS_H

#include <mien/mien.h>

/* Width and height are even. */
struct mn_canvas {
    int width, height;
    uint8_t *plane[3];
    int stride[3];
};

/* BT.601, limited range, whatever the picture has: in a BT.709 or full-range picture a colour looks
 * slightly different, which does not matter for lines. */
struct mn_colour {
    uint8_t y, u, v;
};

extern const struct mn_colour mn_canvas_white, mn_canvas_dark;

/* Half open: x0 and y0 belong to it, x1 and y1 do not. */
struct mn_rect {
    int x0, y0, x1, y1;
};

/* A disc, and an arrow from its centre along (ux, uy). length 0: the disc alone. Pixels; the centre
 * of the first pixel is (0.5, 0.5). */
struct mn_shape {
    float x, y;       /* centre of the disc */
    float ux, uy;     /* unit vector */
    float length;     /* to the tip of the arrow */
    float disc;       /* radius */
    float line;       /* half the width of the shaft */
    float head, wing; /* length of the head, and half its width */
};

/* Copies the picture, converted if it is not I420, and cut to the canvas (at most one pixel smaller
 * each way). Colours of a full-range or BT.709 picture stay as they are coded. */
void mn_canvas_copy(struct mn_canvas *c, const mien_picture *p);

/* What lies outside the canvas is clipped. alpha: 0..255. */
void mn_canvas_fill(struct mn_canvas *c, struct mn_rect r, struct mn_colour colour, int alpha);

/* With a dark rim, of this many pixels, that separates the shape from what is behind it. */
void mn_canvas_paint(struct mn_canvas *c, const struct mn_shape *s, struct mn_colour colour,
                     float rim);

/* White text with its top left corner at x, y. Changes luma only: the plate behind text has no
 * colour left. */
void mn_canvas_text(struct mn_canvas *c, const char *s, int x, int y, int scale);

#endif
