#include "evaluate/evaluate.h"

#include <math.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/collect.h"
#include "evaluate/distance.h"
#include "evaluate/intervals.h"
#include "evaluate/sequences.h"
#include "io/msg.h"
#include "io/signal.h"

#define TOOL_PRESENT 1.0 /* intensity, for tables without AUxx_c */

/* Directions of one labelled frame, kept until the offset of the person is known. */
struct gaze {
    int person;
    bool measured;
    float label_yaw, label_pitch, tool_yaw, tool_pitch;
};

struct work {
    struct mn_evaluation *e;
    int person; /* of the recording that is read */
    struct mn_scored_item *unit[MN_LABELS_UNITS], *gaze, *calibrated, *landmarks;
    struct gaze *frame;
    int64_t num_frames, room;
};

static int no_memory(void)
{
    return mn_fail(MIEN_ENOMEM, "out of memory for the scores");
}

/* ---------------------------------------------------------------------------------- items ---- */

static struct mn_scored_item *add_item(struct mn_evaluation *e, const char *name,
                                       const struct mn_kind *kind)
{
    struct mn_scored_item *item = &e->item[e->num_items];
    const size_t sums = (size_t)kind->num_sums * MN_SCORINGS;
    *item = (struct mn_scored_item){.kind = kind};
    snprintf(item->name, sizeof(item->name), "%s", name);
    item->sums = calloc((size_t)e->labels.num_people * sums, sizeof(*item->sums));
    if (!item->sums)
        return NULL;
    e->num_items++;
    return item;
}

/* Where frames of the current person are added. */
static double *sums_of(const struct mn_scored_item *item, int person, bool measured)
{
    const size_t n = (size_t)item->kind->num_sums;
    return item->sums + ((size_t)person * MN_SCORINGS + !measured) * n;
}

static int open_items(struct work *w)
{
    bool units[MN_LABELS_UNITS] = {false}, gaze = false, points = false;
    char name[16];
    for (int64_t i = 0; i < w->e->labels.n; i++) {
        const int channel = w->e->labels.label[i].channel;
        gaze = gaze || channel == MN_CHANNEL_GAZE_YAW;
        points = points || channel == MN_CHANNEL_X;
        if (channel < MN_CHANNEL_GAZE_YAW)
            units[channel % MN_LABELS_UNITS] = true;
    }
    for (int i = 0; i < MN_LABELS_UNITS; i++) {
        snprintf(name, sizeof(name), "AU%02d", i);
        if (units[i] && !(w->unit[i] = add_item(w->e, name, &mn_kind_unit)))
            return no_memory();
    }
    if (gaze && (!(w->gaze = add_item(w->e, "gaze", &mn_kind_gaze)) ||
                 !(w->calibrated = add_item(w->e, "gaze calibrated", &mn_kind_gaze))))
        return no_memory();
    if (points && !(w->landmarks = add_item(w->e, "landmarks", &mn_kind_landmarks)))
        return no_memory();
    return 0;
}

/* --------------------------------------------------------------------------------- frames ---- */

static bool tool_present(const struct mn_evaluation *e, const struct mn_labelled *l, int unit,
                         bool *known)
{
    const double intensity = l->tool[MN_CHANNEL_INTENSITY + unit];
    const double presence = l->tool[MN_CHANNEL_PRESENCE + unit];
    if (e->rules.tool_present <= 0 && !isnan(presence)) {
        *known = true;
        return presence >= 0.5;
    }
    const double limit = e->rules.tool_present > 0 ? e->rules.tool_present : TOOL_PRESENT;
    *known = !isnan(intensity);
    return intensity >= limit;
}

static void add_unit(struct work *w, const struct mn_labelled *l, int unit)
{
    struct mn_evaluation *e = w->e;
    const double intensity = l->label[MN_CHANNEL_INTENSITY + unit];
    const double presence = l->label[MN_CHANNEL_PRESENCE + unit];
    const bool column_r = mn_channels_has(l->channels, MN_CHANNEL_INTENSITY + unit);
    const bool column_c = mn_channels_has(l->channels, MN_CHANNEL_PRESENCE + unit);
    if (isnan(intensity) && isnan(presence))
        return;
    if (!column_r && !column_c) {
        e->unmeasured[unit] = true;
        return;
    }
    bool known;
    struct mn_unit_frame f = {.label = intensity};
    f.label_present = isnan(presence) ? intensity >= e->rules.present : presence >= 0.5;
    f.tool = l->tool[MN_CHANNEL_INTENSITY + unit];
    f.tool_present = tool_present(e, l, unit, &known);
    f.measured = l->measured && (known || !isnan(f.tool));
    f.has_presence = f.measured ? known : true;
    f.has_intensity = !isnan(intensity) && (f.measured ? !isnan(f.tool) : column_r);
    f.tool = f.measured ? f.tool : 0;
    f.tool_present = f.measured && f.tool_present;
    e->by_column = e->by_column || (column_c && e->rules.tool_present <= 0);
    mn_scores_unit(sums_of(w->unit[unit], w->person, f.measured), &f);
    w->unit[unit]->frames++;
}

