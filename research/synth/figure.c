#include "figure.h"

#include <stdlib.h>
#include <string.h>

#include "vec.h"

#define MM 100.0f     /* per decimetre */
#define CORNEA 0.055f /* how far it stands out, of the eye's radius */
#define LID_GAP 1.03f /* lids slide on a ball a little larger than the eye */
#define RIM 30        /* points around a rim of the glasses */
#define BRIDGE 6
#define TEMPLE 5
#define TUBE_POINTS (2 * (RIM + 1) + BRIDGE + 2 * TEMPLE)
#define TUBES 5

void sy_direction(float yaw, float pitch, float out[3])
{
    out[0] = -sinf(yaw) * cosf(pitch);
    out[1] = -sinf(pitch);
    out[2] = -cosf(yaw) * cosf(pitch);
}

void sy_angles(const float dir[3], float *yaw, float *pitch)
{
    *yaw = atan2f(-dir[0], -dir[2]);
    *pitch = asinf(sy_clamp(-dir[1], -1, 1));
}

/* ------------------------------------------------------------------------------ topology ---- */

static void eye_topology(struct sy_triangle *t)
{
    int n = 0, S = SY_EYE_SEGMENTS;
    for (int s = 0; s < S; s++) {
        int a = 1 + s, b = 1 + (s + 1) % S;
        t[n++] = (struct sy_triangle){{0, a, b}, {{0}}};
    }
    for (int r = 0; r + 1 < SY_EYE_RINGS; r++)
        for (int s = 0; s < S; s++) {
            int a = 1 + r * S + s, b = 1 + r * S + (s + 1) % S, c = a + S, d = b + S;
            t[n++] = (struct sy_triangle){{a, c, b}, {{0}}};
            t[n++] = (struct sy_triangle){{b, c, d}, {{0}}};
        }
}

/* Four corners around each point of a line; neighbours are joined. */
static int tube_topology(struct sy_triangle *t, int first, int points)
{
    int n = 0;
    for (int i = 0; i + 1 < points; i++)
        for (int k = 0; k < 4; k++) {
            int a = first + 4 * i + k, b = first + 4 * i + (k + 1) % 4, c = a + 4, d = b + 4;
            t[n++] = (struct sy_triangle){{a, c, b}, {{0}}};
            t[n++] = (struct sy_triangle){{b, c, d}, {{0}}};
        }
    return n;
}

static const int tube_points[TUBES] = {RIM + 1, RIM + 1, BRIDGE, TEMPLE, TEMPLE};

static void glasses_topology(struct sy_figure *f)
{
    int first = 0;
    for (int i = 0; i < TUBES; i++) {
        f->num_tube_triangles +=
            tube_topology(f->tube_triangle + f->num_tube_triangles, first, tube_points[i]);
        first += 4 * tube_points[i];
    }
    for (int e = 0; e < 2; e++) /* a fan over each rim's points */
        for (int i = 1; i + 1 < RIM; i++)
            f->lens_triangle[f->num_lens_triangles++] =
                (struct sy_triangle){{e * RIM, e * RIM + i, e * RIM + i + 1}, {{0}}};
}

static int most(const struct sy_part *p, int n)
{
    int m = 0;
    for (int i = 0; i < n; i++)
        m = p[i].fit.num > m ? p[i].fit.num : m;
    return m;
}

int sy_figure_open(struct sy_figure *f, const struct sy_assets *a)
{
    memset(f, 0, sizeof(*f));
    f->assets = a;
    f->most_vertices = a->num_vertices + most(a->hair, a->num_hair) + most(a->brows, a->num_brows) +
                       most(a->lashes, a->num_lashes) + most(a->teeth, a->num_teeth) +
                       most(a->tongue, a->num_tongues) + 2 * SY_EYE_VERTICES + 4 * TUBE_POINTS +
                       2 * RIM;
    size_t n = (size_t)f->most_vertices;
    f->model = calloc(n, sizeof(*f->model));
    f->pos = calloc(n, sizeof(*f->pos));
    f->normal = calloc(n, sizeof(*f->normal));
    f->place = calloc(n, sizeof(*f->place));
    f->eye_triangle = malloc(SY_EYE_TRIANGLES * sizeof(*f->eye_triangle));
    f->tube_triangle = malloc(8 * TUBE_POINTS * sizeof(*f->tube_triangle));
    f->lens_triangle = malloc(2 * RIM * sizeof(*f->lens_triangle));
    if (!f->model || !f->pos || !f->normal || !f->place || !f->eye_triangle || !f->tube_triangle ||
        !f->lens_triangle) {
        sy_figure_close(f);
        return MIEN_ENOMEM;
    }
    eye_topology(f->eye_triangle);
    glasses_topology(f);
    return 0;
}

