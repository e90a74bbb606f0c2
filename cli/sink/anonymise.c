#include "sink/anonymise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define GROWTH 0.05f /* of the width of the face, for each frame of distance */
#define LARGEST_GROWTH 1.f
#define MOST_MEMORY (512 << 20)

enum {
    REGIONS = 2 * MIEN_FACES_LIMIT,
    SHORTEST = 5, /* delay, frames */
    LONGEST = 120,
    HOLD = 5, /* a face that disappears stays hidden for so many delays */
};

struct region {
    int32_t id;
    int distance; /* frames to the nearest detection; 0: detected here */
    float box[4]; /* x1, y1, x2, y2 */
};

struct points {
    float at[MIEN_FACE_LANDMARKS][2];
};

struct slot {
    uint8_t *pixels;
    int64_t time;
    bool whole; /* hide everything */
    int n, num_points;
    struct region region[REGIONS];
    struct points *points; /* of the faces detected here; NULL: not needed */
};

struct mn_anonymise {
    enum mn_hide how;
    int width, height, delay;
    int first, held; /* slots in use: first, first + 1, ... modulo delay + 1 */
    struct slot *slot;
};

/* --------------------------------------------------------------------------------- memory ---- */

static size_t picture_size(const struct mn_anonymise *a)
{
    return (size_t)a->width * (size_t)a->height * 3 / 2;
}

static int delay_for(const struct mn_anonymise *a, double rate)
{
    const double wanted = rate > 0 ? ceil(rate) : 25;
    const double room = (double)MOST_MEMORY / (double)picture_size(a);
    return (int)fmax(SHORTEST, fmin(LONGEST, fmin(wanted, room)));
}

static bool make_slots(struct mn_anonymise *a)
{
    const int n = a->delay + 1;
    a->slot = mn_alloc_sparse((size_t)n, sizeof(*a->slot));
    for (int i = 0; a->slot && i < n; i++) {
        a->slot[i].pixels = malloc(picture_size(a));
        if (a->how == MN_HIDE_POINTS)
            a->slot[i].points = mn_alloc_sparse(MIEN_FACES_LIMIT, sizeof(struct points));
        if (!a->slot[i].pixels || (a->how == MN_HIDE_POINTS && !a->slot[i].points))
            return false;
    }
    return a->slot != NULL;
}

struct mn_anonymise *mn_anonymise_new(enum mn_hide how, int width, int height, double rate)
{
    struct mn_anonymise *a = calloc(1, sizeof(*a));
    if (!a)
        return NULL;
    a->how = how;
    a->width = width;
    a->height = height;
    a->delay = delay_for(a, rate);
    if (!make_slots(a)) {
        mn_anonymise_free(a);
        return NULL;
    }
    return a;
}

void mn_anonymise_free(struct mn_anonymise *a)
{
    for (int i = 0; a && a->slot && i <= a->delay; i++) {
        free(a->slot[i].pixels);
        free(a->slot[i].points);
    }
    if (a)
        free(a->slot);
    free(a);
}

int mn_anonymise_delay(const struct mn_anonymise *a)
{
    return a->delay;
}

/* ---------------------------------------------------------------------------------- slots ---- */

/* Slot of the frame that came `back` frames before the one being added, 0 to held. */
static struct slot *slot_at(struct mn_anonymise *a, int back)
{
    return &a->slot[(a->first + a->held - back) % (a->delay + 1)];
}

static struct mn_canvas canvas_of(const struct mn_anonymise *a, const struct slot *s)
{
    const size_t luma = (size_t)a->width * (size_t)a->height;
    return (struct mn_canvas){.width = a->width,
                              .height = a->height,
                              .plane = {s->pixels, s->pixels + luma, s->pixels + luma / 4 * 5},
                              .stride = {a->width, a->width / 2, a->width / 2}};
}

struct mn_canvas mn_anonymise_next(struct mn_anonymise *a)
{
    return canvas_of(a, slot_at(a, 0));
}

static struct region *find(struct slot *s, int32_t id)
{
    for (int i = 0; i < s->n; i++)
        if (s->region[i].id == id)
            return &s->region[i];
    return NULL;
}

/* Hides the region of a person, and no smaller one of the same person than before. */
static void put(struct slot *s, int32_t id, const float box[4], int distance)
{
    struct region *r = find(s, id);
    if (r && r->distance <= distance)
        return;
    if (!r && s->n == REGIONS) {
        s->whole = true;
        return;
    }
    r = r ? r : &s->region[s->n++];
    *r = (struct region){.id = id, .distance = distance};
    memcpy(r->box, box, sizeof(r->box));
}

