/* Face crop -> gaze direction. MobileGaze networks take 448 x 448 pixels of the box, others of that
 * kind a smaller square; mien's own takes 96 x 72 pixels of eyes, nose and mouth, which landmarks
 * place.
 *
 * Each of two heads answers with scores over angle bins; the angle is their expectation. The first
 * output is the horizontal angle, the second the vertical one, whatever their names are: the names
 * were exchanged between releases of the files, the positions never were. */
#include <math.h>

#include "base/mem.h"
#include "image/resample.h"
#include "stage/gaze.h"
#include "stage/stage.h"
#include "stage/work.h"

/* Pixels of the network's input. */
#define SIDE 448 /* where the file leaves it open */
#define LEAST_SIDE 96
#define EYES_WIDTH 96
#define EYES_HEIGHT 72

/* The rectangle of eyes, nose and mouth, in units of the face's scale: the distance of the outer
 * eye corners, or EYES_TO_MOUTH times that from the eyes to the mouth, if that is larger. The
 * network was trained with these numbers. */
#define EYES_TO_MOUTH 1.3f
#define CROP_DOWN 0.18f /* its centre below that of the eyes */
#define CROP_WIDTH 1.5f

struct state {
    struct mn_runner *runner;
    struct mn_resampler *resampler;
    int yaw, pitch; /* positions of the heads */
    int bins;
    int width, height; /* of the input, pixels */
    bool by_landmarks;
};

static int bins_of(const struct mn_model *m)
{
    if (m->num_outputs != 2 || m->output[0].num_dims != 2 || m->output[1].num_dims != 2)
        return 0;
    int64_t n = m->output[0].dim[1];
    return m->output[1].dim[1] == n && (n == 90 || n == 28) ? (int)n : 0;
}

bool mn_gaze_by_landmarks(const struct mn_model *m)
{
    return m->input.num_dims == 4 && m->input.dim[2] > 0 && m->input.dim[3] > m->input.dim[2];
}

/* The size that the user asks for. */
static int check_size(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log)
{
    const long long width = (long long)m->model->input.dim[3],
                    height = (long long)m->model->input.dim[2];
    if (!s->gaze_size)
        return 0;
    if (width != s->gaze_size || height != s->gaze_size) {
        mn_error(log,
                 "%s takes an input of %lld x %lld pixels and no other; leave the size of the gaze "
                 "network's input unset, or name another file",
                 m->path, width, height);
        return MIEN_EMODELROLE;
    }
    if (width < SIDE && m->model->engine->info->needs_files)
        mn_warn(log,
                "MobileGaze networks were trained on %d x %d pixels; with fewer pixels their "
                "angles differ, by 10 degrees on average at 320 and 15 at 224",
                SIDE, SIDE);
    return 0;
}

static int check(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log)
{
    const int64_t *side = m->model->input.dim + 2;
    if (!bins_of(m->model))
        mn_error(
            log,
            "%s is no gaze network: its outputs are not two heads of 90 or 28 bins; name another "
            "file",
            m->path);
    else if (!(side[1] == EYES_WIDTH && side[0] == EYES_HEIGHT) &&
             (side[0] != side[1] || side[0] < LEAST_SIDE || side[0] > SIDE))
        mn_error(log,
                 "%s takes an input of %lld x %lld pixels, but a gaze network takes a square of %d "
                 "to %d, or %d x %d; name another file",
                 m->path, (long long)side[1], (long long)side[0], LEAST_SIDE, SIDE, EYES_WIDTH,
                 EYES_HEIGHT);
    else
        return check_size(m, s, log);
    return MIEN_EMODELROLE;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->yaw = ctx->settings.swap_gaze_heads ? 1 : 0;
    s->pitch = 1 - s->yaw;
    s->bins = bins_of(ctx->model[MN_ROLE_GAZE].model);
    s->width = (int)ctx->model[MN_ROLE_GAZE].model->input.dim[3];
    s->height = (int)ctx->model[MN_ROLE_GAZE].model->input.dim[2];
    s->by_landmarks = mn_gaze_by_landmarks(ctx->model[MN_ROLE_GAZE].model);
    int err = s->bins ? mn_resampler_open(&s->resampler) : MIEN_EMODELROLE;
    return err < 0 ? err : mn_runner_open(&s->runner, ctx->model[MN_ROLE_GAZE].model);
}

static void close(void *state)
{
    struct state *s = state;
    mn_runner_close(&s->runner);
    mn_resampler_close(&s->resampler);
}

bool mn_gaze_crop(const float box[4], int width, int height, struct mn_rect *crop)
{
    const int limit[4] = {width, height, width, height};
    int edge[4];
    for (int i = 0; i < 4; i++) {
        float v = truncf(box[i]);
        edge[i] = v < 0 ? 0 : v > (float)limit[i] ? limit[i] : (int)v;
    }
    *crop = (struct mn_rect){edge[0], edge[1], edge[2] - edge[0], edge[3] - edge[1]};
    return crop->w >= 2 && crop->h >= 2;
}

