#include "clnf/model.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "face/dat.h"

#define MAX_TEXT (64u << 10)
#define LINE 4096
#define LONGEST_NAME 255 /* bytes */

#define CCNF "PatchesCCNF"
#define CEN "PatchesCEN"

static const struct mn_clnf_rules face_rules[] = {
    {.name = "CLNF",
     .keyword = CCNF,
     .points = MN_CLNF_POINTS,
     .window = {[MN_CLNF_FAR] = {11, 9, 7}, [MN_CLNF_NEAR] = {0, 9, 7}},
     .regularisation = 25,
     .spread = 1.5,
     .refine = true,
     .steps = 5,
     .inner = true},
    {.name = "CE-CLM",
     .keyword = CEN,
     .points = MN_CLNF_POINTS,
     .window = {[MN_CLNF_FAR] = {11, 9, 7, 5},
                [MN_CLNF_NEAR] = {0, 9, 7, 0},
                [MN_CLNF_FIRST] = {11, 0, 0, 0},
                [MN_CLNF_REST] = {0, 9, 7, 5}},
     .regularisation = 22.5, /* 0.9 and 1.5 times those of CLNF */
     .spread = 2.25,
     .refine = true,
     .steps = 5,
     .early = true},
};
/* For faces in the wild: CE-CLM only. */
static const struct mn_clnf_rules wild_rules = {.name = "CE-CLM",
                                                .keyword = CEN,
                                                .points = MN_CLNF_POINTS,
                                                .window = {[MN_CLNF_FAR] = {15, 13, 11, 11},
                                                           [MN_CLNF_NEAR] = {0, 9, 7, 0},
                                                           [MN_CLNF_FIRST] = {15, 0, 0, 0},
                                                           [MN_CLNF_REST] = {0, 13, 11, 11}},
                                                .regularisation = 31.5,
                                                .spread = 1.875,
                                                .weight = 2.5,
                                                .refine = true,
                                                .steps = 10,
                                                .early = true};
enum { INNER, LEFT_EYE, RIGHT_EYE };
static const struct mn_clnf_rules part_rules[MN_CLNF_PARTS] = {
    [INNER] = {.name = "inner",
               .keyword = CCNF,
               .window = {{9}, {9}},
               .regularisation = 2.5,
               .spread = 1.75,
               .weight = 2.5,
               .steps = 5},
    [LEFT_EYE] = {.name = "left_eye_28",
                  .keyword = CCNF,
                  .points = MN_CLNF_EYE_POINTS,
                  .window = {{3, 5}, {3, 5}},
                  .regularisation = 0.5,
                  .spread = 1.0,
                  .steps = 5},
    [RIGHT_EYE] = {.name = "right_eye_28",
                   .keyword = CCNF,
                   .points = MN_CLNF_EYE_POINTS,
                   .window = {{3, 5}, {3, 5}},
                   .regularisation = 0.5,
                   .spread = 1.0,
                   .steps = 5},
};

/* A line of a control file: keyword, then the rest. */
struct entry {
    char line[LINE];
    const char *keyword, *rest;
    size_t at;
};

static bool next_entry(struct mn_dat *d, struct entry *e)
{
    e->at = d->at;
    if (!mn_dat_line(d, e->line, sizeof(e->line)))
        return false;
    char *space = strpbrk(e->line, " \t");
    e->keyword = e->line;
    e->rest = e->line + strlen(e->line);
    if (space) {
        *space = 0;
        e->rest = space + 1 + strspn(space + 1, " \t");
    }
    return true;
}

/* The path of a file that a control file names, relative to the folder of the control file. NULL:
 * the name is refused or there is no memory; d->error is set. */
