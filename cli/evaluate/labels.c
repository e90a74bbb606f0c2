#include "evaluate/labels.h"

#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"
#include "table/table.h"

static int no_memory(void)
{
    return mn_fail(MIEN_ENOMEM, "out of memory for the labels");
}

int mn_labels_recording(struct mn_labels *l, const char *name, const char *person)
{
    const int last = l->num_recordings - 1;
    if (last >= 0 && !strcmp(l->recording[last].name, name))
        return last;
    if (l->num_recordings == l->room_recordings) {
        const int room = l->room_recordings ? 2 * l->room_recordings : 64;
        struct mn_recording *more = realloc(l->recording, (size_t)room * sizeof(*more));
        if (!more)
            return no_memory();
        l->recording = more;
        l->room_recordings = room;
    }
    struct mn_recording r = {
        .number = l->num_recordings, .name = strdup(name), .person = strdup(person)};
    if (!r.name || !r.person) {
        free(r.name);
        free(r.person);
        return no_memory();
    }
    l->recording[l->num_recordings] = r;
    return l->num_recordings++;
}

int mn_labels_add(struct mn_labels *l, const struct mn_label *label)
{
    if (!isfinite(label->value))
        return 0;
    if (l->n == MN_LABELS_MOST)
        return mn_fail(MIEN_ENOMEM, "there are more than %lld labels; give fewer folders at a time",
                       (long long)MN_LABELS_MOST);
    if (l->n == l->room) {
        const int64_t room = l->room ? 2 * l->room : 4096;
        struct mn_label *more = realloc(l->label, (size_t)room * sizeof(*more));
        if (!more)
            return no_memory();
        l->label = more;
        l->room = room;
    }
    l->label[l->n++] = *label;
    return 0;
}

/* --------------------------------------------------------------------------------- people ---- */

static int set_person(struct mn_labels *l, const char *video, const char *person)
{
    int found = 0;
    for (int i = 0; i < l->num_recordings; i++) {
        struct mn_recording *r = &l->recording[i];
        if (strcmp(r->name, video))
            continue;
        char *copy = strdup(person);
        if (!copy)
            return no_memory();
        free(r->person);
        r->person = copy;
        found++;
    }
    return found;
}

static int read_people(struct mn_labels *l, struct mn_table *t, const char *path)
{
    const int video = mn_table_find(t, "video"), person = mn_table_find(t, "person");
    int found = 0, got;
    if (video < 0 || person < 0)
        return mn_fail(MIEN_EINVAL, "%s needs the columns video and person", path);
    while ((got = mn_table_next(t, NULL)) > 0) {
        char *name = strdup(mn_table_text(t, video));
        int err = name ? set_person(l, name, mn_table_text(t, person)) : no_memory();
        free(name);
        if (err < 0)
            return err;
        found += err;
    }
    if (got == 0 && found == 0)
        return mn_fail(MIEN_EINVAL, "%s names no video of the labels; names are like %s", path,
                       l->num_recordings ? l->recording[0].name : "those of the label files");
    return got;
}

int mn_labels_people(struct mn_labels *l, const char *path)
{
    struct mn_table *t;
    int err = mn_table_open(&t, path);
    if (err == 0)
        err = read_people(l, t, path);
    mn_table_close(t);
    return err;
}

/* -------------------------------------------------------------------------------- sorting ---- */

static int by_name(const void *a, const void *b)
{
    const struct mn_recording *x = a, *y = b;
    const int c = strcmp(x->name, y->name);
    return c ? c : (x->number > y->number) - (x->number < y->number);
}

static int by_person(const void *a, const void *b)
{
    const struct mn_recording *const *x = a, *const *y = b;
    return strcmp((*x)->person, (*y)->person);
}

static int by_place(const void *a, const void *b)
{
    const struct mn_label *x = a, *y = b;
    if (x->recording != y->recording)
        return x->recording < y->recording ? -1 : 1;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    if (x->face != y->face)
        return x->face < y->face ? -1 : 1;
    return (x->channel > y->channel) - (x->channel < y->channel);
}

/* One recording for each name, in order. new: their numbers by the old ones. */
static void sort_recordings(struct mn_labels *l, int *new)
{
    int n = 0;
    qsort(l->recording, (size_t)l->num_recordings, sizeof(*l->recording), by_name);
    for (int i = 0; i < l->num_recordings; i++) {
        struct mn_recording *r = &l->recording[i];
        new[r->number] = n;
        if (n && !strcmp(l->recording[n - 1].name, r->name)) {
            new[r->number] = n - 1;
            free(r->name);
            free(r->person);
        } else {
            l->recording[n++] = *r;
        }
    }
    l->num_recordings = n;
}

static void sort_labels(struct mn_labels *l, const int *new)
{
    int64_t n = 0;
    for (int64_t i = 0; i < l->n; i++)
        l->label[i].recording = new[l->label[i].recording];
    if (l->n == 0)
        return;
    qsort(l->label, (size_t)l->n, sizeof(*l->label), by_place);
    for (int64_t i = 0; i < l->n; i++)
        if (n == 0 || by_place(&l->label[n - 1], &l->label[i]) != 0)
            l->label[n++] = l->label[i];
    l->n = n;
    for (int64_t i = n; i-- > 0;) {
        struct mn_recording *r = &l->recording[l->label[i].recording];
        r->first = i;
        r->n++;
    }
}

static void number_people(struct mn_labels *l, struct mn_recording **order)
{
    for (int i = 0; i < l->num_recordings; i++)
        order[i] = &l->recording[i];
    qsort(order, (size_t)l->num_recordings, sizeof(*order), by_person);
    for (int i = 0; i < l->num_recordings; i++) {
        l->num_people += i == 0 || strcmp(order[i - 1]->person, order[i]->person) != 0;
        order[i]->person_index = l->num_people - 1;
    }
}

int mn_labels_finish(struct mn_labels *l)
{
    const size_t n = (size_t)l->num_recordings;
    int *new = calloc(n + 1, sizeof(*new));
    struct mn_recording **order = calloc(n + 1, sizeof(*order));
    const bool enough = new &&order;
    if (enough && n) {
        sort_recordings(l, new);
        sort_labels(l, new);
        number_people(l, order);
    }
    free(new);
    free(order);
    return enough ? 0 : no_memory();
}

void mn_labels_free(struct mn_labels *l)
{
    for (int i = 0; i < l->num_recordings; i++) {
        free(l->recording[i].name);
        free(l->recording[i].person);
    }
    free(l->recording);
    free(l->label);
    memset(l, 0, sizeof(*l));
}
