#include "assets.h"

#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ffmpeg.h"
#include "raster.h"
#include "vec.h"

#define LONGEST_PATH 1200
#define LARGEST_FILE (64u << 20)
#define MOST_NAMES 400
#define SKIN_SIDE 1024 /* texels; the face takes about a third */
#define PART_SIDE 512
#define LOWEST 0.4f /* decimetres in the base mesh: the hips */
#define WIDEST 6.0f

struct loader {
    struct sy_assets *a;
    const char *folder;
    char *why;
    char path[LONGEST_PATH];
};

static int no_memory(struct loader *l)
{
    snprintf(l->why, SY_WHY, "%.300s: out of memory", l->folder);
    return MIEN_ENOMEM;
}

static int map(struct loader *l, struct mn_file *f)
{
    if (mn_file_map(f, l->path, LARGEST_FILE) == 0)
        return 0;
    snprintf(l->why, SY_WHY, "%.300s: %s", l->path,
             errno == ENOENT ? "this file of the MakeHuman assets is missing" : strerror(errno));
    return MIEN_ENOINPUT;
}

static int read_mesh(struct loader *l, struct sy_mesh *m)
{
    struct mn_file f;
    int err = map(l, &f);
    if (err < 0)
        return err;
    err = sy_mesh_parse(m, (const char *)f.data, f.size, l->path, l->why);
    mn_file_unmap(&f);
    return err;
}

static int read_target(struct loader *l, struct sy_target *t)
{
    struct mn_file f;
    int err = map(l, &f);
    if (err < 0)
        return err;
    err = sy_target_parse(t, l->a->num_vertices, (const char *)f.data, f.size, l->path, l->why);
    mn_file_unmap(&f);
    return err;
}

static int read_fit(struct loader *l, struct sy_fit *fit)
{
    struct mn_file f;
    int err = map(l, &f);
    if (err < 0)
        return err;
    err = sy_fit_parse(fit, l->a->num_vertices, (const char *)f.data, f.size, l->path, l->why);
    mn_file_unmap(&f);
    return err;
}

static int read_texture(struct loader *l, struct sy_texture *t, int side)
{
    uint8_t *rgba;
    int w, h, err = sy_picture_read(l->path, &rgba, &w, &h, l->why);
    if (err < 0)
        return err;
    return sy_texture_make(t, rgba, w, h, side) < 0 ? no_memory(l) : 0;
}

/* ------------------------------------------------------------------------------- folders ---- */

struct names {
    int num;
    char name[MOST_NAMES][64];
};

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Names in l->path, in order of the alphabet so that a seed means the same everywhere. */
static int list(struct loader *l, struct names *out)
{
    out->num = 0;
    DIR *dir = opendir(l->path);
    if (!dir) {
        snprintf(l->why, SY_WHY, "%.300s: this folder of the MakeHuman assets is missing", l->path);
        return MIEN_ENOINPUT;
    }
    for (struct dirent *e; (e = readdir(dir)) && out->num < MOST_NAMES;)
        if (e->d_name[0] != '.' && strlen(e->d_name) < sizeof(out->name[0]))
            strcpy(out->name[out->num++], e->d_name);
    closedir(dir);
    qsort(out->name, (size_t)out->num, sizeof(out->name[0]), by_name);
    return 0;
}

static int ends(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && !strcmp(s + n - m, end);
}

/* ------------------------------------------------------------------------------ base mesh --- */

static void split(struct sy_triangle *t, const struct sy_mesh *m, const struct sy_face *f, int a,
                  int b, int c)
{
    const int at[3] = {a, b, c};
    for (int i = 0; i < 3; i++) {
        t->v[i] = f->v[at[i]];
        int uv = f->t[at[i]];
        t->uv[i][0] = uv < 0 ? 0 : m->coord[uv][0];
        t->uv[i][1] = uv < 0 ? 0 : m->coord[uv][1];
    }
}

/* Triangles of the faces for which keep[] is set, or all. */
static int triangulate(struct loader *l, const struct sy_mesh *m, const uint8_t *keep,
                       struct sy_triangle **out, int *num)
{
    *num = 0;
    *out = malloc(2 * (size_t)m->num_faces * sizeof(**out));
    if (!*out)
        return no_memory(l);
    for (int i = 0; i < m->num_faces; i++) {
        const struct sy_face *f = &m->face[i];
        if (keep && !keep[i])
            continue;
        split(&(*out)[(*num)++], m, f, 0, 1, 2);
        if (f->v[3] != f->v[2])
            split(&(*out)[(*num)++], m, f, 0, 2, 3);
    }
    return 0;
}

