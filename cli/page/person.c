#include "page/person.h"

#include <math.h>
#include <mien/mien.h>
#include <string.h>

#include "base/mem.h"

void mn_stat_add(struct mn_stat *s, double value)
{
    s->smallest = s->n ? fmin(s->smallest, value) : value;
    s->largest = s->n ? fmax(s->largest, value) : value;
    s->sum += value;
    s->squares += value * value;
    s->active += value >= 1;
    s->n++;
}

double mn_stat_mean(const struct mn_stat *s)
{
    return s->n ? s->sum / (double)s->n : NAN;
}

double mn_stat_deviation(const struct mn_stat *s)
{
    const double mean = mn_stat_mean(s), variance = s->squares / (double)s->n - mean * mean;
    return s->n ? sqrt(fmax(variance, 0)) : NAN;
}

double mn_stat_share(const struct mn_stat *s)
{
    return s->n ? (double)s->active / (double)s->n : NAN;
}

double mn_cell_mean(const struct mn_cell *c, int measure)
{
    return c->n[measure] ? c->sum[measure] / (double)c->n[measure] : NAN;
}

static struct mn_cell *cell_of(struct mn_person *p, int32_t bin)
{
    if (p->n && p->cell[p->n - 1].bin == bin)
        return &p->cell[p->n - 1];
    struct mn_cell *more = mn_grow(p->cell, p->n, &p->room, sizeof(*more));
    if (!more)
        return NULL;
    p->cell = more;
    more += p->n++;
    memset(more, 0, sizeof(*more));
    more->bin = bin;
    return more;
}

static int add_to_cell(struct mn_person *p, const struct mn_observation *o, int32_t bin)
{
    struct mn_cell *c = cell_of(p, bin);
    if (!c)
        return MIEN_ENOMEM;
    for (int i = 0; i < MN_MEASURES; i++)
        if (!isnan(o->value[i])) {
            c->sum[i] += (float)o->value[i];
            c->n[i]++;
        }
    return 0;
}

int mn_person_add(struct mn_person *p, const struct mn_observation *o, int64_t frame, int32_t bin)
{
    p->first = p->frames ? p->first : o->time;
    p->last = o->time;
    p->sightings += p->frames == 0 || frame > p->last_frame + 1;
    p->last_frame = frame;
    p->frames++;
    for (int i = 0; i < MN_MEASURES; i++)
        if (!isnan(o->value[i]))
            mn_stat_add(&p->of[i], o->value[i]);
    return bin < 0 ? 0 : add_to_cell(p, o, bin);
}

static void join(struct mn_cell *to, const struct mn_cell *from)
{
    for (int i = 0; i < MN_MEASURES; i++) {
        to->n[i] += from->n[i];
        to->sum[i] += from->sum[i];
    }
}

void mn_person_halve(struct mn_person *p)
{
    int n = 0;
    for (int i = 0; i < p->n; i++) {
        p->cell[i].bin /= 2;
        if (n && p->cell[n - 1].bin == p->cell[i].bin)
            join(&p->cell[n - 1], &p->cell[i]);
        else if (n++ != i)
            p->cell[n - 1] = p->cell[i];
    }
    p->n = n;
}
