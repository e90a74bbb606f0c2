#include "table/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"
#include "table/lines.h"

struct mn_table {
    struct mn_lines lines;
    char *head;  /* the first line */
    char *names; /* the same, cut into names */
    const char **name;
    int num_columns;
    int16_t *slot; /* of each column; -1: not requested */
    int num_wanted, last_wanted;
    char *text; /* for mn_table_text */
    size_t text_room;
    int64_t rows;
};

/* --------------------------------------------------------------------------------- fields ---- */

/* The end of the field that begins at `s`: a comma, or the end of the line. */
static const char *field_end(const char *s, const char *end)
{
    const char *comma;
    if (s < end && *s == '"') {
        for (s++; s < end; s++)
            if (*s == '"' && (s + 1 >= end || s[1] != '"'))
                break;
            else
                s += *s == '"';
        s = s < end ? s : end;
    }
    comma = memchr(s, ',', (size_t)(end - s));
    return comma ? comma : end;
}

/* -------------------------------------------------------------------------------- numbers ---- */

static double slow_number(const char *s, const char *end)
{
    char copy[64], *stop;
    size_t n = (size_t)(end - s);
    if (n == 0 || n >= sizeof(copy))
        return NAN;
    memcpy(copy, s, n);
    copy[n] = 0;
    double v = strtod(copy, &stop);
    return *stop || !isfinite(v) ? NAN : v;
}

/* At most 15 digits and 15 decimals: mantissa and power of ten are exact, so one division rounds
 * correctly. Everything else takes the slow way. */