static int group_vertices(const struct sy_mesh *m, const char *name, int *out, int most)
{
    int n = 0;
    for (int i = 0; i < m->num_faces; i++)
        for (int k = 0; k < 4; k++) {
            int v = m->face[i].v[k], seen = strcmp(m->group[m->face[i].group], name) != 0;
            for (int j = 0; j < n && !seen; j++)
                seen = out[j] == v;
            if (!seen && n < most)
                out[n++] = v;
        }
    return n;
}

/* Where things grow and what moves, from the place in the base mesh: x left, y up, z ahead. */
static struct sy_place place_of(const float v[3])
{
    float x = fabsf(v[0]), y = v[1], z = v[2];
    /* what hangs over the shoulders hides more of them than of the neck */
    struct sy_place p = {1, 0, 0, 0, 0, y - 1.3f * (x > 0.5f ? x - 0.5f : 0)};
    p.turn = sy_step(5.9f, 6.75f, y + 0.6f * (z - 0.1f));
    p.scalp = sy_step(-0.06f, 0.06f, y - (7.18f + 0.62f * (z > -0.1f ? z + 0.1f : 0)));
    float lips = (x / 0.30f) * (x / 0.30f) + ((y - 6.585f) / 0.125f) * ((y - 6.585f) / 0.125f);
    p.lips = sy_step(1.15f, 0.8f, lips) * sy_step(1.1f, 1.3f, z);
    float cheek = 6.62f + 0.75f * (x > 0.35f ? x - 0.35f : 0);
    float moustache = sy_step(0.34f, 0.22f, x) * sy_step(6.82f, 6.75f, y);
    float jaw = sy_step(cheek + 0.1f, cheek - 0.1f, y);
    p.beard = (moustache > jaw ? moustache : jaw) * sy_step(0.9f, 1.25f, lips) *
              sy_step(0.25f, 0.6f, z) * sy_step(5.95f, 6.2f, y);
    return p;
}

static int keep_faces(const struct sy_mesh *m, uint8_t *keep)
{
    int n = 0;
    for (int i = 0; i < m->num_faces; i++) {
        keep[i] = !strcmp(m->group[m->face[i].group], "body");
        for (int k = 0; k < 4; k++) {
            const float *v = m->vertex[m->face[i].v[k]];
            keep[i] = keep[i] && v[1] > LOWEST && fabsf(v[0]) < WIDEST;
        }
        n += keep[i];
    }
    return n;
}

static int find_joints(struct loader *l, const struct sy_mesh *m)
{
    static const char *const joint[2] = {"joint-l-eye", "joint-r-eye"};
    static const char *const ball[2] = {"helper-l-eye", "helper-r-eye"};
    struct sy_assets *a = l->a;
    int good = group_vertices(m, "joint-neck", a->neck_joint, 8) == 8;
    for (int e = 0; e < 2; e++) {
        int v[200], n = group_vertices(m, ball[e], v, 200);
        good = good && n > 10 && group_vertices(m, joint[e], a->eye_joint[e], 8) == 8;
        a->eye_ball[e][0] = a->eye_ball[e][1] = n ? v[0] : 0;
        for (int i = 0; i < n; i++) {
            a->eye_ball[e][0] = v[i] < a->eye_ball[e][0] ? v[i] : a->eye_ball[e][0];
            a->eye_ball[e][1] = v[i] > a->eye_ball[e][1] ? v[i] : a->eye_ball[e][1];
        }
    }
    if (good && m->num_vertices > sy_marks_largest())
        return 0;
    snprintf(l->why, SY_WHY, "%.300s: not MakeHuman's base mesh hm08 with its joints", l->path);
    return MIEN_EDAMAGED;
}

