/* Face crop -> 68 points: PFLD on a 112 x 112 crop, or a network of its kind that says in a second
 * output whether it saw a face that its points can be trusted on.
 *
 * The crop is a square of 1.1 times the longer side of the box around its centre, black where it
 * leaves the picture; points are mapped back by that whole square, also when it is cut. PFLD's are
 * taken as they are, as its authors do; a network with a confidence counts from the edge of the
 * first pixel, the rest of mien from its centre.
 *
 * Where pictures are unrelated (--static) the latter looks at each face four times, in a square a
 * little smaller and in one a little larger, as they are and mirrored, and the mean counts: 6.5 %
 * less error on held-out renders, at four times the time. */
#include <math.h>

#include "base/mem.h"
#include "image/resample.h"
#include "stage/gaze.h"
#include "stage/stage.h"

#define SIDE 112
#define GROWTH 1.1
#define TRUSTED 0.5f

/* Point i of a mirrored face is point MIRROR[i] of the face. */
static const uint8_t MIRROR[MIEN_POINTS] = {
    16, 15, 14, 13, 12, 11, 10, 9,  8,  7,  6,  5,  4, 3, 2, 1, 0, /* jaw */
    26, 25, 24, 23, 22, 21, 20, 19, 18, 17,                        /* brows */
    27, 28, 29, 30, 35, 34, 33, 32, 31,                            /* nose */
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,                /* eyes */
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55,                /* lips */
    64, 63, 62, 61, 60, 67, 66, 65,                                /* between the lips */
};

struct state {
    struct mn_runner *runner;
    struct mn_resampler *resampler;
    int points, confidence; /* outputs; the latter -1: none, or the refiner's word counts */
    float centre;           /* of the first pixel, as the network counts */
    bool again;             /* look more than once */
};

static bool has_width(const struct mn_model *m, int i, int64_t width)
{
    return m->output[i].num_dims == 2 && m->output[i].dim[1] == width;
}

/* By width: which output is which. */
static bool bind(const struct mn_model *m, int *points, int *confidence)
{
    *points = m->num_outputs == 2 && has_width(m, 1, 2 * MIEN_POINTS);
    *confidence = m->num_outputs == 2 ? 1 - *points : -1;
    return m->num_outputs <= 2 && has_width(m, *points, 2 * MIEN_POINTS) &&
           (*confidence < 0 || has_width(m, *confidence, 1));
}

static int check(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log)
{
    (void)s;
    int points, confidence;
    if (bind(m->model, &points, &confidence))
        return 0;
    mn_error(log, "%s does not have the outputs of a network of 68 landmarks", m->path);
    return MIEN_EMODELROLE;
}

static bool enabled(const struct mn_context *ctx)
{
    return ctx->model[MN_ROLE_LANDMARKS].model != NULL;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    int err = mn_resampler_open(&s->resampler);
    if (err == 0)
        err = mn_runner_open(&s->runner, ctx->model[MN_ROLE_LANDMARKS].model);
    if (err < 0)
        return err;
    if (!bind(ctx->model[MN_ROLE_LANDMARKS].model, &s->points, &s->confidence) ||
        s->runner->output_count[s->points] != 2 * MIEN_POINTS ||
        (s->confidence >= 0 && s->runner->output_count[s->confidence] != 1))
        return MIEN_EMODELROLE;
    s->centre = s->confidence < 0 ? 0 : 0.5f;
    s->again = s->confidence >= 0 && ctx->settings.independent_frames;
    if (ctx->has_refiner)
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
    return f->num_faces > 0 && !f->given && f->points == MN_POINTS_WANTED;
}

/* The square to look at, `growth` times the longer side of the box. false: there is no sensible
 * one. */
