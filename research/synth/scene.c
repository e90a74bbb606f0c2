#include "scene.h"

#include <string.h>

#include "vec.h"

#define RAD 0.0174533f
#define FACE_MM 185.0f /* brow to chin and a bit: what "height of the face" means here */

static void rgb(struct sy_rng *r, float strength, float spread, float out[3])
{
    float warm = spread * sy_normal(r);
    out[0] = strength * expf(warm);
    out[1] = strength * expf(0.1f * spread * sy_normal(r));
    out[2] = strength * expf(-warm);
}

static void draw_light(struct sy_scene *s, struct sy_rng *r)
{
    float key = sy_range(r, 0.5f, 2.2f), sky = sy_range(r, 0.15f, 0.8f);
    for (int i = 0; i < SY_LIGHTS; i++) {
        struct sy_light *l = &s->light[i];
        float yaw = RAD * sy_range(r, -85, 85), up = RAD * sy_range(r, -15, 70);
        if (i == 2) /* from behind */
            yaw = RAD * sy_range(r, 110, 250);
        l->to[0] = sinf(yaw) * cosf(up);
        l->to[1] = -sinf(up);
        l->to[2] = -cosf(yaw) * cosf(up);
        float strength = i == 0 ? key : i == 1 ? key * sy_range(r, 0, 0.6f) : sy_range(r, 0, 0.7f);
        rgb(r, strength, 0.18f, l->rgb);
    }
    float middle[3];
    rgb(r, sky, 0.15f, middle);
    for (int i = 0; i < 6; i++) {
        float side[3], share = i == 2 ? 0.45f : i == 3 ? 1.2f : 0.85f; /* +y is down: the floor */
        rgb(r, share * sy_range(r, 0.55f, 1.45f), 0.12f, side);
        for (int k = 0; k < 3; k++)
            s->ambient[i][k] = middle[k] * side[k];
    }
}

/* ---------------------------------------------------------------------------- expression ---- */

static void set(struct sy_state *s, int unit, float intensity)
{
    float *v = &s->au[sy_au_index(unit)];
    *v = *v > intensity ? *v : sy_clamp(intensity, 0, 5);
}

static const struct pattern {
    int unit[6];
} patterns[] = {
    {{12, 6, 25}}, {{12, 25}},    {{12, 6}},         {{1, 2}},         {{1, 2, 5, 25, 26}},
    {{4}},         {{4, 7, 23}},  {{1, 4, 15}},      {{1, 4, 15, 17}}, {{9, 10, 25}},
    {{9, 4}},      {{20, 25, 1}}, {{25, 26}},        {{14}},           {{17, 15}},
    {{17, 23}},    {{7, 6}},      {{12, 25, 26, 6}}, {{10, 25}},       {{5, 1, 2}},
};

static void draw_expression(struct sy_state *s, struct sy_rng *r)
{
    memset(s->au, 0, sizeof(s->au));
    float kind = sy_unit(r);
    if (kind < 0.55f) { /* what people do */
        const struct pattern *p = &patterns[sy_below(r, sizeof(patterns) / sizeof(*patterns))];
        float strength = sy_range(r, 0.5f, 5);
        for (int i = 0; i < 6; i++)
            if (p->unit[i])
                set(s, p->unit[i], strength * sy_range(r, 0.6f, 1.2f));
    }
    if (kind > 0.4f && kind < 0.9f) { /* and what teaches each unit apart */
        int n = 1 + sy_below(r, 3);
        for (int i = 0; i < n; i++)
            s->au[sy_below(r, MIEN_AU_INTENSITIES - 1)] = sy_range(r, 0.3f, 5);
    }
    if (sy_chance(r, 0.08f))
        set(s, 45, sy_range(r, 1, 5));
    float *stretch = &s->au[sy_au_index(20)], *smile = &s->au[sy_au_index(12)];
    if (*smile > 2 && *stretch > 2) /* a mouth has one width */
        *stretch = 1;
    float *jaw = &s->au[sy_au_index(26)], *parted = &s->au[sy_au_index(25)];
    float lip = s->au[sy_au_index(10)], least = 0.8f * *jaw > 0.7f * lip ? 0.8f * *jaw : 0.7f * lip;
    if (*parted < least) /* the shapes of jaw and upper lip part the lips, and the label says so */
        *parted = least;
    float *tight = &s->au[sy_au_index(23)];
    if (*parted > 1.5f && *tight > 1)
        *tight = 1;
}

