#include "page/gather.h"

#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "events/lids.h"
#include "io/msg.h"
#include "io/signal.h"

enum { INDEX_SIZE = 4 * MN_GATHER_PEOPLE }; /* a power of two */

/* Columns beyond the measures; their slots, -1: missing. */
struct extra {
    int box[4], au_final;
};

/* --------------------------------------------------------------------------------- people ---- */

static uint32_t place_of(int id)
{
    return (uint32_t)id * 2654435761u >> 7 & (INDEX_SIZE - 1);
}

/* The person of that id, perhaps new; NULL without memory or if there are too many. */
static struct mn_person *find(struct mn_gather *g, int id)
{
    uint32_t at = place_of(id);
    for (; g->index[at]; at = (at + 1) & (INDEX_SIZE - 1))
        if (g->person[g->index[at] - 1].id == id)
            return &g->person[g->index[at] - 1];
    struct mn_person *more = g->people < MN_GATHER_PEOPLE
                                 ? mn_grow(g->person, g->people, &g->room, sizeof(*more))
                                 : NULL;
    if (!more)
        return NULL;
    g->person = more;
    memset(&g->person[g->people], 0, sizeof(*more));
    g->person[g->people].id = id;
    g->index[at] = ++g->people;
    return &g->person[g->people - 1];
}

/* ----------------------------------------------------------------------------------- bins ---- */

static void halve(struct mn_gather *g)
{
    const int n = (g->bins + 1) / 2;
    for (int i = 0; i < n; i++) {
        struct mn_bin b = g->bin[2 * i];
        if (2 * i + 1 < g->bins) {
            b.frames += g->bin[2 * i + 1].frames;
            b.faces += g->bin[2 * i + 1].faces;
            b.without += g->bin[2 * i + 1].without;
        }
        g->bin[i] = b;
    }
    g->bins = n;
    g->step *= 2;
    g->cells = 0;
    for (int i = 0; i < g->people; i++) {
        mn_person_halve(&g->person[i]);
        g->cells += g->person[i].n;
    }
}

/* People with a single cell each cannot be reduced further. */
static bool too_many(const struct mn_gather *g)
{
    return g->bins > MN_GATHER_BINS || (g->cells > MN_GATHER_BINS && g->bins > 1);
}

static int add_bin(struct mn_gather *g)
{
    struct mn_bin *more = mn_grow(g->bin, g->bins, &g->bin_room, sizeof(*more));
    if (!more)
        return MIEN_ENOMEM;
    g->bin = more;
    g->bin[g->bins++] = (struct mn_bin){.time = g->frame_time, .frame = g->frame};
    return 0;
}

/* The bin of the frame being read; -1: none is kept. */
static int32_t current_bin(const struct mn_gather *g)
{
    return g->series ? (int32_t)(g->frames / g->step) : -1;
}

/* --------------------------------------------------------------------------------- frames ---- */

static void end_gap(struct mn_gather *g, double to)
{
    struct mn_gap gap = {g->gap_from, to};
    if (!g->in_gap)
        return;
    g->in_gap = false;
    g->gaps++;
    g->gap_seconds += gap.to - gap.from;
    for (int i = 0; i < MN_GATHER_GAPS; i++)
        if (gap.to - gap.from > g->gap[i].to - g->gap[i].from) {
            struct mn_gap shorter = g->gap[i];
            g->gap[i] = gap;
            gap = shorter;
        }
}

static void count_gap(struct mn_gather *g)
{
    if (g->in_frame)
        end_gap(g, g->frame_time);
    else if (!g->in_gap) {
        g->in_gap = true;
        g->gap_from = g->frame_time;
    }
}

static void count_bin(struct mn_gather *g)
{
    struct mn_bin *b = &g->bin[g->bins - 1];
    b->frames++;
    b->faces += (uint32_t)g->in_frame;
    b->without += g->in_frame == 0;
}

static void end_frame(struct mn_gather *g)
{
    if (g->frame < 0)
        return;
    mn_ids_frame(&g->ids, g->person, g->frames, g->frame_time);
    count_gap(g);
    if (g->series)
        count_bin(g);
    g->with_face += g->in_frame > 0;
    g->most_faces = g->in_frame > g->most_faces ? g->in_frame : g->most_faces;
    g->last = g->frame_time;
    g->frames++;
    while (g->series && too_many(g))
        halve(g);
}

static int begin_frame(struct mn_gather *g, const struct mn_observation *o)
{
    if (g->frame < 0)
        g->first = o->time;
    else
        g->missing += o->frame - g->frame - 1;
    g->frame = o->frame;
    g->frame_time = o->time;
    g->in_frame = 0;
    return g->series && current_bin(g) >= g->bins ? add_bin(g) : 0;
}

/* ----------------------------------------------------------------------------------- rows ---- */

