#include "label.h"

#include <string.h>

#include "vec.h"

#define DEGREES 57.295780f
#define BEHIND_MM \
    9.0f /* a mark this far behind what is seen is covered; hair and lashes are thin */

/* Marks count pixels from the first one's centre. */
static void project(const struct sy_scene *s, const float mm[3], float shift, float out[2])
{
    out[0] = s->focal * mm[0] / mm[2] + s->cx + shift;
    out[1] = s->focal * mm[1] / mm[2] + s->cy + shift;
}

static uint8_t seen(const struct sy_render *r, const float mm[3])
{
    float p[2];
    project(&r->scene, mm, 0, p);
    int x = (int)floorf(2 * p[0]), y = (int)floorf(2 * p[1]);
    if (!(mm[2] > 1) || x < 0 || y < 0 || x >= r->raster.width || y >= r->raster.height)
        return 0;
    /* the nearest of the samples around decides against a single hair, or a hole in the outline */
    for (int dy = -2; dy <= 2; dy += 2)
        for (int dx = -2; dx <= 2; dx += 2) {
            int sx = x + dx, sy = y + dy;
            if (sx < 0 || sy < 0 || sx >= r->raster.width || sy >= r->raster.height)
                continue;
            float near = r->raster.near[(size_t)sy * (size_t)r->raster.width + (size_t)sx];
            if (near < 1 / (mm[2] - BEHIND_MM))
                return 1;
        }
    return 0;
}

/* Where the outline passes: the candidate farthest out, as one sees it. */
static void outline(const struct sy_render *r, const struct sy_figure *f, int i, float out[3])
{
    const struct sy_marks *m = &r->assets->marks;
    sy_figure_mark(f, m->at68[i], out);
    float side = i < 8 ? -1 : 1, p[2];
    const float across[2] = {f->R[0], f->R[3]}; /* the head's left-right, in the picture */
    project(&r->scene, out, 0, p);
    float farthest = side * (across[0] * p[0] + across[1] * p[1]);
    for (int k = 0; k < m->outline[i].num; k++) {
        const float *mm = f->pos[m->outline[i].vertex[k]];
        project(&r->scene, mm, 0, p);
        float far = side * (across[0] * p[0] + across[1] * p[1]);
        if (far > farthest) {
            farthest = far;
            memcpy(out, mm, 3 * sizeof(*out));
        }
    }
}

static void make_marks(struct sy_label *l, const struct sy_render *r, const struct sy_figure *f)
{
    const struct sy_marks *m = &r->assets->marks;
    for (int i = 0; i < 68; i++) {
        if (i < 17)
            outline(r, f, i, l->mark68_mm[i]);
        else
            sy_figure_mark(f, m->at68[i], l->mark68_mm[i]);
        project(&r->scene, l->mark68_mm[i], -0.5f, l->mark68[i]);
        l->seen68[i] = seen(r, l->mark68_mm[i]);
    }
    for (int i = 0; i < 98; i++) {
        float *mm = l->mark98_mm[i];
        if (i < 33)
            for (int k = 0; k < 3; k++)
                mm[k] = (l->mark68_mm[i / 2][k] + l->mark68_mm[(i + 1) / 2][k]) / 2;
        else if (i >= 96)
            sy_figure_pupil(f, i == 96 ? 1 : 0, mm);
        else
            sy_figure_mark(f, m->at98[i], mm);
        project(&r->scene, mm, -0.5f, l->mark98[i]);
        l->seen98[i] = seen(r, mm);
    }
}

static void make_five(struct sy_label *l, const struct sy_render *r)
{
    static const int first[5] = {36, 42, 30, 48, 54}, num[5] = {6, 6, 1, 1, 1};
    for (int i = 0; i < 5; i++) {
        float mm[3] = {0};
        for (int j = 0; j < num[i]; j++)
            for (int k = 0; k < 3; k++)
                mm[k] += l->mark68_mm[first[i] + j][k] / (float)num[i];
        project(&r->scene, mm, 0, l->point5[i]);
        l->seen5[i] = seen(r, mm);
    }
}

static void make_box(struct sy_label *l, const struct sy_render *r, const struct sy_figure *f)
{
    float *b = l->box;
    b[0] = b[1] = 1e9f;
    b[2] = b[3] = -1e9f;
    for (int i = 0; i < 68 + 3; i++) {
        float p[2] = {l->mark68[i < 68 ? i : 0][0] + 0.5f, l->mark68[i < 68 ? i : 0][1] + 0.5f};
        if (i >= 68)
            project(&r->scene, f->pos[r->assets->marks.forehead[i - 68]], 0, p);
        for (int k = 0; k < 2; k++) {
            b[k] = p[k] < b[k] ? p[k] : b[k];
            b[2 + k] = p[k] > b[2 + k] ? p[k] : b[2 + k];
        }
    }
}