static char *path_beside(struct mn_dat *d, const struct entry *e, size_t length)
{
    char name[LONGEST_NAME + 1];
    if (length >= sizeof(name) || !length) { /* a long one would not fit into a message */
        mn_dat_refuse(d, e->at, "expected the name of a file, with at most 255 bytes");
        return NULL;
    }
    memcpy(name, e->rest, length);
    name[length] = 0;
    if (!mn_dat_is_inside(name)) {
        mn_dat_refuse(d, e->at, "the file named is outside the model's folder");
        return NULL;
    }
    const char *slash = strrchr(d->path, '/');
    char *folder = slash ? strndup(d->path, (size_t)(slash - d->path)) : strdup(".");
    char *path = folder ? mn_dat_join(*folder ? folder : "/", name) : NULL;
    free(folder);
    if (!path)
        d->error = MIEN_ENOMEM;
    return path;
}

/* ----------------------------------------------------------------------- after loading ---- */

/* Like mn_pdm.gram, with the experts' weights for the points. */
static double *weighted_gram(const struct mn_pdm *p, const struct mn_clnf_expert *expert)
{
    static const int pair[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};
    double *gram = mn_alloc(6 * (size_t)p->modes * (size_t)p->columns, sizeof(double));
    for (int i = 0; gram && i < p->points; i++) {
        double weight = expert[i].visible ? (double)expert[i].weight : 0;
        for (int q = 0; q < 6 && weight != 0; q++) {
            const double *a = p->basis + (pair[q][0] * p->points + i) * p->columns;
            const double *b = p->basis + (pair[q][1] * p->points + i) * p->columns;
            for (int k = 0; k < p->modes; k++) {
                double *row = gram + (q * p->modes + k) * p->columns;
                for (int l = 0; l < p->columns; l++)
                    row[l] += weight * (q < 3 ? a[k] * b[l] : a[k] * b[l] + b[k] * a[l]);
            }
        }
    }
    return gram;
}

static int prepare(struct mn_clnf_scale *s, const struct mn_pdm *pdm)
{
    for (int v = 0; v < s->views; v++) {
        const struct mn_clnf_expert *e = s->expert + v * pdm->points;
        bool plain = true;
        for (int i = 0; i < pdm->points; i++)
            plain = plain && e[i].visible && e[i].weight == 1;
        s->gram[v] = pdm->gram;
        if (!plain)
            s->gram[v] = s->own_gram[v] = weighted_gram(pdm, e);
        if (!s->gram[v])
            return MIEN_ENOMEM;
    }
    return 0;
}

static int make_table(struct mn_clnf_table *t, int window, double spread)
{
    t->window = window;
    t->kernel = mn_alloc(10 * (size_t)window * MN_CLNF_MAP_PITCH, sizeof(float));
    if (!t->kernel)
        return MIEN_ENOMEM;
    for (int k = 0; k < 10 * window; k++)
        for (int c = 0; c < window; c++) {
            double d = (double)(0.1f * (float)k) - c;
            t->kernel[k * MN_CLNF_MAP_PITCH + c] = (float)exp(-d * d / (2 * spread * spread));
        }
    return 0;
}

/* --------------------------------------------------------------------------- one model ---- */

static int load_scale(struct mn_clnf_model *m, const char *path, struct mn_log *log)
{
    static const double capped[MN_CLNF_MAX_SCALES] = {0.25, 0.35, 0.5, 0.5};
    const struct mn_clnf_rules *r = m->rules;
    const int i = m->num_scales, far = r->window[MN_CLNF_FAR][i], near = r->window[MN_CLNF_NEAR][i];
    struct mn_clnf_scale *s = &m->scale[i];
    double g = r->refine ? log2(capped[i] / 0.25) : 0;
    s->regularisation = r->regularisation - 15 * g;
    if (s->regularisation <= 0)
        s->regularisation = 0.001;
    s->spread = r->spread + 0.25 * g;
    const double weight = r->weight + 2 * r->weight * g;
    int err = !strcmp(r->keyword, CEN)
                  ? mn_clnf_experts_load_cen(s, path, weight, log)
                  : mn_clnf_experts_load(s, path, m->pdm->points, far, weight, log);
    m->num_scales++; /* counted on errors too, so that it is released */
    if (err == 0)
        err = prepare(s, m->pdm);
    if (err == 0)
        err = make_table(&s->table[0], far, s->spread);
    if (err == 0 && near && near != far)
        err = make_table(&s->table[1], near, s->spread);
    return err;
}

