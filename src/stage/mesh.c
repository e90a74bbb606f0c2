/* Face -> 468 points in space, by MediaPipe's face mesh on a turned square.
 *
 * First the network looks once at what the detector found, where box and five points say, and
 * remembers where its own points say that the face is. Frames between two key frames get squares
 * between those of the key frames. Then it looks at each face in its square, and once more where
 * the points lie elsewhere than the square did. So a face is found in each frame nearly as if it
 * were followed from the frame before, but a frame depends on itself and two key frames alone, and
 * any worker finds the same. */
#include "stage/mesh.h"

#include <math.h>

#include "base/mem.h"
#include "image/warp.h"
#include "infer/registry.h"
#include "stage/stage.h"
#include "stage/work.h"

#define TRUSTED 0.5f
#define LOOKS 2     /* at a face, at most */
#define A_FACE 0.5f /* flag from which the points are those of a face */

/* Evidence that a detection is a face: log odds of its score, those of the flag times a weight, and
 * how far the points of detector and mesh are apart. models/builtin/mediapipe_detector.md has error
 * rates. */
#define FLAG 0.25f
#define CUT -0.45f /* least that the mesh counts where the edge of the picture cuts the face */
#define MOST_BY_FLAG 4.0f
#define APART 0.5f   /* weight of the logarithm of the distance */
#define USUAL 0.06f  /* distance that counts neither way, sides of the square */
#define LEAST -0.75f /* of a face; 0: a score at the threshold and nothing else */
#define SAME 0.2f /* of the side of the square, between the centres of two detections of a face */

struct state {
    struct mn_runner *runner;
    struct mn_warper *warper;
    int points, flag; /* outputs */
    bool publish;     /* the caller wants the points */
    bool decides;     /* about detections */
    float threshold;  /* of their scores */
    float mesh[MIEN_MESH_POINTS][3];
};

/* By width: which output is which. */
static bool bind(const struct mn_model *m, int *points, int *flag)
{
    *points = *flag = -1;
    for (int i = 0; i < m->num_outputs; i++) {
        const struct mn_shape *s = &m->output[i];
        if (s->num_dims == 2 && s->dim[1] == 3 * (int64_t)MIEN_MESH_POINTS)
            *points = i;
        else if (s->num_dims == 2 && s->dim[1] == 1)
            *flag = i;
    }
    return *points >= 0 && *flag >= 0;
}

static int check(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log)
{
    (void)s;
    int points, flag;
    if (bind(m->model, &points, &flag))
        return 0;
    mn_error(log, "%s is no face mesh: its outputs are not 468 points and a flag", m->path);
    return MIEN_EMODELROLE;
}

static bool enabled(const struct mn_context *ctx)
{
    return ctx->model[MN_ROLE_MESH].model != NULL;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->publish = ctx->settings.analysis & MIEN_MESH;
    s->decides = mn_mesh_judges(ctx);
    s->threshold = ctx->settings.det_threshold;
    int err = mn_warper_open(&s->warper);
    if (err == 0)
        err = mn_runner_open(&s->runner, ctx->model[MN_ROLE_MESH].model);
    if (err < 0)
        return err;
    return bind(ctx->model[MN_ROLE_MESH].model, &s->points, &s->flag) &&
                   s->runner->output_count[s->points] == (size_t)3 * MIEN_MESH_POINTS
               ? 0
               : MIEN_EMODELROLE;
}

static void close(void *state)
{
    struct state *s = state;
    mn_runner_close(&s->runner);
    mn_warper_close(&s->warper);
}

/* One look. 1: s->mesh and *flag are the face; 0: it gave no numbers; or an error. */
static int look(struct state *s, const mien_picture *pic, const struct mn_square *at, float *flag,
                struct mn_spans *spans)
{
    static const struct mn_norm norm = {{1 / 255.0f, 1 / 255.0f, 1 / 255.0f}, {0, 0, 0}};
    const struct mn_planes dst = mn_planes_rgb(s->runner->input, MN_MESH_SIDE, MN_MESH_SIDE);
    double t = mn_now();
    int err = mn_warp(s->warper, pic, at, &dst, &norm);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_PREPARE, &t);
    err = mn_runner_run(s->runner);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_NETWORK, &t);
    *flag = 1 / (1 + expf(-s->runner->output[s->flag][0]));
    bool finite = mn_mesh_place(s->runner->output[s->points], at, s->mesh) && isfinite(*flag);
    mn_span_end(spans, MN_SPAN_DECODE, &t);
    return finite;
}

/* ----------------------------------------------------------------------------- detections ---- */

/* The mesh's box is closer to the face than the detector's, if it is one. */
static void set_box(const struct state *s, const struct mn_frame *f, struct mn_detection *d)
{
    const mien_picture *pic = &f->pub.picture;
    float box[4];
    if (!s->decides)
        return;
    if (d->flag >= A_FACE && mn_mesh_box(s->mesh, pic->width, pic->height, box))
        memcpy(d->box, box, sizeof(box));
    else
        mn_box_clip(d->box, pic->width, pic->height);
}

/* Is it a face, by the detector's score, the mesh's flag and the distance between the points of
 * both? The mesh fails on faces that the edge of the picture cuts, which is then no evidence. */
static bool is_face(const struct state *s, const struct mn_frame *f, const struct mn_detection *d,
                    float apart)
{
    const mien_picture *pic = &f->pub.picture;
    const float by_flag = fminf(fmaxf(mn_mesh_logit(d->flag), -MOST_BY_FLAG), MOST_BY_FLAG);
    float by_mesh = FLAG * by_flag - APART * logf(fmaxf(apart, 0.005f) / USUAL);
    if (mn_box_meets_edge(d->box, pic->width, pic->height))
        by_mesh = fmaxf(by_mesh, CUT);
    return mn_mesh_logit(d->score) - mn_mesh_logit(s->threshold) + by_mesh > LEAST;
}

