/* The table of FaceMirror, another program that runs OpenFace 3.0's multitask network: for scripts
 * that read it. 41 columns, frames from 0, "nan" for what is not measured, which presences never
 * are.
 *
 * FaceMirror takes the network's outputs for other action units than OpenFace 3.0 does, so that its
 * AU12 is OpenFace's AU09, for example. Its order exists here only under a name of its own. */
#include "sink/rows.h"

#include <math.h>

#include "io/msg.h"

static const int columns[] = {1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 20, 23, 25, 26, 45};
#define NUM_COLUMNS (int)(sizeof(columns) / sizeof(columns[0]))

/* Unit for which FaceMirror takes each output. */
static const int assumed[MIEN_MTL_UNITS] = {1, 2, 4, 6, 12, 15, 20, 25};

static bool is_wrong(const struct mn_rows_sink *s)
{
    return s->base.info == &mn_sink_facemirror_wrong_order;
}

static int open(struct mn_sink **out, const char *path, bool force)
{
    return mn_rows_open(&mn_sink_facemirror, out, path, force);
}

static int open_wrong(struct mn_sink **out, const char *path, bool force)
{
    return mn_rows_open(&mn_sink_facemirror_wrong_order, out, path, force);
}

static int begin(struct mn_sink *base, const struct mn_stream *stream)
{
    struct mn_rows_sink *s = (struct mn_rows_sink *)base;
    s->layout = stream->layout;
    if (!(s->layout.analysis & MIEN_MTL))
        return mn_fail(MIEN_EINVAL,
                       "--format %s shows a multitask network; name its file with "
                       "--mtl-model",
                       s->base.info->name);
    fputs("frame,face_id,timestamp,confidence,success", s->out.file);
    for (int kind = 0; kind < 2; kind++)
        for (int i = 0; i < NUM_COLUMNS; i++)
            fprintf(s->out.file, ",AU%02d_%c", columns[i], kind ? 'c' : 'r');
    fputs("\r\n", s->out.file);
    return mn_atomic_file_flush(&s->out);
}

/* NAN: the network does not know this unit. */
static double unit_of(const struct mn_rows_sink *s, const mien_face *face, int unit)
{
    for (int i = 0; i < MIEN_MTL_UNITS; i++)
        if (unit == (is_wrong(s) ? assumed[i] : mien_mtl_unit(i)))
            return (double)face->mtl.unit[i];
    return NAN;
}

static void row(struct mn_rows_sink *s, const mien_frame *f, const mien_face *face)
{
    const bool measured = face && (face->has & MIEN_MTL);
    fprintf(s->out.file, "%lld,%d,%.6f,%.6g,%d", (long long)f->index, face ? (int)face->id : 0,
            f->time, measured ? (double)face->confidence : 0, measured);
    for (int i = 0; i < NUM_COLUMNS; i++) {
        const double v = measured ? unit_of(s, face, columns[i]) : NAN;
        if (isnan(v))
            fputs(",nan", s->out.file);
        else
            fprintf(s->out.file, ",%.6g", v);
    }
    for (int i = 0; i < NUM_COLUMNS; i++)
        fputs(",nan", s->out.file);
    fputs("\r\n", s->out.file);
}

static int frame(struct mn_sink *base, const struct mn_result *r)
{
    return mn_rows_frame((struct mn_rows_sink *)base, r, row);
}

#define TABLE .role = MN_SINK_ROWS, .begin = begin, .frame = frame, .finish = mn_rows_finish

const struct mn_sink_info mn_sink_facemirror = {
    .name = "facemirror", .extensions = {".facemirror.csv"}, .open = open, TABLE};
const struct mn_sink_info mn_sink_facemirror_wrong_order = {.name = "facemirror-wrong-order",
                                                            .extensions = {".wrong-order.csv"},
                                                            .open = open_wrong,
                                                            TABLE};
