#include "table/face_lines.h"

#include <math.h>
#include <mien/columns.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"
#include "table/lines.h"
#include "table/table.h"

struct mn_face_lines {
    struct mn_lines lines;
    int num_columns, face_id, success; /* columns */
    /* The column that followed each column last time, and the first one: lines have one order. */
    int16_t *after;
    bool *seen;
    double *of_frame;    /* values of the members outside faces */
    const char *at;      /* in the line: the next face, or its end */
    bool open, analysed; /* faces of this line are left; its frame has no error */
};

/* Part of a line. */
struct text {
    const char *at, *end;
};

/* ---------------------------------------------------------------------------------- JSON ---- */

static void skip_spaces(struct text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
        t->at++;
}

static bool next_is(struct text *t, char c)
{
    skip_spaces(t);
    if (t->at >= t->end || *t->at != c)
        return false;
    t->at++;
    return true;
}

/* A string without its quotes; escapes stay. False: there is none. */
static bool string(struct text *t, struct text *out)
{
    if (!next_is(t, '"'))
        return false;
    out->at = t->at;
    while (t->at < t->end && *t->at != '"')
        t->at += *t->at == '\\' ? 2 : 1;
    if (t->at >= t->end)
        return false;
    out->end = t->at++;
    return true;
}

/* Skips a value with all that is in it. */
static bool skip_value(struct text *t)
{
    int64_t depth = 0;
    struct text ignored;
    for (; t->at < t->end; t->at++) {
        const char c = *t->at;
        if (c == '"') {
            if (!string(t, &ignored))
                return false;
            t->at--;
        }
        depth += c == '{' || c == '[';
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return true;
        depth -= c == '}' || c == ']';
    }
    return false;
}

static bool equals(const struct text *t, const char *word)
{
    const size_t n = (size_t)(t->end - t->at);
    return strlen(word) == n && memcmp(word, t->at, n) == 0;
}

/* ---------------------------------------------------------------------------------- rows ---- */

static int column_of(struct mn_face_lines *f, int before, const struct text *key)
{
    int column = f->after[before + 1];
    if (equals(key, mien_column_at(column)->name))
        return column;
    for (column = 0; column < f->num_columns; column++)
        if (equals(key, mien_column_at(column)->name)) {
            f->after[before + 1] = (int16_t)column;
            return column;
        }
    return -1;
}

/* Reads the members of an object into values. faces: receives the place after the bracket of that
 * member. False: this is no object. */
static bool object(struct mn_face_lines *f, struct text *t, double *values, const char **faces)
{
    struct text key;
    int column = -1;
    if (!next_is(t, '{'))
        return false;
    if (next_is(t, '}'))
        return true;
    do {
        if (!string(t, &key) || !next_is(t, ':'))
            return false;
        skip_spaces(t);
        const char *value = t->at;
        if (!skip_value(t))
            return false;
        if (faces && equals(&key, "faces") && *value == '[')
            *faces = value + 1;
        if (faces && equals(&key, "error"))
            f->analysed = false;
        const int found = column_of(f, column, &key);
        if (found < 0)
            continue;
        column = found;
        values[column] = mn_table_number(value, t->at);
        f->seen[column] = true;
    } while (next_is(t, ','));
    return next_is(t, '}');
}

static int damaged(const struct mn_face_lines *f)
{
    return mn_fail(MIEN_EDAMAGED,
                   "%s: line %lld is no frame of mien's JSON Lines; give a result that mien "
                   "extract wrote",
                   f->lines.path, (long long)f->lines.number);
}

static void clear(const struct mn_face_lines *f, double *values)
{
    for (int i = 0; i < f->num_columns; i++)
        values[i] = NAN;
}

/* Reads the members of a frame, and finds its faces. */
static int next_frame(struct mn_face_lines *f)
{
    const char *faces = NULL;
    int got = mn_lines_next(&f->lines);
    if (got <= 0)
        return got;
    struct text t = {f->lines.text, f->lines.text + f->lines.length};
    f->analysed = true;
    clear(f, f->of_frame);
    if (!object(f, &t, f->of_frame, &faces) || !faces)
        return damaged(f);
    f->at = faces;
    f->open = true;
    return 1;
}

static int row_without_face(struct mn_face_lines *f, double *values)
{
    f->open = false;
    values[f->face_id] = f->analysed ? -1 : -2;
    values[f->success] = 0;
    return 1;
}

int mn_face_lines_next(struct mn_face_lines *f, double *values)
{
    const bool continued = f->open;
    int got = continued ? 1 : next_frame(f);
    if (got <= 0)
        return got;
    struct text t = {f->at, f->lines.text + f->lines.length};
    memcpy(values, f->of_frame, (size_t)f->num_columns * sizeof(*values));
    if (!continued && next_is(&t, ']'))
        return row_without_face(f, values);
    if (!object(f, &t, values, NULL))
        return damaged(f);
    f->open = next_is(&t, ',');
    if (!f->open && !next_is(&t, ']'))
        return damaged(f);
    f->at = t.at;
    return 1;
}

/* ------------------------------------------------------------------------------- opening ---- */

static int find_column(const char *name)
{
    const mien_column *c;
    for (int i = 0; (c = mien_column_at(i)); i++)
        if (!strcmp(c->name, name))
            return i;
    return -1;
}

static int open_lines(struct mn_face_lines *f, const char *path)
{
    while (mien_column_at(f->num_columns))
        f->num_columns++;
    f->face_id = find_column("face_id");
    f->success = find_column("success");
    f->after = calloc((size_t)f->num_columns + 1, sizeof(*f->after));
    f->seen = calloc((size_t)f->num_columns, sizeof(*f->seen));
    f->of_frame = calloc((size_t)f->num_columns, sizeof(*f->of_frame));
    if (!f->after || !f->seen || !f->of_frame)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
    return mn_lines_open(&f->lines, path, "give a result (CSV or JSON Lines)");
}

int mn_face_lines_open(struct mn_face_lines **out, const char *path)
{
    struct mn_face_lines *f = calloc(1, sizeof(*f));
    *out = NULL;
    if (!f)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
    f->lines.fd = -1;
    int err = open_lines(f, path);
    if (err < 0)
        mn_face_lines_close(f);
    else
        *out = f;
    return err;
}

void mn_face_lines_close(struct mn_face_lines *f)
{
    if (!f)
        return;
    mn_lines_close(&f->lines);
    free(f->after);
    free(f->seen);
    free(f->of_frame);
    free(f);
}

int mn_face_lines_num_columns(const struct mn_face_lines *f)
{
    return f->num_columns;
}

bool mn_face_lines_has(const struct mn_face_lines *f, int column)
{
    return f->seen[column];
}
