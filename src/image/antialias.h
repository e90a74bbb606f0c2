/* Resizing with anti-aliasing in 8 bits, as Pillow does it, bit for bit: each output pixel is a
 * weighted sum of all source pixels that it covers. Weights have 22 fractional bits; a horizontal
 * pass comes first and rounds to 8 bits, then a vertical one.
 *
 * This file knows neither pictures nor colours: image/resample.c brings the source rows. */
#ifndef MN_IMAGE_ANTIALIAS_H
#define MN_IMAGE_ANTIALIAS_H

#include <stdint.h>

/* Shapes of the weights. */
enum mn_kernel { MN_KERNEL_BILINEAR, MN_KERNEL_BICUBIC, MN_NUM_KERNELS };

/* Taps and rows of one thread. It grows to the largest size seen and keeps that. */
struct mn_antialias;

/* 0 or MIEN_ENOMEM. */
int mn_antialias_open(struct mn_antialias **out, enum mn_kernel kernel);
void mn_antialias_close(struct mn_antialias **a);

/* Begins a picture of w x h pixels that is to have W x H. All are above 0. 0 or MIEN_ENOMEM. */
int mn_antialias_begin(struct mn_antialias *a, int w, int h, int W, int H);

/* The source rows that output row Y needs: from *first, *count of them. They never go back from one
 * output row to the next. */
void mn_antialias_rows(const struct mn_antialias *a, int Y, int *first, int *count);

/* Takes source row y, w bytes in each of three planes. Every row that an output row needs must come
 * before that, in ascending order. */
void mn_antialias_put(struct mn_antialias *a, int y, const uint8_t *const plane[3]);

/* Plane c of output row Y: W bytes, valid until the next call. */
const uint8_t *mn_antialias_get(struct mn_antialias *a, int Y, int c);

#endif
