/* Face crop -> 68 landmarks: PFLD on a 112 x 112 crop, or a network of its kind with a second
 * output, its confidence that this is a face whose landmarks can be trusted; or 98 landmarks, from
 * which 68 are chosen (stage/landmark_kinds.c).
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
#include "stage/landmark_kinds.h"
#include "stage/mesh.h"
#include "stage/stage.h"
#include "stage/work.h"

#define SMALLER 0.95 /* of the two crops whose mean counts */
#define LARGER 1.06
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
    struct mn_upright *upright;
    const struct mn_landmark_kind *kind;
    int points, confidence; /* outputs; confidence -1: none, or the refiner's counts */
    bool repeats;           /* runs four times on each face */
};

static int check(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log)
{
    int points, confidence;
    const struct mn_landmark_kind *kind = mn_landmark_kind_of(m->model, &points, &confidence);
    if (kind && (!(s->analysis & MIEN_LANDMARKS98) || kind->points == MIEN_WFLW_LANDMARKS))
        return 0;
    if (kind)
        mn_error(log,
                 "%s finds %d landmarks, but the analysis landmarks98 needs 98; name another file",
                 m->path, kind->points);
    else
        mn_error(
            log,
            "%s is no landmark network: its outputs are not 68 or 98 points; name another file",
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
    s->kind = mn_landmark_kind_of(ctx->model[MN_ROLE_LANDMARKS].model, &s->points, &s->confidence);
    if (!s->kind)
        return MIEN_EMODELROLE;
    int err = s->kind->warps ? mn_upright_open(&s->upright) : mn_resampler_open(&s->resampler);
    if (err == 0)
        err = mn_runner_open(&s->runner, ctx->model[MN_ROLE_LANDMARKS].model);
    if (err < 0)
        return err;
    if (s->runner->output_count[s->points] != 2 * (size_t)s->kind->points ||
        (s->confidence >= 0 && s->runner->output_count[s->confidence] != 1))
        return MIEN_EMODELROLE;
    s->repeats = s->kind->judges && ctx->settings.independent_frames;
    if (s->refined)
        s->confidence = -1;
    return 0;
}

static void close(void *state)
{
    struct state *s = state;
    mn_runner_close(&s->runner);
    mn_resampler_close(&s->resampler);
    mn_upright_close(&s->upright);
}

static bool wants(const struct mn_frame *f)
{
    return f->num_faces > 0 && !f->work->external && f->work->landmarks == MN_LANDMARKS_WANTED;
}

static void mirror(float *planes, int side)
{
    for (int y = 0; y < 3 * side; y++) {
        float *row = planes + y * side;
        for (int x = 0; x < side / 2; x++) {
            const float left = row[x];
            row[x] = row[side - 1 - x];
            row[side - 1 - x] = left;
        }
    }
}

static int prepare(struct state *s, const mien_picture *pic, const struct mn_landmark_crop *c)
{
    const struct mn_landmark_kind *k = s->kind;
    const struct mn_norm norm = {{k->scale, k->scale, k->scale}, {k->bias, k->bias, k->bias}};
    const int side = k->side, area = side * side;
    float *in = s->runner->input, *b = in + (k->bgr ? 0 : 2 * area),
          *r = in + (k->bgr ? 2 * area : 0);
    const struct mn_planes dst = {{b, in + area, r}, side, side, side};
    int err = k->warps ? mn_upright_warp(s->upright, pic, &c->map, &dst, &norm)
                       : mn_resample_padded(s->resampler, pic, &c->square, &dst, &norm);
    if (err == 0 && c->mirrored)
        mirror(in, side);
    return err;
}

static void decode(const struct state *s, const struct mn_landmark_crop *c, mien_face *face)
{
    const struct mn_landmark_kind *kind = s->kind;
    const float *out = s->runner->output[s->points];
    float(*sum)[2] = kind->points == MIEN_WFLW_LANDMARKS ? face->landmark98 : face->landmark;
    for (int k = 0; k < kind->points; k++) {
        float at[2];
        kind->place(c, out + 2 * (c->mirrored ? MIRROR[k] : k), at);
        sum[k][0] += c->share * (at[0] - kind->centre);
        sum[k][1] += c->share * (at[1] - kind->centre);
    }
    face->landmark_confidence +=
        c->share * (s->confidence < 0 ? 1 : *s->runner->output[s->confidence]);
}

static int run_in_crop(struct state *s, const struct mn_frame *f, mien_face *face,
                       const struct mn_landmark_crop *c, struct mn_spans *spans)
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
static int crops_of(const struct state *s, const float box[4], struct mn_landmark_crop crop[4])
{
    static const double once[] = {1}, repeated[] = {SMALLER, LARGER};
    const double *growth = s->repeats ? repeated : once;
    const int sizes = s->repeats ? 2 : 1, n = sizes * sizes;
    for (int k = 0; k < n; k++) {
        crop[k] = (struct mn_landmark_crop){.mirrored = k >= sizes, .share = 1.0f / (float)n};
        if (!s->kind->crop(box, s->kind->growth * growth[k % sizes], &crop[k]))
            return 0;
    }
    return n;
}

/* What the sums of all crops mean. A network that answered with no numbers gives no landmarks. */
static void conclude(const struct state *s, mien_face *face)
{
    const float trust = face->landmark_confidence;
    const bool has_98 = s->kind->points == MIEN_WFLW_LANDMARKS;
    if (has_98)
        mn_landmark_68_of_98((const float(*)[2])face->landmark98, face->landmark);
    bool finite = isfinite(trust);
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++)
        finite = finite && isfinite(face->landmark[k][0]) && isfinite(face->landmark[k][1]);
    for (int k = 0; k < MIEN_WFLW_LANDMARKS && has_98; k++)
        finite = finite && isfinite(face->landmark98[k][0]) && isfinite(face->landmark98[k][1]);
    face->landmark_confidence = s->confidence < 0 ? -1 : finite ? fminf(fmaxf(trust, 0), 1) : 0;
    face->landmark_success = finite && trust > TRUSTED;
    if (finite) {
        face->has |= has_98 ? MIEN_LANDMARKS | MIEN_LANDMARKS98 : MIEN_LANDMARKS;
    } else {
        memset(face->landmark, 0, sizeof(face->landmark));
        memset(face->landmark98, 0, sizeof(face->landmark98));
    }
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
        struct mn_landmark_crop crop[4];
        const int n = face->has & MIEN_LANDMARKS ? 0 : crops_of(s, face->box, crop);
        if (n == 0)
            continue;
        memset(face->landmark, 0, sizeof(face->landmark));
        memset(face->landmark98, 0, sizeof(face->landmark98));
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
    return (struct mn_shape){4, {1, 3, -112, -112}}; /* free in no known file */
}

const struct mn_role_info mn_role_landmarks = {
    .name = "landmarks",
    .stage = &mn_stage_landmarks,
    .choice = offsetof(mien_settings, landmark_model),
    .analyses = MIEN_LANDMARKS,
    .last = {3, {-1, MIEN_WFLW_LANDMARKS, 2}}, /* STAR's landmarks after each stack, and maps */
    .needed = needed,
    .input = input,
    .check = check,
};
