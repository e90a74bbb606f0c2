#include "sink/web_lines.h"

#include <mien/columns.h>
#include <string.h>

#include "io/json.h"
#include "io/path.h"
#include "report/monitor.h"

#define MOST_FACES 6
#define LONGEST_NAME 200 /* bytes of the source's name */

/* Is column i the intensity or probability of an action unit? */
static bool is_unit(const struct mn_layout *layout, int i)
{
    const mien_column *c = mien_column_at(i);
    const size_t n = strlen(c->name);
    return c->action_unit && c->decimals > 0 && mn_columns_has(layout, i) && n > 2 &&
           strcmp(c->name + n - 2, "_c");
}

void mn_web_lines_hello(FILE *file, const struct mn_stream *stream)
{
    char name[LONGEST_NAME];
    struct mn_json j;
    const mien_column *c;
    snprintf(name, sizeof(name), "%s", stream->input ? stream->input : "");
    mn_json_init(&j, file, false);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "source", name);
    mn_json_begin(&j, "units", '[');
    for (int i = 0; (c = mien_column_at(i)); i++) {
        if (!is_unit(&stream->layout, i))
            continue;
        mn_json_begin(&j, NULL, '{');
        mn_json_str(&j, "name", c->name);
        mn_json_bool(&j, "experimental", mn_columns_experimental(&stream->layout, c->action_unit));
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
}

static void value(struct mn_json *j, int i, const mien_frame *f, const mien_face *face)
{
    double v;
    if (mien_column_value(i, f, face, &v))
        mn_json_num(j, NULL, v, 2);
    else
        mn_json_str(j, NULL, NULL);
}

static void write_face(struct mn_json *j, const struct mn_layout *layout, const mien_frame *f,
                       const mien_face *face)
{
    const mien_column *c;
    mn_json_begin(j, NULL, '{');
    mn_json_int(j, "id", face->id);
    mn_json_begin(j, "gaze", '[');
    for (int i = 0; (c = mien_column_at(i)); i++)
        if (mn_columns_has(layout, i) &&
            (!strcmp(c->name, "gaze_yaw_smooth") || !strcmp(c->name, "gaze_pitch_smooth")))
            value(j, i, f, face);
    mn_json_end(j, ']');
    mn_json_begin(j, "au", '[');
    for (int i = 0; (c = mien_column_at(i)); i++)
        if (is_unit(layout, i))
            value(j, i, f, face);
    mn_json_end(j, ']');
    mn_json_end(j, '}');
}

void mn_web_lines_frame(FILE *file, const struct mn_stream *stream, const struct mn_result *r,
                        const struct mn_recording *recording)
{
    const struct mn_monitor *m = stream->monitor;
    struct mn_json j;
    mn_json_init(&j, file, false);
    mn_json_begin(&j, NULL, '{');
    mn_json_int(&j, "frame", r->frame->index + 1);
    mn_json_num(&j, "time", r->frame->time, 3);
    if (m) {
        mn_json_num(&j, "fps", mn_rate_recent(&m->delivered), 1);
        mn_json_num(&j, "latency", mn_monitor_recent(m, 0.5) * 1e3, 0);
        mn_json_int(&j, "dropped", m->dropped);
    }
    mn_json_bool(&j, "recording", recording->num_sinks > 0);
    mn_json_str(&j, "file", recording->name);
    mn_json_str(&j, "problem", recording->problem);
    mn_json_int(&j, "people", r->num_faces);
    mn_json_begin(&j, "faces", '[');
    for (int i = 0; i < r->num_faces && i < MOST_FACES; i++)
        write_face(&j, &stream->layout, r->frame, r->face[i]);
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
}
