#include "events/lids.h"

#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>

#include "io/msg.h"
#include "table/measures.h"

#define AROUND 2.0 /* seconds before and after */
#define CLOSED 0.2 /* part of the usual distance that counts as closed */
#define MOST 5.0   /* of the intensity */
#define NEAR 1024  /* rows before and after, at most */

struct entry {
    int64_t row;
    int person;
    double time, opening;
};

struct mn_lids {
    struct entry *entry; /* rows of trusted faces, sorted by person and time */
    int64_t n, room;
    double *value; /* of all rows */
    int64_t rows;
};

static int keep(struct mn_lids *l, const struct entry *e)
{
    if (l->n == l->room) {
        const int64_t room = l->room ? 2 * l->room : 1024;
        struct entry *more = realloc(l->entry, (size_t)room * sizeof(*more));
        if (!more)
            return MIEN_ENOMEM;
        l->entry = more;
        l->room = room;
    }
    l->entry[l->n++] = *e;
    return 0;
}

static int read_rows(struct mn_lids *l, struct mn_measures *m, int slot)
{
    struct mn_observation o;
    int got;
    for (; (got = mn_measures_next(m, &o)) > 0; l->rows++) {
        const struct entry e = {l->rows, o.person, o.time, m->row[slot]};
        if (o.trusted && isfinite(e.opening) && keep(l, &e) < 0)
            return mn_fail(MIEN_ENOMEM, "out of memory");
    }
    return got;
}

static int by_person(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of n sorted values. */
static double middle(const double *v, int64_t n)
{
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The first place in n sorted values that is not below v. */
static int64_t place(const double *sorted, int64_t n, double v)
{
    int64_t low = 0, high = n;
    while (low < high) {
        const int64_t mid = (low + high) / 2;
        if (sorted[mid] < v)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void insert(double *sorted, int64_t *n, double v)
{
    int64_t i = (*n)++;
    for (; i > 0 && sorted[i - 1] > v; i--)
        sorted[i] = sorted[i - 1];
    sorted[i] = v;
}

static void erase(double *sorted, int64_t *n, double v)
{
    (*n)--;
    for (int64_t i = place(sorted, *n + 1, v); i < *n; i++)
        sorted[i] = sorted[i + 1];
}

static double closure(double opening, double usual)
{
    if (!(usual > 0))
        return NAN;
    return fmin(fmax(MOST * (1 - opening / usual) / (1 - CLOSED), 0), MOST);
}

/* The n entries of one person; sorted: room for all of them. */
static void calibrate(struct mn_lids *l, const struct entry *e, int64_t n, double *sorted)
{
    int64_t from = 0, to = 0, inside = 0;
    for (int64_t i = 0; i < n; i++)
        sorted[i] = e[i].opening;
    qsort(sorted, (size_t)n, sizeof(*sorted), by_size);
    const double always = middle(sorted, n);
    for (int64_t i = 0; i < n; i++) {
        while (to < n && (to <= i || (to - i < NEAR && e[to].time <= e[i].time + AROUND)))
            insert(sorted, &inside, e[to++].opening);
        while (e[from].time < e[i].time - AROUND || i - from > NEAR)
            erase(sorted, &inside, e[from++].opening);
        l->value[e[i].row] = closure(e[i].opening, (always + middle(sorted, inside)) / 2);
    }
}

static int compute(struct mn_lids *l)
{
    double *sorted = malloc((size_t)(l->n ? l->n : 1) * sizeof(*sorted));
    l->value = malloc((size_t)(l->rows ? l->rows : 1) * sizeof(*l->value));
    if (!sorted || !l->value) {
        free(sorted);
        return mn_fail(MIEN_ENOMEM, "out of memory");
    }
    for (int64_t i = 0; i < l->rows; i++)
        l->value[i] = NAN;
    if (l->n)
        qsort(l->entry, (size_t)l->n, sizeof(*l->entry), by_person);
    for (int64_t i = 0, end; i < l->n; i = end) {
        for (end = i + 1; end < l->n && l->entry[end].person == l->entry[i].person;)
            end++;
        calibrate(l, l->entry + i, end - i, sorted);
    }
    free(sorted);
    return 0;
}

int mn_lids_open(struct mn_lids **out, const char *result)
{
    struct mn_measures m;
    *out = NULL;
    int err = mn_measures_open(&m, result);
    const int slot = err == 0 ? mn_measures_want(&m, "eye_opening") : -1;
    struct mn_lids *l = slot >= 0 ? calloc(1, sizeof(*l)) : NULL;
    if (slot >= 0 && !l)
        err = mn_fail(MIEN_ENOMEM, "out of memory");
    if (l)
        err = read_rows(l, &m, slot);
    mn_measures_close(&m);
    if (err == 0 && l)
        err = compute(l);
    if (err < 0)
        mn_lids_close(&l);
    *out = l;
    return err;
}

void mn_lids_close(struct mn_lids **l)
{
    if (!*l)
        return;
    free((*l)->entry);
    free((*l)->value);
    free(*l);
    *l = NULL;
}

double mn_lids_value(const struct mn_lids *l, int64_t row)
{
    return row >= 0 && row < l->rows ? l->value[row] : NAN;
}
