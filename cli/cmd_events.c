/* mien events: onset, apex and offset of action units, blinks and zones of gaze. */
#include <mien/mien.h>
#include <string.h>

#include "command.h"
#include "events/event_writer.h"
#include "events/lids.h"
#include "io/atomic_file.h"
#include "io/csv.h"
#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"
#include "options.h"
#include "report/sidecar.h"
#include "table/measures.h"

enum { EYES = 45 }; /* the action unit that closes them */

/* A result and where its AU45 comes from. */
struct input {
    const char *path;
    struct mn_lids *lids; /* NULL: the column AU45_r */
};

static int open_input(struct input *in, const char *path, bool by_lids)
{
    struct mn_measures m;
    *in = (struct input){.path = path};
    int err = mn_measures_open(&m, path);
    const bool has_unit = err == 0 && mn_measures_has(&m, mn_measure_of_unit(EYES));
    mn_measures_close(&m);
    if (err == 0 && (by_lids || !has_unit))
        err = mn_lids_open(&in->lids, path);
    if (err == 0 && by_lids && !in->lids)
        err =
            mn_fail(MIEN_EINVAL,
                    "%s has no column eye_opening; run mien extract --analysis lids for it", path);
    return err;
}

typedef int row_fn(void *ctx, const struct mn_observation *o);

static int each_row(const struct input *in, row_fn *take, void *ctx)
{
    struct mn_measures m;
    struct mn_observation o;
    int err = mn_measures_open(&m, in->path), got = 0;
    for (int64_t row = 0; err == 0 && (got = mn_measures_next(&m, &o)) > 0; row++) {
        if (in->lids)
            o.value[mn_measure_of_unit(EYES)] = mn_lids_value(in->lids, row);
        err = atomic_load(&mn_signal_received) ? MIEN_EINTERRUPTED : take(ctx, &o);
    }
    mn_measures_close(&m);
    return err < 0 ? err : got;
}

static int detect(void *ctx, const struct mn_observation *o)
{
    return mn_events_row(ctx, o);
}

/* ---------------------------------------------------------------------------------- rows ---- */

struct row_file {
    FILE *file;
    const struct mn_event_list *list;
    int64_t first; /* the events before it have ended */
};

static const char *closure_at(struct row_file *r, const struct mn_observation *o)
{
    const struct mn_event *e = r->list->event;
    while (r->first < r->list->n && e[r->first].offset.frame < o->frame)
        r->first++;
    for (int64_t i = r->first; i < r->list->n && e[i].onset.frame <= o->frame; i++)
        if (e[i].person == o->person && e[i].measure == mn_measure_of_unit(EYES) &&
            e[i].offset.frame >= o->frame)
            return e[i].label;
    return "";
}

static int write_row(void *ctx, const struct mn_observation *o)
{
    struct row_file *r = ctx;
    if (o->person < 0)
        return 0;
    mn_csv_text(r->file, r->list->result);
    fprintf(r->file, ",%lld,%d", (long long)o->frame, o->person);
    mn_csv_number(r->file, o->time, 6);
    mn_csv_number(r->file, o->value[mn_measure_of_unit(EYES)], 3);
    fprintf(r->file, ",%s\n", closure_at(r, o));
    return 0;
}

/* --------------------------------------------------------------------------------- files ---- */

struct outputs {
    const struct mn_event_format *format;
    struct mn_atomic_file events, rows;
    bool has_rows;
};

static int write_result(struct outputs *out, const struct mn_options *o, const char *result)
{
    char video[MN_PATH_SIZE];
    struct mn_event_list list = {.result = result, .video = video};
    struct input in;
    struct mn_events *e = mn_events_new(&o->event_rules);
    if (!e)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", result);
    mn_sidecar_input(result, video, sizeof(video));
    int err = open_input(&in, result, o->event_lids);
    if (err == 0)
        err = each_row(&in, detect, e);
    if (err == 0)
        err = mn_events_finish(e, &list.event, &list.n);
    if (err == 0)
        out->format->list(out->events.file, &list);
    if (err == 0 && out->has_rows)
        err = each_row(&in, write_row, &(struct row_file){out->rows.file, &list, 0});
    mn_events_free(e);
    mn_lids_close(&in.lids);
    return err;
}

static int check(const struct mn_options *o, const struct mn_event_format **format)
{
    const struct mn_event_rules *r = &o->event_rules;
    char extensions[60];
    mn_event_extensions(extensions, sizeof(extensions));
    if (o->num_inputs == 0)
        return mn_fail(MIEN_EINVAL, "mien events needs a result; see mien events --help");
    *format = mn_event_format_of(o->output ? o->output : "-");
    if (!*format)
        return mn_fail(MIEN_EINVAL, "%s: the name of the output must end in %s", o->output,
                       extensions);
    if (o->num_inputs > 1 && !(*format)->several)
        return mn_fail(MIEN_EINVAL, "a %s file takes the events of one result, not of %d; use .csv",
                       (*format)->extension, o->num_inputs);
    if (o->event_rows && !strcmp(o->event_rows, o->output ? o->output : "-"))
        return mn_fail(MIEN_EINVAL, "events and --rows would be the same file; give --rows another "
                                    "name");
    if (r->off > r->on)
        return mn_fail(MIEN_EINVAL, "--off %g is above --on %g; give --on the larger number",
                       r->off, r->on);
    if (r->margin >= r->zone)
        return mn_fail(MIEN_EINVAL, "--margin %g is not smaller than --zone %g; give a smaller one",
                       r->margin, r->zone);
    return 0;
}

static int open_outputs(struct outputs *out, const struct mn_options *o)
{
    int err = mn_atomic_file_open(&out->events, o->output ? o->output : "-", o->force);
    if (err < 0)
        return err;
    out->format->head(out->events.file);
    if (!o->event_rows)
        return 0;
    err = mn_atomic_file_open(&out->rows, o->event_rows, o->force);
    if (err < 0) {
        mn_atomic_file_finish(&out->events, false);
        return err;
    }
    out->has_rows = true;
    fputs("result,frame,face_id,timestamp,AU45,event\n", out->rows.file);
    return 0;
}

int mn_cmd_events(struct mn_options *o)
{
    struct outputs out = {0};
    int err = check(o, &out.format);
    if (err == 0)
        err = open_outputs(&out, o);
    if (err < 0)
        return err;
    for (int i = 0; i < o->num_inputs && err == 0; i++)
        err = write_result(&out, o, o->inputs[i]);
    const bool complete = err == 0;
    const int events = mn_atomic_file_finish(&out.events, complete);
    const int rows = out.has_rows ? mn_atomic_file_finish(&out.rows, complete) : 0;
    return err ? err : events ? events : rows;
}