void sy_figure_close(struct sy_figure *f)
{
    free(f->model);
    free(f->pos);
    free(f->normal);
    free(f->place);
    free(f->eye_triangle);
    free(f->tube_triangle);
    free(f->lens_triangle);
    memset(f, 0, sizeof(*f));
}

/* ---------------------------------------------------------------------------- expression ---- */

static void add(float (*v)[3], const struct sy_target *t, float weight)
{
    if (fabsf(weight) < 1e-4f)
        return;
    for (int i = 0; i < t->num; i++)
        for (int k = 0; k < 3; k++)
            v[t->at[i].vertex][k] += weight * t->at[i].d[k];
}

/* Lids go with the gaze, and do not close further than shut. */
static void lids(const struct sy_state *s, const struct sy_person *p, float weight[SY_NUM_UNITS])
{
    float down = s->look[1] < 0 ? -s->look[1] : 0, up = s->look[1] > 0 ? s->look[1] : 0;
    for (int e = 0; e < 2; e++) {
        float *closed = &weight[e ? SY_RIGHT_CLOSED : SY_LEFT_CLOSED];
        float *open = &weight[e ? SY_RIGHT_OPEN : SY_LEFT_OPEN];
        float blink = *closed;
        *closed += (1 - sy_clamp(blink, 0, 1)) * (p->lid + 0.9f * down);
        *open += (1 - sy_clamp(blink, 0, 1)) * 0.9f * up;
        float slit = weight[e ? SY_RIGHT_SLIT : SY_LEFT_SLIT];
        float limit = 1.0f - 0.35f * sy_clamp(slit, 0, 1);
        *closed = *closed > limit ? limit : *closed;
        *open *= 1 - sy_clamp(blink, 0, 1);
    }
}

static void express(struct sy_figure *f)
{
    const struct sy_assets *a = f->assets;
    const struct sy_person *p = f->person;
    float weight[SY_NUM_UNITS];
    sy_units_mix(f->state.au, weight);
    lids(&f->state, p, weight);
    memcpy(f->model, p->shape, (size_t)a->num_vertices * sizeof(*f->model));
    for (int u = 0; u < SY_NUM_UNITS; u++) {
        if (!a->unit[u][1].num) { /* the same for all origins */
            add(f->model, &a->unit[u][0], weight[u]);
            continue;
        }
        for (int o = 0; o < SY_ORIGINS; o++)
            add(f->model, &a->unit[u][o], weight[u] * p->origin[o]);
    }
}

struct ball {
    float centre[3], radius;
};

static struct ball eye_ball(const struct sy_figure *f, int e)
{
    const struct sy_assets *a = f->assets;
    float(*shape)[3] = f->person->shape;
    struct ball b = {{0}, 0};
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 3; k++)
            b.centre[k] += shape[a->eye_joint[e][i]][k] / 8;
    float low = 1e9f, high = -1e9f;
    for (int i = a->eye_ball[e][0]; i <= a->eye_ball[e][1]; i++) {
        low = shape[i][0] < low ? shape[i][0] : low;
        high = shape[i][0] > high ? shape[i][0] : high;
    }
    b.radius = sy_clamp((high - low) / 2, 0.05f, 0.3f);
    return b;
}

/* Shapes move straight; lids move round the eye. */
static void slide_lids(struct sy_figure *f, const struct ball *b)
{
    for (int i = 0; i < f->assets->num_vertices; i++) {
        float *v = f->model[i], d[3], least = LID_GAP * b->radius;
        for (int k = 0; k < 3; k++)
            d[k] = v[k] - b->centre[k];
        float square = sy_dot(d, d);
        if (square >= least * least || d[2] < 0.2f * b->radius || square < 1e-6f)
            continue;
        float s = least / sqrtf(square);
        for (int k = 0; k < 3; k++)
            v[k] = b->centre[k] + s * d[k];
    }
}

/* --------------------------------------------------------------------------------- parts ---- */

static struct sy_figure_part *new_part(struct sy_figure *f, enum sy_material material, int vertices)
{
    struct sy_figure_part *p = &f->part[f->num_parts++];
    *p = (struct sy_figure_part){
        .material = material, .first = f->num_vertices, .num_vertices = vertices, .mean = 1};
    for (int i = 0; i < vertices; i++)
        f->place[f->num_vertices + i] = (struct sy_place){1, 1, 0, 0, 0, 9};
    f->num_vertices += vertices;
    return p;
}

