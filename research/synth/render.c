#include "render.h"

#include <stdlib.h>
#include <string.h>

#include "backdrop.h"
#include "lens.h"
#include "vec.h"

#define NEAREST 60.0f /* mm; what is nearer to the camera is not drawn */
#define PART_BITS 4
#define TRIANGLE_BITS 21
#define OCCLUDER_FIGURE 63u

int sy_render_open(struct sy_render *r, const struct sy_assets *a, int width, int height)
{
    memset(r, 0, sizeof(*r));
    r->assets = a;
    r->width = width;
    r->height = height;
    size_t n = 3 * (size_t)width * (size_t)height;
    int err = sy_raster_open(&r->raster, 2 * width, 2 * height, 1);
    r->rgb = malloc(n * sizeof(*r->rgb));
    r->scratch = malloc(n * sizeof(*r->scratch));
    r->out = malloc(n);
    r->spare = malloc(n);
    if (!r->rgb || !r->scratch || !r->out || !r->spare)
        err = MIEN_ENOMEM;
    for (int i = 0; i < SY_FACES && err == 0; i++) {
        err = sy_person_open(&r->person[i], a);
        if (err == 0)
            err = sy_figure_open(&r->figure[i], a);
        if (err == 0)
            err = sy_raster_open(&r->shadow[i].map, SY_SHADOW_SIDE, SY_SHADOW_SIDE, 0);
        if (err == 0) {
            r->screen[i] = malloc((size_t)r->figure[i].most_vertices * sizeof(*r->screen[i]));
            err = r->screen[i] ? 0 : MIEN_ENOMEM;
        }
    }
    if (err < 0)
        sy_render_close(r);
    return err;
}

void sy_render_close(struct sy_render *r)
{
    sy_raster_close(&r->raster);
    free(r->rgb);
    free(r->scratch);
    free(r->out);
    free(r->spare);
    for (int i = 0; i < SY_FACES; i++) {
        sy_person_close(&r->person[i]);
        sy_figure_close(&r->figure[i]);
        sy_raster_close(&r->shadow[i].map);
        free(r->screen[i]);
    }
    memset(r, 0, sizeof(*r));
}

/* -------------------------------------------------------------------------------- shadow ---- */

static void shadow_corner(const struct sy_shadow *s, const float pos[3], struct sy_corner *c)
{
    float d[3] = {pos[0] - s->middle[0], pos[1] - s->middle[1], pos[2] - s->middle[2]};
    c->x = SY_SHADOW_SIDE / 2 + s->scale * sy_dot(d, s->e[0]);
    c->y = SY_SHADOW_SIDE / 2 + s->scale * sy_dot(d, s->e[1]);
    c->near = 2000 + sy_dot(d, s->e[2]);
}

static void make_shadow(struct sy_shadow *s, const struct sy_figure *f, const struct sy_light *l)
{
    memcpy(s->e[2], l->to, sizeof(s->e[2]));
    const float side[3] = {fabsf(l->to[1]) < 0.9f ? 0 : 1, fabsf(l->to[1]) < 0.9f ? 1 : 0, 0};
    sy_cross(side, s->e[2], s->e[0]);
    sy_normalize(s->e[0]);
    sy_cross(s->e[2], s->e[0], s->e[1]);
    memcpy(s->middle, f->state.place, sizeof(s->middle));
    s->scale = SY_SHADOW_SIDE / 420.0f;
    sy_raster_clear(&s->map);
    for (int i = 0; i < f->num_parts; i++) {
        const struct sy_figure_part *p = &f->part[i];
        if (p->material == SY_EYE || p->material == SY_LASHES || p->material == SY_BROWS ||
            p->material == SY_TEETH || p->material == SY_TONGUE)
            continue;
        for (int t = 0; t < p->num_triangles; t++) {
            struct sy_corner c[3];
            for (int k = 0; k < 3; k++) {
                shadow_corner(s, f->pos[p->first + p->triangle[t].v[k]], &c[k]);
                c[k].u = p->triangle[t].uv[k][0];
                c[k].v = p->triangle[t].uv[k][1];
            }
            sy_raster_triangle(&s->map, c, (uint32_t)t, 0, p->cut_out ? p->texture : NULL);
        }
    }
}