static int take_base(struct loader *l, struct sy_mesh *m)
{
    struct sy_assets *a = l->a;
    int err = find_joints(l, m);
    if (err < 0)
        return err;
    size_t n = (size_t)m->num_vertices;
    uint8_t *keep = calloc((size_t)m->num_faces, 1);
    a->place = calloc(n, sizeof(*a->place));
    a->used = calloc(n, 1);
    a->num_vertices = m->num_vertices;
    if (!keep || !a->place || !a->used) {
        free(keep);
        return no_memory(l);
    }
    keep_faces(m, keep);
    err = triangulate(l, m, keep, &a->triangle, &a->num_triangles);
    free(keep);
    for (int i = 0; i < a->num_triangles; i++)
        for (int k = 0; k < 3; k++)
            a->used[a->triangle[i].v[k]] = 1;
    for (int i = 0; i < a->num_vertices; i++)
        a->place[i] = place_of(m->vertex[i]);
    sy_marks_make(&a->marks, (const float(*)[3])m->vertex, m->num_vertices, a->used);
    a->base = m->vertex;
    m->vertex = NULL;
    return err;
}

static int load_base(struct loader *l)
{
    struct sy_mesh m;
    snprintf(l->path, LONGEST_PATH, "%.900s/makehuman/data/3dobjs/base.obj", l->folder);
    int err = read_mesh(l, &m);
    if (err < 0)
        return err;
    err = take_base(l, &m);
    sy_mesh_free(&m);
    return err;
}

/* -------------------------------------------------------------------------------- shapes ---- */

static const char *const origins[SY_ORIGINS] = {"african", "asian", "caucasian"};
static const char *const sexes[SY_SEXES] = {"female", "male"};
static const char *const ages[SY_AGES] = {"child", "young", "old"};

static int load_macros(struct loader *l)
{
    int err = 0;
    for (int o = 0; o < SY_ORIGINS; o++)
        for (int s = 0; s < SY_SEXES; s++)
            for (int g = 0; g < SY_AGES && err == 0; g++) {
                snprintf(l->path, LONGEST_PATH,
                         "%.900s/makehuman/data/targets/macrodetails/%s-%s-%s.target", l->folder,
                         origins[o], sexes[s], ages[g]);
                err = read_target(l, &l->a->macro[o][s][g]);
            }
    return err;
}

#define BROW_STEP 0.025f /* decimetres towards the middle, where the brow begins */
#define BROW_REACH 0.13f /* deviation */

/* The skin about the inner ends of the brows towards the middle; on the middle line it stays. */
static int make_brows_in(struct loader *l, struct sy_target *out)
{
    const struct sy_assets *a = l->a;
    const float *brow = a->base[a->marks.at68[22].a];
    out->at = malloc((size_t)a->num_vertices * sizeof(*out->at));
    if (!out->at)
        return no_memory(l);
    for (int i = 0; i < a->num_vertices; i++) {
        const float *v = a->base[i];
        float side = v[0] < 0 ? -1 : 1,
              d[3] = {side * v[0] - brow[0], v[1] - brow[1], v[2] - brow[2]};
        float share = expf(-0.5f * sy_dot(d, d) / (BROW_REACH * BROW_REACH));
        float step = BROW_STEP * share * sy_step(0, brow[0], side * v[0]);
        if (step > 1e-4f)
            out->at[out->num++] = (struct sy_offset){i, {-side * step, 0, 0}};
    }
    return 0;
}

static int load_units(struct loader *l)
{
    int err = 0;
    for (int u = 0; u < SY_NUM_UNITS; u++) {
        if (!strcmp(sy_unit_files[u].folder, SY_MADE)) {
            err = err < 0 ? err : make_brows_in(l, &l->a->unit[u][0]);
            continue;
        }
        int own = !strcmp(sy_unit_files[u].folder, "expression/units");
        for (int o = 0; o < (own ? SY_ORIGINS : 1) && err == 0; o++) {
            snprintf(l->path, LONGEST_PATH, "%.900s/makehuman/data/targets/%s/%s%s%s.target",
                     l->folder, sy_unit_files[u].folder, own ? origins[o] : "", own ? "/" : "",
                     sy_unit_files[u].file);
            err = read_target(l, &l->a->unit[u][o]);
        }
    }
    return err;
}

static const struct detail_folder {
    const char *name;
    float spread;
} detail_folders[] = {
    {"head", 0.15f},  {"asym", 0.08f},     {"eyes", 0.22f}, {"ears", 0.30f},
    {"mouth", 0.24f}, {"nose", 0.24f},     {"chin", 0.25f}, {"forehead", 0.25f},
    {"cheek", 0.28f}, {"eyebrows", 0.28f}, {"neck", 0.20f},
};