void sy_scene_state(struct sy_state *s, struct sy_rng *r)
{
    memset(s, 0, sizeof(*s));
    draw_expression(s, r);
    float wide = sy_chance(r, 0.25f) ? 38.0f : 18.0f;
    s->head[0] = RAD * sy_clamp(11 * sy_normal(r), -38, 38);
    s->head[1] = RAD * sy_clamp(wide * sy_normal(r), -75, 75);
    s->head[2] = RAD * sy_clamp(9 * sy_normal(r), -35, 35);
    s->trunk = sy_range(r, 0.1f, 0.7f);
    s->distance = sy_range(r, 300, 3000);
    s->pupil = sy_range(r, 0.22f, 0.5f);
    s->look[0] = RAD * sy_clamp(14 * sy_normal(r), -35, 35);
    s->look[1] = RAD * sy_clamp(10 * sy_normal(r), -28, 22);
    if (sy_chance(r, 0.3f)) { /* towards the camera, as far as the eyes go */
        s->look[0] = sy_clamp(-s->head[1], -0.6f, 0.6f);
        s->look[1] = sy_clamp(s->head[0], -0.45f, 0.38f);
    }
}

void sy_scene_again(struct sy_scene *s, struct sy_rng *r)
{
    for (int i = 0; i < s->num_faces; i++) {
        struct sy_state now, *was = &s->state[i];
        static const float spread[3] = {6, 8, 4};
        sy_scene_state(&now, r);
        if (sy_chance(r, 0.3f))
            memset(now.au, 0, sizeof(now.au));
        for (int k = 0; k < 3; k++)
            now.head[k] = sy_clamp(was->head[k] + RAD * spread[k] * sy_normal(r), -1.2f, 1.2f);
        memcpy(now.place, was->place, sizeof(now.place));
        for (int k = 0; k < 3; k++) /* up to a few per cent of the face's height, or of its size */
            now.place[k] += (k < 2 ? 0.03f * FACE_MM : 0.02f * was->place[2]) * sy_normal(r);
        now.trunk = was->trunk;
        *was = now;
    }
}

static void place(struct sy_scene *s, int i, const struct sy_scene_options *o, struct sy_rng *r)
{
    float h = (float)s->height, w = (float)s->width;
    float most = s->num_faces > 1 ? 0.42f : 0.78f;
    float size = h * (o->face > 0 ? o->face * sy_range(r, 0.9f, 1.1f)
                                  : expf(sy_range(r, logf(0.10f), logf(most))));
    float z = s->focal * FACE_MM / size;
    float x, y;
    if (o->face > 0) {
        x = w * sy_range(r, 0.46f, 0.54f);
        y = h * sy_range(r, 0.46f, 0.54f);
    } else {
        float slot = w / (float)s->num_faces;
        x = slot * ((float)i + sy_range(r, 0.25f, 0.75f));
        y = sy_range(r, 0.35f * size, h - 0.35f * size);
    }
    s->state[i].place[0] = (x - s->cx) * z / s->focal;
    s->state[i].place[1] = (y - s->cy) * z / s->focal;
    s->state[i].place[2] = z;
}

/* -------------------------------------------------------------------------------- camera ---- */