static bool square(const float box[4], double growth, int *x, int *y, int *size)
{
    for (int i = 0; i < 4; i++)
        if (!(fabsf(box[i]) < 2 * MIEN_MAX_SIDE))
            return false;
    int x1 = (int)box[0], y1 = (int)box[1], w = (int)box[2] - x1, h = (int)box[3] - y1;
    *size = (int)(growth * (w > h ? w : h));
    *x = (int)(x1 + w / 2.0) - *size / 2;
    *y = (int)(y1 + h / 2.0) - *size / 2;
    return *size >= 2 && *size <= 3 * MIEN_MAX_SIDE;
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

/* One look at this square, which adds its share to the mean. */
static int look(struct state *s, const struct mn_frame *f, mien_face *face, const int square[3],
                bool mirrored, float share, struct mn_spans *spans)
{
    static const struct mn_norm norm = {{1 / 255.0f, 1 / 255.0f, 1 / 255.0f}, {0, 0, 0}};
    float *in = s->runner->input;
    const struct mn_rect src = {square[0], square[1], square[2], square[2]};
    const struct mn_planes dst = {
        {in + 2 * SIDE * SIDE, in + SIDE * SIDE, in}, SIDE, SIDE, SIDE}; /* R, G, B in memory */
    double t = mn_now();
    int err = mn_resample_padded(s->resampler, &f->pub.picture, &src, &dst, &norm);
    if (err < 0)
        return err;
    if (mirrored)
        mirror(in);
    mn_span_end(spans, MN_SPAN_PREPARE, &t);
    err = mn_runner_run(s->runner);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_NETWORK, &t);
    const float *out = s->runner->output[s->points];
    for (int k = 0; k < MIEN_POINTS; k++) {
        const float *p = out + 2 * (mirrored ? MIRROR[k] : k);
        face->landmark[k][0] +=
            share * ((float)src.x + (mirrored ? 1 - p[0] : p[0]) * (float)src.w - s->centre);
        face->landmark[k][1] += share * ((float)src.y + p[1] * (float)src.h - s->centre);
    }
    face->landmark_confidence +=
        share * (s->confidence < 0 ? 1 : *s->runner->output[s->confidence]);
    mn_span_end(spans, MN_SPAN_DECODE, &t);
    return 0;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    static const double once[] = {GROWTH}, again[] = {0.95 * GROWTH, 1.06 * GROWTH};
    struct state *s = state;
    const double *growth = s->again ? again : once;
    const int sizes = s->again ? 2 : 1, looks = sizes * sizes; /* each size also mirrored */
    for (int i = 0; i < f->num_faces; i++) {
        mien_face *face = &f->faces[i];
        int at[2][3];
        bool sensible = !(face->has & MIEN_LANDMARKS);
        for (int k = 0; k < sizes && sensible; k++)
            sensible = square(face->box, growth[k], &at[k][0], &at[k][1], &at[k][2]);
        if (!sensible)
            continue;
        memset(face->landmark, 0, sizeof(face->landmark));
        face->landmark_confidence = 0;
        for (int k = 0; k < looks; k++) {
            int err = look(s, f, face, at[k % sizes], k >= sizes, 1.0f / (float)looks, spans);
            if (err < 0)
                return err;
        }
        const float trust = face->landmark_confidence;
        bool finite = isfinite(trust);
        for (int k = 0; k < MIEN_POINTS; k++)
            finite = finite && isfinite(face->landmark[k][0]) && isfinite(face->landmark[k][1]);
        face->landmark_confidence = s->confidence < 0 ? -1 : finite ? fminf(fmaxf(trust, 0), 1) : 0;
        face->landmark_success = finite && trust > TRUSTED;
        if (finite)
            face->has |= MIEN_LANDMARKS;
        else /* a network gone wrong says nothing */
            memset(face->landmark, 0, sizeof(face->landmark));
    }
    f->points = MN_POINTS_ROUGH;
    return 0;
}

static int network(void *state)
{
    return mn_runner_run(((struct state *)state)->runner);
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
static bool needed(const struct mn_context *ctx)
{
    const mien_settings *s = &ctx->settings;
    if (s->external_landmarks)
        return false;
    if (s->analysis & MN_FROM_LANDMARKS)
        return s->landmark_method != MIEN_LANDMARK_CLNF;
    return (s->analysis & MIEN_GAZE) && mn_gaze_by_points(ctx->model[MN_ROLE_GAZE].model);
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