static void make_gaze(struct sy_label *l, const struct sy_figure *f)
{
    float between[3];
    for (int k = 0; k < 3; k++)
        between[k] = f->target[k] - (f->eye[0][k] + f->eye[1][k]) / 2;
    sy_normalize(between);
    sy_angles(between, &l->gaze[0], &l->gaze[1]);
    for (int i = 0; i < 2; i++) {
        int e = 1 - i;
        memcpy(l->eye_mm[i], f->eye[e], sizeof(l->eye_mm[i]));
        sy_angles(f->eye_dir[e], &l->eye_gaze[i][0], &l->eye_gaze[i][1]);
        for (int k = 0; k < 2; k++)
            l->eye_gaze[i][k] *= DEGREES;
        l->gaze[i] *= DEGREES;
    }
}

void sy_label_make(struct sy_label *l, const struct sy_render *r, int face)
{
    const struct sy_figure *f = &r->figure[face];
    const struct sy_person *p = &r->person[face];
    memset(l, 0, sizeof(*l));
    make_marks(l, r, f);
    make_five(l, r);
    make_box(l, r, f);
    make_gaze(l, f);
    for (int i = 0; i < 68; i++) {
        float mm[3];
        sy_figure_mark(f, r->assets->marks.at68[i], mm);
        for (int k = 0; k < 3; k++)
            l->head_mm[k] += mm[k] / 68;
        l->seen += (float)l->seen68[i] / 68;
    }
    memcpy(l->head_rad, f->state.head, sizeof(l->head_rad));
    memcpy(l->au, f->state.au, sizeof(l->au));
    l->male = p->male;
    l->age = p->age;
    memcpy(l->origin, p->origin, sizeof(l->origin));
    l->glasses = p->glasses;
}

/* ------------------------------------------------------------------------------- writing ---- */

static void numbers(FILE *out, const char *name, const float *v, int n, int digits)
{
    fprintf(out, "\"%s\":[", name);
    for (int i = 0; i < n; i++) {
        if (i)
            fputc(',', out);
        fprintf(out, "%.*f", digits, (double)v[i]);
    }
    fputs("],", out);
}

static void flags(FILE *out, const char *name, const uint8_t *v, int n)
{
    fprintf(out, "\"%s\":\"", name);
    for (int i = 0; i < n; i++)
        fputc(v[i] ? '1' : '0', out);
    fputs("\",", out);
}

void sy_label_json(const struct sy_label *l, FILE *out)
{
    static const char *const glasses[] = {"none", "clear", "sun"};
    fputc('{', out);
    numbers(out, "box", l->box, 4, 2);
    numbers(out, "points5", &l->point5[0][0], 10, 2);
    flags(out, "points5_seen", l->seen5, 5);
    numbers(out, "landmarks68", &l->mark68[0][0], 136, 2);
    flags(out, "landmarks68_seen", l->seen68, 68);
    numbers(out, "landmarks68_mm", &l->mark68_mm[0][0], 204, 2);
    numbers(out, "landmarks98", &l->mark98[0][0], 196, 2);
    flags(out, "landmarks98_seen", l->seen98, 98);
    numbers(out, "head_mm", l->head_mm, 3, 2);
    numbers(out, "head_rad", l->head_rad, 3, 4);
    numbers(out, "gaze", l->gaze, 2, 3);
    numbers(out, "gaze_eyes", &l->eye_gaze[0][0], 4, 3);
    numbers(out, "eyes_mm", &l->eye_mm[0][0], 6, 2);
    fputs("\"au\":{", out);
    for (int i = 0; i < MIEN_AU_INTENSITIES; i++)
        fprintf(out, "%s\"AU%02d\":%.2f", i ? "," : "", mien_au_intensity_unit(i),
                (double)l->au[i]);
    fputs("},", out);
    numbers(out, "origin", l->origin, 3, 2);
    fprintf(out, "\"male\":%.2f,\"age\":%.2f,\"glasses\":\"%s\",\"seen\":%.3f}", (double)l->male,
            (double)l->age, glasses[l->glasses], (double)l->seen);
}

static float *put(float *at, const float *v, int n)
{
    memcpy(at, v, (size_t)n * sizeof(*v));
    return at + n;
}

static float *put_flags(float *at, const uint8_t *v, int n)
{
    for (int i = 0; i < n; i++)
        *at++ = v[i];
    return at;
}

void sy_label_record(const struct sy_label *l, int picture, float out[SY_RECORD])
{
    float *at = out;
    *at++ = (float)picture;
    at = put(at, l->box, 4);
    at = put(at, &l->point5[0][0], 10);
    at = put_flags(at, l->seen5, 5);
    at = put(at, &l->mark68[0][0], 136);
    at = put_flags(at, l->seen68, 68);
    at = put(at, &l->mark68_mm[0][0], 204);
    at = put(at, &l->mark98[0][0], 196);
    at = put_flags(at, l->seen98, 98);
    at = put(at, l->head_mm, 3);
    at = put(at, l->head_rad, 3);
    at = put(at, l->gaze, 2);
    at = put(at, &l->eye_gaze[0][0], 4);
    at = put(at, &l->eye_mm[0][0], 6);
    at = put(at, l->au, MIEN_AU_INTENSITIES);
    *at++ = l->male;
    *at++ = l->age;
    at = put(at, l->origin, 3);
    *at++ = (float)l->glasses;
    *at++ = l->seen;
}