/* The rules of the model whose experts have this keyword; NULL: it is no keyword of experts. */
static const struct mn_clnf_rules *rules_of(const struct mn_clnf_model *m, const char *keyword,
                                            const struct mn_clnf_rules *r, int n)
{
    if (m->wild && r == face_rules && !strcmp(keyword, CEN))
        return &wild_rules;
    for (int k = 0; k < n; k++)
        if (!strcmp(r[k].keyword, keyword))
            return &r[k];
    return NULL;
}

static int load_experts(struct mn_clnf_model *m, struct mn_dat *d, const struct entry *e,
                        const struct mn_clnf_rules *r)
{
    if (!m->pdm)
        return mn_dat_refuse(d, e->at, "no shape model is named before this");
    if (m->rules && m->rules != r)
        return mn_dat_refuse(d, e->at, "experts of another kind than those before");
    m->rules = r;
    if (m->shapes_only)
        return 0;
    if (m->num_scales == MN_CLNF_MAX_SCALES || !r->window[MN_CLNF_FAR][m->num_scales])
        return mn_dat_refuse(d, e->at, "more scales than are supported");
    if (r->points && m->pdm->points != r->points)
        return mn_dat_refuse(d, e->at, "the shape model has the wrong number of points");
    char *file = path_beside(d, e, strlen(e->rest));
    int err = file ? load_scale(m, file, d->log) : d->error;
    free(file);
    return err;
}

static int load_shape(struct mn_clnf_model *m, struct mn_dat *d, const struct entry *e, int points)
{
    if (m->pdm)
        return mn_dat_refuse(d, e->at, "a second shape model is named");
    char *file = path_beside(d, e, strlen(e->rest));
    int err = file ? mn_pdm_load(&m->pdm, file, d->log) : d->error;
    free(file);
    if (err == 0 && points && m->pdm->points != points)
        err = mn_dat_refuse(d, e->at, "the shape model has the wrong number of points");
    return err;
}

/* The text file of a detection's early end. */
static int load_early(struct mn_clnf_early *early, struct mn_dat *d, const struct entry *e)
{
    struct mn_dat text;
    char *file = path_beside(d, e, strlen(e->rest));
    int err = file ? mn_dat_open(&text, file, MAX_TEXT, d->log) : d->error;
    if (err == 0) {
        float *const row[] = {early->weight, early->bias, early->cutoff};
        for (int i = 0; i < 3 * MN_CLNF_EARLY_VIEWS; i++)
            row[i / MN_CLNF_EARLY_VIEWS][i % MN_CLNF_EARLY_VIEWS] = (float)mn_dat_number(&text);
        mn_dat_expect_end(&text);
        err = text.error;
        mn_dat_close(&text);
    }
    free(file);
    return err;
}

/* Which scales, keywords and rules a control file may name. */
struct wanted {
    const struct mn_clnf_rules *rules;
    int num_rules;
    struct mn_clnf_early *early; /* NULL: a part */
};

/* Everything that the rules ask for was named. */
static int check_model(const struct mn_clnf_model *m, struct mn_dat *d, bool early)
{
    if (!m->pdm)
        return mn_dat_refuse(d, d->at, "no shape model is named before this");
    if (m->shapes_only)
        return 0;
    if (!m->rules || !m->num_scales ||
        (m->num_scales < MN_CLNF_MAX_SCALES && m->rules->window[MN_CLNF_FAR][m->num_scales]))
        return mn_dat_refuse(d, d->at, "experts are missing");
    if (m->rules->early && !early)
        return mn_dat_refuse(d, d->at, "no file for early termination is named");
    return 0;
}

