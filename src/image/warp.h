/* A turned square of a picture, resampled into a network's input planes: bilinear, black outside
 * the picture. In integers up to the last step, so every machine gives the same bytes. */
#ifndef MN_IMAGE_WARP_H
#define MN_IMAGE_WARP_H

#include <stdbool.h>

#include "image/box.h"
#include "image/resample.h"

/* Scratch memory for one thread: 2.5 MB for 192 x 192 pixels and a few rows of the picture. */
struct mn_warper;

/* 0 or MIEN_ENOMEM. */
int mn_warper_open(struct mn_warper **out);
void mn_warper_close(struct mn_warper **w);

/* Fills dst, whose sides are equal. Colours are converted only in what the square covers; of a
 * square that is twice (three times, ...) as large as dst, every second (third, ...) row and column
 * is read. 0,
 * MIEN_ENOMEM, or MIEN_EINVAL: the square is not usable (mn_square_usable). */
int mn_warp(struct mn_warper *w, const mien_picture *pic, const struct mn_square *from,
            const struct mn_planes *dst, const struct mn_norm *norm);

/* Its numbers are finite, its side is at least 2 pixels, and it is not far outside any picture. */
bool mn_square_usable(const struct mn_square *s);

#endif
