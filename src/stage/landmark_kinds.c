#include "stage/landmark_kinds.h"

#include <math.h>
#include <string.h>

static bool truncated(const float box[4], int edge[4])
{
    for (int i = 0; i < 4; i++) {
        if (!(fabsf(box[i]) < 2 * MIEN_MAX_SIDE))
            return false;
        edge[i] = (int)box[i];
    }
    return true;
}

/* The square around the box, `growth` times its longer side. */
static bool crop_square(const float box[4], double growth, struct mn_landmark_crop *out)
{
    struct mn_rect *r = &out->square;
    int edge[4];
    if (!truncated(box, edge))
        return false;
    const int w = edge[2] - edge[0], h = edge[3] - edge[1];
    r->w = r->h = (int)(growth * (w > h ? w : h));
    r->x = (int)(edge[0] + w / 2.0) - r->w / 2;
    r->y = (int)(edge[1] + h / 2.0) - r->h / 2;
    return r->w >= 2 && r->w <= 3 * MIEN_MAX_SIDE;
}

static void place_square(const struct mn_landmark_crop *c, const float point[2], float out[2])
{
    const struct mn_rect *r = &c->square;
    out[0] = (float)r->x + (c->mirrored ? 1 - point[0] : point[0]) * (float)r->w;
    out[1] = (float)r->y + point[1] * (float)r->h;
}

/* STAR's: `growth` times the shorter side of the box becomes 256 pixels. */
#define STAR_SIDE 256

static bool crop_star(const float box[4], double growth, struct mn_landmark_crop *out)
{
    int edge[4];
    if (!truncated(box, edge))
        return false;
    const int w = edge[2] - edge[0], h = edge[3] - edge[1], shorter = w < h ? w : h;
    if (shorter < 2)
        return false;
    const double scale = STAR_SIDE / (shorter / 200.0 * growth * 200.0);
    const double middle = (STAR_SIDE - 1) / 2.0;
    out->map =
        (struct mn_upright_map){(float)scale, (float)(middle - scale * (edge[0] + edge[2]) / 2.0),
                                (float)(middle - scale * (edge[1] + edge[3]) / 2.0)};
    return true;
}

/* Points from -1 to 1, which are the edges of the square. */
static void place_star(const struct mn_landmark_crop *c, const float point[2], float out[2])
{
    const float x = ((point[0] + 1) * STAR_SIDE - 1) / 2, y = ((point[1] + 1) * STAR_SIDE - 1) / 2;
    out[0] = (x - c->map.x) / c->map.scale;
    out[1] = (y - c->map.y) / c->map.scale;
}

static const struct mn_landmark_kind kinds[] = {
    {.name = "PFLD",
     .side = 112,
     .points = MIEN_FACE_LANDMARKS,
     .scale = 1 / 255.0f,
     .growth = 1.1,
     .crop = crop_square,
     .place = place_square},
    {.name = "mien's own",
     .side = 112,
     .points = MIEN_FACE_LANDMARKS,
     .judges = true,
     .scale = 1 / 255.0f,
     .centre = 0.5f,
     .growth = 1.1,
     .crop = crop_square,
     .place = place_square},
    {.name = "PFLD with 98 points",
     .side = 112,
     .points = MIEN_WFLW_LANDMARKS,
     .bgr = true, /* as OpenCV reads pictures: less error on stills than R, G, B */
     .scale = 1 / 255.0f,
     .growth = 1.0,
     .crop = crop_square,
     .place = place_square},
    {.name = "STAR",
     .side = STAR_SIDE,
     .points = MIEN_WFLW_LANDMARKS,
     .bgr = true,
     .scale = 1 / 127.5f,
     .bias = -1,
     .growth = 1.05,
     .crop = crop_star,
     .warps = true,
     .place = place_star},
};

/* [n, width], or for points also [n, width / 2, 2]. */
static bool has_width(const struct mn_model *m, int i, int64_t width)
{
    const struct mn_shape *s = &m->output[i];
    return (s->num_dims == 2 && s->dim[1] == width) ||
           (s->num_dims == 3 && s->dim[1] == width / 2 && s->dim[2] == 2);
}

const struct mn_landmark_kind *mn_landmark_kind_of(const struct mn_model *m, int *points,
                                                   int *confidence)
{
    const int64_t *side = m->input.dim + 2;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct mn_landmark_kind *k = &kinds[i];
        if (m->num_outputs != 1 + k->judges || side[0] != k->side || side[1] != k->side)
            continue;
        *points = k->judges && has_width(m, 1, 2 * k->points);
        *confidence = k->judges ? 1 - *points : -1;
        if (has_width(m, *points, 2 * k->points) && (!k->judges || has_width(m, *confidence, 1)))
            return k;
    }
    return NULL;
}

void mn_landmark_68_of_98(const float from[MIEN_WFLW_LANDMARKS][2],
                          float to[MIEN_FACE_LANDMARKS][2])
{
    static const uint8_t chosen[MIEN_FACE_LANDMARKS] = {
        0,  2,  4,  6,  8,  10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, /* contour */
        33, 34, 35, 36, 37, 42, 43, 44, 45, 46,                             /* brows */
        51, 52, 53, 54, 55, 56, 57, 58, 59,                                 /* nose */
        60, 61, 63, 64, 65, 67, 68, 69, 71, 72, 73, 75,                     /* eyes */
        76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87,                     /* outer lip */
        88, 89, 90, 91, 92, 93, 94, 95,                                     /* inner lip */
    };
    for (int i = 0; i < MIEN_FACE_LANDMARKS; i++)
        memcpy(to[i], from[chosen[i]], sizeof(to[i]));
}
