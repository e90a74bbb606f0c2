/* Picture -> face boxes, by a network of one of the kinds of detectors.h, on a square with a black
 * margin. The detector that learned from renders takes any size and gets only the part of the
 * square that the picture fills, in steps of 32 pixels. (Other networks learned with the margin:
 * without it RetinaFace's boxes are a little off, and action units less like OpenFace's:
 * docs/accuracy.md.)
 *
 * Where a small size is used besides the large one, it comes first. If it finds faces, and all of
 * them are large, there is nothing more to find; otherwise the large size follows. That depends on
 * the picture alone, so any worker decides the same. */
#include <math.h>

#include "base/mem.h"
#include "image/box.h"
#include "image/resample.h"
#include "stage/detectors.h"
#include "stage/stage.h"
#include "stage/work.h"

/* On held-out renders 7 of 100 detections below RENDERED_SURE are wrong, above it 1
 * (models/builtin/face_detector.md). */
#define RENDERED_SURE 24 /* pixels of the network's input, height */
#define LARGE_FACE 32    /* pixels of the network's input, shorter side */
#define LARGE_SIDE 640   /* pixels; what a model that does not take any size is opened with */
#define MAX_SIZES 2
#define SEEN 8       /* detections that count in a closer look */
#define MOST_LOOKS 3 /* closer ones in a picture */
#define SAME 0.3f    /* overlap of a detection with what a closer look sees */
#define STEP 32      /* sides of a network's input are multiples of the coarsest anchors' step */

/* One size of input. */
struct size {
    const struct mn_loaded *from;
    const struct mn_detector_kind *kind;
    struct mn_runner *runner;        /* NULL: not used yet; opening it can fail for memory only */
    int side;                        /* of the square, pixels */
    int width, height;               /* of the input, pixels */
    bool trims;                      /* the input is no larger than the picture needs */
    int output[MN_DETECTOR_OUTPUTS]; /* which output is which of the kind's */
    size_t count;                    /* of anchors */
    float (*anchors)[4];      /* room for those of the whole square; NULL: the kind needs none */
    struct mn_letterbox fill; /* what the margins of the input were made for */
};

struct state {
    int num_sizes;
    struct size size[MAX_SIZES]; /* in the order they are tried */
    struct mn_resampler *resampler;
    struct mn_candidate *scratch;
    float threshold, min_face;
    float sure_score, weak_score; /* weak_score 0: the face mesh does not decide */
    bool judged;                  /* the face mesh looks at the detections */
    float sure; /* least height of a face, pixels of the network's input; 0: any */
};

static struct mn_shape input(const struct mn_context *ctx)
{
    const int side = ctx->settings.detector_size ? ctx->settings.detector_size : LARGE_SIDE;
    return (struct mn_shape){4, {1, 3, side, side}};
}

