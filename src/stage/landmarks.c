/* Face crop -> 68 landmarks: PFLD on a 112 x 112 crop, or a network of its kind with a second
 * output, its confidence that this is a face whose landmarks can be trusted.
 *
 * The crop is a square of 1.1 times the longer side of the box around its centre, black where it
 * leaves the picture; landmarks are mapped back by that whole square, also when it is cut. PFLD's
 * are taken as they are, as its authors do; a network with a confidence counts from the edge of the
 * first pixel, the rest of mien from its centre.
 *
 * Where the face mesh is the source of landmarks, they are made of its points, and the network runs
 * only for the action units, if their models were trained with it.
 *
 * In independent frames (--static) a network with a confidence runs four times on each face, in a
 * square a little smaller and in one a little larger, as they are and mirrored, and the mean
 * counts: 6.5 % less error on held-out renders, at four times the time. */
#include <math.h>

#include "base/mem.h"
#include "image/resample.h"
#include "stage/gaze.h"
#include "stage/mesh.h"
#include "stage/stage.h"
#include "stage/work.h"

#define SIDE 112                /* pixels of the network's input */
#define GROWTH 1.1              /* side of the crop, in longer sides of the box */
#define SMALLER (0.95 * GROWTH) /* of the two crops whose mean counts */
#define LARGER (1.06 * GROWTH)
#define TRUSTED 0.5f /* confidence above which the landmarks count */

/* Landmark i of a mirrored face is landmark MIRROR[i] of the face. */
static const uint8_t MIRROR[MIEN_FACE_LANDMARKS] = {
    16, 15, 14, 13, 12, 11, 10, 9,  8,  7,  6,  5,  4, 3, 2, 1, 0, /* jaw */
    26, 25, 24, 23, 22, 21, 20, 19, 18, 17,                        /* brows */
    27, 28, 29, 30, 35, 34, 33, 32, 31,                            /* nose */
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,                /* eyes */
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55,                /* lips */
    64, 63, 62, 61, 60, 67, 66, 65,                                /* between the lips */
};

struct state {
    struct mn_runner *runner; /* NULL: only the face mesh is in use */
    bool from_mesh;           /* the face mesh gives the landmarks, the network those for the action
                                 units */
    bool refined;             /* the refiner judges them */
    struct mn_resampler *resampler;
    int points, confidence; /* outputs; confidence -1: none, or the refiner's counts */
    float centre;           /* of the first pixel, as the network counts */
    bool repeats;           /* runs four times on each face */
};

static bool has_width(const struct mn_model *m, int i, int64_t width)
{
    return m->output[i].num_dims == 2 && m->output[i].dim[1] == width;
}

/* By width: which output is which. */
static bool bind(const struct mn_model *m, int *points, int *confidence)
{
    *points = m->num_outputs == 2 && has_width(m, 1, 2 * MIEN_FACE_LANDMARKS);
    *confidence = m->num_outputs == 2 ? 1 - *points : -1;
    return m->num_outputs <= 2 && has_width(m, *points, 2 * MIEN_FACE_LANDMARKS) &&
           (*confidence < 0 || has_width(m, *confidence, 1));
}

static int check(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log)
{
    (void)s;
    int points, confidence;
    if (bind(m->model, &points, &confidence))
        return 0;
    mn_error(log, "%s is no landmark network: its outputs are not 68 points; name another file",
             m->path);
    return MIEN_EMODELROLE;
}

static bool enabled(const struct mn_context *ctx)
{
    return mn_finds_landmarks(ctx);
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->refined = ctx->has_refiner;
    s->from_mesh = ctx->mesh_landmarks;
    if (!ctx->model[MN_ROLE_LANDMARKS].model)
        return 0;
    int err = mn_resampler_open(&s->resampler);
    if (err == 0)
        err = mn_runner_open(&s->runner, ctx->model[MN_ROLE_LANDMARKS].model);
    if (err < 0)
        return err;
    if (!bind(ctx->model[MN_ROLE_LANDMARKS].model, &s->points, &s->confidence) ||
        s->runner->output_count[s->points] != 2 * MIEN_FACE_LANDMARKS ||
        (s->confidence >= 0 && s->runner->output_count[s->confidence] != 1))
        return MIEN_EMODELROLE;
    s->centre = s->confidence < 0 ? 0 : 0.5f;
    s->repeats = s->confidence >= 0 && ctx->settings.independent_frames;
    if (s->refined)
        s->confidence = -1;
    return 0;
}

