#include "evaluate/compare.h"

#include <ctype.h>
#include <math.h>
#include <mien/columns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/distance.h"
#include "evaluate/frame_rows.h"
#include "evaluate/place.h"
#include "io/msg.h"
#include "io/signal.h"

enum { FAMILY_LEAST = 4 }; /* columns; gaze_0_x and the like are no families */

/* Where the values of a row of the comparison come from. A family has no source (n is 0). */
struct source {
    const struct mn_distance *distance; /* NULL: a column */
    int n;
    int a[MN_DISTANCE_COLUMNS], b[MN_DISTANCE_COLUMNS]; /* columns of both results */
    double period;                                      /* of an angle; 0: none */
};

struct work {
    struct mn_frame_rows a, b;
    struct source *source; /* one for each row of the comparison */
    struct mn_comparison *c;
    int described; /* see described() */
    bool by_place;
    struct mn_place place_a, place_b;
};

/* -------------------------------------------------------------------------------- columns ---- */

/* What the library knows of a column; NULL: nothing. *next: the column after the one that was found
 * last, because most are searched in their order. */
static const mien_column *described(const char *name, int *next)
{
    const mien_column *c;
    for (int i = *next; (c = mien_column_at(i)); i++)
        if (!strcmp(c->name, name)) {
            *next = i + 1;
            return c;
        }
    for (int i = 0; i < *next; i++)
        if (!strcmp(mien_column_at(i)->name, name)) {
            *next = i + 1;
            return mien_column_at(i);
        }
    return NULL;
}

static double period_of(const char *unit)
{
    return !strcmp(unit, "deg") ? 360 : !strcmp(unit, "rad") ? 2 * 3.14159265358979323846 : 0;
}

/* Keys of rows, not measurements. */
static bool is_key(const char *name)
{
    return !strcmp(name, "frame") || !strcmp(name, "face_id") || !strcmp(name, "success");
}

static struct mn_compared *add_row(struct mn_comparison *c, const char *name, const char *unit)
{
    struct mn_compared *row = &c->row[c->n++];
    row->name = strdup(name);
    row->unit = unit;
    row->part_of = -1;
    return row;
}

static const char *unit_of(struct work *w, const char *name)
{
    const mien_column *column = described(name, &w->described);
    return column ? column->unit : "";
}

static void add_measure(struct work *w, const struct mn_distance *d)
{
    char name[64];
    struct source *s = &w->source[w->c->n];
    for (int i = 0; mn_distance_column(d, i, name, sizeof(name)); i++, s->n++) {
        s->a[i] = mn_reader_find(w->a.reader, name);
        s->b[i] = mn_reader_find(w->b.reader, name);
        if (s->a[i] < 0 || s->b[i] < 0) {
            s->n = 0;
            return;
        }
    }
    s->distance = d;
    struct mn_compared *row = add_row(w->c, d->name, d->unit);
    row->meaning = d->meaning;
    row->derived = true;
}

/* Length of the name up to the number at its end, "x_" of "x_67"; 0: it has none. */
static size_t stem(const char *name)
{
    size_t n = strlen(name);
    const size_t whole = n;
    while (n > 0 && isdigit((unsigned char)name[n - 1]))
        n--;
    return n > 0 && n < whole && name[n - 1] == '_' ? n : 0;
}

static bool same_stem(const char *a, const char *b)
{
    return stem(a) == stem(b) && stem(a) > 0 && !strncmp(a, b, stem(a));
}

static bool starts_family(const struct mn_reader *r, int column)
{
    int n = 0;
    while (column + n < mn_reader_num_columns(r) &&
           same_stem(mn_reader_name(r, column), mn_reader_name(r, column + n)))
        n++;
    return n >= FAMILY_LEAST;
}

static void add_family(struct work *w, const char *name)
{
    char text[64];
    snprintf(text, sizeof(text), "%.*s#", (int)stem(name), name);
    add_row(w->c, text, unit_of(w, name))->family = true;
}

static void add_column(struct work *w, int column, int *family)
{
    struct mn_comparison *c = w->c;
    const char *name = mn_reader_name(w->a.reader, column);
    const int other = mn_reader_find(w->b.reader, name);
    if (other < 0 || is_key(name))
        return;
    if (*family >= 0 && !same_stem(name, c->row[*family + 1].name))
        *family = -1;
    if (*family < 0 && starts_family(w->a.reader, column)) {
        *family = c->n;
        add_family(w, name);
    }
    struct source *s = &w->source[c->n];
    struct mn_compared *row = add_row(c, name, unit_of(w, name));
    row->part_of = *family;
    s->n = 1;
    s->a[0] = column;
    s->b[0] = other;
    s->period = period_of(row->unit);
}

