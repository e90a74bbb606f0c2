/* A small fixed-width bitmap font, drawn for this program: printable ASCII and the degree sign. */
#ifndef MN_CLI_FONT_H
#define MN_CLI_FONT_H

/* Pixels of a cell at scale 1: width of the glyph, distance to the next one, height of a capital,
 * and height with descenders. */
#define MN_FONT_WIDTH 5
#define MN_FONT_STEP 6
#define MN_FONT_CAP 7
#define MN_FONT_HEIGHT 9

/* Number of the glyph at *text, and moves *text to the next character; -1 at the end. Text is
 * UTF-8; a character without a glyph becomes a question mark. */
int mn_font_next(const char **text);

/* Width in pixels, without the gap after the last glyph; 0 for no text. */
int mn_font_width(const char *text, int scale);

/* Coverage of pixel x, y of an enlarged glyph, 0..255; 0 outside the cell. Enlarged glyphs have
 * round corners and smooth diagonals instead of steps. */
int mn_font_cover(int glyph, int scale, int x, int y);

#endif
