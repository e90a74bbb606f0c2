/* Which triangle is nearest at each sample: depth and number, nothing else. Colours come later, for
 * what is seen only.
 *
 * Corners are snapped to 1/16 sample and edges are whole numbers with the top-left rule, so that
 * two triangles that share an edge cover each sample once: no gaps, no doubles. */
#ifndef SY_RASTER_H
#define SY_RASTER_H

#include <stdint.h>

#define SY_NOTHING 0xffffffffu

struct sy_texture;

struct sy_raster {
    int width, height; /* samples */
    float *near;       /* 1 / distance: linear on the screen, greater is nearer; 0 = nothing */
    uint32_t *id;      /* NULL: depth only */
};

struct sy_corner {
    float x, y; /* samples; the first sample's centre is (0.5, 0.5) */
    float near; /* 1 / distance, > 0 */
    float u, v; /* for the opacity */
};

/* width * height of each. 0 or MIEN_ENOMEM. */
int sy_raster_open(struct sy_raster *r, int width, int height, int with_id);
void sy_raster_close(struct sy_raster *r);
void sy_raster_clear(struct sy_raster *r);

/* sided: only if its corners turn clockwise on the screen (y down). opacity, which may be NULL, is
 * a texture whose alpha decides sample by sample: of the samples of a pixel the share that is
 * covered is the opacity. */
void sy_raster_triangle(struct sy_raster *r, const struct sy_corner c[3], uint32_t id, int sided,
                        const struct sy_texture *opacity);

/* Shares of the corners at (x, y), perspective-correct; they add up to 1. */
void sy_raster_shares(const struct sy_corner c[3], float x, float y, float share[3]);

#endif