static void close(void *state)
{
    struct state *s = state;
    mn_runner_close(&s->runner);
    mn_resampler_close(&s->resampler);
}

static bool wants(const struct mn_frame *f)
{
    return f->num_faces > 0 && !f->work->external && f->work->landmarks == MN_LANDMARKS_WANTED;
}

/* The square around the box, `growth` times its longer side. false: there is no usable one. */
static bool square(const float box[4], double growth, struct mn_rect *out)
{
    for (int i = 0; i < 4; i++)
        if (!(fabsf(box[i]) < 2 * MIEN_MAX_SIDE))
            return false;
    int x1 = (int)box[0], y1 = (int)box[1], w = (int)box[2] - x1, h = (int)box[3] - y1;
    out->w = out->h = (int)(growth * (w > h ? w : h));
    out->x = (int)(x1 + w / 2.0) - out->w / 2;
    out->y = (int)(y1 + h / 2.0) - out->h / 2;
    return out->w >= 2 && out->w <= 3 * MIEN_MAX_SIDE;
}

static void mirror(float *planes)
{
    for (int y = 0; y < 3 * SIDE; y++) {
        float *row = planes + y * SIDE;
        for (int x = 0; x < SIDE / 2; x++) {
            const float left = row[x];
            row[x] = row[SIDE - 1 - x];
            row[SIDE - 1 - x] = left;
        }
    }
}

/* One of the squares in which the network runs; its result counts by `share`. */
struct crop {
    struct mn_rect square;
    bool mirrored;
    float share;
};

static int prepare(struct state *s, const mien_picture *pic, const struct crop *c)
{
    static const struct mn_norm norm = {{1 / 255.0f, 1 / 255.0f, 1 / 255.0f}, {0, 0, 0}};
    float *in = s->runner->input;
    const struct mn_planes dst = {
        {in + 2 * SIDE * SIDE, in + SIDE * SIDE, in}, SIDE, SIDE, SIDE}; /* R, G, B in memory */
    int err = mn_resample_padded(s->resampler, pic, &c->square, &dst, &norm);
    if (err == 0 && c->mirrored)
        mirror(in);
    return err;
}

static void decode(const struct state *s, const struct crop *c, mien_face *face)
{
    const struct mn_rect *r = &c->square;
    const float *out = s->runner->output[s->points];
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        const float *p = out + 2 * (c->mirrored ? MIRROR[k] : k);
        face->landmark[k][0] +=
            c->share * ((float)r->x + (c->mirrored ? 1 - p[0] : p[0]) * (float)r->w - s->centre);
        face->landmark[k][1] += c->share * ((float)r->y + p[1] * (float)r->h - s->centre);
    }
    face->landmark_confidence +=
        c->share * (s->confidence < 0 ? 1 : *s->runner->output[s->confidence]);
}

static int run_in_crop(struct state *s, const struct mn_frame *f, mien_face *face,
                       const struct crop *c, struct mn_spans *spans)
{
    double t = mn_now();
    int err = prepare(s, &f->pub.picture, c);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_PREPARE, &t);
    err = mn_runner_run(s->runner);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_NETWORK, &t);
    decode(s, c, face);
    mn_span_end(spans, MN_SPAN_DECODE, &t);
    return 0;
}

/* All crops of a face: two sizes, each also mirrored, where the network repeats. 0: the box gives
 * no usable crop. */
static int crops_of(const struct state *s, const float box[4], struct crop crop[4])
{
    static const double once[] = {GROWTH}, repeated[] = {SMALLER, LARGER};
    const double *growth = s->repeats ? repeated : once;
    const int sizes = s->repeats ? 2 : 1, n = sizes * sizes;
    for (int k = 0; k < n; k++) {
        crop[k] = (struct crop){.mirrored = k >= sizes, .share = 1.0f / (float)n};
        if (!square(box, growth[k % sizes], &crop[k].square))
            return 0;
    }
    return n;
}

