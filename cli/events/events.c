#include "events/events.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"

enum {
    ZONES = MN_MEASURES,
    SIGNALS
}; /* a signal for each measure, and one for the zones of gaze */

/* A run that may become an event. */
struct run {
    bool active;
    int zone;
    struct mn_event_point onset, apex, last; /* last: the last frame that belongs to it */
    double peak, sum;
    int64_t count;
};

struct person {
    int id;
    struct run run[SIGNALS];
};

struct mn_events {
    struct mn_event_rules rules;
    struct person *person; /* sorted by id */
    int num_people, room_people;
    struct mn_event *event;
    int64_t n, room;
    bool no_memory;
};

struct mn_events *mn_events_new(const struct mn_event_rules *rules)
{
    struct mn_events *e = calloc(1, sizeof(*e));
    if (e)
        e->rules = *rules;
    return e;
}

void mn_events_free(struct mn_events *e)
{
    if (!e)
        return;
    free(e->person);
    free(e->event);
    free(e);
}

/* -------------------------------------------------------------------------------- people ---- */

static int place_of(const struct mn_events *e, int id)
{
    int low = 0, high = e->num_people;
    while (low < high) {
        int mid = (low + high) / 2;
        if (e->person[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct person *person_of(struct mn_events *e, int id)
{
    int at = place_of(e, id);
    if (at < e->num_people && e->person[at].id == id)
        return &e->person[at];
    if (e->num_people >= MN_EVENTS_PEOPLE)
        return NULL;
    if (e->num_people == e->room_people) {
        int room = e->room_people ? e->room_people * 2 : 8;
        struct person *more = realloc(e->person, (size_t)room * sizeof(*more));
        if (!more)
            return NULL;
        e->person = more;
        e->room_people = room;
    }
    memmove(&e->person[at + 1], &e->person[at], (size_t)(e->num_people - at) * sizeof(*e->person));
    e->num_people++;
    memset(&e->person[at], 0, sizeof(*e->person));
    e->person[at].id = id;
    return &e->person[at];
}

/* -------------------------------------------------------------------------------- labels ---- */

/* [vertical][horizontal]: up, level, down; image left, middle, image right */
static const char *const zones[3][3] = {
    {"gaze up left", "gaze up", "gaze up right"},
    {"gaze left", "gaze centre", "gaze right"},
    {"gaze down left", "gaze down", "gaze down right"},
};

static bool is_eyes(int signal)
{
    return signal == mn_measure_of_unit(45);
}

static const char *label_of(const struct mn_events *e, const struct run *r, int signal,
                            char buf[MN_EVENT_LABEL])
{
    if (signal == ZONES)
        return zones[r->zone / 3][r->zone % 3];
    if (is_eyes(signal))
        return r->last.time - r->onset.time <= e->rules.blink ? "blink" : "eyes closed";
    return mn_measure_label(signal, buf, MN_EVENT_LABEL);
}

/* ---------------------------------------------------------------------------------- runs ---- */

static void keep(struct mn_events *e, const struct mn_event *event)
{
    if (e->n == e->room) {
        int64_t room = e->room ? e->room * 2 : 256;
        struct mn_event *more = realloc(e->event, (size_t)room * sizeof(*more));
        if (!more) {
            e->no_memory = true;
            return;
        }
        e->event = more;
        e->room = room;
    }
    e->event[e->n++] = *event;
}

static void end_run(struct mn_events *e, int person, int signal, struct run *r)
{
    const bool zone = signal == ZONES;
    const double length = r->last.time - r->onset.time;
    if (r->active && (zone || r->peak >= e->rules.on) &&
        (length >= e->rules.shortest || is_eyes(signal))) {
        char buf[MN_EVENT_LABEL];
        struct mn_event event = {.person = person,
                                 .measure = zone ? MN_MEASURE_GAZE_YAW : signal,
                                 .onset = r->onset,
                                 .apex = r->apex,
                                 .offset = r->last,
                                 .peak = zone ? NAN : r->peak,
                                 .mean = zone ? NAN : r->sum / (double)r->count};
        snprintf(event.label, sizeof(event.label), "%s", label_of(e, r, signal, buf));
        keep(e, &event);
    }
    r->active = false;
}

static void extend(struct run *r, const struct mn_observation *o, double value)
{
    const struct mn_event_point here = {o->frame, o->time};
    if (!r->active)
        *r = (struct run){.active = true, .onset = here, .apex = here, .peak = value};
    if (value > r->peak) {
        r->peak = value;
        r->apex = here;
    }
    r->last = here;
    r->sum += value;
    r->count++;
}

static bool is_over(const struct mn_events *e, const struct run *r, double time)
{
    return r->active && time - r->last.time > e->rules.gap;
}

static void take_unit(struct mn_events *e, struct person *p, int signal,
                      const struct mn_observation *o)
{
    struct run *r = &p->run[signal];
    const double v = o->value[signal];
    if (is_over(e, r, o->time))
        end_run(e, p->id, signal, r);
    if (v >= e->rules.off)
        extend(r, o, v);
}

/* 0, 1 or 2 along one axis: beyond +zone, between, beyond -zone. `before`: the present one, whose
 * borders lie `margin` further out; -1: none. */
static int third(const struct mn_event_rules *rules, double angle, int before)
{
    const double high = rules->zone + (before == 0  ? -rules->margin
                                       : before > 0 ? rules->margin
                                                    : 0),
                 low = rules->zone + (before == 2   ? -rules->margin
                                      : before >= 0 ? rules->margin
                                                    : 0);
    return angle > high ? 0 : angle < -low ? 2 : 1;
}

static void take_gaze(struct mn_events *e, struct person *p, const struct mn_observation *o)
{
    struct run *r = &p->run[ZONES];
    const double yaw = o->value[MN_MEASURE_GAZE_YAW], pitch = o->value[MN_MEASURE_GAZE_PITCH];
    if (is_over(e, r, o->time))
        end_run(e, p->id, ZONES, r);
    if (isnan(yaw) || isnan(pitch))
        return;
    const int zone = third(&e->rules, pitch, r->active ? r->zone / 3 : -1) * 3 +
                     third(&e->rules, yaw, r->active ? r->zone % 3 : -1);
    if (r->active && zone != r->zone)
        end_run(e, p->id, ZONES, r);
    extend(r, o, 0);
    r->zone = zone;
}

int mn_events_row(struct mn_events *e, const struct mn_observation *o)
{
    if (!o->trusted)
        return 0;
    struct person *p = person_of(e, o->person);
    if (!p)
        return mn_fail(MIEN_ENOMEM, "out of memory for the events of more than %d people",
                       e->num_people);
    for (int i = MN_MEASURE_UNITS; i < MN_MEASURES; i++)
        take_unit(e, p, i, o);
    take_gaze(e, p, o);
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct mn_event *x = a, *y = b;
    if (x->onset.frame != y->onset.frame)
        return x->onset.frame < y->onset.frame ? -1 : 1;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    if (x->measure != y->measure)
        return x->measure < y->measure ? -1 : 1;
    return strcmp(x->label, y->label);
}

int mn_events_finish(struct mn_events *e, const struct mn_event **events, int64_t *n)
{
    for (int i = 0; i < e->num_people; i++)
        for (int k = 0; k < SIGNALS; k++)
            end_run(e, e->person[i].id, k, &e->person[i].run[k]);
    if (e->no_memory)
        return mn_fail(MIEN_ENOMEM, "out of memory for %lld events", (long long)e->n + 1);
    if (e->n)
        qsort(e->event, (size_t)e->n, sizeof(*e->event), compare);
    *events = e->event;
    *n = e->n;
    return 0;
}
