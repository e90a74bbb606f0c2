/* Picture -> face boxes: RetinaFace on a letterbox of 640 x 640, or less; of the built-in network,
 * which takes any size, only the part of the square that the picture fills, in steps of 32 pixels.
 * (Others learned with the black margin: without it RetinaFace's boxes are a little off, and action
 * units less like OpenFace's: docs/accuracy.md.)
 *
 * With a small look besides the large one, the small one comes first. Where it finds faces, all of
 * them large, it has seen what there is to see; otherwise the large one has its turn. That depends
 * on the picture alone, so any worker decides the same. */
#include <math.h>

#include "base/mem.h"
#include "image/box.h"
#include "image/resample.h"
#include "stage/retinaface.h"
#include "stage/stage.h"

/* On held-out renders 7 of 100 findings below are wrong, above 1 (models/builtin/face_detector.md).
 */
#define BUILTIN_SURE 24 /* pixels of the network's input, height */
#define LARGE_FACE 32   /* pixels of the network's input, shorter side */
#define LARGE_SIDE 640  /* pixels; unless mien_settings.detector_size says otherwise */
#define LOOKS 2
#define STEP 32 /* sides of a network's input are multiples of the coarsest anchors' step */

/* One size of input. */
struct look {
    const struct mn_loaded *from;
    struct mn_runner
        *runner;       /* NULL: nobody has looked yet, and opening it cannot fail but for memory */
    int side;          /* of the square */
    int width, height; /* of the input */
    bool trims;        /* the input is no larger than the picture needs */
    int loc, conf, points; /* which output is which, by its width */
    size_t count;
    float (*anchors)[4];      /* room for the whole square's */
    struct mn_letterbox fill; /* what the margins of the input were made for */
};

struct state {
    int num_looks;
    struct look look[LOOKS]; /* in the order they are tried */
    struct mn_resampler *resampler;
    struct mn_candidate *scratch;
    float threshold, min_face;
    float sure; /* least height of a face, pixels of the network's input; 0: any */
};

static const float mean[3] = {104, 117, 123}; /* B, G, R */

static int large_side(const struct mn_context *ctx)
{
    return ctx->settings.detector_size ? ctx->settings.detector_size : LARGE_SIDE;
}

static struct mn_shape input(const struct mn_context *ctx)
{
    const int side = large_side(ctx);
    return (struct mn_shape){4, {1, 3, side, side}};
}

/* Outputs are bound by their last dimension: names differ between exports of the same network. */
static int bind(const struct mn_model *m, int *loc, int *conf, int *points)
{
    *loc = *conf = *points = -1;
    int side = (int)m->input.dim[3];
    int64_t anchors = (int64_t)mn_anchor_count(side, side);
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

static int check(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log)
{
    (void)s;
    int loc, conf, points;
    struct mn_runner *once = NULL; /* a network of any size learns its outputs' shapes in a run */
    int err = m->model->any_size ? mn_runner_open(&once, m->model) : 0;
    mn_runner_close(&once);
    if (err < 0)
        return err;
    if (bind(m->model, &loc, &conf, &points) == 0)
        return 0;
    mn_error(log,
             "%s does not have the outputs of a RetinaFace detector (boxes, scores, five points)",
             m->path);
    return MIEN_EMODELROLE;
}

static int up_to_step(int n)
{
    return (n + STEP - 1) / STEP * STEP;
}

static void set_size(struct look *l, int width, int height)
{
    l->width = width;
    l->height = height;
    l->count = mn_anchor_count(width, height);
    mn_anchors(width, height, l->anchors);
    memset(&l->fill, 0, sizeof(l->fill));
}

static int open_look(struct look *l)
{
    const struct mn_loaded *m = l->from;
    const int side = l->side;
    l->anchors = mn_alloc(mn_anchor_count(side, side), sizeof(*l->anchors));
    if (!l->anchors)
        return MIEN_ENOMEM;
    set_size(l, side, side);
    int err = mn_runner_open(&l->runner, m->model);
    if (err == 0 && bind(m->model, &l->loc, &l->conf, &l->points) < 0)
        err = MIEN_EMODELROLE;
    if (err == 0 &&
        m->model->any_size) { /* as most films are, for who measures before the first frame */
        l->trims = m->info && m->info->builtin;
        if (l->trims)
            set_size(l, side, up_to_step(side * 9 / 16));
        err = mn_runner_resize(l->runner, l->width, l->height, (int64_t)l->count);
    }
    if (err == 0 && (l->runner->output_count[l->loc] != 4 * l->count ||
                     l->runner->output_count[l->conf] != 2 * l->count ||
                     l->runner->output_count[l->points] != 10 * l->count))
        err = MIEN_EMODELROLE;
    return err;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->threshold = ctx->settings.det_threshold;
    s->min_face = ctx->settings.min_face;
    s->sure = ctx->model[MN_ROLE_DETECTOR].info && ctx->model[MN_ROLE_DETECTOR].info->builtin
                  ? BUILTIN_SURE
                  : 0;
    int err = mn_resampler_open(&s->resampler);
    const int small = ctx->small_side;
    if (small)
        s->look[s->num_looks++] =
            (struct look){.from = ctx->small_detector.model ? &ctx->small_detector
                                                            : &ctx->model[MN_ROLE_DETECTOR],
                          .side = small};
    s->look[s->num_looks++] =
        (struct look){.from = &ctx->model[MN_ROLE_DETECTOR], .side = large_side(ctx)};
    for (int i = 0; err == 0 && i < s->num_looks; i++)
        if (i == 0 ||
            s->look[i].from != s->look[0].from) /* the second one of two is rarely needed */
            err = open_look(&s->look[i]);
    if (err < 0)
        return err;
    const int most = s->look[s->num_looks - 1].side;
    s->scratch = mn_alloc_sparse(mn_anchor_count(most, most), sizeof(*s->scratch));
    return s->scratch ? 0 : MIEN_ENOMEM;
}

static void close(void *state)
{
    struct state *s = state;
    for (int i = 0; i < s->num_looks; i++) {
        mn_runner_close(&s->look[i].runner);
        free(s->look[i].anchors);
    }
    mn_resampler_close(&s->resampler);
    free(s->scratch);
}

static bool enabled(const struct mn_context *ctx)
{
    return ctx->model[MN_ROLE_DETECTOR].model != NULL;
}

static bool wants(const struct mn_frame *f)
{
    return f->detect && !f->given;
}

/* The network sees black around the picture: zero bytes before the mean is subtracted. Written
 * only when the shape changes; the picture itself never reaches the margins. */
static void fill_margins(struct look *k, const struct mn_letterbox *l)
{
    if (k->fill.nw == l->nw && k->fill.nh == l->nh)
        return;
    const int area = k->width * k->height;
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < area; i++)
            k->runner->input[c * area + i] = -mean[c];
    k->fill = *l;
}