double mn_table_number(const char *s, const char *end)
{
    static const double power[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    while (s < end && *s == ' ')
        s++;
    while (end > s && end[-1] == ' ')
        end--;
    const char *p = s + (s < end && *s == '-'), *point = NULL;
    int64_t whole = 0;
    int digits = 0, decimals = 0;
    for (; p < end && digits <= 15; p++) {
        if (*p == '.' && !point) {
            point = p;
            continue;
        }
        if (*p < '0' || *p > '9')
            return slow_number(s, end);
        whole = whole * 10 + (*p - '0');
        digits++;
        decimals += point != NULL;
    }
    if (p < end || digits == 0 || digits > 15)
        return slow_number(s, end);
    double v = (double)whole / power[decimals];
    return *s == '-' ? -v : v;
}

/* -------------------------------------------------------------------------------- opening ---- */

static void unquote(char *s)
{
    size_t n = strlen(s);
    if (n < 2 || s[0] != '"' || s[n - 1] != '"')
        return;
    char *out = s;
    for (size_t i = 1; i + 1 < n; i++) {
        *out++ = s[i];
        i += s[i] == '"' && s[i + 1] == '"';
    }
    *out = 0;
}

static int count_columns(const struct mn_table *t)
{
    int n = 0;
    const char *end = t->lines.text + t->lines.length;
    for (const char *s = t->lines.text; s <= end; s = field_end(s, end) + 1)
        n++;
    return n;
}

/* OpenFace writes ", " between names. */
static void cut_names(struct mn_table *t)
{
    char *s = t->names, *end = t->names + t->lines.length;
    for (int i = 0; i < t->num_columns; i++) {
        char *stop = (char *)field_end(s, end);
        *stop = 0;
        s += strspn(s, " ");
        unquote(s);
        t->name[i] = s;
        t->slot[i] = -1;
        s = stop + 1;
    }
}

static int read_names(struct mn_table *t)
{
    int err = mn_lines_next(&t->lines);
    if (err < 0)
        return err;
    t->num_columns = err ? count_columns(t) : 0;
    if (err == 0 && t->lines.end == 0)
        return mn_fail(MIEN_EEMPTY, "%s is empty; give a table with column names", t->lines.path);
    if (t->num_columns < 2 || t->num_columns > MN_TABLE_COLUMNS ||
        memchr(t->lines.text, 0, t->lines.length))
        return mn_fail(MIEN_EDAMAGED,
                       "%s is not a table: its first line has no column names; give a CSV",
                       t->lines.path);
    t->names = malloc(t->lines.length + 1);
    t->head = malloc(t->lines.length + 1);
    t->name = calloc((size_t)t->num_columns, sizeof(*t->name));
    t->slot = calloc((size_t)t->num_columns, sizeof(*t->slot));
    if (!t->names || !t->head || !t->name || !t->slot)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", t->lines.path);
    memcpy(t->names, t->lines.text, t->lines.length);
    t->names[t->lines.length] = 0;
    memcpy(t->head, t->names, t->lines.length + 1);
    cut_names(t);
    return 0;
}

int mn_table_open(struct mn_table **out, const char *path)
{
    struct mn_table *t = calloc(1, sizeof(*t));
    *out = NULL;
    if (!t)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
    t->last_wanted = -1;
    int err = mn_lines_open(&t->lines, path, "give a table (CSV)");
    if (err == 0)
        err = read_names(t);
    if (err < 0) {
        mn_table_close(t);
        return err;
    }
    *out = t;
    return 0;
}

void mn_table_close(struct mn_table *t)
{
    if (!t)
        return;
    mn_lines_close(&t->lines);
    free(t->head);
    free(t->names);
    free(t->name);
    free(t->slot);
    free(t->text);
    free(t);
}

/* -------------------------------------------------------------------------------- columns ---- */

int mn_table_num_columns(const struct mn_table *t)
{
    return t->num_columns;
}

const char *mn_table_name(const struct mn_table *t, int column)
{
    return t->name[column];
}

int mn_table_find(const struct mn_table *t, const char *name)
{
    for (int i = 0; i < t->num_columns; i++)
        if (!strcmp(t->name[i], name))
            return i;
    return -1;
}

int mn_table_want(struct mn_table *t, const char *name)
{
    int column = mn_table_find(t, name);
    if (column < 0)
        return -1;
    if (t->slot[column] < 0) {
        t->slot[column] = (int16_t)t->num_wanted++;
        t->last_wanted = column > t->last_wanted ? column : t->last_wanted;
    }
    return t->slot[column];
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A name that two columns have; NULL: there is none. sorted: room for all names. */
static const char *twice(const struct mn_table *t, const char **sorted)
{
    memcpy(sorted, t->name, (size_t)t->num_columns * sizeof(*sorted));
    qsort(sorted, (size_t)t->num_columns, sizeof(*sorted), by_name);
    for (int i = 1; i < t->num_columns; i++)
        if (!strcmp(sorted[i - 1], sorted[i]))
            return sorted[i];
    return NULL;
}

int mn_table_want_all(struct mn_table *t)
{
    const char **sorted = calloc((size_t)t->num_columns, sizeof(*sorted));
    if (!sorted)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", t->lines.path);
    const char *name = twice(t, sorted);
    free(sorted);
    if (name)
        return mn_fail(MIEN_EDAMAGED, "%s has two columns %s; give a table whose names differ",
                       t->lines.path, name);
    for (int i = 0; i < t->num_columns; i++)
        t->slot[i] = (int16_t)i;
    t->num_wanted = t->num_columns;
    t->last_wanted = t->num_columns - 1;
    return 0;
}

/* ----------------------------------------------------------------------------------- rows ---- */

int mn_table_next(struct mn_table *t, double *values)
{
    int err = mn_lines_next(&t->lines);
    if (err <= 0)
        return err;
    t->rows++;
    const char *s = t->lines.text, *end = t->lines.text + t->lines.length;
    for (int i = 0; i <= t->last_wanted; i++) {
        if (s > end)
            return mn_fail(MIEN_EDAMAGED, "%s: line %lld has too few fields", t->lines.path,
                           (long long)t->rows + 1);
        const char *stop = field_end(s, end);
        if (t->slot[i] >= 0)
            values[t->slot[i]] = mn_table_number(s, stop);
        s = stop + 1;
    }
    return 1;
}

const char *mn_table_text(struct mn_table *t, int column)
{
    const char *s = t->lines.text, *end = t->lines.text + t->lines.length;
    for (int i = 0; i < column && s <= end; i++)
        s = field_end(s, end) + 1;
    if (column < 0 || s > end)
        return "";
    size_t n = (size_t)(field_end(s, end) - s);
    if (n + 1 > t->text_room) {
        char *more = realloc(t->text, n + 1);
        if (!more)
            return "";
        t->text = more;
        t->text_room = n + 1;
    }
    memcpy(t->text, s, n);
    t->text[n] = 0;
    unquote(t->text);
    return t->text;
}

const char *mn_table_line(const struct mn_table *t, size_t *length)
{
    *length = t->lines.length;
    return t->lines.text;
}

const char *mn_table_head(const struct mn_table *t)
{
    return t->head;
}

int64_t mn_table_row(const struct mn_table *t)
{
    return t->rows;
}