static float lit_at(const struct sy_shadow *s, int x, int y, float near)
{
    if (x < 0 || y < 0 || x >= SY_SHADOW_SIDE || y >= SY_SHADOW_SIDE)
        return 1;
    return s->map.near[y * SY_SHADOW_SIDE + x] < near ? 1.0f : 0.0f;
}

/* Share of the first light that arrives, with soft edges. */
static float lit(const struct sy_shadow *s, const float pos[3], const float normal[3])
{
    struct sy_corner c;
    float off[3]; /* a little off the surface, which must not shade itself */
    for (int k = 0; k < 3; k++)
        off[k] = pos[k] + 2.5f * normal[k];
    shadow_corner(s, off, &c);
    float near = c.near + 3, x = c.x - 1.5f, y = c.y - 1.5f, sum = 0;
    int xi = (int)floorf(x), yi = (int)floorf(y);
    float fx = x - (float)xi, fy = y - (float)yi;
    const float wx[3] = {1 - fx, 1, fx}, wy[3] = {1 - fy, 1, fy};
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < 3; i++)
            sum += wx[i] * wy[j] * lit_at(s, xi + i, yi + j, near);
    return sum / 4;
}

/* ------------------------------------------------------------------------------ geometry ---- */

static void project(struct sy_render *r, int figure)
{
    const struct sy_figure *f = &r->figure[figure];
    for (int i = 0; i < f->num_vertices; i++) {
        const float *p = f->pos[i];
        struct sy_corner *c = &r->screen[figure][i];
        *c = (struct sy_corner){0};
        if (p[2] < NEAREST)
            continue;
        c->near = 1 / p[2];
        c->x = 2 * (r->scene.focal * p[0] * c->near + r->scene.cx);
        c->y = 2 * (r->scene.focal * p[1] * c->near + r->scene.cy);
    }
}

/* The mesh's triangles turn the other way on the screen, where y points down: second and third
 * corner change places here, and only here. */
static int corners(const struct sy_render *r, int figure, const struct sy_figure_part *p,
                   const struct sy_triangle *t, struct sy_corner c[3], int v[3])
{
    static const int order[3] = {0, 2, 1};
    for (int k = 0; k < 3; k++) {
        v[k] = p->first + t->v[order[k]];
        c[k] = r->screen[figure][v[k]];
        if (!(c[k].near > 0))
            return 0;
        c[k].u = t->uv[order[k]][0];
        c[k].v = t->uv[order[k]][1];
    }
    return 1;
}

static void draw_figure(struct sy_render *r, int figure)
{
    const struct sy_figure *f = &r->figure[figure];
    for (int i = 0; i < f->num_parts; i++) {
        const struct sy_figure_part *p = &f->part[i];
        uint32_t base = (uint32_t)figure << (PART_BITS + TRIANGLE_BITS) | (uint32_t)i
                                                                              << TRIANGLE_BITS;
        for (int t = 0; t < p->num_triangles; t++) {
            struct sy_corner c[3];
            int v[3];
            if (corners(r, figure, p, &p->triangle[t], c, v))
                sy_raster_triangle(&r->raster, c, base | (uint32_t)t, p->sided,
                                   p->cut_out ? p->texture : NULL);
        }
    }
}

