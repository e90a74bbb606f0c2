/* Resizes and normalises any rectangle of a picture straight into a network's input planes.
 *
 * Colours are converted only in the rows and columns that are read. A network is used with the
 * resampler that it was measured or trained with, bit for bit: another "bilinear" one moves gaze by
 * degrees. */
#ifndef MN_IMAGE_RESAMPLE_H
#define MN_IMAGE_RESAMPLE_H

#include <mien/mien.h>

/* In pixels; x, y: the top left corner. */
struct mn_rect {
    int x, y, w, h;
};

/* Where the result goes: w x h floats in each of the planes B, G, R, whose order in memory the
 * caller chooses. The memory is the caller's. */
struct mn_planes {
    float *plane[3];
    int w, h;
    int stride; /* floats from row to row */
};

/* out = value * scale + bias, for B, G, R in this order. */
struct mn_norm {
    float scale[3], bias[3];
};

/* The input of a network that takes R, G and B, one plane after the other. */
struct mn_planes mn_planes_rgb(float *in, int w, int h);

/* value / 255, minus the mean, over the deviation of the pictures of ImageNet. */
struct mn_norm mn_norm_imagenet(void);

/* Whose resampler. */
enum mn_resampling {
    MN_RESAMPLING_OPENCV, /* 8-bit linear: no anti-aliasing; halving both sides exactly takes 2 x 2
                             means */
    MN_RESAMPLING_PILLOW, /* 8-bit bilinear with anti-aliasing, as torchvision resizes pictures */
    MN_RESAMPLING_PILLOW_BICUBIC,
    MN_NUM_RESAMPLINGS,
};

/* Scratch memory for one thread. It grows to the largest picture seen and keeps that size. */
struct mn_resampler;

/* OpenCV's. 0 or MIEN_ENOMEM. */
int mn_resampler_open(struct mn_resampler **out);
/* 0 or MIEN_ENOMEM. */
int mn_resampler_open_as(struct mn_resampler **out, enum mn_resampling how);
void mn_resampler_close(struct mn_resampler **r);

/* Resizes src, which must lie inside the picture, to dst. 0, MIEN_EINVAL or MIEN_ENOMEM. */
int mn_resample(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                const struct mn_planes *dst, const struct mn_norm *norm);

/* The same for a rectangle that may reach beyond the picture; it is black there. The sides of src
 * and dst are at most 4 * MIEN_MAX_SIDE. */
int mn_resample_padded(struct mn_resampler *r, const mien_picture *pic, const struct mn_rect *src,
                       const struct mn_planes *dst, const struct mn_norm *norm);

#endif