/* Reads clnf_*.txt or cen_*.txt: a shape model and experts, in the order of the scales. */
static int load_model(struct mn_clnf_model *m, const char *path, const struct wanted *want,
                      struct mn_log *log)
{
    struct mn_dat d;
    struct entry e;
    bool early = false;
    int err = mn_dat_open(&d, path, MAX_TEXT, log);
    if (err < 0)
        return err;
    while (err == 0 && next_entry(&d, &e)) {
        const struct mn_clnf_rules *r = rules_of(m, e.keyword, want->rules, want->num_rules);
        if (!strcmp(e.keyword, "PDM"))
            err = load_shape(m, &d, &e, want->rules[0].points);
        else if (r)
            err = load_experts(m, &d, &e, r);
        else if (!strcmp(e.keyword, "EarlyTermination") && want->early && !m->shapes_only)
            err = load_early(want->early, &d, &e), early = true;
        err = err < 0 ? err : d.error;
    }
    err = err < 0 ? err : d.error;
    if (err == 0)
        err = check_model(m, &d, early);
    mn_dat_close(&d);
    return err;
}

/* Reads a main file that has only a LandmarkDetector line. */
static int load_nested(struct mn_clnf_model *m, const char *path, const struct mn_clnf_rules *r,
                       struct mn_log *log)
{
    const struct wanted want = {.rules = r, .num_rules = 1};
    struct mn_dat d;
    struct entry e;
    int err = mn_dat_open(&d, path, MAX_TEXT, log);
    if (err < 0)
        return err;
    bool found = false;
    while (err == 0 && !found && next_entry(&d, &e)) {
        found = !strcmp(e.keyword, "LandmarkDetector");
        char *file = found ? path_beside(&d, &e, strlen(e.rest)) : NULL;
        if (file)
            err = load_model(m, file, &want, log);
        free(file);
        err = err < 0 ? err : d.error;
    }
    err = err < 0 ? err : d.error;
    if (err == 0 && !found)
        err = mn_dat_refuse(&d, d.at, "no landmark detector is named");
    mn_dat_close(&d);
    return err;
}

/* ----------------------------------------------------------------------- the whole set ---- */

/* Reads a part's line, "path name a0 b0 a1 b1 ...": point b of the part is landmark a of the face.
 */
static int load_part(struct mn_clnf *c, struct mn_dat *d, const struct entry *e)
{
    size_t length = strcspn(e->rest, " \t");
    const char *p = e->rest + length + strspn(e->rest + length, " \t");
    size_t name = strcspn(p, " \t");
    int k = 0;
    while (k < MN_CLNF_PARTS &&
           (strlen(part_rules[k].name) != name || memcmp(part_rules[k].name, p, name) != 0))
        k++;
    if (k == MN_CLNF_PARTS || c->part[k].pdm)
        return mn_dat_refuse(d, e->at, "expected a part of a face that is not named yet");
    struct mn_clnf_model *m = &c->part[k];
    char *file = path_beside(d, e, length);
    if (!file)
        return d->error;
    int err = load_nested(m, file, &part_rules[k], d->log);
    free(file);
    if (err < 0)
        return err;
    for (p += name; *p;) {
        char *end;
        long a = strtol(p, &end, 10), b = -1;
        if (end != p) {
            p = end;
            b = strtol(p, &end, 10);
        }
        if (end == p || a < 0 || a >= MN_CLNF_POINTS || b < 0 || b >= m->pdm->points ||
            m->num_pairs == MN_PDM_MAX_POINTS)
            return mn_dat_refuse(d, e->at, "expected pairs of points");
        m->pair[m->num_pairs][0] = (int)a;
        m->pair[m->num_pairs++][1] = (int)b;
        p = end + strspn(end, " \t");
    }
    return 0;
}