static void draw_occluder(struct sy_render *r, int number)
{
    const struct sy_occluder *o = &r->scene.occluder[number];
    float cs = cosf(o->angle), sn = sinf(o->angle);
    struct sy_corner middle = {2 * o->x, 2 * o->y, 1 / NEAREST, 0, 0}, c[3];
    int n = o->round ? 28 : 4;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < 2; k++) {
            float a = 6.2831853f * ((float)(i + k) + 0.5f) / (float)n, f = o->round ? 1 : 1.4142f;
            float x = f * o->half[0] * cosf(a), y = f * o->half[1] * sinf(a);
            c[k] = (struct sy_corner){2 * (o->x + cs * x - sn * y), 2 * (o->y + sn * x + cs * y),
                                      1 / NEAREST, 0, 0};
        }
        c[2] = middle;
        sy_raster_triangle(&r->raster, c,
                           OCCLUDER_FIGURE << (PART_BITS + TRIANGLE_BITS) | (uint32_t)number, 0,
                           NULL);
    }
}

/* ----------------------------------------------------------------------------------- light -- */

struct surface {
    float pos[3], normal[3], albedo[3];
    float wrap[3];     /* how far light reaches round, a stand-in for what scatters below */
    float open;        /* share of the sky */
    float dull, sharp; /* strength of the wide and the narrow highlight */
    int power;         /* of the narrow one: squarings */
};

static float squared(float v, int times)
{
    for (int i = 0; i < times; i++)
        v *= v;
    return v;
}

static void sky_light(const struct sy_scene *s, const float n[3], float out[3])
{
    float w[6];
    for (int k = 0; k < 3; k++) {
        w[2 * k] = n[k] > 0 ? n[k] * n[k] : 0;
        w[2 * k + 1] = n[k] < 0 ? n[k] * n[k] : 0;
    }
    for (int k = 0; k < 3; k++) {
        out[k] = 0;
        for (int i = 0; i < 6; i++)
            out[k] += w[i] * s->ambient[i][k];
    }
}

static void illuminate(const struct sy_scene *s, const struct sy_shadow *shadow,
                       const struct surface *f, float out[3])
{
    float view[3] = {-f->pos[0], -f->pos[1], -f->pos[2]}, sky[3];
    sy_normalize(view);
    sky_light(s, f->normal, sky);
    float facing = sy_clamp(sy_dot(f->normal, view), 0, 1), edge = squared(1 - facing, 2);
    for (int k = 0; k < 3; k++)
        out[k] = f->albedo[k] * sky[k] * f->open * (1 + 0.35f * (1 - f->open) * f->wrap[k]);
    for (int i = 0; i < SY_LIGHTS; i++) {
        const struct sy_light *l = &s->light[i];
        float cosine = sy_dot(f->normal, l->to);
        if (cosine < -0.5f)
            continue;
        float arrives = i == 0 ? lit(shadow, f->pos, f->normal) : 0.35f + 0.65f * f->open;
        for (int k = 0; k < 3; k++) {
            float d = (cosine + f->wrap[k]) / (1 + f->wrap[k]);
            /* the shadow's edge is redder than its inside: red reaches further in skin */
            float share = arrives + (1 - arrives) * arrives * f->wrap[k];
            out[k] += d > 0 ? f->albedo[k] * l->rgb[k] * d * share : 0;
        }
        if (cosine <= 0)
            continue;
        float h[3] = {view[0] + l->to[0], view[1] + l->to[1], view[2] + l->to[2]};
        sy_normalize(h);
        float nh = sy_clamp(sy_dot(f->normal, h), 0, 1), fresnel = 0.028f + 0.5f * edge;
        float shine = (f->dull * squared(nh, 3) + f->sharp * squared(nh, f->power)) * fresnel *
                      arrives * cosine;
        for (int k = 0; k < 3; k++)
            out[k] += shine * l->rgb[k];
    }
    float mirrored = 0.05f * edge * f->dull * f->open;
    for (int k = 0; k < 3; k++)
        out[k] += mirrored * sky[k];
}

/* ------------------------------------------------------------------------------- materials -- */

struct sample {
    const struct sy_render *r;
    const struct sy_figure *f;
    const struct sy_figure_part *p;
    int figure;
    float u, v;
    int level;
    struct sy_place place;
};