static int add_gaze(struct work *w, const struct mn_labelled *l)
{
    struct gaze g = {.person = w->person,
                     .label_yaw = (float)l->label[MN_CHANNEL_GAZE_YAW],
                     .label_pitch = (float)l->label[MN_CHANNEL_GAZE_PITCH],
                     .tool_yaw = (float)l->tool[MN_CHANNEL_GAZE_YAW],
                     .tool_pitch = (float)l->tool[MN_CHANNEL_GAZE_PITCH]};
    if (isnan(g.label_yaw) || isnan(g.label_pitch) ||
        !mn_channels_has(l->channels, MN_CHANNEL_GAZE_YAW))
        return 0;
    g.measured = l->measured && !isnan(g.tool_yaw) && !isnan(g.tool_pitch);
    if (w->num_frames == w->room) {
        const int64_t room = w->room ? 2 * w->room : 1024;
        struct gaze *more = realloc(w->frame, (size_t)room * sizeof(*more));
        if (!more)
            return no_memory();
        w->frame = more;
        w->room = room;
    }
    w->frame[w->num_frames++] = g;
    return 0;
}

static bool complete(const double *points)
{
    for (int i = 0; i < 2 * MN_LABELS_POINTS; i++)
        if (isnan(points[i]))
            return false;
    return true;
}

static void add_points(struct work *w, const struct mn_labelled *l)
{
    const double *label = l->label + MN_CHANNEL_X, *tool = l->tool + MN_CHANNEL_X;
    if (!complete(label) || !mn_channels_has(l->channels, MN_CHANNEL_X))
        return;
    const double eyes = mn_distance_eyes(label);
    const bool measured = l->measured && complete(tool);
    if (!(eyes > 0))
        return;
    mn_scores_landmarks(sums_of(w->landmarks, w->person, measured), measured,
                        measured ? 100 * mn_distance_points(label, tool) / eyes : NAN);
    w->landmarks->frames++;
}

static int add_frame(void *ctx, const struct mn_labelled *l)
{
    struct work *w = ctx;
    for (int i = 0; i < MN_LABELS_UNITS; i++)
        if (w->unit[i])
            add_unit(w, l, i);
    if (w->landmarks)
        add_points(w, l);
    return w->gaze ? add_gaze(w, l) : 0;
}

/* Gaze without and with the mean offset of each person, which a calibration would remove. */
static int finish_gaze(struct work *w)
{
    const size_t people = (size_t)w->e->labels.num_people;
    double *offset = calloc(people * 3, sizeof(*offset)); /* yaw, pitch, frames */
    if (!offset)
        return no_memory();
    for (int64_t i = 0; i < w->num_frames; i++) {
        const struct gaze *g = &w->frame[i];
        double *o = offset + 3 * (size_t)g->person;
        o[0] += g->measured ? remainder((double)g->tool_yaw - (double)g->label_yaw, 360) : 0;
        o[1] += g->measured ? (double)g->tool_pitch - (double)g->label_pitch : 0;
        o[2] += g->measured;
    }
    for (int64_t i = 0; i < w->num_frames; i++) {
        const struct gaze *g = &w->frame[i];
        const double *o = offset + 3 * (size_t)g->person;
        const double yaw = g->measured ? (double)g->tool_yaw : 0;
        const double pitch = g->measured ? (double)g->tool_pitch : 0;
        mn_scores_gaze(sums_of(w->gaze, g->person, g->measured), g->measured, (double)g->label_yaw,
                       (double)g->label_pitch, yaw, pitch);
        mn_scores_gaze(sums_of(w->calibrated, g->person, g->measured), g->measured,
                       (double)g->label_yaw, (double)g->label_pitch,
                       g->measured ? yaw - o[0] / o[2] : 0, g->measured ? pitch - o[1] / o[2] : 0);
        w->gaze->frames++;
        w->calibrated->frames++;
    }
    free(offset);
    return 0;
}

/* -------------------------------------------------------------------------------- results ---- */

