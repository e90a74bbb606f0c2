#include "parse.h"

#include <math.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 16
#define LONGEST_WORD 63
#define FARTHEST 1e4 /* decimetres, or texture coordinates: beyond is damage */

struct reader {
    const char *p, *end, *name;
    char *why;
    int line;
    int words;
    char word[MAX_WORDS][LONGEST_WORD + 1]; /* of the present line; longer ones are cut */
};

static int damaged(struct reader *r, const char *what)
{
    snprintf(r->why, SY_WHY, "%.200s: line %d: %s", r->name, r->line, what);
    return MIEN_EDAMAGED;
}

static int no_memory(struct reader *r)
{
    snprintf(r->why, SY_WHY, "%.200s: out of memory", r->name);
    return MIEN_ENOMEM;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Splits the next line that has words; 0 at the end. Words after the last place are dropped. */
static int next_line(struct reader *r)
{
    while (r->p < r->end) {
        r->words = 0;
        r->line++;
        while (r->p < r->end && *r->p != '\n') {
            if (is_blank(*r->p)) {
                r->p++;
                continue;
            }
            const char *start = r->p;
            while (r->p < r->end && *r->p != '\n' && !is_blank(*r->p))
                r->p++;
            if (r->words == MAX_WORDS)
                continue;
            size_t n = (size_t)(r->p - start);
            n = n > LONGEST_WORD ? LONGEST_WORD : n;
            memcpy(r->word[r->words], start, n);
            r->word[r->words++][n] = 0;
        }
        if (r->p < r->end)
            r->p++;
        if (r->words && r->word[0][0] != '#')
            return 1;
    }
    return 0;
}

static int real(const char *word, float *out)
{
    char *end;
    double v = strtod(word, &end);
    if (end == word || *end || !(fabs(v) <= FARTHEST))
        return 0;
    *out = (float)v;
    return 1;
}

/* A whole number of at most nine digits, ended by the end of the word or by `stop`. */
static int whole(const char *word, char stop, int *out, const char **rest)
{
    int sign = 1, v = 0, digits = 0;
    if (*word == '-') {
        sign = -1;
        word++;
    }
    for (; *word >= '0' && *word <= '9'; word++) {
        if (++digits > 9)
            return 0;
        v = 10 * v + (*word - '0');
    }
    if (!digits || (*word && *word != stop))
        return 0;
    *out = sign * v;
    *rest = word;
    return 1;
}

/* Room for one more in an array of `num`, which grows by doubling; NULL: no memory. */
static void *grown(void *array, int num, size_t item)
{
    if (num && (num & (num - 1)))
        return array;
    return realloc(array, (num ? 2 * (size_t)num : 1) * item);
}

#define ROOM(array, num)                                   \
    do {                                                   \
        void *more_ = grown(array, num, sizeof(*(array))); \
        if (!more_)                                        \
            return no_memory(r);                           \
        array = more_;                                     \
    } while (0)

/* ---------------------------------------------------------------------------------- mesh ---- */

static int corner(struct reader *r, const struct sy_mesh *m, const char *word, int *v, int *t)
{
    const char *rest;
    if (!whole(word, '/', v, &rest) || *v < 1 || *v > m->num_vertices)
        return damaged(r, "a face with a vertex that is not there");
    *v -= 1;
    *t = -1;
    if (*rest != '/' || rest[1] == 0 || rest[1] == '/')
        return 0;
    if (!whole(rest + 1, '/', t, &rest) || *t < 1 || *t > m->num_coords)
        return damaged(r, "a face with a texture coordinate that is not there");
    *t -= 1;
    return 0;
}

static int add_face(struct reader *r, struct sy_mesh *m, int group)
{
    if (r->words < 4 || r->words > 5)
        return damaged(r, "a face has three or four corners");
    if (m->num_faces == SY_MAX_FACES)
        return damaged(r, "too many faces");
    ROOM(m->face, m->num_faces);
    struct sy_face *f = &m->face[m->num_faces];
    f->group = group;
    for (int i = 0; i < r->words - 1; i++) {
        int err = corner(r, m, r->word[i + 1], &f->v[i], &f->t[i]);
        if (err < 0)
            return err;
    }
    if (r->words == 4) {
        f->v[3] = f->v[2];
        f->t[3] = f->t[2];
    }
    m->num_faces++;
    return 0;
}

static int find_group(struct reader *r, struct sy_mesh *m, int *group)
{
    const char *name = r->words > 1 ? r->word[1] : "";
    for (int i = 0; i < m->num_groups; i++)
        if (!strncmp(m->group[i], name, sizeof(*m->group) - 1)) {
            *group = i;
            return 0;
        }
    if (m->num_groups == SY_MAX_GROUPS)
        return damaged(r, "too many groups");
    ROOM(m->group, m->num_groups);
    snprintf(m->group[m->num_groups], sizeof(*m->group), "%.31s", name);
    *group = m->num_groups++;
    return 0;
}

static int mesh_line(struct reader *r, struct sy_mesh *m, int *group)
{
    const char *what = r->word[0];
    if (!strcmp(what, "v")) {
        if (m->num_vertices == SY_MAX_VERTICES)
            return damaged(r, "too many vertices");
        ROOM(m->vertex, m->num_vertices);
        float *v = m->vertex[m->num_vertices];
        if (r->words < 4 || !real(r->word[1], &v[0]) || !real(r->word[2], &v[1]) ||
            !real(r->word[3], &v[2]))
            return damaged(r, "a vertex is three numbers");
        m->num_vertices++;
    } else if (!strcmp(what, "vt")) {
        if (m->num_coords == SY_MAX_VERTICES)
            return damaged(r, "too many texture coordinates");
        ROOM(m->coord, m->num_coords);
        float *t = m->coord[m->num_coords];
        if (r->words < 3 || !real(r->word[1], &t[0]) || !real(r->word[2], &t[1]))
            return damaged(r, "a texture coordinate is two numbers");
        m->num_coords++;
    } else if (!strcmp(what, "f")) {
        return add_face(r, m, *group);
    } else if (!strcmp(what, "g")) {
        return find_group(r, m, group);
    }
    return 0;
}

int sy_mesh_parse(struct sy_mesh *out, const char *data, size_t size, const char *name, char *why)
{
    struct reader r = {data, data + size, name, why, 0, 0, {{0}}};
    memset(out, 0, sizeof(*out));
    int err = 0, group = 0;
    while (err == 0 && next_line(&r))
        err = mesh_line(&r, out, &group);
    if (err == 0 && (!out->num_vertices || !out->num_faces))
        err = damaged(&r, "a mesh without vertices or faces");
    if (err < 0)
        sy_mesh_free(out);
    return err;
}

void sy_mesh_free(struct sy_mesh *m)
{
    free(m->vertex);
    free(m->coord);
    free(m->face);
    free(m->group);
    memset(m, 0, sizeof(*m));
}

/* -------------------------------------------------------------------------------- target ---- */

static int target_line(struct reader *r, struct sy_target *t, int num_vertices)
{
    const char *rest;
    if (t->num == SY_MAX_VERTICES)
        return damaged(r, "too many offsets");
    ROOM(t->at, t->num);
    struct sy_offset *o = &t->at[t->num];
    if (r->words < 4 || !whole(r->word[0], 0, &o->vertex, &rest) || !real(r->word[1], &o->d[0]) ||
        !real(r->word[2], &o->d[1]) || !real(r->word[3], &o->d[2]))
        return damaged(r, "an offset is a vertex and three numbers");
    if (o->vertex < 0 || o->vertex >= num_vertices)
        return damaged(r, "an offset of a vertex that is not there");
    t->num++;
    return 0;
}

int sy_target_parse(struct sy_target *out, int num_vertices, const char *data, size_t size,
                    const char *name, char *why)
{
    struct reader r = {data, data + size, name, why, 0, 0, {{0}}};
    memset(out, 0, sizeof(*out));
    int err = 0;
    while (err == 0 && next_line(&r))
        err = target_line(&r, out, num_vertices);
    if (err < 0)
        sy_target_free(out);
    return err;
}

void sy_target_free(struct sy_target *t)
{
    free(t->at);
    memset(t, 0, sizeof(*t));
}

/* ----------------------------------------------------------------------------------- fit ---- */

static int vertex_of(const char *word, int num_vertices, int *v)
{
    const char *rest;
    return whole(word, 0, v, &rest) && *v >= 0 && *v < num_vertices;
}

static int scale_line(struct reader *r, struct sy_fit *f, int axis, int num_vertices)
{
    if (r->words < 4 || !vertex_of(r->word[1], num_vertices, &f->scale[axis].from) ||
        !vertex_of(r->word[2], num_vertices, &f->scale[axis].to) ||
        !real(r->word[3], &f->scale[axis].unit) || !(f->scale[axis].unit > 1e-4f))
        return damaged(r, "a scale is two vertices and a distance");
    return 0;
}

static int anchor_line(struct reader *r, struct sy_fit *f, int num_vertices)
{
    if (f->num == SY_MAX_VERTICES)
        return damaged(r, "too many vertices");
    ROOM(f->at, f->num);
    struct sy_anchor *a = &f->at[f->num];
    memset(a, 0, sizeof(*a));
    if (r->words == 1) {
        if (!vertex_of(r->word[0], num_vertices, &a->v[0]))
            return damaged(r, "a vertex that the base mesh does not have");
        a->v[1] = a->v[2] = a->v[0];
        a->w[0] = 1;
        f->num++;
        return 0;
    }
    if (r->words < 9)
        return damaged(r, "a fitted vertex is one number or nine");
    for (int i = 0; i < 3; i++)
        if (!vertex_of(r->word[i], num_vertices, &a->v[i]))
            return damaged(r, "a vertex that the base mesh does not have");
    for (int i = 0; i < 3; i++)
        if (!real(r->word[3 + i], &a->w[i]) || !real(r->word[6 + i], &a->offset[i]))
            return damaged(r, "a fitted vertex is one number or nine");
    f->num++;
    return 0;
}

static int fit_line(struct reader *r, struct sy_fit *f, int num_vertices, int *inside)
{
    const char *what = r->word[0];
    if (*inside && ((*what >= '0' && *what <= '9') || *what == '-'))
        return anchor_line(r, f, num_vertices);
    /* settings may stand between the head of the list and its lines; other lists may not */
    if (!strcmp(what, "verts"))
        *inside = 1;
    else if (!strcmp(what, "delete_verts") || !strcmp(what, "weights"))
        *inside = 0;
    for (int axis = 0; axis < 3; axis++) {
        const char name[8] = {(char)('x' + axis), '_', 's', 'c', 'a', 'l', 'e', 0};
        if (!strcmp(what, name))
            return scale_line(r, f, axis, num_vertices);
    }
    return 0;
}

int sy_fit_parse(struct sy_fit *out, int num_vertices, const char *data, size_t size,
                 const char *name, char *why)
{
    struct reader r = {data, data + size, name, why, 0, 0, {{0}}};
    memset(out, 0, sizeof(*out));
    int err = 0, inside = 0;
    while (err == 0 && next_line(&r))
        err = fit_line(&r, out, num_vertices, &inside);
    if (err == 0 && !out->num)
        err = damaged(&r, "no fitted vertices");
    if (err < 0)
        sy_fit_free(out);
    return err;
}

void sy_fit_free(struct sy_fit *f)
{
    free(f->at);
    memset(f, 0, sizeof(*f));
}