static void add_fitted(struct sy_figure *f, enum sy_material material, const struct sy_part *from)
{
    const struct sy_fit *fit = &from->fit;
    struct sy_figure_part *p = new_part(f, material, fit->num);
    p->triangle = from->triangle;
    p->num_triangles = from->num_triangles;
    p->texture = &from->texture;
    p->mean = from->mean;
    p->cut_out = material != SY_TONGUE && material != SY_TEETH;
    p->sided = !p->cut_out;
    float scale[3];
    for (int k = 0; k < 3; k++)
        scale[k] = fit->scale[k].unit > 0 ? fabsf(f->person->shape[fit->scale[k].from][k] -
                                                  f->person->shape[fit->scale[k].to][k]) /
                                                fit->scale[k].unit
                                          : 1;
    for (int i = 0; i < fit->num; i++) {
        const struct sy_anchor *a = &fit->at[i];
        float *out = f->model[p->first + i];
        for (int k = 0; k < 3; k++)
            out[k] = a->w[0] * f->model[a->v[0]][k] + a->w[1] * f->model[a->v[1]][k] +
                     a->w[2] * f->model[a->v[2]][k] + a->offset[k] * scale[k];
        f->place[p->first + i].turn = f->assets->place[a->v[0]].turn;
    }
}

/* A ball whose pole looks along dir (the person's own axes), with a cornea. */
static void add_eye(struct sy_figure *f, const struct ball *b, const float dir[3])
{
    struct sy_figure_part *p = new_part(f, SY_EYE, SY_EYE_VERTICES);
    p->triangle = f->eye_triangle;
    p->num_triangles = SY_EYE_TRIANGLES;
    p->sided = 1;
    const float up[3] = {0, 1, 0};
    float x[3], y[3];
    sy_cross(up, dir, x);
    sy_normalize(x);
    sy_cross(dir, x, y);
    for (int i = 0; i < SY_EYE_VERTICES; i++) {
        int ring = (i + SY_EYE_SEGMENTS - 1) / SY_EYE_SEGMENTS,
            seg = i ? (i - 1) % SY_EYE_SEGMENTS : 0;
        float t = (float)ring / SY_EYE_RINGS, theta = 1.75f * (0.55f * t + 0.45f * t * t);
        float phi = 6.2831853f * (float)seg / SY_EYE_SEGMENTS,
              in = theta / (1.15f * f->person->iris);
        float r = b->radius * (in < 1 ? 1 + CORNEA * (1 - in * in) * (1 - in * in) : 1);
        for (int k = 0; k < 3; k++)
            f->model[p->first + i][k] =
                b->centre[k] +
                r * (cosf(theta) * dir[k] + sinf(theta) * (cosf(phi) * x[k] + sinf(phi) * y[k]));
    }
}

/* ------------------------------------------------------------------------------- glasses ---- */

struct pen {
    float (*out)[3];
    int n;
    float tube;
};

static void tube_point(struct pen *p, const float at[3], const float side[3])
{
    for (int k = 0; k < 4; k++) {
        float s = (k == 0 || k == 3 ? 1 : -1) * p->tube, d = (k < 2 ? 1 : -1) * p->tube;
        for (int c = 0; c < 3; c++)
            p->out[p->n][c] = at[c] + s * side[c] + (c == 2 ? d : 0);
        p->n++;
    }
}

static void rim_point(const struct sy_person *p, const float centre[3], float middle, int i,
                      float out[3], float side[3])
{
    float phi = 6.2831853f * (float)i / RIM, c = cosf(phi), s = sinf(phi);
    float power = 0.7f; /* between an ellipse and a box */
    side[0] = (c < 0 ? -1 : 1) * powf(fabsf(c), power);
    side[1] = (s < 0 ? -1 : 1) * powf(fabsf(s), power);
    side[2] = 0;
    out[0] = centre[0] + p->frame[0] * side[0];
    out[1] = centre[1] + p->frame[1] * side[1];
    float away = fabsf(out[0] - middle);
    out[2] = centre[2] - 0.22f * away * away + 0.10f * side[1] * p->frame[1];
    sy_normalize(side);
}

