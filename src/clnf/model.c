#include "clnf/model.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "face/dat.h"

#define MAX_TEXT (64u << 10)
#define LINE 4096

/* Parameters of the models that are not in their files. refine: scales above 0.25 use less
 * regularisation and a wider kernel. */
static const struct rules {
    const char *name;
    int points; /* 0: any */
    int window[MN_CLNF_MAX_SCALES];
    double regularisation, spread, weight;
    bool refine;
} face_rules = {"face", MN_CLNF_POINTS, {11, 9, 7}, 25, 1.5, 0, true},
  part_rules[MN_CLNF_PARTS] = {
      {"inner", 0, {9}, 2.5, 1.75, 2.5, false},
      {"left_eye_28", MN_CLNF_EYE_POINTS, {3, 5}, 0.5, 1.0, 0, false},
      {"right_eye_28", MN_CLNF_EYE_POINTS, {3, 5}, 0.5, 1.0, 0, false},
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
    char name[LINE];
    if (length >= sizeof(name) || !length) {
        mn_dat_refuse(d, e->at, "expected a file name");
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
        double weight = expert[i].neurons ? (double)expert[i].weight : 0;
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
            plain = plain && e[i].neurons && e[i].weight == 1;
        s->gram[v] = pdm->gram;
        if (!plain)
            s->gram[v] = s->own_gram[v] = weighted_gram(pdm, e);
        if (!s->gram[v])
            return MIEN_ENOMEM;
    }
    s->kernel = mn_alloc(10 * (size_t)s->window * MN_CLNF_MAP_PITCH, sizeof(float));
    if (!s->kernel)
        return MIEN_ENOMEM;
    for (int k = 0; k < 10 * s->window; k++)
        for (int c = 0; c < s->window; c++) {
            double d = (double)(0.1f * (float)k) - c;
            s->kernel[k * MN_CLNF_MAP_PITCH + c] = (float)exp(-d * d / (2 * s->spread * s->spread));
        }
    return 0;
}

/* --------------------------------------------------------------------------- one model ---- */

static int load_scale(struct mn_clnf_model *m, const char *path, const struct rules *r,
                      struct mn_log *log)
{
    static const double capped[MN_CLNF_MAX_SCALES] = {0.25, 0.35, 0.5};
    int i = m->num_scales;
    struct mn_clnf_scale *s = &m->scale[i];
    double g = r->refine ? log2(capped[i] / 0.25) : 0;
    s->regularisation = r->regularisation - 15 * g;
    if (s->regularisation <= 0)
        s->regularisation = 0.001;
    s->spread = r->spread + 0.25 * g;
    int err = mn_clnf_experts_load(s, path, m->pdm->points, r->window[i],
                                   r->weight + 2 * r->weight * g, log);
    m->num_scales++; /* counted on errors too, so that it is released */
    return err < 0 ? err : prepare(s, m->pdm);
}

/* Reads clnf_*.txt: a shape model and experts, in the order of the scales. */
static int load_model(struct mn_clnf_model *m, const char *path, const struct rules *r,
                      struct mn_log *log)
{
    struct mn_dat d;
    struct entry e;
    int err = mn_dat_open(&d, path, MAX_TEXT, log);
    if (err < 0)
        return err;
    while (err == 0 && next_entry(&d, &e)) {
        bool pdm = !strcmp(e.keyword, "PDM"), experts = !strcmp(e.keyword, "PatchesCCNF");
        if (!pdm && !experts)
            continue;
        if (pdm == (m->pdm != NULL))
            err = mn_dat_refuse(&d, e.at,
                                pdm ? "a second shape model is named"
                                    : "no shape model is named before this");
        else if (experts && m->shapes_only)
            continue;
        else if (experts && (m->num_scales == MN_CLNF_MAX_SCALES || !r->window[m->num_scales]))
            err = mn_dat_refuse(&d, e.at, "more scales than the three that are supported");
        char *file = err == 0 ? path_beside(&d, &e, strlen(e.rest)) : NULL;
        if (file && pdm)
            err = mn_pdm_load(&m->pdm, file, log);
        else if (file)
            err = load_scale(m, file, r, log);
        free(file);
        err = err < 0 ? err : d.error;
        if (err == 0 && pdm && r->points && m->pdm->points != r->points)
            err = mn_dat_refuse(&d, e.at, "the shape model has the wrong number of points");
    }
    err = err < 0 ? err : d.error;
    if (err == 0 && m->shapes_only && !m->pdm)
        err = mn_dat_refuse(&d, d.at, "no shape model is named before this");
    if (err == 0 && !m->shapes_only &&
        (!m->num_scales || (m->num_scales < MN_CLNF_MAX_SCALES && r->window[m->num_scales])))
        err = mn_dat_refuse(&d, d.at, "experts are missing");
    mn_dat_close(&d);
    return err;
}

/* Reads a main file that has only a LandmarkDetector line. */
static int load_nested(struct mn_clnf_model *m, const char *path, const struct rules *r,
                       struct mn_log *log)
{
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
            err = load_model(m, file, r, log);
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

static int load(struct mn_clnf *c, struct mn_dat *d)
{
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
            err = load_model(&c->face, file, &face_rules, d->log);
        else if (file)
            err = mn_validator_load(&c->validator, file, d->log);
        free(file);
        err = err < 0 ? err : d->error;
    }
    err = err < 0 ? err : d->error;
    for (int k = 0; err == 0 && k < MN_CLNF_PARTS; k++)
        if (!c->part[k].pdm || !c->face.pdm || (!c->validator && !c->face.shapes_only))
            err = mn_dat_refuse(d, d->at, "a part of the model is missing");
    return err;
}

static int open_model(struct mn_clnf **out, const char *path, bool shapes_only, struct mn_log *log)
{
    struct mn_dat d;
    *out = NULL;
    int err = mn_dat_open(&d, path, MAX_TEXT, log);
    if (err < 0)
        return err;
    struct mn_clnf *c = mn_alloc(1, sizeof(*c));
    for (int k = 0; c && k < MN_CLNF_PARTS; k++)
        c->face.shapes_only = c->part[k].shapes_only = shapes_only;
    err = c ? load(c, &d) : MIEN_ENOMEM;
    mn_dat_close(&d);
    if (err < 0)
        mn_clnf_close(&c);
    *out = c;
    return err;
}

int mn_clnf_open(struct mn_clnf **out, const char *path, struct mn_log *log)
{
    return open_model(out, path, false, log);
}

int mn_clnf_open_shapes(struct mn_clnf **out, const char *path, struct mn_log *log)
{
    return open_model(out, path, true, log);
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

const struct mn_pdm *mn_clnf_face(const struct mn_clnf *clnf)
{
    return clnf->face.pdm;
}

const struct mn_pdm *mn_clnf_eye(const struct mn_clnf *clnf, int eye)
{
    return clnf->part[1 + eye].pdm;
}