static int add_rows(struct work *w)
{
    const struct mn_distance *d;
    int measures = 0, family = -1;
    while (mn_distance_at(measures))
        measures++;
    /* a family has at least FAMILY_LEAST columns */
    const size_t room = (size_t)measures + (size_t)w->a.num_columns * 5 / 4;
    w->c->row = calloc(room, sizeof(*w->c->row));
    w->source = calloc(room, sizeof(*w->source));
    if (!w->c->row || !w->source)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", w->c->path_a);
    for (int i = 0; (d = mn_distance_at(i)); i++)
        add_measure(w, d);
    for (int i = 0; i < w->a.num_columns; i++)
        add_column(w, i, &family);
    for (int i = 0; i < w->c->n; i++)
        if (!w->c->row[i].name)
            return mn_fail(MIEN_ENOMEM, "%s: out of memory", w->c->path_a);
    return 0;
}

/* ---------------------------------------------------------------------------------- rows ---- */

/* False: a value is missing, which is counted. */
static bool pick(struct mn_compared *row, const struct source *s, const double *a, const double *b,
                 double *from_a, double *from_b)
{
    bool has_a = true, has_b = true;
    for (int i = 0; i < s->n; i++) {
        from_a[i] = a[s->a[i]];
        from_b[i] = b[s->b[i]];
        has_a = has_a && !isnan(from_a[i]);
        has_b = has_b && !isnan(from_b[i]);
    }
    row->missing_a += !has_a;
    row->missing_b += !has_b;
    return has_a && has_b;
}

static void compare_values(struct work *w, int i, const double *a, const double *b)
{
    double from_a[MN_DISTANCE_COLUMNS], from_b[MN_DISTANCE_COLUMNS];
    struct mn_compared *row = &w->c->row[i];
    const struct source *s = &w->source[i];
    if (s->n == 0 || !pick(row, s, a, b, from_a, from_b))
        return;
    double d = s->distance ? s->distance->of(from_a, from_b) : from_b[0] - from_a[0];
    if (s->period > 0)
        d = remainder(d, s->period);
    if (isnan(d))
        return;
    mn_pairs_add(&row->pairs, from_a[0], from_b[0], d);
    if (row->part_of >= 0)
        mn_pairs_add(&w->c->row[row->part_of].pairs, from_a[0], from_b[0], d);
}

static void compare_face(struct work *w, int i, int k)
{
    struct mn_compare_counts *n = &w->c->counts;
    const bool a = mn_frame_rows_trusted(&w->a, i), b = mn_frame_rows_trusted(&w->b, k);
    n->untrusted_both += !a && !b;
    n->untrusted_a += !a && b;
    n->untrusted_b += a && !b;
    if (!a || !b)
        return;
    n->compared++;
    for (int row = 0; row < w->c->n; row++)
        compare_values(w, row, mn_frame_rows_at(&w->a, i), mn_frame_rows_at(&w->b, k));
}

static int faces(const struct mn_frame_rows *f)
{
    int n = 0;
    for (int i = 0; i < f->n; i++)
        n += mn_frame_rows_person(f, i) >= 0;
    return n;
}

/* The face of b that face i of a is compared with; -1: there is none. */
static int partner(const struct work *w, int i)
{
    const int64_t person = mn_frame_rows_person(&w->a, i);
    if (person < 0)
        return -1;
    return w->by_place ? mn_place_partner(&w->a, &w->place_a, i, &w->b, &w->place_b)
                       : mn_frame_rows_find(&w->b, person);
}

static void compare_frame(struct work *w)
{
    struct mn_compare_counts *n = &w->c->counts;
    int pairs = 0;
    for (int i = 0; i < w->a.n; i++) {
        const int k = partner(w, i);
        pairs += k >= 0;
        if (k >= 0)
            compare_face(w, i, k);
    }
    n->frames++;
    n->only_a += faces(&w->a) - pairs;
    n->only_b += faces(&w->b) - pairs;
    n->frames_unpaired += faces(&w->a) > pairs && faces(&w->b) > pairs;
    n->frames_without_face += faces(&w->a) == 0 && faces(&w->b) == 0;
}

/* One of the frames is later, or does not exist. */
static bool skip(const struct mn_frame_rows *f, const struct mn_frame_rows *other, int64_t *frames,
                 int64_t *only)
{
    if (f->n == 0 || (other->n > 0 && f->frame >= other->frame))
        return false;
    ++*frames;
    *only += faces(f);
    return true;
}

