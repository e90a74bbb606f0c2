#include "person.h"

#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "vec.h"

int sy_person_open(struct sy_person *p, const struct sy_assets *a)
{
    memset(p, 0, sizeof(*p));
    p->shape = malloc((size_t)a->num_vertices * sizeof(*p->shape));
    return p->shape ? 0 : MIEN_ENOMEM;
}

void sy_person_close(struct sy_person *p)
{
    free(p->shape);
    memset(p, 0, sizeof(*p));
}

static void add(float (*v)[3], const struct sy_target *t, float weight)
{
    if (weight == 0)
        return;
    for (int i = 0; i < t->num; i++)
        for (int k = 0; k < 3; k++)
            v[t->at[i].vertex][k] += weight * t->at[i].d[k];
}

/* A slider's value is a function of its name and the person, whatever else is there. */
static float slider(uint64_t person, uint64_t key, float spread)
{
    struct sy_rng r = sy_rng_at(person, key);
    return sy_clamp(spread * sy_normal(&r), -2.2f * spread, 2.2f * spread);
}

static void make_shape(struct sy_person *p, const struct sy_assets *a, uint64_t number)
{
    memcpy(p->shape, a->base, (size_t)a->num_vertices * sizeof(*p->shape));
    const float sex[SY_SEXES] = {1 - p->male, p->male};
    const float age[SY_AGES] = {p->age < 1 ? 1 - p->age : 0, p->age < 1 ? p->age : 2 - p->age,
                                p->age > 1 ? p->age - 1 : 0};
    for (int o = 0; o < SY_ORIGINS; o++)
        for (int s = 0; s < SY_SEXES; s++)
            for (int g = 0; g < SY_AGES; g++)
                add(p->shape, &a->macro[o][s][g], p->origin[o] * sex[s] * age[g]);
    for (int i = 0; i < a->num_details; i++) {
        const struct sy_detail *d = &a->detail[i];
        float x = slider(number, d->key, d->spread);
        if (d->side) /* faces are not quite even */
            x += slider(number, d->key + (uint64_t)d->side, 0.12f * d->spread);
        if (d->sign == 0)
            add(p->shape, &d->target, x > 0 ? 0.5f * x : 0);
        else if (x * (float)d->sign > 0)
            add(p->shape, &d->target, fabsf(x));
    }
}

static void choose_origin(struct sy_person *p, struct sy_rng *r)
{
    int main = sy_below(r, SY_ORIGINS), other = sy_below(r, SY_ORIGINS);
    float mixed = sy_chance(r, 0.3f) ? sy_range(r, 0, 0.5f) : 0;
    memset(p->origin, 0, sizeof(p->origin));
    p->origin[main] += 1 - mixed;
    p->origin[other] += mixed;
    p->male = sy_chance(r, 0.5f) ? sy_range(r, 0.75f, 1) : sy_range(r, 0, 0.25f);
    float which = sy_unit(r);
    p->age = which < 0.12f  ? sy_range(r, 0.35f, 0.8f)
             : which < 0.7f ? sy_range(r, 0.9f, 1.25f)
                            : sy_range(r, 1.25f, 1.9f);
}

/* The skin that fits best; among equal ones at random. */
static void choose_skin(struct sy_person *p, const struct sy_assets *a, struct sy_rng *r)
{
    int dark = p->origin[0] > 0.5f, old = p->age > 1.6f ? 2 : p->age > 1.3f ? 1 : 0;
    float best = 1e9f;
    for (int i = 0; i < a->num_skins; i++) {
        const struct sy_skin *s = &a->skin[i];
        float off = 1.0f * (float)(s->male != (p->male > 0.5f)) + 2.5f * (float)(s->dark != dark) +
                    0.4f * fabsf((float)(s->old - old)) + 0.9f * sy_unit(r);
        if (off < best) {
            best = off;
            p->skin = i;
        }
    }
    float light = sy_range(r, -0.25f, 0.25f), warm = 0.07f * sy_normal(r),
          red = 0.04f * sy_normal(r);
    /* lighter skins than asked for, worn by darker people, and the reverse */
    if (a->skin[p->skin].dark != dark)
        light += dark ? -1.1f : 0.6f;
    light -= 0.25f * p->origin[1] * sy_unit(r);
    if (dark)
        light += sy_range(r, -0.45f, 0.3f);
    p->tone[0] = expf(light + 0.35f * warm + red);
    p->tone[1] = expf(1.12f * light);
    p->tone[2] = expf(1.25f * light - warm);
    p->gloss = sy_range(r, 0.5f, 1.5f);
    p->makeup =
        p->male < 0.5f && p->age > 0.85f && sy_chance(r, 0.5f) ? sy_range(r, 0.2f, 0.8f) : 0;
    p->lips[0] = sy_range(r, 0.3f, 0.6f);
    p->lips[1] = sy_range(r, 0.03f, 0.15f);
    p->lips[2] = sy_range(r, 0.04f, 0.18f);
}