static float luminance(const float c[3])
{
    return 0.2126f * c[0] + 0.7152f * c[1] + 0.0722f * c[2];
}

static float speckle(float u, float v, float per)
{
    int x = (int)floorf(u * per), y = (int)floorf(v * per);
    uint32_t h = (uint32_t)x * 0x9e3779b1u ^ (uint32_t)y * 0x85ebca77u;
    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    h ^= h >> 13;
    return (float)(h >> 8) * 0x1p-24f;
}

static void mix(float c[3], const float with[3], float share)
{
    share = sy_clamp(share, 0, 1);
    for (int k = 0; k < 3; k++)
        c[k] += share * (with[k] - c[k]);
}

static void cloth(const struct sample *s, struct surface *f)
{
    float weave = 0.85f + 0.3f * speckle(s->u, s->v, 700);
    for (int k = 0; k < 3; k++) {
        f->albedo[k] = s->f->person->cloth[k] * weave;
        f->wrap[k] = 0.1f;
    }
    f->dull = 0.2f;
    f->sharp = 0;
}

static void skin(const struct sample *s, struct surface *f)
{
    const struct sy_person *p = s->f->person;
    float t[4];
    if (s->place.height < p->collar) {
        cloth(s, f);
        return;
    }
    sy_texture_at(s->p->texture, s->level, s->u, s->v, t);
    for (int k = 0; k < 3; k++)
        f->albedo[k] = sy_clamp(t[k] * p->tone[k], 0.004f, 0.92f);
    float fine = luminance(f->albedo);
    mix(f->albedo, p->lips, p->makeup * s->place.lips * 0.8f);
    float spots = speckle(s->u, s->v, 900);
    mix(f->albedo, p->hair_rgb,
        s->place.beard * (p->beard * (0.55f + 0.6f * spots) + 0.5f * p->stubble * spots));
    mix(f->albedo, p->hair_rgb, s->place.scalp * p->scalp * (0.75f + 0.3f * spots));
    f->wrap[0] = 0.38f;
    f->wrap[1] = 0.20f;
    f->wrap[2] = 0.14f;
    float bare = 1 - sy_clamp(s->place.beard * p->beard + s->place.scalp * p->scalp, 0, 1);
    f->open = s->place.open;
    f->dull = 2.2f * p->gloss * bare * (0.5f + f->open * 0.5f) + 3.0f * s->place.lips;
    f->sharp = (1.6f * p->gloss * (0.4f + 2 * fine) + 3.5f * s->place.lips) * bare;
    f->power = 5;
}

/* The texture shows an eye flat, 512 texels a side: middle, radius of iris and ball, of the pupil.
 */
#define EYE_X (724.0f / 1024)
#define EYE_Y (1 - 304.0f / 1024)
#define EYE_IRIS (117.0f / 1024)
#define EYE_BALL (285.0f / 1024)
#define EYE_PUPIL 0.32f

