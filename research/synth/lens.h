/* What a camera does to light: blur, tone, noise, compression. */
#ifndef SY_LENS_H
#define SY_LENS_H

#include <stdint.h>

#include "scene.h"

/* rgb: linear, is used up; scratch as large; out: 3 bytes a pixel. */
void sy_lens(const struct sy_camera_look *c, float *rgb, float *scratch, int width, int height,
             uint64_t number, uint8_t *out);

/* Errors as of JPEG at this quality (1..100), 4:2:0, in place. */
void sy_compress(uint8_t *rgb, int width, int height, int quality);

#endif
