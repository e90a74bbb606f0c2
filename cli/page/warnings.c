#include "page/warnings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct list {
    struct mn_json *json;
    const struct mn_gather *g;
    const char *sidecar;
    int warnings;
};

__attribute__((format(printf, 3, 0))) static void add(struct list *l, const char *level,
                                                      const char *format, va_list values)
{
    char text[600];
    vsnprintf(text, sizeof(text), format, values);
    mn_json_begin(l->json, NULL, '{');
    mn_json_str(l->json, "level", level);
    mn_json_str(l->json, "text", text);
    mn_json_end(l->json, '}');
}

__attribute__((format(printf, 2, 3))) static void warn(struct list *l, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    add(l, "warning", format, values);
    va_end(values);
    l->warnings++;
}

__attribute__((format(printf, 2, 3))) static void note(struct list *l, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    add(l, "note", format, values);
    va_end(values);
}

/* "0.4 %", "40 %" */
static const char *percent(char buf[16], double part, double whole)
{
    const double p = whole > 0 ? 100 * part / whole : 0;
    snprintf(buf, 16, p > 0 && p < 1 ? "%.1f %%" : "%.0f %%", p);
    return buf;
}

static bool states(const struct list *l, const char *item)
{
    return l->sidecar && strstr(l->sidecar, item);
}

static bool has_units(const struct mn_gather *g)
{
    for (int i = MN_MEASURE_UNITS; i < MN_MEASURES; i++)
        if (g->has[i])
            return true;
    return false;
}

/* ------------------------------------------------------------------------------- the rows ---- */

static void coverage(struct list *l)
{
    const struct mn_gather *g = l->g;
    const double without = (double)(g->frames - g->with_face), frames = (double)g->frames;
    char p[16];
    if (g->frames == 0)
        warn(l, "The result has no rows.");
    else if (g->with_face == 0)
        warn(l, "No face was found in any of the %lld frames.", (long long)g->frames);
    else if (without > 0.05 * frames)
        warn(l, "%s of the frames show no face; the longest gap lasts %.1f seconds.",
             percent(p, without, frames), g->gap[0].to - g->gap[0].from);
    if (g->untrusted > 0.05 * (double)g->rows)
        warn(l, "%s of the rows are not trusted (success is 0); they are left out here.",
             percent(p, (double)g->untrusted, (double)g->rows));
    if (g->missing > 0.01 * frames)
        warn(l, "%lld frames have no row; a live run drops frames that it cannot analyse in time.",
             (long long)g->missing);
}

static void identity(struct list *l)
{
    const struct mn_gather *g = l->g;
    if (g->ids.changes > 0)
        warn(l,
             "The face_id of a person changed about %lld time%s; %d ids stand for at most %d faces "
             "at once. A person can be in this report several times.",
             (long long)g->ids.changes, g->ids.changes == 1 ? "" : "s", g->seen, g->most_faces);
    else if (g->seen > 3 * g->most_faces)
        note(l, "There are %d ids, but at most %d faces at once.", g->seen, g->most_faces);
}

static void quality(struct list *l)
{
    char p[16];
    for (int i = 0; i < MN_QUALITY_LIMITS; i++) {
        const struct mn_quality_limit *q = mn_quality_limit(i);
        if ((double)l->g->outside[i] > q->share * (double)l->g->judged[i])
            warn(l, "%s of the faces %s.",
                 percent(p, (double)l->g->outside[i], (double)l->g->judged[i]), q->text);
    }
}

static void rate(struct list *l)
{
    const struct mn_gather *g = l->g;
    const double seconds = g->last - g->first, fps = (double)(g->frames - 1) / seconds;
    if (g->frames > 1 && seconds > 0 && fps < 20 && has_units(g))
        warn(l, "With %.1f frames per second, blinks and other short movements are missed.", fps);
}

/* --------------------------------------------------------------------------- action units ---- */