static void judge(struct mn_gather *g, const struct mn_observation *o)
{
    for (int i = 0; i < MN_QUALITY_LIMITS; i++) {
        g->judged[i] += !isnan(o->value[mn_quality_limit(i)->measure]);
        g->outside[i] += mn_quality_breaks(i, o);
    }
}

/* Only AU45 reaches the detector of events, which then finds only blinks and closed eyes. */
static int watch_eyes(struct mn_gather *g, const struct mn_observation *o)
{
    const int eyes = mn_measure_of_unit(45);
    struct mn_observation alone = *o;
    for (int i = 0; i < MN_MEASURES; i++)
        alone.value[i] = i == eyes ? o->value[i] : NAN;
    return g->has[eyes] ? mn_events_row(g->eyes, &alone) : 0;
}

static int add_face(struct mn_gather *g, const struct mn_observation *o, const struct extra *x,
                    const double *row)
{
    struct mn_person *p = find(g, o->person);
    if (!p)
        return mn_fail(MIEN_ENOMEM, "out of memory, or more than %d people in one result",
                       MN_GATHER_PEOPLE);
    p->rows++;
    if (!o->trusted) {
        g->untrusted++;
        return 0;
    }
    const int before = p->n;
    if (mn_person_add(p, o, g->frames, current_bin(g)) < 0)
        return mn_fail(MIEN_ENOMEM, "out of memory for %d people", g->people);
    g->cells += p->n - before;
    g->seen += p->frames == 1;
    g->faces++;
    g->in_frame++;
    g->preliminary += x->au_final >= 0 && row[x->au_final] < 0.5;
    for (int i = 0; i < 4; i++)
        p->box[i] = g->ids.boxes ? row[x->box[i]] : NAN;
    mn_ids_seen(&g->ids, g->person, (int)(p - g->person));
    judge(g, o);
    return watch_eyes(g, o);
}

static int add_row(struct mn_gather *g, const struct mn_observation *o, const struct extra *x,
                   const double *row)
{
    int err = 0;
    g->rows++;
    if (o->frame != g->frame) {
        end_frame(g);
        err = begin_frame(g, o);
        if (err)
            mn_fail(err, "out of memory for the frames");
    }
    return err || o->person < 0 ? err : add_face(g, o, x, row);
}

static void request(struct mn_gather *g, struct mn_measures *m, struct extra *x)
{
    static const char *const box[] = {"box_x", "box_y", "box_w", "box_h"};
    g->ids.boxes = true;
    for (int i = 0; i < 4; i++) {
        x->box[i] = mn_measures_want(m, box[i]);
        g->ids.boxes = g->ids.boxes && x->box[i] >= 0;
    }
    x->au_final = mn_measures_want(m, "au_final");
    for (int i = 0; i < MN_MEASURES; i++)
        g->has[i] = mn_measures_has(m, i) || (g->lids && i == mn_measure_of_unit(45));
}

static int read_rows(struct mn_gather *g, struct mn_measures *m)
{
    struct mn_observation o;
    struct extra x;
    int got, err = 0;
    request(g, m, &x);
    for (int64_t row = 0; err == 0 && (got = mn_measures_next(m, &o)) > 0; row++) {
        if (g->lids)
            o.value[mn_measure_of_unit(45)] = o.trusted ? mn_lids_value(g->lids, row) : NAN;
        err = atomic_load(&mn_signal_received) ? MIEN_EINTERRUPTED : add_row(g, &o, &x, m->row);
    }
    if (err)
        return err;
    end_frame(g);
    end_gap(g, g->last);
    return got;
}

int mn_gather_read(struct mn_gather *g, const char *result, const struct mn_event_rules *rules,
                   bool series)
{
    struct mn_measures m;
    *g = (struct mn_gather){.series = series, .frame = -1, .step = 1};
    int err = mn_measures_open(&m, result);
    if (err == 0 && !mn_measures_has(&m, mn_measure_of_unit(45)))
        err = mn_lids_open(&g->lids, result);
    g->index = mn_alloc_sparse(INDEX_SIZE, sizeof(*g->index));
    g->eyes = mn_events_new(rules);
    if (err == 0 && (!g->index || !g->eyes))
        err = mn_fail(MIEN_ENOMEM, "%s: out of memory", result);
    if (err == 0)
        err = read_rows(g, &m);
    mn_measures_close(&m);
    if (err == 0)
        err = mn_events_finish(g->eyes, &g->event, &g->events);
    return err;
}

void mn_gather_free(struct mn_gather *g)
{
    for (int i = 0; i < g->people; i++)
        free(g->person[i].cell);
    free(g->person);
    free(g->index);
    free(g->bin);
    mn_lids_close(&g->lids);
    if (g->eyes)
        mn_events_free(g->eyes);
    memset(g, 0, sizeof(*g));
}
