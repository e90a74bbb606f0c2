/* How Y, U, V become B, G, R: the fixed-point rule of libswscale's vector path, so that the pixels
 * are those that every tool reading video through FFmpeg or OpenCV computes on:
 *     y = ((8 Y - y_offset) * cy) >> 16,  u = 8 U - 1024,  v = 8 V - 1024
 *     B = clamp(y + (u * cbu >> 16)),  R = clamp(y + (v * crv >> 16))
 *     G = clamp(y + (u * cgu >> 16) + (v * cgv >> 16))
 * with arithmetic shifts. Each chroma sample serves its 2 x 2 block of pixels. */
#ifndef MN_IMAGE_YUV_H
#define MN_IMAGE_YUV_H

#include <mien/mien.h>
#include <stdint.h>

struct mn_yuv {
    int16_t y_offset, cy, crv, cbu, cgu, cgv;
};

/* The coefficients for a picture's colour matrix and range. */
const struct mn_yuv *mn_yuv_rule(const mien_picture *pic);

#endif