static void add_glasses(struct sy_figure *f, const struct ball ball[2])
{
    const struct sy_person *p = f->person;
    struct sy_figure_part *frame = new_part(f, SY_FRAME, 4 * TUBE_POINTS);
    frame->triangle = f->tube_triangle;
    frame->num_triangles = f->num_tube_triangles;
    struct pen pen = {f->model + frame->first, 0, p->tube};
    struct sy_figure_part *lens =
        p->glasses == SY_SUNGLASSES ? new_part(f, SY_LENS, 2 * RIM) : NULL;
    if (lens) {
        lens->triangle = f->lens_triangle;
        lens->num_triangles = f->num_lens_triangles;
    }
    float middle = (ball[0].centre[0] + ball[1].centre[0]) / 2, at[3], side[3], centre[2][3];
    for (int e = 0; e < 2; e++) {
        memcpy(centre[e], ball[e].centre, sizeof(centre[e]));
        centre[e][0] += (e ? -1 : 1) * 0.012f;
        centre[e][1] -= 0.03f;
        centre[e][2] += ball[e].radius + 0.16f;
        for (int i = 0; i <= RIM; i++) {
            rim_point(p, centre[e], middle, i, at, side);
            tube_point(&pen, at, side);
            if (lens && i < RIM)
                memcpy(f->model[lens->first + e * RIM + i], at, sizeof(at));
        }
    }
    const float up[3] = {0, 1, 0};
    for (int i = 0; i < BRIDGE; i++) {
        float t = (float)i / (BRIDGE - 1), bow = 4 * t * (1 - t);
        for (int k = 0; k < 3; k++)
            at[k] = centre[0][k] + t * (centre[1][k] - centre[0][k]);
        float inner0 = centre[0][0] - p->frame[0], inner1 = centre[1][0] + p->frame[0];
        at[0] = inner0 + t * (inner1 - inner0);
        at[1] += 0.05f + 0.03f * bow;
        at[2] += 0.02f * bow - 0.01f;
        tube_point(&pen, at, up);
    }
    for (int e = 0; e < 2; e++)
        for (int i = 0; i < TEMPLE; i++) {
            float t = (float)i / (TEMPLE - 1), sign = e ? -1 : 1;
            float hinge = centre[e][0] + sign * p->frame[0];
            at[0] = hinge + sign * (0.06f + 0.06f * t) * (t > 0 ? 1 : 0.2f);
            at[1] = centre[e][1] + 0.06f + (t > 0.9f ? -0.08f : 0);
            at[2] = centre[e][2] - 0.03f - 1.0f * t;
            tube_point(&pen, at, up);
        }
}

/* ---------------------------------------------------------------------------------- pose ---- */

static void own_to_head(const float v[3], const float pivot[3], float out[3])
{
    out[0] = MM * (v[0] - pivot[0]);
    out[1] = -MM * (v[1] - pivot[1]);
    out[2] = -MM * (v[2] - pivot[2]);
}

#define TURNS 33

/* Between the trunk's turn and the head's, in steps. */
static void make_turns(const struct sy_state *s, float R[TURNS][9])
{
    for (int i = 0; i < TURNS; i++) {
        float share = s->trunk + (1 - s->trunk) * (float)i / (TURNS - 1);
        const float r[3] = {share * s->head[0], share * s->head[1], share * s->head[2]};
        sy_euler(r, R[i]);
    }
}

static void turn_all(struct sy_figure *f, const float pivot[3], const float middle[3])
{
    float R[TURNS][9], offset[3], h[3];
    make_turns(&f->state, R);
    memcpy(f->R, R[TURNS - 1], sizeof(f->R));
    own_to_head(middle, pivot, h);
    sy_turn(f->R, h, offset);
    for (int k = 0; k < 3; k++)
        offset[k] = f->state.place[k] - offset[k];
    for (int i = 0; i < f->num_vertices; i++) {
        int at = (int)(f->place[i].turn * (TURNS - 1) + 0.5f);
        own_to_head(f->model[i], pivot, h);
        sy_turn(R[at], h, f->pos[i]);
        for (int k = 0; k < 3; k++)
            f->pos[i][k] += offset[k];
    }
}

/* Arms are held away in the base mesh; let them hang more, turned about the shoulders. */
static void drop_arms(struct sy_figure *f)
{
    const float shoulder[2] = {1.35f, 5.35f};
    for (int i = 0; i < f->assets->num_vertices; i++) {
        float *v = f->model[i], side = v[0] < 0 ? -1 : 1;
        float turn = 0.42f * sy_step(1.2f, 2.3f, side * f->assets->base[i][0]);
        if (turn == 0 || f->place[i].turn > 0.5f)
            continue;
        float x = side * v[0] - shoulder[0], y = v[1] - shoulder[1], c = cosf(turn), s = sinf(turn);
        v[0] = side * (shoulder[0] + c * x + s * y);
        v[1] = shoulder[1] + c * y - s * x;
    }
}

