/* One row for each face and frame, and one for a frame without a face. */
#include <stdlib.h>

#include "json.h"
#include "output.h"
#include "sink/columns.h"
#include "sink/sink.h"

struct csv {
    struct mn_sink base;
    struct mn_output out;
};

static int open(struct mn_sink **out, const char *path, bool force)
{
    struct csv *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    s->base.info = &mn_sink_csv;
    int err = mn_output_open(&s->out, path, force);
    if (err < 0) {
        free(s);
        return err;
    }
    *out = &s->base;
    return 0;
}

static int begin(struct mn_sink *base, const struct mn_stream *stream)
{
    struct csv *s = (struct csv *)base;
    (void)stream;
    const struct mn_column *c;
    for (int i = 0; (c = mn_column_at(i)); i++)
        fprintf(s->out.file, "%s%s", i ? "," : "", c->name);
    fputc('\n', s->out.file);
    return mn_output_flush(&s->out);
}

static void row(FILE *file, const mien_frame *f, const mien_face *face)
{
    const struct mn_column *c;
    for (int i = 0; (c = mn_column_at(i)); i++) {
        double v;
        if (i)
            fputc(',', file);
        if (c->value(f, face, c->index, &v))
            mn_print_fixed(file, v, c->decimals);
    }
    fputc('\n', file);
}

static int frame(struct mn_sink *base, const mien_frame *f)
{
    struct csv *s = (struct csv *)base;
    for (int i = 0; i < f->num_faces; i++)
        row(s->out.file, f, &f->faces[i]);
    if (f->num_faces == 0)
        row(s->out.file, f, NULL);
    /* a pipe's reader wants rows as they come; a full disk should end the run soon */
    if (s->out.file == stdout || f->index % 64 == 0 || ferror(s->out.file))
        return mn_output_flush(&s->out);
    return 0;
}

static int finish(struct mn_sink *base, bool complete)
{
    struct csv *s = (struct csv *)base;
    int err = mn_output_finish(&s->out, complete);
    free(s);
    return err;
}

const struct mn_sink_info mn_sink_csv = {
    .name = "csv",
    .extensions = ".csv",
    .open = open,
    .begin = begin,
    .frame = frame,
    .finish = finish,
};
