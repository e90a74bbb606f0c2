#include "page/thumb_choice.h"

#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"

#define RADIANS (3.14159265358979323846 / 180)

struct candidate {
    int person, bin; /* place in the list of people */
    double score;
};

struct list {
    struct candidate c[MN_THUMBS_EACH];
    int n;
};

/* ---------------------------------------------------------------------------------- score ---- */

static double factor(const struct mn_cell *c, int measure, double (*f)(double v))
{
    const double v = mn_cell_mean(c, measure);
    return isnan(v) ? 1 : fmax(0, f(v));
}

static double turn(double degrees)
{
    return cos(degrees * RADIANS);
}

static double size(double pixels)
{
    return fmin(1, pixels / 150);
}

static double itself(double confidence)
{
    return fmin(1, confidence);
}

static double score(const struct mn_cell *c)
{
    return factor(c, MN_MEASURE_SIZE, size) * factor(c, MN_MEASURE_HEAD_YAW, turn) *
           factor(c, MN_MEASURE_HEAD_PITCH, turn) * factor(c, MN_MEASURE_LANDMARKS, itself) *
           factor(c, MN_MEASURE_CONFIDENCE, itself);
}

/* ---------------------------------------------------------------------------------- lists ---- */

/* Keeps the candidates with the highest rank that are at least `apart` bins from each other. */
static void offer(struct list *l, struct candidate c, int apart, double sign)
{
    int at = -1;
    for (int i = 0; i < l->n; i++)
        if (abs(l->c[i].bin - c.bin) < apart &&
            (at < 0 || sign * l->c[i].score < sign * l->c[at].score))
            at = i;
    if (at < 0 && l->n < MN_THUMBS_EACH) {
        l->c[l->n++] = c;
        return;
    }
    for (int i = 0; at < 0 && i < l->n; i++)
        if (sign * l->c[i].score < sign * c.score &&
            (at < 0 || sign * l->c[i].score < sign * l->c[at].score))
            at = i;
    if (at >= 0 && sign * l->c[at].score < sign * c.score)
        l->c[at] = c;
}

static void take(struct mn_thumbs *t, const struct mn_gather *g, const struct list *l, bool best)
{
    for (int i = 0; i < l->n; i++) {
        struct mn_thumb *new = &t->thumb[t->n++];
        new->best = best;
        new->score = l->c[i].score;
        new->person = g->person[l->c[i].person].id;
        new->frame = g->bin[l->c[i].bin].frame;
    }
}

static void choose(struct mn_thumbs *t, const struct mn_gather *g)
{
    const int apart = g->bins / 20 + 1;
    struct list best = {0}, worst = {0};
    for (int p = 0; p < g->people; p++)
        for (int i = 0; i < g->person[p].n; i++) {
            const struct mn_cell *cell = &g->person[p].cell[i];
            const struct candidate c = {p, cell->bin, score(cell)};
            offer(&best, c, apart, 1);
            offer(&worst, c, apart, -1);
        }
    take(t, g, &best, true);
    take(t, g, &worst, false);
}

/* ---------------------------------------------------------------------------------- boxes ---- */

static void add_near(struct mn_thumb *t, const float box[4])
{
    if (t->num_near < MN_THUMB_BOXES)
        memcpy(t->near[t->num_near], box, sizeof(t->near[0]));
    t->num_near += t->num_near <= MN_THUMB_BOXES;
}

/* The bin of a frame can begin before the person is seen in it. */
static void look(struct mn_thumbs *t, const struct mn_observation *o, const float box[4],
                 int64_t second)
{
    for (int i = 0; i < t->n; i++) {
        struct mn_thumb *k = &t->thumb[i];
        if (!k->found && o->trusted && o->person == k->person && o->frame >= k->frame) {
            k->found = true;
            k->frame = o->frame;
            k->time = o->time;
            memcpy(k->box, box, sizeof(k->box));
        }
        if (o->frame >= k->frame - second && o->frame <= k->frame + second)
            add_near(k, box);
    }
}

static int read_boxes(struct mn_thumbs *t, struct mn_measures *m, int64_t second)
{
    static const char *const name[] = {"box_x", "box_y", "box_w", "box_h"};
    int slot[4], got;
    struct mn_observation o;
    for (int i = 0; i < 4; i++) {
        slot[i] = mn_measures_want(m, name[i]);
        if (slot[i] < 0)
            return mn_fail(MIEN_EINVAL,
                           "--thumbnails needs the boxes of the faces; give a result "
                           "of mien with the column %s",
                           name[i]);
    }
    while ((got = mn_measures_next(m, &o)) > 0) {
        float box[4];
        for (int i = 0; i < 4; i++)
            box[i] = (float)m->row[slot[i]];
        if (o.person >= 0 && isfinite(box[0] + box[1] + box[2] + box[3]))
            look(t, &o, box, second);
    }
    return got;
}

static int by_frame(const void *a, const void *b)
{
    const struct mn_thumb *x = a, *y = b;
    return x->frame < y->frame ? -1 : x->frame > y->frame;
}

int mn_thumbs_choose(struct mn_thumbs *t, const struct mn_gather *g, const char *result)
{
    struct mn_measures m;
    const double seconds = g->last - g->first;
    const int64_t second = seconds > 0 ? (int64_t)fmin(120, ceil((double)g->frames / seconds)) : 1;
    t->thumb = calloc(MN_THUMBS, sizeof(*t->thumb));
    if (!t->thumb)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", result);
    choose(t, g);
    int err = mn_measures_open(&m, result);
    if (err == 0)
        err = read_boxes(t, &m, second);
    mn_measures_close(&m);
    qsort(t->thumb, (size_t)t->n, sizeof(*t->thumb), by_frame);
    return err;
}

void mn_thumbs_free(struct mn_thumbs *t)
{
    for (int i = 0; i < t->n; i++)
        free(t->thumb[i].pixels);
    free(t->thumb);
    memset(t, 0, sizeof(*t));
}