/* The directions of both eyes to one point, in the person's own axes. */
static void aim(struct sy_figure *f, const struct ball ball[2], float dir[2][3], float target[3])
{
    float look[3];
    sy_direction(f->state.look[0], f->state.look[1], look);
    for (int k = 0; k < 3; k++) {
        float own = k == 0 ? look[0] : -look[k];
        target[k] = (ball[0].centre[k] + ball[1].centre[k]) / 2 + own * f->state.distance / MM;
    }
    for (int e = 0; e < 2; e++) {
        for (int k = 0; k < 3; k++)
            dir[e][k] = target[k] - ball[e].centre[k];
        sy_normalize(dir[e]);
    }
}

static void place_eyes(struct sy_figure *f, const struct ball ball[2], const float target[3],
                       const float pivot[3], const float middle[3])
{
    float h[3], m[3], t[3];
    own_to_head(middle, pivot, m);
    own_to_head(target, pivot, h);
    for (int k = 0; k < 3; k++)
        h[k] -= m[k];
    sy_turn(f->R, h, t);
    for (int k = 0; k < 3; k++)
        f->target[k] = t[k] + f->state.place[k];
    for (int e = 0; e < 2; e++) {
        own_to_head(ball[e].centre, pivot, h);
        for (int k = 0; k < 3; k++)
            h[k] -= m[k];
        sy_turn(f->R, h, t);
        for (int k = 0; k < 3; k++) {
            f->eye[e][k] = t[k] + f->state.place[k];
            f->eye_dir[e][k] = f->target[k] - f->eye[e][k];
        }
        sy_normalize(f->eye_dir[e]);
        f->eye_radius[e] = MM * ball[e].radius;
    }
}

static void all_normals(struct sy_figure *f)
{
    for (int i = 0; i < f->num_parts; i++) {
        const struct sy_figure_part *p = &f->part[i];
        sy_normals((const float(*)[3])f->pos + p->first, p->num_vertices, p->triangle,
                   p->num_triangles, f->normal + p->first);
    }
}

void sy_figure_pose(struct sy_figure *f, const struct sy_person *p, const struct sy_state *s)
{
    const struct sy_assets *a = f->assets;
    f->person = p;
    f->state = *s;
    f->num_parts = f->num_vertices = 0;
    struct sy_figure_part *skin = new_part(f, SY_SKIN, a->num_vertices);
    skin->triangle = a->triangle;
    skin->num_triangles = a->num_triangles;
    skin->texture = &a->skin[p->skin].texture;
    skin->sided = 1;
    memcpy(f->place, a->place, (size_t)a->num_vertices * sizeof(*f->place));

    struct ball ball[2] = {eye_ball(f, 0), eye_ball(f, 1)};
    express(f);
    slide_lids(f, &ball[0]);
    slide_lids(f, &ball[1]);
    drop_arms(f);

    float dir[2][3], target[3], pivot[3] = {0}, middle[3];
    aim(f, ball, dir, target);
    add_eye(f, &ball[0], dir[0]);
    add_eye(f, &ball[1], dir[1]);
    add_fitted(f, SY_TEETH, &a->teeth[p->teeth]);
    add_fitted(f, SY_TONGUE, &a->tongue[p->tongue]);
    add_fitted(f, SY_BROWS, &a->brows[p->brows]);
    if (p->lashes >= 0)
        add_fitted(f, SY_LASHES, &a->lashes[p->lashes]);
    if (p->hair >= 0)
        add_fitted(f, SY_HAIR, &a->hair[p->hair]);
    if (p->glasses)
        add_glasses(f, ball);

    const struct sy_mark nose = a->marks.at68[33];
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < 8; i++)
            pivot[k] += p->shape[a->neck_joint[i]][k] / 8;
        middle[k] = (ball[0].centre[k] + ball[1].centre[k]) / 4 +
                    (p->shape[nose.a][k] + p->shape[nose.b][k]) / 4;
    }
    turn_all(f, pivot, middle);
    place_eyes(f, ball, target, pivot, middle);
    all_normals(f);
}

void sy_figure_mark(const struct sy_figure *f, struct sy_mark mark, float out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = (f->pos[mark.a][k] + f->pos[mark.b][k]) / 2;
}

void sy_figure_pupil(const struct sy_figure *f, int eye, float out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = f->eye[eye][k] + f->eye_radius[eye] * (1 + CORNEA) * f->eye_dir[eye][k];
}
