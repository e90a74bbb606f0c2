#include "table/merge.h"

#include <errno.h>
#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/csv.h"
#include "io/json.h"
#include "io/msg.h"
#include "table/measures.h"

static int check_output(const struct mn_merge *m)
{
    return ferror(m->out) ? MIEN_EOUTPUT : 0; /* reported when the file is finished */
}

/* ----------------------------------------------------------------------------------- rows ---- */

static int check_head(struct mn_merge *m, const struct mn_table *t, const char *path)
{
    if (m->head)
        return strcmp(m->head, mn_table_head(t)) == 0
                   ? 0
                   : mn_fail(MIEN_EINVAL,
                             "%s and %s have different columns; merge results of the same "
                             "analyses only",
                             m->first, path);
    m->first = path;
    m->head = strdup(mn_table_head(t));
    if (!m->head)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
    fprintf(m->out, "video,%s\n", m->head);
    return 0;
}

static int copy_rows(struct mn_merge *m, struct mn_table *t, const char *video)
{
    double none[1];
    int got;
    while ((got = mn_table_next(t, none)) > 0) {
        size_t length;
        const char *line = mn_table_line(t, &length);
        mn_csv_text(m->out, video);
        fputc(',', m->out);
        fwrite(line, 1, length, m->out);
        fputc('\n', m->out);
        if (ferror(m->out))
            return MIEN_EOUTPUT;
    }
    return got;
}

int mn_merge_csv(struct mn_merge *m, const char *path, const char *video)
{
    struct mn_table *t;
    int err = mn_table_open(&t, path);
    if (err == 0)
        err = check_head(m, t, path);
    if (err == 0)
        err = copy_rows(m, t, video);
    mn_table_close(t);
    return err;
}

static void video_member(FILE *f, const char *video)
{
    struct mn_json j;
    mn_json_init(&j, f, false);
    j.depth = 1; /* inside the object of the line */
    mn_json_str(&j, "video", video);
}

int mn_merge_jsonl(struct mn_merge *m, const char *path, const char *video)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    FILE *in = fopen(path, "re");
    int err =
        in ? 0
           : mn_fail(MIEN_ENOINPUT, "%s cannot be read: %s; check the path", path, strerror(errno));
    while (err == 0 && (n = getline(&line, &room, in)) > 0) {
        if (line[0] != '{' || line[n - 1] != '\n')
            err = mn_fail(MIEN_EDAMAGED,
                          "%s is damaged: a line is no JSON object; remove it and "
                          "analyse its input again",
                          path);
        if (err)
            break;
        fputc('{', m->out);
        video_member(m->out, video);
        fprintf(m->out, "%s%s", line[1] == '}' ? "" : ",", line + 1);
        err = check_output(m);
    }
    if (in)
        fclose(in);
    free(line);
    return err;
}

/* --------------------------------------------------------------------------------- people ---- */

struct person {
    int id;
    int64_t frames;
    double first, last;
    struct {
        int64_t n, active;
        double sum, largest;
    } of[MN_MEASURES];
};

struct people {
    struct person *person;
    int n, room;
};

enum { MOST_PEOPLE = 65536 };

static struct person *find(struct people *p, int id)
{
    for (int i = p->n - 1; i >= 0; i--)
        if (p->person[i].id == id)
            return &p->person[i];
    struct person *more =
        p->n < MOST_PEOPLE ? mn_grow(p->person, p->n, &p->room, sizeof(*more)) : NULL;
    if (!more)
        return NULL;
    p->person = more;
    memset(&p->person[p->n], 0, sizeof(*more));
    p->person[p->n].id = id;
    return &p->person[p->n++];
}

static void add(struct person *p, const struct mn_observation *o)
{
    p->first = p->frames ? p->first : o->time;
    p->last = o->time;
    p->frames++;
    for (int i = 0; i < MN_MEASURES; i++) {
        if (isnan(o->value[i]))
            continue;
        p->of[i].largest = p->of[i].n ? fmax(p->of[i].largest, o->value[i]) : o->value[i];
        p->of[i].sum += o->value[i];
        p->of[i].active += o->value[i] >= 1;
        p->of[i].n++;
    }
}

static int read_people(struct people *p, struct mn_measures *m, const char *path)
{
    struct mn_observation o;
    int got;
    while ((got = mn_measures_next(m, &o)) > 0) {
        struct person *person = o.trusted ? find(p, o.person) : NULL;
        if (person)
            add(person, &o);
        else if (o.trusted)
            return mn_fail(MIEN_ENOMEM, "%s: out of memory for %d people; give it alone", path,
                           p->n);
    }
    return got;
}

static void write_person(FILE *f, const struct person *p, const char *video)
{
    mn_csv_text(f, video);
    fprintf(f, ",%d,%lld", p->id, (long long)p->frames);
    mn_csv_number(f, p->first, 3);
    mn_csv_number(f, p->last, 3);
    for (int i = 0; i < MN_MEASURES; i++) {
        const double n = p->of[i].n ? (double)p->of[i].n : NAN;
        mn_csv_number(f, p->of[i].sum / n, 3);
        if (!mn_measure_unit(i))
            continue;
        mn_csv_number(f, p->of[i].n ? p->of[i].largest : NAN, 2);
        mn_csv_number(f, (double)p->of[i].active / n, 4);
    }
    fputc('\n', f);
}

static void people_head(FILE *f)
{
    fputs("video,face_id,frames,first_s,last_s", f);
    for (int i = 0; i < MN_MEASURES; i++) {
        const char *name = mn_measure_at(i)->name;
        fprintf(f, ",%s_mean", name);
        if (mn_measure_unit(i))
            fprintf(f, ",%s_max,%s_share", name, name);
    }
    fputc('\n', f);
}

static int by_id(const void *a, const void *b)
{
    const struct person *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

int mn_merge_people(struct mn_merge *m, const char *path, const char *video)
{
    struct mn_measures measures;
    struct people p = {0};
    int err = mn_measures_open(&measures, path);
    if (err == 0)
        err = read_people(&p, &measures, path);
    mn_measures_close(&measures);
    if (err == 0 && !m->head) {
        m->head = strdup("");
        people_head(m->out);
    }
    if (p.n)
        qsort(p.person, (size_t)p.n, sizeof(*p.person), by_id);
    for (int i = 0; i < p.n && err == 0; i++)
        write_person(m->out, &p.person[i], video);
    free(p.person);
    return err ? err : check_output(m);
}

void mn_merge_free(struct mn_merge *m)
{
    free(m->head);
    m->head = NULL;
}