static const struct hair_colour {
    float rgb[3];
    int light; /* seldom on dark people */
} hair_colours[] = {
    {{0.012f, 0.010f, 0.009f}, 0}, {{0.020f, 0.014f, 0.010f}, 0}, {{0.045f, 0.025f, 0.014f}, 0},
    {{0.10f, 0.055f, 0.028f}, 1},  {{0.22f, 0.13f, 0.065f}, 1},   {{0.42f, 0.29f, 0.15f}, 1},
    {{0.20f, 0.06f, 0.02f}, 1},    {{0.30f, 0.30f, 0.30f}, 2},    {{0.55f, 0.55f, 0.53f}, 2},
};

static void choose_hair(struct sy_person *p, const struct sy_assets *a, struct sy_rng *r)
{
    int n = (int)(sizeof(hair_colours) / sizeof(*hair_colours)), i = sy_below(r, 7);
    if (hair_colours[i].light == 1 && p->origin[2] < 0.5f && !sy_chance(r, 0.08f))
        i = sy_below(r, 3);
    if (p->age > 1.4f && sy_chance(r, p->age - 1.1f))
        i = n - 1 - sy_below(r, 2);
    float shade = sy_range(r, 0.75f, 1.3f);
    for (int k = 0; k < 3; k++) {
        p->hair_rgb[k] = hair_colours[i].rgb[k] * shade * sy_range(r, 0.93f, 1.08f);
        p->brow_rgb[k] = 0.7f * p->hair_rgb[k];
    }
    p->hair = 0;
    for (int tries = 0; tries < 12; tries++) {
        p->hair = sy_below(r, a->num_hair);
        const struct sy_part *h = &a->hair[p->hair];
        int cropped = !strncmp(h->name, "short", 5), afro = !strncmp(h->name, "afro", 4);
        float fits = (p->male > 0.5f) == cropped ? 1 : 0.25f;
        fits *= afro ? p->origin[0] : 1;
        fits *= h->covers_eye ? 0.2f : 1;
        if (sy_chance(r, fits))
            break;
    }
    p->scalp = sy_range(r, 0.75f, 0.95f);
    if (sy_chance(r, p->male > 0.5f ? 0.16f : 0.03f)) { /* shaven or bald */
        p->hair = -1;
        p->scalp = sy_chance(r, 0.5f) ? sy_range(r, 0.35f, 0.9f) : sy_range(r, 0, 0.2f);
    }
    p->beard = p->stubble = 0;
    if (p->male > 0.5f && p->age > 0.95f) {
        p->stubble = sy_range(r, 0, 0.45f);
        if (sy_chance(r, 0.25f))
            p->beard = sy_range(r, 0.5f, 0.9f);
    }
}

static void choose_eyes(struct sy_person *p, const struct sy_assets *a, struct sy_rng *r)
{
    p->eye = sy_below(r, a->num_eyes);
    float bright = sy_range(r, 0.6f, 1.3f);
    for (int k = 0; k < 3; k++)
        p->iris_tint[k] = bright * sy_range(r, 0.9f, 1.1f);
    if (p->origin[2] < 0.5f && !sy_chance(r, 0.05f))
        for (int i = 0; i < a->num_eyes; i++) { /* the darkest there is */
            float c[4], d[4];
            sy_texture_at(&a->eye[i], 3, 0.64f, 0.71f, c);
            sy_texture_at(&a->eye[p->eye], 3, 0.64f, 0.71f, d);
            if (c[0] + c[1] + c[2] < d[0] + d[1] + d[2])
                p->eye = i;
        }
    p->iris = sy_range(r, 23.5f, 28.0f) * 0.0174533f;
    p->lid = sy_clamp(0.05f + 0.07f * sy_normal(r), -0.08f, 0.22f);
}

static void choose_things(struct sy_person *p, const struct sy_assets *a, struct sy_rng *r)
{
    p->brows = sy_below(r, a->num_brows);
    p->lashes = sy_chance(r, p->male > 0.5f ? 0.75f : 1) ? sy_below(r, a->num_lashes) : -1;
    p->teeth = sy_below(r, a->num_teeth);
    p->tongue = sy_below(r, a->num_tongues);
    float grey = sy_range(r, 0.02f, 0.7f);
    for (int k = 0; k < 3; k++)
        p->cloth[k] = sy_clamp(grey * sy_range(r, 0.3f, 1.4f), 0.01f, 0.85f);
    p->collar = sy_range(r, 5.25f, 5.95f);
    float which = sy_unit(r);
    p->glasses = which < 0.78f ? SY_NO_GLASSES : which < 0.96f ? SY_CLEAR_GLASSES : SY_SUNGLASSES;
    p->frame[0] = sy_range(r, 0.235f, 0.295f);
    p->frame[1] = p->frame[0] * sy_range(r, 0.58f, 0.95f);
    p->tube = sy_range(r, 0.008f, 0.028f);
    float shade = sy_chance(r, 0.6f) ? 0.02f : sy_range(r, 0.05f, 0.5f);
    for (int k = 0; k < 3; k++) {
        p->frame_rgb[k] = shade * sy_range(r, 0.7f, 1.3f);
        p->lens_rgb[k] = sy_range(r, 0.005f, 0.04f);
    }
}

void sy_person_draw(struct sy_person *p, const struct sy_assets *a, struct sy_rng *r)
{
    uint64_t number = sy_next(r);
    choose_origin(p, r);
    choose_skin(p, a, r);
    choose_hair(p, a, r);
    choose_eyes(p, a, r);
    choose_things(p, a, r);
    make_shape(p, a, number);
}