static const struct direction {
    const char *word;
    int sign;
} directions[] = {
    {"incr", 1},       {"decr", -1},     {"up", 1},        {"down", -1},  {"out", 1},
    {"in", -1},        {"forward", 1},   {"backward", -1}, {"convex", 1}, {"concave", -1},
    {"uncompress", 1}, {"compress", -1}, {"l", 1},         {"r", -1},
};

static uint64_t hash(const char *s, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)s[i]) * 0x100000001b3u;
    return h;
}

/* What a slider's name says: side, stem, direction. */
static void name_detail(struct sy_detail *d, const char *file)
{
    const char *stem = file;
    d->side = !strncmp(file, "l-", 2) ? 1 : !strncmp(file, "r-", 2) ? 2 : 0;
    if (d->side)
        stem += 2;
    size_t n = strlen(stem) - strlen(".target");
    d->sign = 0;
    for (size_t i = 0; i < sizeof(directions) / sizeof(*directions); i++) {
        size_t m = strlen(directions[i].word);
        if (n > m + 1 && stem[n - m - 1] == '-' && !strncmp(stem + n - m, directions[i].word, m)) {
            d->sign = directions[i].sign;
            n -= m + 1;
            break;
        }
    }
    d->key = hash(stem, n);
}

/* Shapes that move the head as a whole, or the body. */
static int unwanted(const char *file)
{
    return !ends(file, ".target") || !strncmp(file, "asymm-", 6) ||
           !strncmp(file, "head-trans", 10) || !strncmp(file, "head-angle", 10) ||
           !strncmp(file, "neck-trans", 10) || !strncmp(file, "head-age", 8);
}

static int load_details(struct loader *l, struct names *names)
{
    struct sy_assets *a = l->a;
    for (size_t f = 0; f < sizeof(detail_folders) / sizeof(*detail_folders); f++) {
        const char *folder = detail_folders[f].name;
        snprintf(l->path, LONGEST_PATH, "%.900s/makehuman/data/targets/%s", l->folder, folder);
        int err = list(l, names);
        if (err < 0)
            return err;
        struct sy_detail *more =
            realloc(a->detail, (size_t)(a->num_details + names->num + 1) * sizeof(*more));
        if (!more)
            return no_memory(l);
        a->detail = more;
        for (int i = 0; i < names->num; i++) {
            if (unwanted(names->name[i]))
                continue;
            struct sy_detail *d = &a->detail[a->num_details];
            name_detail(d, names->name[i]);
            d->spread = detail_folders[f].spread;
            snprintf(l->path, LONGEST_PATH, "%.900s/makehuman/data/targets/%s/%s", l->folder,
                     folder, names->name[i]);
            err = read_target(l, &d->target);
            if (err < 0)
                return err;
            a->num_details++;
        }
    }
    return 0;
}

/* --------------------------------------------------------------------------------- parts ---- */

static void measure_mean(struct sy_part *p)
{
    const float *linear = sy_linear();
    const struct sy_texture *t = &p->texture;
    double sum = 0, weight = 1e-9;
    for (size_t i = 0; i < (size_t)t->width[0] * (size_t)t->height[0]; i++) {
        const uint8_t *c = t->rgba[0] + 4 * i;
        sum += c[3] * (0.2126 * linear[c[0]] + 0.7152 * linear[c[1]] + 0.0722 * linear[c[2]]);
        weight += c[3];
    }
    p->mean = (float)(sum / weight);
}

/* Whether hair hangs before an eye: some of its vertices, fitted to the base mesh, are there. */
static int covers_eye(const struct sy_fit *f, const float (*base)[3])
{
    int n = 0;
    for (int i = 0; i < f->num; i++) {
        float v[3];
        for (int k = 0; k < 3; k++)
            v[k] = f->at[i].w[0] * base[f->at[i].v[0]][k] + f->at[i].w[1] * base[f->at[i].v[1]][k] +
                   f->at[i].w[2] * base[f->at[i].v[2]][k];
        n += v[2] > 1.25f && v[1] > 7.15f && v[1] < 7.42f && fabsf(v[0]) > 0.1f &&
             fabsf(v[0]) < 0.5f;
    }
    return n > 3;
}

