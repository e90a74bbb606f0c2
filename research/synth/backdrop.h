/* What is behind people, and is not people. */
#ifndef SY_BACKDROP_H
#define SY_BACKDROP_H

#include <stdint.h>

/* Linear RGB, 3 floats a pixel; scratch as large. */
void sy_backdrop(float *rgb, float *scratch, int width, int height, uint64_t number);

/* Both ways, passes times, the mean over 2 * radius + 1 pixels; the result is in rgb. */
void sy_box_blur(float *rgb, float *scratch, int width, int height, int radius, int passes);

#endif