static int add_recording(struct work *w, const struct mn_recording *r, bool *of_person)
{
    struct mn_evaluation *e = w->e;
    const struct mn_candidate *rival = NULL;
    struct mn_collect_counts n = {0};
    struct mn_candidate *found = mn_pairing_find(&e->results, r->name, &rival);
    if (!found && e->results.n == 1 && e->labels.num_recordings == 1)
        found = &e->results.result[0];
    if (!found)
        return 0;
    if (rival)
        return mn_fail(MIEN_EINVAL, "labels %s fit %s and %s; give a folder with one of them",
                       r->name, found->path, rival->path);
    if (found->used)
        return mn_fail(MIEN_EINVAL, "%s fits labels %s and others; use the folders of the labels",
                       found->path, r->name);
    found->used = true;
    of_person[r->person_index] = true;
    w->person = r->person_index;
    int err = mn_collect(found->path, &e->labels, r, &n, add_frame, w);
    e->recordings++;
    e->frames += n.frames;
    e->frames_measured += n.measured;
    e->frames_absent += n.absent;
    e->other_faces += n.others;
    return err;
}

static int add_recordings(struct work *w)
{
    struct mn_evaluation *e = w->e;
    bool *of_person = calloc((size_t)e->labels.num_people + 1, sizeof(*of_person));
    int err = of_person ? 0 : no_memory();
    for (int i = 0; err == 0 && i < e->labels.num_recordings; i++)
        err = add_recording(w, &e->labels.recording[i], of_person);
    for (int i = 0; of_person && i < e->labels.num_people; i++)
        e->people += of_person[i];
    free(of_person);
    if (err == 0 && e->recordings == 0)
        return mn_fail(MIEN_EINVAL,
                       "no result has the name of a label, such as %s; give both the same names",
                       e->labels.recording[0].name);
    return err;
}

bool mn_evaluate_lacks(const struct mn_evaluation *e, int recording)
{
    const struct mn_candidate *rival;
    struct mn_pairing *p = (struct mn_pairing *)&e->results;
    return !(e->results.n == 1 && e->labels.num_recordings == 1) &&
           !mn_pairing_find(p, e->labels.recording[recording].name, &rival);
}

/* --------------------------------------------------------------------------------- scores ---- */

/* Drops items that no frame was added to, and adds the means of the action units. */
static int close_items(struct mn_evaluation *e)
{
    int n = 0, units = 0;
    struct mn_scored_item others[4];
    for (int i = 0; i < e->num_items; i++) {
        if (e->item[i].frames == 0)
            free(e->item[i].sums);
        else
            e->item[n++] = e->item[i];
    }
    e->num_items = n;
    while (units < n && e->item[units].kind == &mn_kind_unit)
        units++;
    if (n == 0)
        return mn_fail(MIEN_EINVAL, "the results have no column for any label; give --analysis all "
                                    "to mien extract");
    if (units < 2)
        return 0;
    memcpy(others, e->item + units, (size_t)(n - units) * sizeof(*others));
    memcpy(e->item + units + 1, others, (size_t)(n - units) * sizeof(*others));
    e->item[units] =
        (struct mn_scored_item){.name = "AU mean", .kind = &mn_kind_unit, .mean = true};
    e->num_items++;
    return 0;
}

int mn_evaluate(struct mn_evaluation *e, const struct mn_evaluate_input *input,
                const struct mn_evaluate_rules *rules)
{
    struct work w = {.e = e};
    memset(e, 0, sizeof(*e));
    e->rules = *rules;
    int err = mn_label_format_read(&e->labels, input->labels, input->format, &e->format);
    if (err == 0 && input->people)
        err = mn_labels_people(&e->labels, input->people);
    if (err == 0)
        err = mn_pairing_open(&e->results, input->results);
    if (err == 0) {
        e->in_sequences = mn_sequences_join(&e->labels, &e->results);
        err = e->in_sequences < 0 ? e->in_sequences : mn_labels_finish(&e->labels);
    }
    if (err == 0)
        err = open_items(&w);
    if (err == 0)
        err = add_recordings(&w);
    if (err == 0 && w.gaze)
        err = finish_gaze(&w);
    free(w.frame);
    if (err == 0)
        err = close_items(e);
    return err < 0 ? err : mn_intervals(e);
}

void mn_evaluate_free(struct mn_evaluation *e)
{
    for (int i = 0; i < e->num_items; i++) {
        free(e->item[i].sums);
        for (int s = 0; s < MN_SCORINGS; s++)
            free(e->item[i].score[s]);
    }
    mn_labels_free(&e->labels);
    mn_pairing_free(&e->results);
    memset(e, 0, sizeof(*e));
}