static void add(float sum[2], const float point[2], float weight)
{
    sum[0] += weight * point[0];
    sum[1] += weight * point[1];
}

bool mn_gaze_eyes(const float (*points)[2], struct mn_rect *crop)
{
    float eyes[2] = {0, 0}, mouth[2] = {0, 0};
    for (int i = 36; i < 48; i++)
        add(eyes, points[i], 1 / 12.0f);
    add(mouth, points[48], 0.5f);
    add(mouth, points[54], 0.5f);
    /* a head that turns aside shortens the first, one that nods the second */
    float across = hypotf(points[45][0] - points[36][0], points[45][1] - points[36][1]);
    float down = hypotf(mouth[0] - eyes[0], mouth[1] - eyes[1]);
    float scale = fmaxf(across, EYES_TO_MOUTH * down);
    float x = eyes[0], y = eyes[1] + CROP_DOWN * scale;
    float w = CROP_WIDTH * scale, h = w * EYES_HEIGHT / EYES_WIDTH;
    if (!(fabsf(x) < 2 * MIEN_MAX_SIDE && fabsf(y) < 2 * MIEN_MAX_SIDE && h >= 2 &&
          w < 3 * MIEN_MAX_SIDE))
        return false;
    crop->w = (int)lroundf(w);
    crop->h = (int)lroundf(h);
    /* landmarks count from the centre of a pixel */
    crop->x = (int)lroundf(x - (float)crop->w / 2 + 0.5f);
    crop->y = (int)lroundf(y - (float)crop->h / 2 + 0.5f);
    return true;
}

float mn_gaze_angle(const float *scores, int bins, float *peak)
{
    const float width = bins == 90 ? 4 : 3, offset = bins == 90 ? 180 : 42;
    float top = scores[0], sum = 0, moment = 0;
    for (int i = 1; i < bins; i++)
        top = scores[i] > top ? scores[i] : top;
    for (int i = 0; i < bins; i++) {
        float e = expf(scores[i] - top);
        sum += e;
        moment += e * (float)i;
    }
    *peak = 1 / sum; /* the top bin has e = 1 */
    return moment / sum * width - offset;
}

void mn_gaze_vector(float yaw, float pitch, float out[3])
{
    const double rad = 3.14159265358979323846 / 180;
    double h = yaw * rad, v = pitch * rad;
    out[0] = (float)(-cos(v) * sin(h));
    out[1] = (float)-sin(v);
    out[2] = (float)(-cos(v) * cos(h));
}

static int prepare(struct state *s, const mien_picture *pic, const struct mn_rect *crop)
{
    const struct mn_norm norm = mn_norm_imagenet();
    const struct mn_planes dst = mn_planes_rgb(s->runner->input, s->width, s->height);
    return (s->by_landmarks ? mn_resample_padded : mn_resample)(s->resampler, pic, crop, &dst,
                                                                &norm);
}

static bool crop_of(const struct state *s, const struct mn_frame *f, const mien_face *face,
                    struct mn_rect *crop)
{
    if (s->by_landmarks)
        return (face->has & MIEN_LANDMARKS) &&
               mn_gaze_eyes((const float(*)[2])face->landmark, crop);
    return mn_gaze_crop(face->box, f->pub.picture.width, f->pub.picture.height, crop);
}

/* false: the network answered with no numbers, and the face goes without. */
static bool decode(const struct state *s, mien_face *face)
{
    face->yaw = mn_gaze_angle(s->runner->output[s->yaw], s->bins, &face->yaw_peak);
    face->pitch = mn_gaze_angle(s->runner->output[s->pitch], s->bins, &face->pitch_peak);
    if (!isfinite(face->yaw) || !isfinite(face->pitch))
        return false;
    mn_gaze_vector(face->yaw, face->pitch, face->gaze);
    face->has |= MIEN_GAZE;
    return true;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    struct state *s = state;
    for (int i = 0; i < f->num_faces; i++) {
        struct mn_rect crop;
        double t = mn_now();
        if (!crop_of(s, f, &f->faces[i], &crop))
            continue;
        int err = prepare(s, &f->pub.picture, &crop);
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
    return ctx->settings.analysis & MIEN_GAZE;
}

static int network(void *state)
{
    return mn_runner_run(((struct state *)state)->runner);
}

const struct mn_stage mn_stage_gaze = {
    .name = "gaze",
    .span = {[MN_SPAN_PREPARE] = {.name = "gaze.prepare"},
             [MN_SPAN_NETWORK] = {.name = "gaze.network", .network = 1, .counts = MN_COUNTS_FACES},
             [MN_SPAN_DECODE] = {.name = "gaze.decode"}},
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
    const int64_t side = ctx->settings.gaze_size ? ctx->settings.gaze_size : SIDE;
    return (struct mn_shape){4, {1, 3, -side, -side}};
}

const struct mn_role_info mn_role_gaze = {
    .name = "gaze",
    .stage = &mn_stage_gaze,
    .choice = offsetof(mien_settings, gaze_model),
    .analyses = MIEN_GAZE,
    .opens_first = true,
    .input = input,
    .check = check,
};
