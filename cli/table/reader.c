#include "table/reader.h"

#include <mien/columns.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/msg.h"
#include "table/face_lines.h"
#include "table/table.h"

/* One of the two is open. */
struct mn_reader {
    struct mn_table *table;
    struct mn_face_lines *lines;
    int next; /* the column after the one that was found last */
};

static bool ends_in(const char *path, const char *extension)
{
    const size_t n = strlen(path), m = strlen(extension);
    return n >= m && !strcasecmp(path + n - m, extension);
}

static int open_table(struct mn_reader *r, const char *path)
{
    int err = mn_table_open(&r->table, path);
    return err == 0 ? mn_table_want_all(r->table) : err;
}

int mn_reader_open(struct mn_reader **out, const char *path)
{
    struct mn_reader *r = calloc(1, sizeof(*r));
    *out = NULL;
    if (!r)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
    const bool lines = ends_in(path, ".jsonl") || ends_in(path, ".ndjson");
    int err = lines ? mn_face_lines_open(&r->lines, path) : open_table(r, path);
    if (err < 0)
        mn_reader_close(r);
    else
        *out = r;
    return err;
}

void mn_reader_close(struct mn_reader *r)
{
    if (!r)
        return;
    mn_table_close(r->table);
    mn_face_lines_close(r->lines);
    free(r);
}

int mn_reader_num_columns(const struct mn_reader *r)
{
    return r->table ? mn_table_num_columns(r->table) : mn_face_lines_num_columns(r->lines);
}

const char *mn_reader_name(const struct mn_reader *r, int column)
{
    return r->table ? mn_table_name(r->table, column) : mien_column_at(column)->name;
}

int mn_reader_find(struct mn_reader *r, const char *name)
{
    const int n = mn_reader_num_columns(r);
    for (int i = 0; i < n; i++) {
        const int column = (r->next + i) % n;
        if (!strcmp(mn_reader_name(r, column), name)) {
            r->next = column + 1;
            return column;
        }
    }
    return -1;
}

bool mn_reader_has(const struct mn_reader *r, int column)
{
    return r->table || mn_face_lines_has(r->lines, column);
}

int mn_reader_next(struct mn_reader *r, double *values)
{
    return r->table ? mn_table_next(r->table, values) : mn_face_lines_next(r->lines, values);
}

const char *mn_reader_text(struct mn_reader *r, int column)
{
    return r->table ? mn_table_text(r->table, column) : "";
}
