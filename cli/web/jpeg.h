/* Makes JPEGs of 4:2:0 pictures of one size, for the live page. FFmpeg is used in jpeg.c only. */
#ifndef MN_CLI_JPEG_H
#define MN_CLI_JPEG_H

#include <stddef.h>
#include <stdint.h>

struct mn_jpeg;

/* The JPEG is at most `most` pixels wide; shape: of a pixel, width to height. Reports its errors.
 */
int mn_jpeg_open(struct mn_jpeg **out, int width, int height, double shape, int most);

/* Limited range. The bytes belong to the encoder until its next picture. 0, or an error that is not
 * reported. */
int mn_jpeg_encode(struct mn_jpeg *j, const uint8_t *const plane[3], const int stride[3],
                   const uint8_t **data, size_t *size);

void mn_jpeg_close(struct mn_jpeg **j);

#endif
