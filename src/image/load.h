/* Rows of a picture as planes of bytes, whatever its format. */
#ifndef MN_IMAGE_LOAD_H
#define MN_IMAGE_LOAD_H

#include "image/rows.h"

/* Converts columns x .. x + n - 1 of row y, all inside the picture, to planes B, G, R. Colour
 * samples of I420 cover two columns, so one more byte before and behind each plane may be written.
 */
void mn_load_row(const struct mn_rows *k, const mien_picture *pic, int x, int y, int n,
                 uint8_t *const plane[3]);

#endif
