/* Picture -> face boxes: RetinaFace on a 640 x 640 letterbox. */
#include <math.h>

#include "base/mem.h"
#include "image/resample.h"
#include "stage/retinaface.h"
#include "stage/stage.h"

#define SIDE 640

const struct mn_shape mn_detect_input = {4, {1, 3, SIDE, SIDE}};

struct state {
    struct mn_runner *runner;
    struct mn_resampler *resampler;
    int loc, conf, points; /* which output is which, by its width */
    size_t count;
    float (*anchors)[4];
    struct mn_candidate *scratch;
    float threshold, min_face;
    struct mn_letterbox fill; /* what the margins of the input were made for */
};

static const float mean[3] = {104, 117, 123}; /* B, G, R */

/* Outputs are bound by their last dimension: names differ between exports of the same network. */
static int bind(const struct mn_model *m, int *loc, int *conf, int *points)
{
    *loc = *conf = *points = -1;
    int64_t anchors = (int64_t)mn_anchor_count(SIDE, SIDE);
    for (int i = 0; i < m->num_outputs; i++) {
        const struct mn_shape *s = &m->output[i];
        if (s->num_dims != 3 || (s->dim[1] != anchors && s->dim[1] != -1))
            return -1;
        if (s->dim[2] == 4)
            *loc = i;
        else if (s->dim[2] == 2)
            *conf = i;
        else if (s->dim[2] == 10)
            *points = i;
    }
    return *loc >= 0 && *conf >= 0 && *points >= 0 ? 0 : -1;
}

int mn_detect_check(const struct mn_loaded *m, struct mn_log *log)
{
    int loc, conf, points;
    if (bind(m->model, &loc, &conf, &points) == 0)
        return 0;
    mn_error(log, "%s does not answer like a RetinaFace detector (boxes, scores, five points)",
             m->path);
    return MIEN_EMODELROLE;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->threshold = ctx->settings.det_threshold;
    s->min_face = ctx->settings.min_face;
    s->count = mn_anchor_count(SIDE, SIDE);
    s->anchors = mn_alloc(s->count, sizeof(*s->anchors));
    s->scratch = mn_alloc_sparse(s->count, sizeof(*s->scratch));
    if (!s->anchors || !s->scratch)
        return MIEN_ENOMEM;
    mn_anchors(SIDE, SIDE, s->anchors);
    int err = mn_resampler_open(&s->resampler);
    if (err == 0)
        err = mn_runner_open(&s->runner, ctx->detector.model);
    if (err == 0 && bind(ctx->detector.model, &s->loc, &s->conf, &s->points) < 0)
        err = MIEN_EMODELROLE;
    if (err == 0 && (s->runner->output_count[s->loc] != 4 * s->count ||
                     s->runner->output_count[s->conf] != 2 * s->count ||
                     s->runner->output_count[s->points] != 10 * s->count))
        err = MIEN_EMODELROLE;
    return err;
}

static void close(void *state)
{
    struct state *s = state;
    mn_runner_close(&s->runner);
    mn_resampler_close(&s->resampler);
    free(s->anchors);
    free(s->scratch);
}

static bool enabled(const struct mn_context *ctx)
{
    return ctx->detector.model != NULL;
}

static bool wants(const struct mn_frame *f)
{
    return f->detect && !f->given;
}

/* The network sees black around the picture: zero bytes before the mean is subtracted. Written
 * only when the shape changes; the picture itself never reaches the margins. */
static void fill_margins(struct state *s, const struct mn_letterbox *l)
{
    if (s->fill.nw == l->nw && s->fill.nh == l->nh)
        return;
    for (int c = 0; c < 3; c++) {
        float *plane = s->runner->input + (size_t)c * SIDE * SIDE;
        for (int i = 0; i < SIDE * SIDE; i++)
            plane[i] = -mean[c];
    }
    s->fill = *l;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    struct state *s = state;
    const mien_picture *pic = &f->pub.picture;
    double t = mn_now();
    f->detect = false; /* done; it may be set again for the second turn */
    f->num_detections = 0;
    f->box_source = MIEN_BOX_DETECTED;
    struct mn_letterbox l = mn_letterbox(pic->width, pic->height, SIDE, SIDE);
    if (l.nw < 1 || l.nh < 1)
        return 0; /* a sliver of a picture has no faces */

    fill_margins(s, &l);
    float *in = s->runner->input;
    float *const planes[3] = {in, in + SIDE * SIDE, in + 2 * SIDE * SIDE};
    const struct mn_norm norm = {{1, 1, 1}, {-mean[0], -mean[1], -mean[2]}};
    int err = mn_resample(s->resampler, pic, 0, 0, pic->width, pic->height, l.nw, l.nh, planes, SIDE,
                          &norm);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_DETECT_PREPARE, &t);

    err = mn_runner_run(s->runner);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_DETECT_NETWORK, &t);

    f->num_detections = mn_retinaface_decode(
        s->runner->output[s->loc], s->runner->output[s->conf], s->runner->output[s->points],
        (const float(*)[4])s->anchors, s->count, SIDE, SIDE, l.factor, s->threshold, s->min_face,
        s->scratch, f->detections, MIEN_FACES_LIMIT);
    mn_span_end(spans, MN_SPAN_DETECT_DECODE, &t);
    return 0;
}

static int network(void *state)
{
    return mn_runner_run(((struct state *)state)->runner);
}

const struct mn_stage mn_stage_detect = {
    .name = "detect",
    .order = MN_ANY_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .wants = wants,
    .run = run,
    .network = network,
};
