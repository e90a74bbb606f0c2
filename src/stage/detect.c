/* Picture -> face boxes: RetinaFace on a letterbox of 640 x 640 pixels, or less. The built-in
 * network takes any size and gets only the part of the square that the picture fills, in steps of
 * 32 pixels. (Other networks learned with the black margin: without it RetinaFace's boxes are a
 * little off, and action units less like OpenFace's: docs/accuracy.md.)
 *
 * Where a small size is used besides the large one, it comes first. If it finds faces, and all of
 * them are large, there is nothing more to find; otherwise the large size follows. That depends on
 * the picture alone, so any worker decides the same. */
#include <math.h>

#include "base/mem.h"
#include "image/box.h"
#include "image/resample.h"
#include "stage/retinaface.h"
#include "stage/stage.h"
#include "stage/work.h"

/* On held-out renders 7 of 100 detections below BUILTIN_SURE are wrong, above it 1
 * (models/builtin/face_detector.md). */
#define BUILTIN_SURE 24 /* pixels of the network's input, height */
#define LARGE_FACE 32   /* pixels of the network's input, shorter side */
#define LARGE_SIDE 640  /* pixels; default of mien_settings.detector_size */
#define MAX_SIZES 2
#define STEP 32 /* sides of a network's input are multiples of the coarsest anchors' step */

/* One size of input. */
struct size {
    const struct mn_loaded *from;
    struct mn_runner *runner; /* NULL: not used yet; opening it can fail for memory only */
    int side;                 /* of the square, pixels */
    int width, height;        /* of the input, pixels */
    bool trims;               /* the input is no larger than the picture needs */
    int loc, conf, points;    /* which output is which, by its width */
    size_t count;             /* of anchors */
    float (*anchors)[4];      /* room for those of the whole square */
    struct mn_letterbox fill; /* what the margins of the input were made for */
};

struct state {
    int num_sizes;
    struct size size[MAX_SIZES]; /* in the order they are tried */
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
    int64_t anchors = (int64_t)mn_retinaface_anchor_count(side, side);
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
    /* the output sizes of a network of any size are known once it was opened */
    struct mn_runner *once = NULL;
    int err = m->model->any_size ? mn_runner_open(&once, m->model) : 0;
    mn_runner_close(&once);
    if (err < 0)
        return err;
    if (bind(m->model, &loc, &conf, &points) == 0)
        return 0;
    mn_error(log,
             "%s is no RetinaFace detector: its outputs are not boxes, scores and five points; "
             "name another file",
             m->path);
    return MIEN_EMODELROLE;
}

/* ------------------------------------------------------------------------------- opening ---- */

static int up_to_step(int n)
{
    return (n + STEP - 1) / STEP * STEP;
}

static void set_input(struct size *z, int width, int height)
{
    z->width = width;
    z->height = height;
    z->count = mn_retinaface_anchor_count(width, height);
    mn_retinaface_anchors(width, height, z->anchors);
    memset(&z->fill, 0, sizeof(z->fill));
}

static int open_size(struct size *z)
{
    const struct mn_loaded *m = z->from;
    const int side = z->side;
    z->anchors = mn_alloc(mn_retinaface_anchor_count(side, side), sizeof(*z->anchors));
    if (!z->anchors)
        return MIEN_ENOMEM;
    set_input(z, side, side);
    int err = mn_runner_open(&z->runner, m->model);
    if (err == 0 && bind(m->model, &z->loc, &z->conf, &z->points) < 0)
        err = MIEN_EMODELROLE;
    if (err == 0 && m->model->any_size) {
        /* starts with 16:9, so that mien_measure_networks sees a usual size before any frame */
        z->trims = m->info && m->info->builtin;
        if (z->trims)
            set_input(z, side, up_to_step(side * 9 / 16));
        err = mn_runner_resize(z->runner, z->width, z->height, (int64_t)z->count);
    }
    if (err == 0 && (z->runner->output_count[z->loc] != 4 * z->count ||
                     z->runner->output_count[z->conf] != 2 * z->count ||
                     z->runner->output_count[z->points] != 10 * z->count))
        err = MIEN_EMODELROLE;
    return err;
}

static void add_size(struct state *s, const struct mn_loaded *from, int side)
{
    s->size[s->num_sizes++] = (struct size){.from = from, .side = side};
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    const struct mn_loaded *m = &ctx->model[MN_ROLE_DETECTOR];
    const int small = ctx->small_side;
    s->threshold = ctx->settings.det_threshold;
    s->min_face = ctx->settings.min_face;
    s->sure = m->info && m->info->builtin ? BUILTIN_SURE : 0;
    int err = mn_resampler_open(&s->resampler);
    if (small)
        add_size(s, ctx->small_detector.model ? &ctx->small_detector : m, small);
    add_size(s, m, large_side(ctx));
    for (int i = 0; err == 0 && i < s->num_sizes; i++)
        if (i == 0 || s->size[i].from != s->size[0].from) /* else opened when it is needed */
            err = open_size(&s->size[i]);
    if (err < 0)
        return err;
    const int most = s->size[s->num_sizes - 1].side;
    s->scratch = mn_alloc_sparse(mn_retinaface_anchor_count(most, most), sizeof(*s->scratch));
    return s->scratch ? 0 : MIEN_ENOMEM;
}

