/* A thread of the lowest priority that makes JPEGs of drawings, so that the run goes first. */
#ifndef MN_CLI_PAINTER_H
#define MN_CLI_PAINTER_H

#include <stdbool.h>

#include "web/jpeg.h"

struct mn_painter;

/* made: called in the thread for each JPEG. Takes the encoder, also on an error. */
struct mn_painter *mn_painter_start(struct mn_jpeg *j,
                                    void (*made)(void *ctx, const uint8_t *data, size_t size),
                                    void *ctx);

/* Is it free? Only then may the caller change the planes of the drawing. */
bool mn_painter_free(struct mn_painter *p);

/* The painter reads the planes until it is free again. */
void mn_painter_give(struct mn_painter *p, uint8_t *const plane[3], const int stride[3]);

void mn_painter_stop(struct mn_painter **p);

#endif