/* What the sums of all crops mean. A network that answered with no numbers gives no landmarks. */
static void conclude(const struct state *s, mien_face *face)
{
    const float trust = face->landmark_confidence;
    bool finite = isfinite(trust);
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++)
        finite = finite && isfinite(face->landmark[k][0]) && isfinite(face->landmark[k][1]);
    face->landmark_confidence = s->confidence < 0 ? -1 : finite ? fminf(fmaxf(trust, 0), 1) : 0;
    face->landmark_success = finite && trust > TRUSTED;
    if (finite)
        face->has |= MIEN_LANDMARKS;
    else
        memset(face->landmark, 0, sizeof(face->landmark));
}

static void take_from_mesh(const struct state *s, mien_face *face, const struct mn_face_work *work)
{
    if ((face->has & MIEN_LANDMARKS) || !work->has_mesh)
        return;
    mn_mesh_landmarks(work->mesh, face->landmark);
    face->landmark_confidence = s->refined ? -1 : work->mesh_trust;
    face->landmark_success = s->refined || work->mesh_trust > TRUSTED;
    face->has |= MIEN_LANDMARKS;
}

static int run_network(struct state *s, struct mn_frame *f, struct mn_spans *spans)
{
    for (int i = 0; i < f->num_faces; i++) {
        mien_face *face = &f->faces[i];
        struct crop crop[4];
        const int n = face->has & MIEN_LANDMARKS ? 0 : crops_of(s, face->box, crop);
        if (n == 0)
            continue;
        memset(face->landmark, 0, sizeof(face->landmark));
        face->landmark_confidence = 0;
        for (int k = 0; k < n; k++) {
            int err = run_in_crop(s, f, face, &crop[k], spans);
            if (err < 0)
                return err;
        }
        conclude(s, face);
    }
    return 0;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    struct state *s = state;
    if (s->runner) {
        int err = run_network(s, f, spans);
        if (err < 0)
            return err;
    }
    for (int i = 0; i < f->num_faces && s->from_mesh; i++)
        take_from_mesh(s, &f->faces[i], &f->work->face[i]);
    f->work->landmarks = MN_LANDMARKS_FOUND;
    return 0;
}

static int network(void *state)
{
    struct state *s = state;
    return s->runner ? mn_runner_run(s->runner) : 0;
}

const struct mn_stage mn_stage_landmarks = {
    .name = "landmarks",
    .span = {[MN_SPAN_PREPARE] = {.name = "landmarks.prepare"},
             [MN_SPAN_NETWORK] = {.name = "landmarks.network",
                                  .network = 1,
                                  .counts = MN_COUNTS_FACES},
             [MN_SPAN_DECODE] = {.name = "landmarks.decode"}},
    .order = MN_ANY_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .wants = wants,
    .run = run,
    .network = network,
};

/* The tracker finds landmarks itself, but only where landmarks are asked for. */
bool mn_wants_landmarks(const struct mn_context *ctx)
{
    const mien_settings *s = &ctx->settings;
    if (s->external_landmarks)
        return false;
    if (s->analysis & MN_FROM_LANDMARKS)
        return s->landmark_method == MIEN_LANDMARK_NETWORK;
    return (s->analysis & MIEN_GAZE) && mn_gaze_by_landmarks(ctx->model[MN_ROLE_GAZE].model);
}

static bool needed(const struct mn_context *ctx)
{
    return mn_wants_landmarks(ctx) && !ctx->mesh_landmarks;
}

static struct mn_shape input(const struct mn_context *ctx)
{
    (void)ctx;
    return (struct mn_shape){4, {1, 3, SIDE, SIDE}};
}

const struct mn_role_info mn_role_landmarks = {
    .name = "landmarks",
    .stage = &mn_stage_landmarks,
    .choice = offsetof(mien_settings, landmark_model),
    .analyses = MIEN_LANDMARKS,
    .needed = needed,
    .input = input,
    .check = check,
};