static int compare_rows(struct work *w)
{
    struct mn_compare_counts *n = &w->c->counts;
    bool next_a = true, next_b = true;
    for (;;) {
        int err = next_a ? mn_frame_rows_next(&w->a) : 1;
        if (err >= 0 && next_b)
            err = mn_frame_rows_next(&w->b);
        if (err < 0 || (w->a.n == 0 && w->b.n == 0))
            return err;
        if (atomic_load(&mn_signal_received))
            return MIEN_EINTERRUPTED;
        const bool only_a = skip(&w->a, &w->b, &n->frames_only_a, &n->only_a);
        const bool only_b = skip(&w->b, &w->a, &n->frames_only_b, &n->only_b);
        if (!only_a && !only_b)
            compare_frame(w);
        next_a = !only_b;
        next_b = !only_a;
    }
}

/* -------------------------------------------------------------------------------- result ---- */

static bool both_have(const struct work *w, const struct source *s)
{
    for (int i = 0; i < s->n; i++)
        if (!mn_reader_has(w->a.reader, s->a[i]) || !mn_reader_has(w->b.reader, s->b[i]))
            return false;
    return true;
}

/* Columns of one reader that the other does not have. */
static int columns_only(const struct mn_reader *r, struct mn_reader *other)
{
    int n = 0;
    for (int i = 0; i < mn_reader_num_columns(r); i++) {
        const int k = mn_reader_find(other, mn_reader_name(r, i));
        n += mn_reader_has(r, i) && (k < 0 || !mn_reader_has(other, k));
    }
    return n;
}

/* Removes what JSON Lines turned out not to have. */
static void drop_absent(struct work *w)
{
    struct mn_comparison *c = w->c;
    for (int i = 0; i < c->n; i++) {
        struct mn_compared *row = &c->row[i];
        const bool keep = row->family ? row->pairs.n > 0 : both_have(w, &w->source[i]);
        row->absent = !keep;
        row->least_r = row->family || row->derived ? NAN : mn_pairs_r(&row->pairs);
        if (row->part_of >= 0)
            c->row[row->part_of].least_r = fmin(c->row[row->part_of].least_r, row->least_r);
    }
    c->only_a = columns_only(w->a.reader, w->b.reader);
    c->only_b = columns_only(w->b.reader, w->a.reader);
}

static int check(const struct mn_comparison *c)
{
    int rows = 0;
    for (int i = 0; i < c->n; i++)
        rows += !c->row[i].absent;
    if (rows == 0)
        return mn_fail(MIEN_EINVAL, "%s and %s have no column in common; give two results of mien",
                       c->path_a, c->path_b);
    if (c->counts.frames == 0)
        return mn_fail(MIEN_EINVAL, "%s and %s have no frame in common; give results of one video",
                       c->path_a, c->path_b);
    return 0;
}

static int find_places(struct work *w)
{
    const bool a = mn_place_find(&w->place_a, w->a.reader);
    if (a && mn_place_find(&w->place_b, w->b.reader))
        return 0;
    return mn_fail(MIEN_EINVAL, "%s has no landmarks (x_36) or boxes (box_x); use --match id",
                   a ? w->b.path : w->a.path);
}

int mn_compare(struct mn_comparison *c, const char *path_a, const char *path_b, bool by_place)
{
    struct work w = {.c = c, .by_place = by_place};
    memset(c, 0, sizeof(*c));
    c->path_a = path_a;
    c->path_b = path_b;
    int err = mn_frame_rows_open(&w.a, path_a);
    if (err == 0)
        err = mn_frame_rows_open(&w.b, path_b);
    if (err == 0 && by_place)
        err = find_places(&w);
    if (err == 0)
        err = add_rows(&w);
    if (err == 0)
        err = compare_rows(&w);
    if (err == 0) {
        drop_absent(&w);
        err = check(c);
    }
    mn_frame_rows_close(&w.a);
    mn_frame_rows_close(&w.b);
    free(w.source);
    return err;
}

void mn_compare_free(struct mn_comparison *c)
{
    for (int i = 0; i < c->n; i++)
        free(c->row[i].name);
    free(c->row);
    memset(c, 0, sizeof(*c));
}

int64_t mn_compare_unmatched(const struct mn_comparison *c)
{
    const struct mn_compare_counts *n = &c->counts;
    return n->only_a + n->only_b + n->untrusted_a + n->untrusted_b;
}