/* Sets flag and square of a detection. */
static int look_at(struct state *s, const struct mn_frame *f, struct mn_detection *d, float *apart,
                   struct mn_spans *spans)
{
    struct mn_square at;
    d->flag = 0;
    *apart = 1;
    if (!mn_mesh_square_of_box(d->box, d->point, &at))
        return 0;
    int found = look(s, &f->pub.picture, &at, &d->flag, spans);
    if (found <= 0 || !mn_mesh_square_of_points(s->mesh, &d->square))
        d->square = (struct mn_square){0};
    else
        *apart = mn_mesh_apart(s->mesh, &d->square, d->point);
    return found < 0 ? found : 0;
}

/* Do the points of a better detection lie where those of this one do? */
static bool is_seen(const struct mn_detection *better, int n, const struct mn_square *q)
{
    for (int i = 0; i < n; i++) {
        const struct mn_square *b = &better[i].square;
        if (b->side > 0 && q->side > 0 && hypotf(b->x - q->x, b->y - q->y) < SAME * b->side)
            return true;
    }
    return false;
}

/* Detections come with the best score first. */
static int judge(struct state *s, struct mn_frame *f, struct mn_spans *spans)
{
    int n = 0;
    f->work->judge = 0;
    for (int i = 0; i < f->num_detections; i++) {
        struct mn_detection d = f->detections[i];
        float apart;
        int err = look_at(s, f, &d, &apart, spans);
        if (err < 0)
            return err;
        if (s->decides && (!is_face(s, f, &d, apart) || (d.score < MN_MESH_SURE * s->threshold &&
                                                         is_seen(f->detections, n, &d.square))))
            continue;
        set_box(s, f, &d);
        f->detections[n++] = d;
    }
    f->num_detections = n;
    return 0;
}

/* ---------------------------------------------------------------------------------- faces ---- */

static void keep(struct state *s, mien_face *face, struct mn_face_work *work, float flag)
{
    struct mn_square own;
    memcpy(work->mesh, s->mesh, sizeof(work->mesh));
    work->mesh_flag = flag;
    work->mesh_trust = 0;
    if (mn_mesh_square_of_points(s->mesh, &own))
        work->mesh_trust = mn_mesh_trust(s->mesh, flag, mn_mesh_apart(s->mesh, &own, face->point),
                                         face->confidence);
    work->has_mesh = 1;
    face->untrusted = s->decides && work->mesh_trust <= TRUSTED;
    if (!s->publish)
        return;
    memcpy(face->mesh, s->mesh, sizeof(face->mesh));
    face->has |= MIEN_MESH;
}

static int find(struct state *s, struct mn_frame *f, int i, struct mn_spans *spans)
{
    mien_face *face = &f->faces[i];
    struct mn_face_work *work = &f->work->face[i];
    struct mn_square at = work->square, next;
    if (!(at.side > 0) && !mn_mesh_square_of_box(face->box, face->point, &at))
        return 0;
    for (int k = 0; k < LOOKS; k++) {
        float flag;
        int found = look(s, &f->pub.picture, &at, &flag, spans);
        if (found <= 0)
            return found;
        keep(s, face, work, flag);
        if (!mn_mesh_square_of_points(s->mesh, &next) || mn_mesh_same_place(&at, &next))
            break;
        at = next;
    }
    return 0;
}

static bool wants(const struct mn_frame *f)
{
    return !f->work->external &&
           (f->work->judge || (f->num_faces > 0 && f->work->mesh == MN_MESH_WANTED));
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    int err = f->work->judge ? judge(state, f, spans) : 0;
    if (f->work->mesh != MN_MESH_WANTED || f->num_faces == 0)
        return err;
    for (int i = 0; i < f->num_faces && err == 0; i++)
        if (!f->work->face[i].has_mesh)
            err = find(state, f, i, spans);
    if (err == 0)
        f->work->mesh = MN_MESH_FOUND;
    return err;
}

static int network(void *state)
{
    return mn_runner_run(((struct state *)state)->runner);
}

const struct mn_stage mn_stage_mesh = {
    .name = "mesh",
    .span = {[MN_SPAN_PREPARE] = {.name = "mesh.prepare"},
             [MN_SPAN_NETWORK] = {.name = "mesh.network", .network = 1, .counts = MN_COUNTS_FACES},
             [MN_SPAN_DECODE] = {.name = "mesh.decode"}},
    .order = MN_ANY_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .wants = wants,
    .run = run,
    .network = network,
};

/* The detector is opened before the mesh. */
bool mn_mesh_judges(const struct mn_context *ctx)
{
    const struct mn_loaded *d = &ctx->model[MN_ROLE_DETECTOR];
    return d->info && d->info->name && !strcmp(d->info->name, MN_REGISTRY_DETECTOR);
}

static bool needed(const struct mn_context *ctx)
{
    return mn_mesh_judges(ctx) || ctx->wants_mesh ||
           (ctx->mesh_landmarks && mn_wants_landmarks(ctx));
}

static struct mn_shape input(const struct mn_context *ctx)
{
    (void)ctx;
    return (struct mn_shape){4, {1, 3, MN_MESH_SIDE, MN_MESH_SIDE}};
}

const struct mn_role_info mn_role_mesh = {
    .name = "mesh",
    .stage = &mn_stage_mesh,
    .only = MN_REGISTRY_MESH,
    .analyses = MIEN_MESH,
    .needed = needed,
    .input = input,
    .check = check,
};
