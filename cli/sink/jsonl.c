/* JSON Lines: one object for each frame, with an array of its faces. */
#include "sink/jsonl.h"

#include <mien/columns.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/number.h"
#include "sink/columns.h"
#include "sink/rows.h"

static int open(struct mn_sink **out, const char *path, bool force)
{
    return mn_rows_open(&mn_sink_jsonl, out, path, force);
}

static int begin(struct mn_sink *base, const struct mn_stream *stream)
{
    struct mn_rows_sink *s = (struct mn_rows_sink *)base;
    s->layout = stream->layout;
    s->layout.openface = false; /* only a table has OpenFace's columns */
    return 0;
}

static void values(struct mn_json *j, const struct mn_layout *l, const mien_frame *f,
                   const mien_face *face)
{
    const mien_column *c;
    for (int i = 0; (c = mien_column_at(i)); i++) {
        double v;
        if (mn_columns_has(l, i) && c->of_frame == (face == NULL) &&
            mien_column_value(i, f, face, &v))
            mn_json_num(j, c->name, v, c->decimals);
    }
}

void mn_jsonl_write(FILE *file, const struct mn_layout *layout, const struct mn_result *r)
{
    const mien_frame *f = r->frame;
    struct mn_json j;
    mn_json_init(&j, file, false);
    mn_json_begin(&j, NULL, '{');
    values(&j, layout, f, NULL);
    if (f->error)
        mn_json_str(&j, "error", mien_error_name(f->error));
    mn_json_begin(&j, "faces", '[');
    for (int i = 0; i < r->num_faces; i++) {
        mn_json_begin(&j, NULL, '{');
        values(&j, layout, f, r->face[i]);
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
}

static int frame(struct mn_sink *base, const struct mn_result *r)
{
    struct mn_rows_sink *s = (struct mn_rows_sink *)base;
    mn_jsonl_write(s->out.file, &s->layout, r);
    return mn_rows_written(s, r->frame);
}

static void write_units(FILE *out, const mien_face *face)
{
    const mien_column *c;
    bool first = true;
    for (int i = 0; (c = mien_column_at(i)); i++) {
        double v;
        if (!c->revised || !mien_column_value(i, NULL, face, &v))
            continue;
        fprintf(out, "%s\"%s\":", first ? "" : ",", c->name);
        mn_number_print(out, v, c->decimals);
        first = false;
    }
}

/* In lines of mn_jsonl_write each face begins with "face_id":, and its action units are contiguous,
 * from the first one to "au_final":, whose value is one digit. */
static int revise_line(void *ctx, char *text, FILE *out)
{
    static const char id_key[] = "\"face_id\":", from_key[] = "\"AU01_r\":",
                      to_key[] = "\"au_final\":";
    const struct mn_rows_revision *r = ctx;
    const char *frame_key = strstr(text, "\"frame\":");
    long long number = frame_key ? strtoll(frame_key + strlen("\"frame\":"), NULL, 10) : 0;
    char *rest = text, *at;
    while ((at = strstr(rest, id_key))) {
        at += strlen(id_key);
        long id = strtol(at, NULL, 10);
        char *next = strstr(at, id_key), *from = strstr(at, from_key), *to = strstr(at, to_key);
        mien_face face = {.has = MIEN_AU};
        fwrite(rest, 1, (size_t)(at - rest), out);
        rest = at;
        if (!from || !to || (next && from > next) ||
            r->final(r->ctx, number - 1, (int32_t)id, &face.au) < 0)
            continue;
        fwrite(rest, 1, (size_t)(from - rest), out);
        write_units(out, &face);
        rest = to + strlen(to_key) + 1;
    }
    fputs(rest, out);
    return 0;
}

static int revise(struct mn_sink *base, mn_final_au_fn *final, void *ctx)
{
    struct mn_rows_sink *s = (struct mn_rows_sink *)base;
    struct mn_rows_revision r = {s, final, ctx, 0};
    return mn_atomic_file_rewrite(&s->out, revise_line, &r);
}

const struct mn_sink_info mn_sink_jsonl = {
    .name = "jsonl",
    .role = MN_SINK_ROWS,
    .extensions = {".jsonl", ".ndjson"},
    .open = open,
    .begin = begin,
    .frame = frame,
    .revise = revise,
    .finish = mn_rows_finish,
};