static void close(void *state)
{
    struct state *s = state;
    for (int i = 0; i < s->num_sizes; i++) {
        mn_runner_close(&s->size[i].runner);
        free(s->size[i].anchors);
    }
    mn_resampler_close(&s->resampler);
    free(s->scratch);
}

static bool enabled(const struct mn_context *ctx)
{
    return ctx->model[MN_ROLE_DETECTOR].model != NULL;
}

/* ------------------------------------------------------------------------------- running ---- */

static bool wants(const struct mn_frame *f)
{
    return f->work->detect && !f->work->external;
}

/* The network sees black around the picture: zero bytes before the mean is subtracted. Written only
 * when the shape changes; the picture itself never reaches the margins. */
static void fill_margins(struct size *z, const struct mn_letterbox *l)
{
    if (z->fill.nw == l->nw && z->fill.nh == l->nh)
        return;
    const int area = z->width * z->height;
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < area; i++)
            z->runner->input[c * area + i] = -mean[c];
    z->fill = *l;
}

/* Makes the input no larger than the picture needs, where the network allows it. */
static int trim(struct size *z, const struct mn_letterbox *l)
{
    int width = up_to_step(l->nw), height = up_to_step(l->nh);
    if (!z->trims || (z->width == width && z->height == height))
        return 0;
    set_input(z, width, height);
    return mn_runner_resize(z->runner, width, height, (int64_t)z->count);
}

static int prepare(struct state *s, struct size *z, const struct mn_letterbox *l,
                   const mien_picture *pic)
{
    int err = z->runner ? 0 : open_size(z);
    if (err == 0)
        err = trim(z, l);
    if (err < 0)
        return err;
    fill_margins(z, l);
    const int area = z->width * z->height;
    float *in = z->runner->input;
    const struct mn_rect src = {0, 0, pic->width, pic->height};
    const struct mn_planes dst = {{in, in + area, in + 2 * area}, l->nw, l->nh, z->width};
    const struct mn_norm norm = {{1, 1, 1}, {-mean[0], -mean[1], -mean[2]}};
    return mn_resample(s->resampler, pic, &src, &dst, &norm);
}

static void decode(const struct state *s, const struct size *z, const struct mn_letterbox *l,
                   struct mn_frame *f)
{
    const struct mn_retinaface r = {
        .loc = z->runner->output[z->loc],
        .conf = z->runner->output[z->conf],
        .points = z->runner->output[z->points],
        .anchors = (const float(*)[4])z->anchors,
        .count = z->count,
        .width = z->width,
        .height = z->height,
        .factor = l->factor,
        .threshold = s->threshold,
        .min_side = s->min_face,
    };
    f->num_detections = mn_retinaface_decode(&r, s->scratch, f->detections, MIEN_FACES_LIMIT);
}

static int run_at_size(struct state *s, struct size *z, const struct mn_letterbox *l,
                       struct mn_frame *f, struct mn_spans *spans)
{
    double t = mn_now();
    int err = prepare(s, z, l, &f->pub.picture);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_PREPARE, &t);
    err = mn_runner_run(z->runner);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_NETWORK, &t);
    decode(s, z, l, f);
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

/* Drops detections that are lower than the network can be sure of. Only after the last size: a
 * small detection is a reason to try a larger one. */
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
    f->work->detect = 0; /* a later stage may set it again, for another run */
    f->num_detections = 0;
    f->box_source = MIEN_BOX_DETECTED;
    for (int i = 0; i < s->num_sizes; i++) {
        struct size *z = &s->size[i];
        const struct mn_letterbox l =
            mn_retinaface_letterbox(f->pub.picture.width, f->pub.picture.height, z->side, z->side);
        if (l.nw < 1 || l.nh < 1)
            continue; /* a picture one pixel thin has no faces */
        int err = run_at_size(s, z, &l, f, spans);
        if (err < 0)
            return err;
        if (all_large(f, l.factor))
            break;
        if (i == s->num_sizes - 1 && s->sure > 0)
            drop_low(f, s->sure / (float)l.factor);
    }
    return 0;
}

static int network(void *state)
{
    return mn_runner_run(((struct state *)state)->size[0].runner);
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
