/* One row for each face and frame, and one for a frame without a face. */
#include <mien/columns.h>
#include <stdlib.h>
#include <string.h>

#include "io/number.h"
#include "sink/columns.h"
#include "sink/rows.h"

static int open(struct mn_sink **out, const char *path, bool force)
{
    return mn_rows_open(&mn_sink_csv, out, path, force);
}

static int begin(struct mn_sink *base, const struct mn_stream *stream)
{
    struct mn_rows_sink *s = (struct mn_rows_sink *)base;
    s->layout = stream->layout;
    const mien_column *c;
    bool first = true;
    for (int i = 0; (c = mien_column_at(i)); i++) {
        if (!mn_columns_has(&s->layout, i))
            continue;
        fprintf(s->out.file, "%s%s", first ? "" : ",", c->name);
        first = false;
    }
    fputc('\n', s->out.file);
    return mn_atomic_file_flush(&s->out);
}

/* OpenFace leaves no field empty: an unknown value is 0, and so is a negative whole number. */
static void field(FILE *file, const struct mn_layout *l, int i, const mien_frame *f,
                  const mien_face *face)
{
    const mien_column *c = mien_column_at(i);
    double v = 0;
    bool known = mien_column_value(i, f, face, &v);
    if (l->openface)
        mn_number_print(file, known && (v >= 0 || c->decimals) ? v : 0, c->openface_decimals);
    else if (known)
        mn_number_print(file, v, c->decimals);
}

static void row(struct mn_rows_sink *s, const mien_frame *f, const mien_face *face)
{
    const mien_column *c;
    bool first = true;
    for (int i = 0; (c = mien_column_at(i)); i++) {
        if (!mn_columns_has(&s->layout, i))
            continue;
        if (!first)
            fputc(',', s->out.file);
        first = false;
        field(s->out.file, &s->layout, i, f, face);
    }
    fputc('\n', s->out.file);
}

static int frame(struct mn_sink *base, const struct mn_result *r)
{
    return mn_rows_frame((struct mn_rows_sink *)base, r, row);
}

/* The comma before the fields that are revised; NULL if the row has no action units. */
static char *revised_fields(char *text, int keep)
{
    char *cut = text;
    for (int i = 0; i < keep && cut; i++)
        cut = strchr(cut + (i > 0), ',');
    return cut && cut[1] != ',' && cut[1] != '\n' ? cut : NULL;
}

/* frame and face_id are the first two fields of a row. */
static int revise_line(void *ctx, char *text, FILE *out)
{
    const struct mn_rows_revision *r = ctx;
    char *end, *cut = revised_fields(text, r->keep);
    long long number = strtoll(text, &end, 10);
    long id = end > text && *end == ',' ? strtol(end + 1, NULL, 10) : -1;
    mien_face face = {.has = MIEN_AU};
    if (end == text || id < 0 || !cut || r->final(r->ctx, number - 1, (int32_t)id, &face.au) < 0) {
        fputs(text, out);
        return 0;
    }
    fwrite(text, 1, (size_t)(cut - text), out);
    const mien_column *c;
    for (int i = 0; (c = mien_column_at(i)); i++)
        if (c->revised && mn_columns_has(&r->sink->layout, i)) {
            fputc(',', out);
            field(out, &r->sink->layout, i, NULL, &face);
        }
    fputc('\n', out);
    return 0;
}

static int revise(struct mn_sink *base, mn_final_au_fn *final, void *ctx)
{
    struct mn_rows_sink *s = (struct mn_rows_sink *)base;
    struct mn_rows_revision r = {s, final, ctx, 0};
    const mien_column *c;
    for (int i = 0; (c = mien_column_at(i)); i++)
        r.keep += mn_columns_has(&s->layout, i) && !c->revised;
    return mn_atomic_file_rewrite(&s->out, revise_line, &r);
}

const struct mn_sink_info mn_sink_csv = {
    .name = "csv",
    .role = MN_SINK_ROWS,
    .extensions = {".csv"},
    .openface = true,
    .open = open,
    .begin = begin,
    .frame = frame,
    .revise = revise,
    .finish = mn_rows_finish,
};