static int load_part(struct loader *l, struct sy_part *p, const char *folder, const char *name,
                     const char *texture)
{
    struct sy_mesh m;
    snprintf(p->name, sizeof(p->name), "%.47s", name);
    snprintf(l->path, LONGEST_PATH, "%.900s/base/%s/%s/%s.obj", l->folder, folder, name, name);
    int err = read_mesh(l, &m);
    if (err < 0)
        return err;
    snprintf(l->path, LONGEST_PATH, "%.900s/base/%s/%s/%s.mhclo", l->folder, folder, name, name);
    err = read_fit(l, &p->fit);
    if (err == 0 && p->fit.num != m.num_vertices) {
        snprintf(l->why, SY_WHY, "%.300s: fits %d vertices where the mesh has %d", l->path,
                 p->fit.num, m.num_vertices);
        err = MIEN_EDAMAGED;
    }
    if (err == 0)
        err = triangulate(l, &m, NULL, &p->triangle, &p->num_triangles);
    sy_mesh_free(&m);
    if (err < 0)
        return err;
    snprintf(l->path, LONGEST_PATH, "%.900s/textures/%s", l->folder, texture);
    err = read_texture(l, &p->texture, PART_SIDE);
    if (err == 0) {
        measure_mean(p);
        p->covers_eye = covers_eye(&p->fit, (const float(*)[3])l->a->base);
    }
    return err;
}

/* Hair's textures carry the name of the mesh; one of them without its number. */
static void texture_name(const struct loader *l, const char *folder, const char *name, char *out,
                         size_t size)
{
    struct stat st;
    char path[LONGEST_PATH];
    if (!strcmp(folder, "teeth")) {
        snprintf(out, size, "parts/teeth.png");
    } else if (!strcmp(folder, "tongue")) {
        snprintf(out, size, "parts/%s_diffuse.png", name);
    } else if (strcmp(folder, "hair") != 0) {
        snprintf(out, size, "parts/%s.png", name);
    } else {
        snprintf(out, size, "hair_512/%s_diffuse.png", name);
        snprintf(path, sizeof(path), "%.900s/textures/%s", l->folder, out);
        if (stat(path, &st) != 0)
            snprintf(out, size, "hair_512/%.*s_diffuse.png", (int)strcspn(name, "0123456789"),
                     name);
    }
}

static int load_parts(struct loader *l, const char *folder, struct sy_part *part, int *num,
                      struct names *names)
{
    snprintf(l->path, LONGEST_PATH, "%.900s/base/%s", l->folder, folder);
    int err = list(l, names);
    for (int i = 0; i < names->num && err == 0 && *num < SY_MOST_PARTS; i++) {
        char texture[200];
        if (!strcmp(names->name[i], "materials"))
            continue;
        texture_name(l, folder, names->name[i], texture, sizeof(texture));
        err = load_part(l, &part[(*num)++], folder, names->name[i], texture);
    }
    if (err == 0 && *num == 0) {
        snprintf(l->why, SY_WHY, "%.200s/base/%s: nothing in it", l->folder, folder);
        err = MIEN_ENOINPUT;
    }
    return err;
}

/* ------------------------------------------------------------------------------- textures --- */

static int load_skins(struct loader *l, const char *folder, struct names *names, int only_new)
{
    struct sy_assets *a = l->a;
    snprintf(l->path, LONGEST_PATH, "%.900s/textures/%s", l->folder, folder);
    int err = list(l, names);
    for (int i = 0; i < names->num && err == 0 && a->num_skins < 32; i++) {
        const char *name = names->name[i];
        struct sy_skin skin = {!strncmp(name, "old", 3)      ? 2
                               : !strncmp(name, "middle", 6) ? 1
                                                             : 0,
                               !strstr(name, "_female_"),
                               strstr(name, "_dark") != NULL,
                               {0}};
        int known = 0;
        for (int k = 0; k < a->num_skins && only_new; k++)
            known |= a->skin[k].old == skin.old && a->skin[k].male == skin.male &&
                     a->skin[k].dark == skin.dark;
        if (known || !strstr(name, "diffuse"))
            continue;
        snprintf(l->path, LONGEST_PATH, "%.900s/textures/%s/%s", l->folder, folder, name);
        err = read_texture(l, &skin.texture, SKIN_SIDE);
        if (err == 0)
            a->skin[a->num_skins++] = skin;
    }
    return err;
}