static int check(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log)
{
    (void)s;
    int output[MN_DETECTOR_OUTPUTS];
    /* the output sizes of a network of any size are known once it was opened */
    struct mn_runner *once = NULL;
    int err = m->model->any_size ? mn_runner_open(&once, m->model) : 0;
    mn_runner_close(&once);
    if (err < 0)
        return err;
    if (mn_detectors_bind(m->model, output))
        return 0;
    mn_error(log,
             "%s is no face detector that mien knows: its outputs are those of no kind "
             "(docs/models.md lists them); name another file",
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
    z->count = z->kind->anchor_count(width, height);
    if (z->anchors)
        z->kind->anchors(width, height, z->anchors);
    memset(&z->fill, 0, sizeof(z->fill));
}

static bool outputs_fit(const struct size *z)
{
    for (int i = 0; i < z->kind->num_outputs; i++)
        if (z->runner->output_count[z->output[i]] != (size_t)z->kind->values[i] * z->count)
            return false;
    return true;
}

static bool learned_from_renders(const struct mn_loaded *m)
{
    return m->info && m->info->rendered;
}

static int open_size(struct size *z)
{
    const struct mn_loaded *m = z->from;
    const int side = z->side;
    int err = mn_runner_open(&z->runner, m->model);
    z->kind = err == 0 ? mn_detectors_bind(m->model, z->output) : NULL;
    if (err < 0 || !z->kind)
        return err < 0 ? err : MIEN_EMODELROLE;
    if (z->kind->anchors) {
        z->anchors = mn_alloc(z->kind->anchor_count(side, side), sizeof(*z->anchors));
        if (!z->anchors)
            return MIEN_ENOMEM;
    }
    set_input(z, side, side);
    if (m->model->any_size) {
        /* starts with 16:9, so that mien_measure_networks sees a usual size before any frame */
        z->trims = learned_from_renders(m);
        if (z->trims)
            set_input(z, side, up_to_step(side * 9 / 16));
        err = mn_runner_resize(z->runner, z->width, z->height, (int64_t)z->count);
    }
    return err < 0 || outputs_fit(z) ? err : MIEN_EMODELROLE;
}

static void add_size(struct state *s, const struct mn_loaded *from, int side)
{
    s->size[s->num_sizes++] = (struct size){.from = from, .side = side};
}

/* The sizes that this model is used with. */
static int plan_sizes(struct state *s, const struct mn_context *ctx)
{
    const struct mn_loaded *m = &ctx->model[MN_ROLE_DETECTOR];
    const int small = ctx->small_side;
    int output[MN_DETECTOR_OUTPUTS], side = ctx->settings.detector_size;
    /* check has opened the model once, so its output sizes are known */
    const struct mn_detector_kind *kind = mn_detectors_bind(m->model, output);
    if (!kind)
        return MIEN_EMODELROLE;
    if (!m->model->any_size)
        side = (int)m->model->input.dim[3];
    if (small && kind->small_first)
        add_size(s, ctx->small_detector.model ? &ctx->small_detector : m, small);
    add_size(s, m, side ? side : kind->side);
    return 0;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->threshold = ctx->settings.det_threshold;
    if (mn_mesh_judges(ctx)) {
        s->sure_score = s->threshold * MN_MESH_SURE;
        s->weak_score = s->threshold * MN_MESH_WEAK;
        s->threshold *= MN_MESH_HINT;
    }
    s->min_face = ctx->settings.min_face;
    s->judged = ctx->model[MN_ROLE_MESH].model != NULL;
    s->sure = learned_from_renders(&ctx->model[MN_ROLE_DETECTOR]) ? RENDERED_SURE : 0;
    int err = mn_resampler_open(&s->resampler);
    if (err == 0)
        err = plan_sizes(s, ctx);
    for (int i = 0; err == 0 && i < s->num_sizes; i++)
        if (i == 0 || s->size[i].from != s->size[0].from) /* else opened when it is needed */
            err = open_size(&s->size[i]);
    if (err < 0)
        return err;
    const int most = s->size[s->num_sizes - 1].side;
    s->scratch = mn_alloc_sparse(s->size[0].kind->anchor_count(most, most), sizeof(*s->scratch));
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

/* The network sees black around the picture: zero bytes, normalised. Written only when the shape
 * changes; the picture itself never reaches the margins. */
static void fill_margins(struct size *z, const struct mn_letterbox *l)
{
    if (z->fill.nw == l->nw && z->fill.nh == l->nh)
        return;
    const int area = z->width * z->height;
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < area; i++)
            z->runner->input[c * area + i] = z->kind->norm.bias[z->kind->rgb ? 2 - c : c];
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

static int left_of(const struct size *z, const struct mn_letterbox *l)
{
    return z->kind->centred ? (z->width - l->nw) / 2 : 0;
}

static int top_of(const struct size *z, const struct mn_letterbox *l)
{
    return z->kind->centred ? (z->height - l->nh) / 2 : 0;
}

static int prepare(struct state *s, struct size *z, const struct mn_rect *src,
                   const struct mn_letterbox *l, const mien_picture *pic)
{
    int err = z->runner ? 0 : open_size(z);
    if (err == 0)
        err = trim(z, l);
    if (err < 0)
        return err;
    fill_margins(z, l);
    const int area = z->width * z->height;
    float *in = z->runner->input + top_of(z, l) * z->width + left_of(z, l);
    float *const first = in, *const second = in + area, *const third = in + 2 * area;
    const bool rgb = z->kind->rgb;
    const struct mn_planes dst = {
        {rgb ? third : first, second, rgb ? first : third}, l->nw, l->nh, z->width};
    return mn_resample(s->resampler, pic, src, &dst, &z->kind->norm);
}

/* Best first, in pixels of what the network saw; their number. */
static int decode(const struct state *s, const struct size *z, const struct mn_letterbox *l,
                  struct mn_detection *out, int max)
{
    struct mn_detector_run r = {
        .anchors = (const float(*)[4])z->anchors,
        .count = z->count,
        .width = z->width,
        .height = z->height,
        .left = left_of(z, l),
        .top = top_of(z, l),
        .factor = l->factor,
        .threshold = s->threshold,
        .min_side = s->min_face,
    };
    for (int i = 0; i < z->kind->num_outputs; i++)
        r.output[i] = z->runner->output[z->output[i]];
    const int n = z->kind->decode(&r, s->scratch, out, max);
    for (int i = 0; i < n; i++) {
        out[i].square = (struct mn_square){0};
        out[i].flag = -1;
    }
    return n;
}

/* The network on a part of the picture. */
static int run_on(struct state *s, struct size *z, const struct mn_rect *src,
                  const struct mn_letterbox *l, const struct mn_frame *f, struct mn_spans *spans)
{
    double t = mn_now();
    int err = prepare(s, z, src, l, &f->pub.picture);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_PREPARE, &t);
    err = mn_runner_run(z->runner);
    if (err < 0)
        return err;
    mn_span_end(spans, MN_SPAN_NETWORK, &t);
    return 0;
}

static int run_at_size(struct state *s, struct size *z, const struct mn_letterbox *l,
                       struct mn_frame *f, struct mn_spans *spans)
{
    const struct mn_rect all = {0, 0, f->pub.picture.width, f->pub.picture.height};
    int err = run_on(s, z, &all, l, f, spans);
    if (err < 0)
        return err;
    double t = mn_now();
    f->num_detections = decode(s, z, l, f->detections, MIEN_FACES_LIMIT);
    mn_span_end(spans, MN_SPAN_DECODE, &t);
    return 0;
}

/* -------------------------------------------------------------------------- a closer look ---- */

/* A part of the picture around a face that its edge cuts: the square of its shorter side, or less
 * where the picture is nearly square. */
static struct mn_rect closer(const mien_picture *pic, const float box[4])
{
    const int w = pic->width, h = pic->height, least = w < h ? w : h, most = w < h ? h : w;
    const int side = 5 * most > 6 * least ? least : 3 * least / 5;
    const float x = (box[0] + box[2] - (float)side) / 2, y = (box[1] + box[3] - (float)side) / 2;
    return (struct mn_rect){x < 0                   ? 0
                            : x > (float)(w - side) ? w - side
                                                    : (int)x,
                            y < 0                   ? 0
                            : y > (float)(h - side) ? h - side
                                                    : (int)y,
                            side, side};
}

/* Ends inside the part, or where the picture ends. */
static bool is_whole(const mien_picture *pic, const struct mn_rect *part, const float box[4])
{
    return (part->x == 0 || box[0] > (float)part->x) && (part->y == 0 || box[1] > (float)part->y) &&
           (part->x + part->w == pic->width || box[2] < (float)(part->x + part->w)) &&
           (part->y + part->h == pic->height || box[3] < (float)(part->y + part->h));
}

/* The better one of what the detector sees in this part replaces the hint. */
static void adopt(const struct mn_frame *f, const struct mn_rect *part, struct mn_detection *seen,
                  int n, struct mn_detection *hint)
{
    const struct mn_detection old = *hint;
    for (int i = 0; i < n; i++) {
        struct mn_detection *d = &seen[i];
        for (int k = 0; k < 4; k++)
            d->box[k] += (float)(k % 2 ? part->y : part->x);
        for (int k = 0; k < 5; k++) {
            d->point[k][0] += (float)part->x;
            d->point[k][1] += (float)part->y;
        }
        if (d->score > hint->score && mn_box_iou(d->box, old.box) > SAME &&
            is_whole(&f->pub.picture, part, d->box))
            *hint = *d;
    }
}

static int look_closer(struct state *s, struct size *z, struct mn_frame *f,
                       struct mn_detection *hint, struct mn_spans *spans)
{
    const struct mn_rect part = closer(&f->pub.picture, hint->box);
    const struct mn_letterbox l = mn_retinaface_letterbox(part.w, part.h, z->side, z->side);
    struct mn_detection seen[SEEN];
    if (part.w < z->side)
        return 0;
    int err = run_on(s, z, &part, &l, f, spans);
    if (err < 0)
        return err;
    double t = mn_now();
    adopt(f, &part, seen, decode(s, z, &l, seen, SEEN), hint);
    mn_span_end(spans, MN_SPAN_DECODE, &t);
    return 0;
}

static void sort(struct mn_detection *d, int n)
{
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0 && d[k].score > d[k - 1].score; k--) {
            const struct mn_detection other = d[k];
            d[k] = d[k - 1];
            d[k - 1] = other;
        }
}

/* The face mesh, which decides about weak detections, fails on faces that the edge of the picture
 * cuts; the detector is surer of them when they are larger. */
static int look_at_edges(struct state *s, struct size *z, struct mn_frame *f,
                         struct mn_spans *spans)
{
    int n = 0, looks = 0;
    for (int i = 0; i < f->num_detections; i++) {
        struct mn_detection *d = &f->detections[i];
        if (d->score < s->sure_score && looks < MOST_LOOKS &&
            mn_box_meets_edge(d->box, f->pub.picture.width, f->pub.picture.height)) {
            looks++;
            int err = look_closer(s, z, f, d, spans);
            if (err < 0)
                return err;
        }
        if (d->score > s->weak_score)
            f->detections[n++] = *d;
    }
    f->num_detections = n;
    sort(f->detections, n);
    return 0;
}

/* ---------------------------------------------------------------------- the whole picture ---- */

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
    f->work->judge = s->judged;
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
    return s->weak_score > 0 ? look_at_edges(s, &s->size[s->num_sizes - 1], f, spans) : 0;
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