static void draw_camera(struct sy_scene *s, int clean, struct sy_rng *r)
{
    struct sy_camera_look *c = &s->camera;
    float light = sy_clamp(0.0f + s->ambient[5][1] + 0.6f * s->light[0].rgb[1], 0.3f, 4);
    c->look = SY_COLOUR;
    c->exposure = 1.0f / light * expf(0.28f * sy_normal(r));
    c->contrast = sy_range(r, 0.85f, 1.2f);
    for (int k = 0; k < 3; k++)
        c->white[k] = expf(0.07f * sy_normal(r));
    c->vignette = sy_chance(r, 0.4f) ? sy_range(r, 0, 0.4f) : 0;
    c->blur = sy_chance(r, 0.6f) ? sy_range(r, 0.3f, 0.7f) : sy_range(r, 0.5f, 1.6f);
    c->smear[0] = c->smear[1] = 0;
    if (sy_chance(r, 0.12f)) {
        float a = sy_range(r, 0, 6.28f), n = sy_range(r, 1, 7);
        c->smear[0] = n * cosf(a);
        c->smear[1] = n * sinf(a);
    }
    c->noise = sy_chance(r, 0.5f) ? sy_range(r, 0, 2) : sy_range(r, 1, 7);
    c->shot = sy_range(r, 0, 0.35f);
    c->quality = sy_chance(r, 0.55f) ? 25 + sy_below(r, 70) : 0;
    float look = sy_unit(r);
    c->look = look < 0.86f ? SY_COLOUR : look < 0.94f ? SY_GREY : SY_INFRARED;
    if (clean) {
        c->look = SY_COLOUR;
        c->blur = 0.45f;
        c->smear[0] = c->smear[1] = c->vignette = 0;
        c->noise = 1;
        c->shot = 0.05f;
        c->quality = 0;
    }
}

static void draw_occluders(struct sy_scene *s, struct sy_rng *r)
{
    s->num_occluders = sy_chance(r, 0.14f) ? 1 + sy_below(r, SY_OCCLUDERS) : 0;
    for (int i = 0; i < s->num_occluders; i++) {
        struct sy_occluder *o = &s->occluder[i];
        const struct sy_state *f = &s->state[s->num_faces ? sy_below(r, s->num_faces) : 0];
        float size = s->num_faces ? s->focal * FACE_MM / f->place[2] : 0.3f * (float)s->height;
        float x = s->num_faces ? s->cx + s->focal * f->place[0] / f->place[2] : s->cx;
        float y = s->num_faces ? s->cy + s->focal * f->place[1] / f->place[2] : s->cy;
        o->round = sy_chance(r, 0.6f);
        o->x = x + size * 0.5f * sy_normal(r);
        o->y = y + size * (0.25f + 0.45f * sy_normal(r));
        o->half[0] = size * sy_range(r, 0.06f, 0.3f);
        o->half[1] = size * sy_range(r, 0.15f, 0.6f);
        o->angle = sy_range(r, 0, 3.14f);
        float v = sy_range(r, 0.03f, 0.6f);
        for (int k = 0; k < 3; k++)
            o->rgb[k] = v * sy_range(r, 0.6f, 1.2f);
        if (o->round) { /* the colour of a hand */
            o->rgb[1] = 0.62f * o->rgb[0];
            o->rgb[2] = 0.45f * o->rgb[0];
        }
    }
}

void sy_scene_draw(struct sy_scene *s, struct sy_person *people, const struct sy_assets *a,
                   const struct sy_scene_options *o, struct sy_rng *r)
{
    memset(s, 0, sizeof(*s));
    s->width = o->width;
    s->height = o->height;
    float angle = RAD * sy_range(r, 22, 62); /* across the height */
    s->focal = 0.5f * (float)s->height / tanf(angle / 2);
    s->cx = 0.5f * (float)s->width;
    s->cy = 0.5f * (float)s->height;
    float crowd = sy_unit(r);
    s->num_faces = crowd < 0.05f ? 0 : crowd < 0.72f ? 1 : 2 + sy_below(r, SY_FACES - 1);
    if (o->faces >= 0)
        s->num_faces = o->faces;
    draw_light(s, r);
    for (int i = 0; i < s->num_faces; i++) {
        sy_person_draw(&people[i], a, r);
        sy_scene_state(&s->state[i], r);
        place(s, i, o, r);
    }
    draw_camera(s, o->clean, r);
    if (o->clean)
        s->num_occluders = 0;
    else
        draw_occluders(s, r);
    s->backdrop = sy_next(r);
}