static void eye(const struct sample *s, struct surface *f)
{
    const struct sy_person *p = s->f->person;
    int e = s->p->first != s->f->part[1].first;
    float d[3], x[3], y[3], head_up[3] = {-s->f->R[1], -s->f->R[4], -s->f->R[7]}, t[4];
    for (int k = 0; k < 3; k++)
        d[k] = f->pos[k] - s->f->eye[e][k];
    sy_normalize(d);
    const float *to = s->f->eye_dir[e];
    sy_cross(head_up, to, x);
    sy_normalize(x);
    sy_cross(to, x, y);
    float theta = acosf(sy_clamp(sy_dot(d, to), -1, 1)), a = sy_dot(d, x), b = sy_dot(d, y);
    float n = sqrtf(a * a + b * b), in = theta / p->iris, radius;
    n = n > 1e-6f ? n : 1;
    if (in < 1) {
        float pupil = s->f->state.pupil;
        radius = EYE_IRIS * (in < pupil ? in / pupil * EYE_PUPIL
                                        : EYE_PUPIL + (in - pupil) / (1 - pupil) * (1 - EYE_PUPIL));
    } else {
        radius =
            EYE_IRIS + (EYE_BALL - EYE_IRIS) * sy_clamp((theta - p->iris) / (1.5f - p->iris), 0, 1);
    }
    sy_texture_at(&s->r->assets->eye[p->eye], s->level, EYE_X + radius * a / n,
                  EYE_Y + radius * b / n, t);
    float iris = sy_step(1.03f, 0.97f, in), grey = luminance(t);
    for (int k = 0; k < 3; k++) /* the textures are more colourful than eyes are */
        t[k] += iris * (0.45f * (grey - t[k]) + (k == 0 ? 0.010f : k == 1 ? 0.006f : 0.003f));
    for (int k = 0; k < 3; k++)
        f->albedo[k] = t[k] * (iris * 1.5f * p->iris_tint[k] + (1 - iris) * 1.05f);
    float above = sy_dot(d, head_up);
    f->open = 0.85f - 0.6f * sy_step(0.0f, 0.42f, above) - 0.25f * sy_step(-0.15f, -0.5f, above);
    f->wrap[0] = 0.35f;
    f->wrap[1] = f->wrap[2] = 0.28f;
    f->dull = 0.2f;
    f->sharp = 30;
    f->power = 10;
}

static void mouth(const struct sample *s, struct surface *f)
{
    float t[4], lip[3], in[3];
    sy_texture_at(s->p->texture, s->level, s->u, s->v, t);
    /* the teeth's texture is dark and bluish; what is red in it are gums */
    float light = sy_clamp(0.55f + 0.45f * luminance(t) / (s->p->mean + 1e-3f), 0.3f, 1.2f);
    int gum = t[0] > 1.6f * t[2] + 0.01f || s->p->material == SY_TONGUE;
    const float tooth[3] = {0.66f * light, 0.62f * light, 0.53f * light};
    const float flesh[3] = {0.42f * light, 0.13f * light, 0.12f * light};
    memcpy(f->albedo, gum ? flesh : tooth, sizeof(f->albedo));
    sy_figure_mark(s->f, s->r->assets->marks.at68[51], lip);
    for (int k = 0; k < 3; k++)
        in[k] = f->pos[k] - lip[k];
    const float inward[3] = {s->f->R[2], s->f->R[5], s->f->R[8]};
    f->open = 0.85f * sy_clamp(1.3f - sy_dot(in, inward) / 40, 0.06f, 1);
    for (int k = 0; k < 3; k++)
        f->wrap[k] = 0.6f;
    f->dull = 1.0f;
    f->sharp = 5 * f->open;
    f->power = 6;
}

static void hair(const struct sample *s, struct surface *f)
{
    const struct sy_person *p = s->f->person;
    const float *own = s->p->material == SY_HAIR ? p->hair_rgb : p->brow_rgb;
    float t[4];
    sy_texture_at(s->p->texture, s->level, s->u, s->v, t);
    float light = sy_clamp(luminance(t) / (s->p->mean + 1e-4f), 0.2f, 3);
    if (s->p->material == SY_BROWS)
        light = 1;
    for (int k = 0; k < 3; k++) {
        f->albedo[k] = s->p->material == SY_LASHES ? 0.01f : sy_clamp(own[k] * light, 0.002f, 0.9f);
        f->wrap[k] = 0.25f;
    }
    f->open = 0.9f;
    f->dull = s->p->material == SY_HAIR ? 1.4f : 0.2f;
    f->sharp = s->p->material == SY_HAIR ? 1.2f * light : 0;
    f->power = 5;
}

static void thing(const struct sample *s, struct surface *f)
{
    const struct sy_person *p = s->f->person;
    memcpy(f->albedo, s->p->material == SY_LENS ? p->lens_rgb : p->frame_rgb, sizeof(f->albedo));
    f->open = 1;
    f->dull = s->p->material == SY_LENS ? 6 : 3;
    f->sharp = 12;
    f->power = 6;
}