/* As large an input as the picture needs, if no larger one is wanted. */
static int fit_to(struct look *k, const struct mn_letterbox *l)
{
    int width = up_to_step(l->nw), height = up_to_step(l->nh);
    if (!k->trims || (k->width == width && k->height == height))
        return 0;
    set_size(k, width, height);
    return mn_runner_resize(k->runner, width, height, (int64_t)k->count);
}

static int look(struct state *s, struct look *k, const struct mn_letterbox *l, struct mn_frame *f,
                struct mn_spans *spans)
{
    const mien_picture *pic = &f->pub.picture;
    double t = mn_now();
    int err = k->runner ? 0 : open_look(k);
    if (err == 0)
        err = fit_to(k, l);
    if (err < 0)
        return err;
    const int area = k->width * k->height;
    fill_margins(k, l);
    float *in = k->runner->input;
    const struct mn_rect src = {0, 0, pic->width, pic->height};
    const struct mn_planes dst = {{in, in + area, in + 2 * area}, l->nw, l->nh, k->width};
    const struct mn_norm norm = {{1, 1, 1}, {-mean[0], -mean[1], -mean[2]}};
    err = mn_resample(s->resampler, pic, &src, &dst, &norm);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_PREPARE, &t);

    err = mn_runner_run(k->runner);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_NETWORK, &t);

    f->num_detections = mn_retinaface_decode(
        k->runner->output[k->loc], k->runner->output[k->conf], k->runner->output[k->points],
        (const float(*)[4])k->anchors, k->count, k->width, k->height, l->factor, s->threshold,
        s->min_face, s->scratch, f->detections, MIEN_FACES_LIMIT);
    mn_span_end(spans, MN_SPAN_DECODE, &t);
    return 0;
}

static bool all_large(const struct mn_frame *f, double factor)
{
    bool large = f->num_detections > 0;
    for (int i = 0; i < f->num_detections; i++)
        large = large && (double)mn_box_min_side(f->detections[i].box) * factor >= LARGE_FACE;
    return large;
}

/* Leaves out what is lower than the network can be sure of. Not before the last look: a small thing
 * is a reason for one. */
static void drop_low(struct mn_frame *f, float least)
{
    int n = 0;
    for (int i = 0; i < f->num_detections; i++)
        if (f->detections[i].box[3] - f->detections[i].box[1] >= least)
            f->detections[n++] = f->detections[i];
    f->num_detections = n;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    struct state *s = state;
    f->detect = false; /* done; it may be set again for another turn */
    f->num_detections = 0;
    f->box_source = MIEN_BOX_DETECTED;
    for (int i = 0; i < s->num_looks; i++) {
        struct look *k = &s->look[i];
        struct mn_letterbox l =
            mn_letterbox(f->pub.picture.width, f->pub.picture.height, k->side, k->side);
        if (l.nw < 1 || l.nh < 1)
            continue; /* a sliver of a picture has no faces */
        int err = look(s, k, &l, f, spans);
        if (err < 0)
            return err;
        if (all_large(f, l.factor))
            break;
        if (i == s->num_looks - 1 && s->sure > 0)
            drop_low(f, s->sure / (float)l.factor);
    }
    return 0;
}

static int network(void *state)
{
    return mn_runner_run(((struct state *)state)->look[0].runner);
}

const struct mn_stage mn_stage_detect = {
    .name = "detect",
    .span = {[MN_SPAN_PREPARE] = {.name = "detect.prepare"},
             [MN_SPAN_NETWORK] = {.name = "detect.network",
                                  .network = 1,
                                  .counts = MN_COUNTS_DETECTIONS},
             [MN_SPAN_DECODE] = {.name = "detect.decode"}},
    .order = MN_ANY_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .wants = wants,
    .run = run,
    .network = network,
};

/* OpenFace's tracker has a detector of its own, and external landmarks need none. */
static bool needed(const struct mn_context *ctx)
{
    return !ctx->settings.external_landmarks && !ctx->tracker_detects;
}

const struct mn_role_info mn_role_detector = {
    .name = "detector",
    .stage = &mn_stage_detect,
    .choice = offsetof(mien_settings, detector),
    .sizes_vary = true,
    .needed = needed,
    .input = input,
    .check = check,
};
