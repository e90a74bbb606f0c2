/* Pictures on surfaces: 8-bit sRGB with alpha, and their halves (mipmaps). */
#ifndef SY_TEXTURE_H
#define SY_TEXTURE_H

#include <stdint.h>

#define SY_TEXTURE_LEVELS 12
#define SY_TEXTURE_SIDE 4096

struct sy_texture {
    int levels;
    int width[SY_TEXTURE_LEVELS], height[SY_TEXTURE_LEVELS];
    uint8_t *rgba[SY_TEXTURE_LEVELS];
};

/* Takes rgba (from malloc), also on failure. Halves it until neither side is above `side`. 0 or
 * MIEN_ENOMEM. */
int sy_texture_make(struct sy_texture *t, uint8_t *rgba, int width, int height, int side);
void sy_texture_free(struct sy_texture *t);

/* Linear RGB and alpha, 0..1, between the four nearest; (0, 0) is the bottom left corner as in the
 * meshes. Repeats beyond the edges. */
void sy_texture_at(const struct sy_texture *t, int level, float u, float v, float out[4]);

/* Alpha of the nearest texel. */
float sy_texture_alpha(const struct sy_texture *t, float u, float v);

/* sRGB byte to linear. */
extern const float *sy_linear(void);

#endif