static void (*const materials[SY_NUM_MATERIALS])(const struct sample *, struct surface *) = {
    [SY_SKIN] = skin,    [SY_EYE] = eye,     [SY_TEETH] = mouth,
    [SY_TONGUE] = mouth, [SY_LASHES] = hair, [SY_BROWS] = hair,
    [SY_HAIR] = hair,    [SY_FRAME] = thing, [SY_LENS] = thing,
};

/* -------------------------------------------------------------------------------- shading --- */

/* Mipmap level at which a texel is about a pixel. */
static int level_of(const struct sy_figure_part *p, const struct sy_corner c[3])
{
    if (!p->texture)
        return 0;
    float uv = (c[1].u - c[0].u) * (c[2].v - c[0].v) - (c[1].v - c[0].v) * (c[2].u - c[0].u);
    float xy = (c[1].x - c[0].x) * (c[2].y - c[0].y) - (c[1].y - c[0].y) * (c[2].x - c[0].x);
    float ratio = fabsf(uv) * (float)p->texture->width[0] * (float)p->texture->height[0] /
                  (0.25f * fabsf(xy) + 1e-6f);
    int level = 0;
    for (; ratio > 2 && level < SY_TEXTURE_LEVELS; ratio *= 0.25f)
        level++;
    return level;
}

static int eye_level(const struct sy_render *r, const struct sample *s)
{
    float pixels = r->scene.focal * s->f->eye_radius[0] / s->f->eye[0][2]; /* of the ball */
    float texels = EYE_BALL * (float)r->assets->eye[0].width[0];
    int level = 0;
    for (; texels > 1.4f * pixels && level < SY_TEXTURE_LEVELS; texels *= 0.5f)
        level++;
    return level;
}

static void interpolate(const struct sy_figure *f, const int v[3], const float share[3],
                        struct sample *s, struct surface *out)
{
    memset(&s->place, 0, sizeof(s->place));
    memset(out, 0, sizeof(*out));
    for (int i = 0; i < 3; i++) {
        const struct sy_place *p = &f->place[v[i]];
        for (int k = 0; k < 3; k++) {
            out->pos[k] += share[i] * f->pos[v[i]][k];
            out->normal[k] += share[i] * f->normal[v[i]][k];
        }
        s->place.open += share[i] * p->open;
        s->place.beard += share[i] * p->beard;
        s->place.scalp += share[i] * p->scalp;
        s->place.lips += share[i] * p->lips;
        s->place.height += share[i] * p->height;
    }
    sy_normalize(out->normal);
}

static void shade(const struct sy_render *r, uint32_t id, float x, float y, float out[3])
{
    struct sample s = {.r = r};
    uint32_t figure = id >> (PART_BITS + TRIANGLE_BITS);
    if (figure == OCCLUDER_FIGURE) {
        const struct sy_occluder *o = &r->scene.occluder[id & 0xff];
        float u = (x / 2 - o->x) / o->half[0], v = (y / 2 - o->y) / o->half[1];
        float round = sy_clamp(1.1f - 0.5f * (o->round ? u * u + v * v : 0.3f * u), 0.2f, 1.2f);
        for (int k = 0; k < 3; k++)
            out[k] = o->rgb[k] * round * (r->scene.ambient[5][k] + 0.4f * r->scene.light[0].rgb[k]);
        return;
    }
    s.figure = (int)figure;
    s.f = &r->figure[figure];
    s.p = &s.f->part[(id >> TRIANGLE_BITS) & ((1u << PART_BITS) - 1)];
    struct sy_corner c[3];
    int v[3];
    float share[3];
    if (!corners(r, s.figure, s.p, &s.p->triangle[id & ((1u << TRIANGLE_BITS) - 1)], c, v))
        return;
    sy_raster_shares(c, x, y, share);
    struct surface f;
    interpolate(s.f, v, share, &s, &f);
    s.u = share[0] * c[0].u + share[1] * c[1].u + share[2] * c[2].u;
    s.v = share[0] * c[0].v + share[1] * c[1].v + share[2] * c[2].v;
    s.level = s.p->material == SY_EYE ? eye_level(r, &s) : level_of(s.p, c);
    if (!s.p->sided && sy_dot(f.normal, f.pos) > 0) /* seen from behind */
        for (int k = 0; k < 3; k++)
            f.normal[k] = -f.normal[k];
    materials[s.p->material](&s, &f);
    if (r->scene.camera.look == SY_INFRARED) { /* pigments hardly absorb there */
        float v0 = 0.25f + 0.7f * sqrtf(f.albedo[0]) * (s.p->material == SY_EYE ? 0.8f : 1);
        f.albedo[0] = f.albedo[1] = f.albedo[2] = sy_clamp(v0, 0, 0.9f);
    }
    illuminate(&r->scene, &r->shadow[figure], &f, out);
}

