#include "sink/rows.h"

#include <stdlib.h>

int mn_rows_open(const struct mn_sink_info *info, struct mn_sink **out, const char *path,
                 bool force)
{
    struct mn_rows_sink *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    s->base.info = info;
    int err = mn_atomic_file_open(&s->out, path, force);
    if (err < 0) {
        free(s);
        return err;
    }
    *out = &s->base;
    return 0;
}

int mn_rows_frame(struct mn_rows_sink *s, const struct mn_result *r, mn_row_fn *row)
{
    for (int i = 0; i < r->num_faces; i++)
        row(s, r->frame, r->face[i]);
    if (r->num_faces == 0)
        row(s, r->frame, NULL);
    return mn_rows_written(s, r->frame);
}

int mn_rows_written(struct mn_rows_sink *s, const mien_frame *f)
{
    /* the reader of a pipe needs each row at once; a full disk should end the run soon */
    if (!s->out.partial || f->index % 64 == 0 || ferror(s->out.file))
        return mn_atomic_file_flush(&s->out);
    return 0;
}

int mn_rows_finish(struct mn_sink *base, bool complete)
{
    struct mn_rows_sink *s = (struct mn_rows_sink *)base;
    int err = mn_atomic_file_finish(&s->out, complete);
    free(s);
    return err;
}