static int check_set(const struct mn_clnf *c, struct mn_dat *d)
{
    bool complete = c->face.pdm && c->face.rules && (c->validator || c->face.shapes_only);
    for (int k = 0; complete && k < MN_CLNF_PARTS; k++)
        complete = c->part[k].pdm || (k == INNER && !c->face.rules->inner);
    if (!complete)
        return mn_dat_refuse(d, d->at, "a part of the model is missing");
    if (c->part[INNER].pdm && !c->face.rules->inner)
        return mn_dat_refuse(d, d->at, "this kind of model has no part for the inner face");
    if (c->face.wild && c->face.rules != &wild_rules)
        return mn_dat_refuse(d, d->at, "only CE-CLM has parameters for faces in the wild");
    return 0;
}

static int load(struct mn_clnf *c, struct mn_dat *d)
{
    const struct wanted want = {face_rules, sizeof(face_rules) / sizeof(face_rules[0]), &c->early};
    struct entry e;
    int err = 0;
    while (err == 0 && next_entry(d, &e)) {
        bool face = !strcmp(e.keyword, "LandmarkDetector");
        bool validator = !c->face.shapes_only && !strcmp(e.keyword, "DetectionValidator");
        if (!strcmp(e.keyword, "LandmarkDetector_part"))
            err = load_part(c, d, &e);
        if (!face && !validator)
            continue;
        if (face ? c->face.pdm != NULL : c->validator != NULL)
            return mn_dat_refuse(d, e.at, "this model is named twice");
        char *file = path_beside(d, &e, strlen(e.rest));
        if (file && face)
            err = load_model(&c->face, file, &want, d->log);
        else if (file)
            err = mn_validator_load(&c->validator, file, d->log);
        free(file);
        err = err < 0 ? err : d->error;
    }
    err = err < 0 ? err : d->error;
    return err < 0 ? err : check_set(c, d);
}

static int open_model(struct mn_clnf **out, const char *path, bool shapes_only, bool wild,
                      struct mn_log *log)
{
    struct mn_dat d;
    *out = NULL;
    int err = mn_dat_open(&d, path, MAX_TEXT, log);
    if (err < 0)
        return err;
    struct mn_clnf *c = mn_alloc(1, sizeof(*c));
    for (int k = 0; c && k < MN_CLNF_PARTS; k++)
        c->face.shapes_only = c->part[k].shapes_only = shapes_only;
    if (c)
        c->face.wild = wild;
    err = c ? load(c, &d) : MIEN_ENOMEM;
    mn_dat_close(&d);
    if (err < 0)
        mn_clnf_close(&c);
    *out = c;
    return err;
}

int mn_clnf_open(struct mn_clnf **out, const char *path, struct mn_log *log)
{
    return open_model(out, path, false, false, log);
}

int mn_clnf_open_wild(struct mn_clnf **out, const char *path, struct mn_log *log)
{
    return open_model(out, path, false, true, log);
}

int mn_clnf_open_shapes(struct mn_clnf **out, const char *path, struct mn_log *log)
{
    return open_model(out, path, true, false, log);
}

static void free_model(struct mn_clnf_model *m)
{
    for (int i = 0; i < m->num_scales; i++)
        mn_clnf_experts_free(&m->scale[i]);
    mn_pdm_close(&m->pdm);
}

void mn_clnf_close(struct mn_clnf **clnf)
{
    struct mn_clnf *c = *clnf;
    if (!c)
        return;
    free_model(&c->face);
    for (int k = 0; k < MN_CLNF_PARTS; k++)
        free_model(&c->part[k]);
    mn_validator_close(&c->validator);
    free(c);
    *clnf = NULL;
}

const char *mn_clnf_kind(const struct mn_clnf *clnf)
{
    return clnf->face.rules->name;
}

const struct mn_pdm *mn_clnf_face(const struct mn_clnf *clnf)
{
    return clnf->face.pdm;
}

const struct mn_pdm *mn_clnf_eye(const struct mn_clnf *clnf, int eye)
{
    return clnf->part[1 + eye].pdm;
}
