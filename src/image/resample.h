/* Any rectangle of a picture, resized and normalised straight into a network's input planes.
 *
 * Colour conversion happens only for the rows and columns that are read. The resampler is
 * OpenCV's 8-bit linear one (no anti-aliasing; exact halving by 2 x 2 means), bit for bit: the
 * networks were measured with it, and another "bilinear" moves gaze by degrees. */
#ifndef MN_IMAGE_RESAMPLE_H
#define MN_IMAGE_RESAMPLE_H

#include <mien/mien.h>

/* out = value * scale + bias, for B, G, R in this order. */
struct mn_norm {
    float scale[3], bias[3];
};

/* Scratch of one thread; grows to the largest picture seen and then stays. */
struct mn_resampler;

int mn_resampler_open(struct mn_resampler **out);
void mn_resampler_close(struct mn_resampler **r);

/* Source rectangle x, y, w, h, inside the picture, to W x H floats in each of the planes B, G, R
 * (their order in memory is the caller's), rows `stride` floats apart. 0, MIEN_EINVAL or
 * MIEN_ENOMEM. */
int mn_resample(struct mn_resampler *r, const mien_picture *pic, int x, int y, int w, int h, int W,
                int H, float *const plane[3], int stride, const struct mn_norm *norm);

/* The same for a rectangle that may reach beyond the picture, where it is black. Its sides are at
 * most 4 * MIEN_MAX_SIDE. */
int mn_resample_padded(struct mn_resampler *r, const mien_picture *pic, int x, int y, int w, int h,
                       int W, int H, float *const plane[3], int stride, const struct mn_norm *norm);

#endif
