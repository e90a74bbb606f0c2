/* A plan becomes pixels. Two by two samples a pixel decide what is seen; what is seen is shaded
 * once for each part of a face in a pixel, with the light of the scene, a soft shadow of the first
 * light, and the share of the sky that the place sees. */
#ifndef SY_RENDER_H
#define SY_RENDER_H

#include "figure.h"
#include "raster.h"
#include "scene.h"

#define SY_SHADOW_SIDE 320

struct sy_shadow {
    struct sy_raster map;
    float e[3][3], middle[3], scale; /* axes (the last towards the light), mm to samples */
};

/* All memory of one thread. */
struct sy_render {
    const struct sy_assets *assets;
    int width, height;
    struct sy_raster raster; /* 2 * width by 2 * height */
    float *rgb, *scratch;    /* linear, 3 floats a pixel */
    uint8_t *out;            /* 8-bit, 3 bytes a pixel: the picture */
    uint8_t *spare;
    struct sy_scene scene;
    struct sy_person person[SY_FACES];
    struct sy_figure figure[SY_FACES];
    struct sy_shadow shadow[SY_FACES];
    struct sy_corner *screen[SY_FACES]; /* of each vertex, samples; near 0: too near */
};

int sy_render_open(struct sy_render *r, const struct sy_assets *a, int width, int height);
void sy_render_close(struct sy_render *r);

/* r->scene and r->person are drawn already; poses the figures, and leaves the picture in r->out and
 * the depths in r->raster for the labels. number: of the noise. */
void sy_render_run(struct sy_render *r, uint64_t number);

#endif
