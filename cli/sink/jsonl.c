/* JSON Lines: one object for each frame, with an array of its faces. */
#include <stdlib.h>

#include "json.h"
#include "output.h"
#include "sink/columns.h"
#include "sink/sink.h"

struct jsonl {
    struct mn_sink base;
    struct mn_output out;
};

static int open(struct mn_sink **out, const char *path, bool force)
{
    struct jsonl *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    s->base.info = &mn_sink_jsonl;
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
    (void)base;
    (void)stream;
    return 0;
}

static void values(struct mn_json *j, const mien_frame *f, const mien_face *face)
{
    const struct mn_column *c;
    for (int i = 0; (c = mn_column_at(i)); i++) {
        double v;
        if (c->of_frame == (face == NULL) && c->value(f, face, c->index, &v))
            mn_json_num(j, c->name, v, c->decimals);
    }
}

static int frame(struct mn_sink *base, const mien_frame *f)
{
    struct jsonl *s = (struct jsonl *)base;
    struct mn_json j;
    mn_json_init(&j, s->out.file, false);
    mn_json_begin(&j, NULL, '{');
    values(&j, f, NULL);
    mn_json_begin(&j, "faces", '[');
    for (int i = 0; i < f->num_faces; i++) {
        mn_json_begin(&j, NULL, '{');
        values(&j, f, &f->faces[i]);
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
    if (s->out.file == stdout || f->index % 64 == 0 || ferror(s->out.file))
        return mn_output_flush(&s->out);
    return 0;
}

static int finish(struct mn_sink *base, bool complete)
{
    struct jsonl *s = (struct jsonl *)base;
    int err = mn_output_finish(&s->out, complete);
    free(s);
    return err;
}

const struct mn_sink_info mn_sink_jsonl = {
    .name = "jsonl",
    .extensions = ".jsonl .ndjson",
    .open = open,
    .begin = begin,
    .frame = frame,
    .finish = finish,
};