/* The colours of a pixel's four samples: those of one part share one shading. */
static void resolve(const struct sy_render *r, int px, int py, float *rgb)
{
    uint32_t id[4];
    float behind[3] = {rgb[0], rgb[1], rgb[2]}, sum[3] = {0};
    size_t w = (size_t)r->raster.width, at = 2 * (size_t)py * w + 2 * (size_t)px;
    const uint32_t *ids = r->raster.id + at;
    id[0] = ids[0], id[1] = ids[1], id[2] = ids[w], id[3] = ids[w + 1];
    if (id[0] == SY_NOTHING && id[1] == SY_NOTHING && id[2] == SY_NOTHING && id[3] == SY_NOTHING)
        return;
    int done = 0;
    for (int i = 0; i < 4; i++) {
        if (done & 1 << i)
            continue;
        float x = 0, y = 0, c[3] = {behind[0], behind[1], behind[2]};
        int n = 0;
        for (int k = i; k < 4; k++)
            if (id[k] >> TRIANGLE_BITS == id[i] >> TRIANGLE_BITS) {
                done |= 1 << k;
                x += (float)(k & 1);
                y += (float)(k >> 1);
                n++;
            }
        if (id[i] != SY_NOTHING)
            shade(r, id[i], (float)(2 * px) + 0.5f + x / (float)n,
                  (float)(2 * py) + 0.5f + y / (float)n, c);
        for (int k = 0; k < 3; k++)
            sum[k] += 0.25f * (float)n * c[k];
    }
    memcpy(rgb, sum, sizeof(sum));
}

void sy_render_run(struct sy_render *r, uint64_t number)
{
    const struct sy_scene *s = &r->scene;
    sy_raster_clear(&r->raster);
    sy_backdrop(r->rgb, r->scratch, r->width, r->height, s->backdrop);
    for (size_t i = 0; i < (size_t)r->width * (size_t)r->height; i++)
        for (int k = 0; k < 3; k++) /* the same light behind */
            r->rgb[3 * i + (size_t)k] *= s->ambient[5][k] + 0.4f * s->light[0].rgb[k];
    for (int i = 0; i < s->num_faces; i++) {
        sy_figure_pose(&r->figure[i], &r->person[i], &s->state[i]);
        make_shadow(&r->shadow[i], &r->figure[i], &s->light[0]);
        project(r, i);
        draw_figure(r, i);
    }
    for (int i = 0; i < s->num_occluders; i++)
        draw_occluder(r, i);
    for (int y = 0; y < r->height; y++)
        for (int x = 0; x < r->width; x++)
            resolve(r, x, y, r->rgb + 3 * ((size_t)y * (size_t)r->width + (size_t)x));
    sy_lens(&s->camera, r->rgb, r->scratch, r->width, r->height, number, r->out);
}
