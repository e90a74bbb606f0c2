/* Face crop -> eight emotions, gaze and eight action units, by one network of OpenFace 3.0's kind:
 * 224 x 224 pixels of the box, R, G, B.
 *
 * Outputs: logits of the emotions; yaw and pitch in radians; scores of the action units, cosines of
 * vectors without negative elements, so that they are 0 to 1 whatever the weights are. */
#include "stage/mtl.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "stage/gaze.h"
#include "stage/stage.h"
#include "stage/work.h"

#define SIDE 224 /* pixels of the network's input */
#define MARGIN 0.15
#define LIMIT 1e6f /* pixels; a box beyond is no box */
#define ROUNDING 1e-3f

enum { EMOTIONS, GAZE, UNITS, NUM_HEADS };

/* In the order of the file. Exporters call the outputs emotion, gaze, au, or append "_output". */
static const struct {
    const char *name;
    int width;
} heads[NUM_HEADS] = {[EMOTIONS] = {"emotion", MIEN_EMOTIONS},
                      [GAZE] = {"gaze", 2},
                      [UNITS] = {"au", MIEN_MTL_UNITS}};

struct state {
    struct mn_runner *runner;
    struct mn_resampler *resampler;
    enum mien_mtl_crop crop;
};

/* ---------------------------------------------------------------------------------- check ---- */

static bool has_widths(const struct mn_model *m)
{
    if (m->num_outputs != NUM_HEADS)
        return false;
    for (int i = 0; i < NUM_HEADS; i++)
        if (m->output[i].num_dims != 2 || m->output[i].dim[1] != heads[i].width)
            return false;
    return true;
}

/* The head that the name of an output stands for; NUM_HEADS: none. */
static int head_of(const char *name)
{
    int i = 0;
    while (i < NUM_HEADS && strncmp(name, heads[i].name, strlen(heads[i].name)) != 0)
        i++;
    return i;
}

static bool is_swapped(const struct mn_model *m)
{
    for (int i = 0; i < NUM_HEADS; i++) {
        const int head = m->output_name[i] ? head_of(m->output_name[i]) : NUM_HEADS;
        if (head != NUM_HEADS && head != i)
            return true;
    }
    return false;
}

/* Do all outputs of a run have numbers, and the scores their range? 0 or an error, logged. */
static int check_numbers(const struct mn_runner *r, const char *path, struct mn_log *log)
{
    for (int i = 0; i < NUM_HEADS; i++)
        for (int k = 0; k < heads[i].width; k++) {
            const float v = r->output[i][k];
            if (!isfinite(v)) {
                mn_error(log,
                         "%s: its output %s has no numbers, so its weights are damaged; copy or "
                         "export the file again",
                         path, heads[i].name);
                return MIEN_EBADMODEL;
            }
            if (i == UNITS && !(v >= -ROUNDING && v <= 1 + ROUNDING)) {
                mn_error(log,
                         "%s: its third output is not eight scores of action units from 0 to 1; a "
                         "multitask network needs emotion, gaze and action units in this order",
                         path);
                return MIEN_EMODELROLE;
            }
        }
    return 0;
}

/* Runs the network once, on a picture of one colour. */
static int probe(const struct mn_loaded *m, struct mn_log *log)
{
    struct mn_runner *r = NULL;
    int err = mn_runner_open(&r, m->model);
    if (err == 0)
        err = mn_runner_run(r);
    if (err == 0)
        err = check_numbers(r, m->path, log);
    mn_runner_close(&r);
    return err;
}

static int check(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log)
{
    (void)s;
    if (!has_widths(m->model))
        mn_error(
            log,
            "%s is no multitask network: its outputs are not 8 emotions, 2 angles and 8 action "
            "units; name another file",
            m->path);
    else if (is_swapped(m->model))
        mn_error(log,
                 "%s: its outputs are %s, %s and %s, but a multitask network needs emotion, gaze "
                 "and action units in this order; export it again",
                 m->path, m->model->output_name[0], m->model->output_name[1],
                 m->model->output_name[2]);
    else
        return probe(m, log);
    return MIEN_EMODELROLE;
}

/* ----------------------------------------------------------------------------------- stage ---- */

static int open(void *state, const struct mn_context *ctx)
{
    static const enum mn_resampling resampling[] = {
        [MIEN_MTL_PILLOW] = MN_RESAMPLING_PILLOW, [MIEN_MTL_OPENCV] = MN_RESAMPLING_OPENCV};
    struct state *s = state;
    s->crop = ctx->settings.mtl_crop;
    int err = mn_resampler_open_as(&s->resampler, resampling[ctx->settings.mtl_resampler]);
    return err < 0 ? err : mn_runner_open(&s->runner, ctx->model[MN_ROLE_MTL].model);
}

