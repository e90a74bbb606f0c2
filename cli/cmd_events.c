/* mien events: onset, apex and offset of action units, blinks and zones of gaze. */
#include <mien/mien.h>

#include "command.h"
#include "events/event_writer.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"
#include "options.h"
#include "report/sidecar.h"
#include "table/measures.h"

static int read_rows(struct mn_events *e, struct mn_measures *m)
{
    struct mn_observation o;
    int got;
    while ((got = mn_measures_next(m, &o)) > 0) {
        int err = atomic_load(&mn_signal_received) ? MIEN_EINTERRUPTED : mn_events_row(e, &o);
        if (err < 0)
            return err;
    }
    return got;
}

static int detect(struct mn_events *e, const char *result)
{
    struct mn_measures m;
    int err = mn_measures_open(&m, result);
    if (err == 0)
        err = read_rows(e, &m);
    mn_measures_close(&m);
    return err;
}

static int write_result(FILE *f, const struct mn_event_format *format,
                        const struct mn_event_rules *rules, const char *result)
{
    char video[MN_PATH_SIZE];
    struct mn_event_list list = {.result = result, .video = video};
    struct mn_events *e = mn_events_new(rules);
    if (!e)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", result);
    mn_sidecar_input(result, video, sizeof(video));
    int err = detect(e, result);
    if (err == 0)
        err = mn_events_finish(e, &list.event, &list.n);
    if (err == 0)
        format->list(f, &list);
    mn_events_free(e);
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
    if (r->off > r->on)
        return mn_fail(MIEN_EINVAL, "--off %g is above --on %g; give --on the larger number",
                       r->off, r->on);
    if (r->margin >= r->zone)
        return mn_fail(MIEN_EINVAL, "--margin %g is not smaller than --zone %g; give a smaller one",
                       r->margin, r->zone);
    return 0;
}

int mn_cmd_events(struct mn_options *o)
{
    const struct mn_event_format *format = NULL;
    struct mn_atomic_file out = {0};
    int err = check(o, &format);
    if (err == 0)
        err = mn_atomic_file_open(&out, o->output ? o->output : "-", o->force);
    if (err < 0)
        return err;
    format->head(out.file);
    for (int i = 0; i < o->num_inputs && err == 0; i++)
        err = write_result(out.file, format, &o->event_rules, o->inputs[i]);
    int finished = mn_atomic_file_finish(&out, err == 0);
    return err ? err : finished;
}