static int load_textures(struct loader *l, struct names *names)
{
    struct sy_assets *a = l->a;
    int err = load_skins(l, "skins", names, 0);
    if (err == 0)
        err = load_skins(l, "skins_512", names, 1);
    if (err < 0)
        return err;
    snprintf(l->path, LONGEST_PATH, "%.900s/textures/parts", l->folder);
    err = list(l, names);
    for (int i = 0; i < names->num && err == 0 && a->num_eyes < 16; i++) {
        if (!ends(names->name[i], "_eye.png"))
            continue;
        snprintf(l->path, LONGEST_PATH, "%.900s/textures/parts/%s", l->folder, names->name[i]);
        err = read_texture(l, &a->eye[a->num_eyes], PART_SIDE);
        a->num_eyes += err == 0;
    }
    if (err == 0 && (!a->num_skins || !a->num_eyes)) {
        snprintf(l->why, SY_WHY, "%.300s/textures: no skins or no eyes in it", l->folder);
        err = MIEN_ENOINPUT;
    }
    return err;
}

/* --------------------------------------------------------------------- share of the sky ---- */

void sy_normals(const float (*vertex)[3], int n, const struct sy_triangle *t, int num_triangles,
                float (*normal)[3])
{
    memset(normal, 0, (size_t)n * sizeof(*normal));
    for (int i = 0; i < num_triangles; i++) {
        float a[3], b[3], c[3];
        for (int k = 0; k < 3; k++) {
            a[k] = vertex[t[i].v[1]][k] - vertex[t[i].v[0]][k];
            b[k] = vertex[t[i].v[2]][k] - vertex[t[i].v[0]][k];
        }
        sy_cross(a, b, c);
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 3; k++)
                normal[t[i].v[j]][k] += c[k];
    }
    for (int i = 0; i < n; i++)
        sy_normalize(normal[i]);
}

#define SKY_SIDE 384
#define SKY_DIRECTIONS 96
#define SKY_SCALE (SKY_SIDE / 3.4f) /* samples per decimetre */

static void sky_corner(const float v[3], float e[3][3], struct sy_corner *c)
{
    const float middle[3] = {0, 7.1f, 0.5f};
    float d[3] = {v[0] - middle[0], v[1] - middle[1], v[2] - middle[2]};
    c->x = SKY_SIDE / 2 + SKY_SCALE * sy_dot(d, e[0]);
    c->y = SKY_SIDE / 2 + SKY_SCALE * sy_dot(d, e[1]);
    c->near = 20 + sy_dot(d, e[2]);
}

/* One direction: which vertices are not in the shadow of others. */
static void look_from(struct sy_assets *a, float (*v)[3], float (*normal)[3], const float to[3],
                      struct sy_raster *r, float *seen, float *total)
{
    float e[3][3] = {{0}};
    memcpy(e[2], to, sizeof(e[2]));
    const float side[3] = {fabsf(to[1]) < 0.9f ? 0 : 1, fabsf(to[1]) < 0.9f ? 1 : 0, 0};
    sy_cross(side, e[2], e[0]);
    sy_normalize(e[0]);
    sy_cross(e[2], e[0], e[1]);
    sy_raster_clear(r);
    for (int i = 0; i < a->num_triangles; i++) {
        struct sy_corner c[3] = {{0}};
        for (int k = 0; k < 3; k++)
            sky_corner(v[a->triangle[i].v[k]], e, &c[k]);
        sy_raster_triangle(r, c, 0, 0, NULL);
    }
    for (int i = 0; i < a->num_vertices; i++) {
        float cosine = a->used[i] ? sy_dot(normal[i], to) : 0;
        if (cosine <= 0)
            continue;
        struct sy_corner c;
        sky_corner(v[i], e, &c);
        int x = (int)c.x, y = (int)c.y, inside = x >= 0 && y >= 0 && x < SKY_SIDE && y < SKY_SIDE;
        total[i] += cosine;
        if (!inside || c.near + 0.025f > r->near[y * SKY_SIDE + x])
            seen[i] += cosine;
    }
}