static void close(void *state)
{
    struct state *s = state;
    mn_runner_close(&s->runner);
    mn_resampler_close(&s->resampler);
}

static int clamped(int v, int most)
{
    return v < 0 ? 0 : v > most ? most : v;
}

bool mn_mtl_crop(const float box[4], enum mien_mtl_crop rule, int width, int height,
                 struct mn_rect *crop)
{
    int edge[4];
    for (int i = 0; i < 4; i++) {
        if (!(fabsf(box[i]) < LIMIT))
            return false;
        edge[i] = (int)box[i];
    }
    const double margin = rule == MIEN_MTL_DEMO2 ? MARGIN : 0;
    const int dx = (int)(margin * (edge[2] - edge[0])), dy = (int)(margin * (edge[3] - edge[1]));
    const int x1 = clamped(edge[0] - dx, width), y1 = clamped(edge[1] - dy, height);
    const int x2 = clamped(edge[2] + dx, width), y2 = clamped(edge[3] + dy, height);
    *crop = (struct mn_rect){x1, y1, x2 - x1, y2 - y1};
    return crop->w >= 1 && crop->h >= 1;
}

void mn_mtl_emotions(const float logit[MIEN_EMOTIONS], float out[MIEN_EMOTIONS])
{
    float top = logit[0], sum = 0;
    for (int i = 1; i < MIEN_EMOTIONS; i++)
        top = logit[i] > top ? logit[i] : top;
    for (int i = 0; i < MIEN_EMOTIONS; i++)
        sum += out[i] = expf(logit[i] - top);
    for (int i = 0; i < MIEN_EMOTIONS; i++)
        out[i] /= sum;
}

static int prepare(struct state *s, const mien_picture *pic, const struct mn_rect *crop)
{
    const struct mn_norm norm = mn_norm_imagenet();
    const struct mn_planes dst = mn_planes_rgb(s->runner->input, SIDE, SIDE);
    return mn_resample(s->resampler, pic, crop, &dst, &norm);
}

/* false: the network answered with no numbers, and the face goes without. */
static bool decode(const struct state *s, mien_face *face)
{
    const float degrees = 57.29577951308232f;
    const struct mn_runner *r = s->runner;
    for (int i = 0; i < NUM_HEADS; i++)
        for (int k = 0; k < heads[i].width; k++)
            if (!isfinite(r->output[i][k]))
                return false;
    mn_mtl_emotions(r->output[EMOTIONS], face->mtl.emotion);
    face->mtl.yaw = r->output[GAZE][0] * degrees;
    face->mtl.pitch = r->output[GAZE][1] * degrees;
    mn_gaze_vector(face->mtl.yaw, face->mtl.pitch, face->mtl.gaze);
    memcpy(face->mtl.unit, r->output[UNITS], sizeof(face->mtl.unit));
    face->has |= MIEN_MTL;
    return true;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    struct state *s = state;
    const mien_picture *pic = &f->pub.picture;
    for (int i = 0; i < f->num_faces; i++) {
        struct mn_rect crop;
        double t = mn_now();
        if (!mn_mtl_crop(f->faces[i].box, s->crop, pic->width, pic->height, &crop))
            continue;
        int err = prepare(s, pic, &crop);
        if (err < 0)
            return err;
        mn_span_end(spans, MN_SPAN_PREPARE, &t);
        err = mn_runner_run(s->runner);
        if (err < 0)
            return err;
        mn_span_end(spans, MN_SPAN_NETWORK, &t);
        if (decode(s, &f->faces[i]))
            mn_span_end(spans, MN_SPAN_DECODE, &t);
    }
    return 0;
}

static bool enabled(const struct mn_context *ctx)
{
    return ctx->settings.analysis & MIEN_MTL;
}

static int network(void *state)
{
    return mn_runner_run(((struct state *)state)->runner);
}

const struct mn_stage mn_stage_mtl = {
    .name = "mtl",
    .span = {[MN_SPAN_PREPARE] = {.name = "mtl.prepare"},
             [MN_SPAN_NETWORK] = {.name = "mtl.network", .network = 1, .counts = MN_COUNTS_FACES},
             [MN_SPAN_DECODE] = {.name = "mtl.decode"}},
    .order = MN_ANY_ORDER,
    .enabled = enabled,
    .state_size = sizeof(struct state),
    .open = open,
    .close = close,
    .wants = mn_work_has_faces,
    .run = run,
    .network = network,
};

static struct mn_shape input(const struct mn_context *ctx)
{
    (void)ctx;
    return (struct mn_shape){4, {1, 3, SIDE, SIDE}};
}

const struct mn_role_info mn_role_mtl = {
    .name = "mtl",
    .stage = &mn_stage_mtl,
    .choice = offsetof(mien_settings, mtl_model),
    .analyses = MIEN_MTL,
    .input = input,
    .check = check,
};
