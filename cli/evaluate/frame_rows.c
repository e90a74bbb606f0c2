#include "evaluate/frame_rows.h"

#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"

int mn_frame_rows_open(struct mn_frame_rows *f, const char *path)
{
    memset(f, 0, sizeof(*f));
    f->path = path;
    int err = mn_reader_open(&f->reader, path);
    if (err < 0)
        return err;
    f->num_columns = mn_reader_num_columns(f->reader);
    f->frame_column = mn_reader_find(f->reader, "frame");
    f->person_column = mn_reader_find(f->reader, "face_id");
    f->success_column = mn_reader_find(f->reader, "success");
    if (f->frame_column < 0)
        return mn_fail(MIEN_EDAMAGED, "%s has no column frame; give a result of mien or OpenFace",
                       path);
    f->ahead = calloc((size_t)f->num_columns, sizeof(*f->ahead));
    return f->ahead ? 0 : mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
}

void mn_frame_rows_close(struct mn_frame_rows *f)
{
    mn_reader_close(f->reader);
    free(f->row);
    free(f->ahead);
    memset(f, 0, sizeof(*f));
}

/* A whole number that a double holds exactly, or `missing`. */
static int64_t whole(double v, int64_t missing)
{
    return v >= -1e15 && v <= 1e15 ? (int64_t)v : missing;
}

static int read_ahead(struct mn_frame_rows *f)
{
    if (f->has_ahead || f->ended)
        return f->has_ahead;
    int got = mn_reader_next(f->reader, f->ahead);
    f->ended = got == 0;
    f->has_ahead = got == 1;
    return got;
}

static int append(struct mn_frame_rows *f)
{
    if (f->n == MN_FRAME_ROWS)
        return mn_fail(MIEN_EDAMAGED,
                       "%s: frame %lld has more than %d rows; give the result of one video",
                       f->path, (long long)f->frame, MN_FRAME_ROWS);
    if (f->n == f->room) {
        const int room = f->room ? 2 * f->room : 4;
        double *more = realloc(f->row, (size_t)room * (size_t)f->num_columns * sizeof(*more));
        if (!more)
            return mn_fail(MIEN_ENOMEM, "%s: out of memory", f->path);
        f->row = more;
        f->room = room;
    }
    memcpy(f->row + (size_t)f->n++ * (size_t)f->num_columns, f->ahead,
           (size_t)f->num_columns * sizeof(*f->ahead));
    f->has_ahead = false;
    return 1;
}

int mn_frame_rows_next(struct mn_frame_rows *f)
{
    const int64_t before = f->frame;
    int got = read_ahead(f);
    f->n = 0;
    if (got <= 0)
        return got;
    f->frame = whole(f->ahead[f->frame_column], -1);
    if (f->frame < before)
        return mn_fail(MIEN_EDAMAGED,
                       "%s: the frame after %lld is missing or not in order; give the result of "
                       "one video",
                       f->path, (long long)before);
    while (got > 0 && whole(f->ahead[f->frame_column], -1) == f->frame) {
        got = append(f);
        if (got > 0)
            got = read_ahead(f);
    }
    return got < 0 ? got : 1;
}

const double *mn_frame_rows_at(const struct mn_frame_rows *f, int i)
{
    return f->row + (size_t)i * (size_t)f->num_columns;
}

int64_t mn_frame_rows_person(const struct mn_frame_rows *f, int i)
{
    return f->person_column < 0 ? 0 : whole(mn_frame_rows_at(f, i)[f->person_column], -1);
}

bool mn_frame_rows_trusted(const struct mn_frame_rows *f, int i)
{
    return mn_frame_rows_person(f, i) >= 0 &&
           (f->success_column < 0 || mn_frame_rows_at(f, i)[f->success_column] >= 0.5);
}

int mn_frame_rows_find(const struct mn_frame_rows *f, int64_t person)
{
    for (int i = 0; i < f->n; i++)
        if (mn_frame_rows_person(f, i) == person)
            return i;
    return -1;
}