static int sky(struct loader *l)
{
    struct sy_assets *a = l->a;
    size_t n = (size_t)a->num_vertices;
    float(*v)[3] = malloc(n * sizeof(*v)), (*normal)[3] = malloc(n * sizeof(*normal));
    float *seen = calloc(2 * n, sizeof(*seen));
    struct sy_raster r = {0};
    int err = v && normal && seen ? sy_raster_open(&r, SKY_SIDE, SKY_SIDE, 0) : MIEN_ENOMEM;
    if (err == 0) {
        memcpy(v, a->base, n * sizeof(*v));
        for (int s = 0; s < SY_SEXES; s++) {
            const struct sy_target *t = &a->macro[2][s][1];
            for (int i = 0; i < t->num; i++)
                for (int k = 0; k < 3; k++)
                    v[t->at[i].vertex][k] += 0.5f * t->at[i].d[k];
        }
        sy_normals((const float(*)[3])v, a->num_vertices, a->triangle, a->num_triangles, normal);
        for (int i = 0; i < SKY_DIRECTIONS; i++) { /* evenly, along a spiral */
            float y = 1 - (2 * (float)i + 1) / SKY_DIRECTIONS, w = sqrtf(1 - y * y);
            const float to[3] = {w * cosf(2.399963f * (float)i), y, w * sinf(2.399963f * (float)i)};
            look_from(a, v, normal, to, &r, seen, seen + n);
        }
        for (size_t i = 0; i < n; i++)
            a->place[i].open = seen[n + i] > 0 ? seen[i] / seen[n + i] : 1;
    }
    sy_raster_close(&r);
    free(v);
    free(normal);
    free(seen);
    return err < 0 ? no_memory(l) : 0;
}

/* ---------------------------------------------------------------------------------- all ----- */

int sy_assets_open(struct sy_assets *a, const char *folder, char *why)
{
    struct loader l = {.a = a, .folder = folder, .why = why};
    memset(a, 0, sizeof(*a));
    struct names *names = malloc(sizeof(*names));
    if (!names)
        return no_memory(&l);
    int err = load_base(&l);
    if (err == 0)
        err = load_macros(&l);
    if (err == 0)
        err = load_units(&l);
    if (err == 0)
        err = load_details(&l, names);
    if (err == 0)
        err = load_parts(&l, "hair", a->hair, &a->num_hair, names);
    if (err == 0)
        err = load_parts(&l, "eyebrows", a->brows, &a->num_brows, names);
    if (err == 0)
        err = load_parts(&l, "eyelashes", a->lashes, &a->num_lashes, names);
    if (err == 0)
        err = load_parts(&l, "teeth", a->teeth, &a->num_teeth, names);
    if (err == 0)
        err = load_parts(&l, "tongue", a->tongue, &a->num_tongues, names);
    if (err == 0)
        err = load_textures(&l, names);
    if (err == 0)
        err = sky(&l);
    free(names);
    if (err < 0)
        sy_assets_close(a);
    return err;
}

static void free_parts(struct sy_part *p)
{
    for (int i = 0; i < SY_MOST_PARTS; i++) {
        sy_fit_free(&p[i].fit);
        free(p[i].triangle);
        sy_texture_free(&p[i].texture);
    }
}

void sy_assets_close(struct sy_assets *a)
{
    free(a->base);
    free(a->place);
    free(a->used);
    free(a->triangle);
    for (int o = 0; o < SY_ORIGINS; o++)
        for (int s = 0; s < SY_SEXES; s++)
            for (int g = 0; g < SY_AGES; g++)
                sy_target_free(&a->macro[o][s][g]);
    for (int u = 0; u < SY_NUM_UNITS; u++)
        for (int o = 0; o < SY_ORIGINS; o++)
            sy_target_free(&a->unit[u][o]);
    for (int i = 0; i < a->num_details; i++)
        sy_target_free(&a->detail[i].target);
    free(a->detail);
    free_parts(a->hair);
    free_parts(a->brows);
    free_parts(a->lashes);
    free_parts(a->teeth);
    free_parts(a->tongue);
    for (int i = 0; i < a->num_skins; i++)
        sy_texture_free(&a->skin[i].texture);
    for (int i = 0; i < a->num_eyes; i++)
        sy_texture_free(&a->eye[i]);
    memset(a, 0, sizeof(*a));
}