/* "AU01, AU02": what stands between the brackets in the sidecar. */
static void experimental(struct list *l)
{
    const char *s = l->sidecar ? strstr(l->sidecar, "\"experimental\": [") : NULL;
    const char *end = s ? strchr(s, ']') : NULL;
    int units = 0;
    if (!end || !has_units(l->g) || !l->g->faces)
        return;
    for (s = strstr(s + 1, "\"AU"); s && s < end; s = strstr(s + 1, "\"AU"))
        units++;
    if (units)
        warn(l,
             "Built-in action units are experimental (%d of them, marked below): explore with "
             "them, do not conclude from them.",
             units);
}

/* The person and unit that are active in the largest part of the video; the number of those that
 * are active in more than half of it. */
static int dominant(const struct mn_gather *g, int *person, int *unit)
{
    double largest = 0;
    int n = 0;
    for (int i = 0; i < g->people; i++)
        for (int m = MN_MEASURE_UNITS; m < MN_MEASURES; m++) {
            const struct mn_stat *s = &g->person[i].of[m];
            const double share = s->n >= 100 ? mn_stat_share(s) : 0;
            n += share > 0.5;
            if (share <= largest)
                continue;
            largest = share;
            *person = i;
            *unit = m;
        }
    return n;
}

/* Intensities are relative to the person's own median: an expression that fills most of the video
 * becomes the zero. */
static void calibration(struct list *l)
{
    const struct mn_gather *g = l->g;
    int person = 0, unit = 0;
    char label[60], p[16], more[80] = "";
    if (!has_units(g) || states(l, "\"static\": true"))
        return;
    const int n = dominant(g, &person, &unit);
    if (n > 1)
        snprintf(more, sizeof(more), "; %d more action units of people fill more than half", n - 1);
    if (n > 0)
        warn(l,
             "Calibrated relative to this video's median: person %d shows %s in %s of it, so the "
             "intensity is underestimated%s.",
             g->person[person].id, mn_measure_label(unit, label, sizeof(label)),
             percent(p, (double)g->person[person].of[unit].active,
                     (double)g->person[person].of[unit].n),
             more);
    if (g->last - g->first < 30 && g->faces)
        note(l,
             "The video is short (%.0f seconds). Action units are calibrated by the median of each "
             "person, which needs about a minute with a neutral face.",
             g->last - g->first);
}

static void preliminary(struct list *l)
{
    char p[16];
    if (l->g->preliminary)
        warn(l, "Action units are preliminary in %s of the rows: the run was interrupted.",
             percent(p, (double)l->g->preliminary, (double)l->g->faces));
}

/* ---------------------------------------------------------------------------- the sidecar ---- */

static void origin(struct list *l)
{
    if (!l->sidecar)
        note(l, "There is no sidecar, so models and options are not known.");
    if (states(l, "\"complete\": false"))
        warn(l, "The result is not complete: the input was damaged, or the run was interrupted.");
    if (states(l, "\"name\": \"stub"))
        warn(l, "The values were made by the stub without networks; they mean nothing.");
}

static void missing_columns(struct list *l)
{
    const struct mn_gather *g = l->g;
    if (!g->faces)
        return;
    if (!g->has[MN_MEASURE_GAZE_YAW] || !g->has[MN_MEASURE_GAZE_PITCH])
        note(l, "The result has no gaze.");
    if (!g->has[MN_MEASURE_HEAD_YAW])
        note(l, "The result has no head pose.");
    if (!has_units(g))
        note(l, "The result has no action units.");
}

static void resolution(struct list *l)
{
    if (l->g->step > 1)
        note(l,
             "Each point of the curves is the mean of %lld frames; all statistics use each frame.",
             (long long)l->g->step);
}

int mn_warnings_write(struct mn_json *j, const struct mn_gather *g, const char *sidecar)
{
    static void (*const checks[])(struct list * l) = {
        origin,       coverage,    identity,    quality,         rate,
        experimental, calibration, preliminary, missing_columns, resolution,
    };
    struct list l = {.json = j, .g = g, .sidecar = sidecar};
    mn_json_begin(j, "warnings", '[');
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        checks[i](&l);
    mn_json_end(j, ']');
    return l.warnings;
}