/* -------------------------------------------------------------------------------- regions ---- */

/* The box, with the landmarks in it: a turned face can reach beyond its box. */
static void box_of(const mien_face *f, float box[4])
{
    memcpy(box, f->box, sizeof(f->box));
    for (int i = 0; f->has & MIEN_LANDMARKS && i < MIEN_FACE_LANDMARKS; i++) {
        const float x = f->landmark[i][0], y = f->landmark[i][1];
        if (!isfinite(x) || !isfinite(y))
            continue;
        box[0] = fminf(box[0], x);
        box[1] = fminf(box[1], y);
        box[2] = fmaxf(box[2], x);
        box[3] = fmaxf(box[3], y);
    }
}

/* A face was detected again after `away` frames without it. */
static void fill_gap(struct mn_anonymise *a, int32_t id, const float from[4], const float to[4],
                     int away)
{
    for (int back = 1; back < away; back++) {
        const float t = (float)back / (float)away;
        float box[4];
        for (int i = 0; i < 4; i++)
            box[i] = to[i] + (from[i] - to[i]) * t;
        put(slot_at(a, back), id, box, back < away - back ? back : away - back);
    }
}

/* Hides a face that was detected now in the frames before. */
static void look_back(struct mn_anonymise *a, int32_t id, const float box[4])
{
    for (int back = 1; back <= a->held; back++) {
        const struct region *r = find(slot_at(a, back), id);
        if (r && r->distance == 0) {
            fill_gap(a, id, r->box, box, back);
            return;
        }
    }
    for (int back = 1; back <= a->held; back++)
        put(slot_at(a, back), id, box, back);
}

/* Hides the faces of the frame before that were not detected now. */
static void look_ahead(struct mn_anonymise *a, struct slot *now)
{
    const struct slot *before = a->held ? slot_at(a, 1) : NULL;
    for (int i = 0; before && i < before->n; i++) {
        const struct region *r = &before->region[i];
        if (r->distance < HOLD * a->delay && !find(now, r->id))
            put(now, r->id, r->box, r->distance + 1);
    }
}

void mn_anonymise_add(struct mn_anonymise *a, const mien_face *const *face, int n, bool failed,
                      int64_t time)
{
    struct slot *s = slot_at(a, 0);
    s->time = time;
    s->whole = failed;
    s->n = s->num_points = 0;
    for (int i = 0; i < n; i++) {
        float box[4];
        box_of(face[i], box);
        put(s, face[i]->id, box, 0);
        if (s->points && face[i]->has & MIEN_LANDMARKS && s->num_points < MIEN_FACES_LIMIT)
            memcpy(s->points[s->num_points++].at, face[i]->landmark, sizeof(struct points));
    }
    for (int i = 0; i < n; i++)
        look_back(a, face[i]->id, find(s, face[i]->id) ? find(s, face[i]->id)->box : face[i]->box);
    look_ahead(a, s);
    a->held++;
}

/* ------------------------------------------------------------------------------- pictures ---- */

static void hide(const struct mn_anonymise *a, struct mn_canvas *c, const struct region *r)
{
    const float w = r->box[2] - r->box[0],
                box[4] = {r->box[0], r->box[1], w, r->box[3] - r->box[1]};
    mn_hide_face(c, box, fminf(GROWTH * (float)r->distance, LARGEST_GROWTH) * fmaxf(w, 4), a->how);
}

/* Dim and small: bright points of normal size look like a face to a detector. */
static const struct mn_colour point = {56, 128, 128};

static void draw_points(struct mn_canvas *c, const struct slot *s)
{
    for (int i = 0; i < s->num_points; i++)
        for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
            const float *p = s->points[i].at[k];
            const struct mn_shape dot = {.x = p[0], .y = p[1], .disc = 0.8f};
            if (isfinite(p[0]) && isfinite(p[1]) && fabsf(p[0]) < 1e6f && fabsf(p[1]) < 1e6f)
                mn_canvas_paint(c, &dot, point, 0);
        }
}

bool mn_anonymise_take(struct mn_anonymise *a, bool ended, struct mn_canvas *out, int64_t *time)
{
    if (a->held == 0 || (!ended && a->held < a->delay))
        return false;
    struct slot *s = &a->slot[a->first];
    *out = canvas_of(a, s);
    *time = s->time;
    for (int i = 0; i < s->n && !s->whole; i++)
        hide(a, out, &s->region[i]);
    if (s->whole)
        mn_hide(out, (struct mn_rect){0, 0, a->width, a->height}, a->width / 8, a->how);
    draw_points(out, s);
    a->first = (a->first + 1) % (a->delay + 1);
    a->held--;
    return true;
}
