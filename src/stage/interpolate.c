/* Boxes for the frames between two key frames, in frame order.
 *
 * Frames after a key frame are held until the next key frame is there. If both show the same faces
 * (one to one, with enough overlap), each frame between gets their boxes by linear interpolation in
 * presentation time. If they do not (a face came or went, a cut, a quick movement), the frames
 * between are marked for the detector. Either way the outcome depends on the two key frames alone.
 * The last frame of a stream is a key frame whatever its number.
 *
 * A live stream has no look-ahead: a frame carries the boxes of the last key frame, or is marked
 * for the detector if there are none. */
#include <math.h>

#include "base/mem.h"
#include "image/box.h"
#include "stage/stage.h"
#include "stage/work.h"

#define SAME_FACE 0.5f /* overlap in two key frames, below which the detector runs between them */

struct state {
    bool live;
    double key_gap;   /* seconds between key frames from which on nothing is interpolated */
    int anchor_every; /* frames between anchors (landmark_interp.c) */
    int num_held, max_held;
    struct mn_frame **held; /* the frames since the last key frame */
    bool have_key;
    double key_time;
    uint64_t key_seq;
    int num_key;
    struct mn_detection *key; /* its detections */
};

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->live = ctx->settings.live;
    s->key_gap = ctx->key_gap > 0 ? ctx->key_gap : INFINITY;
    s->anchor_every = ctx->anchor_every;
    s->max_held = ctx->settings.detect_every;
    s->held = mn_alloc((size_t)s->max_held, sizeof(struct mn_frame *));
    s->key = mn_alloc(MIEN_FACES_LIMIT, sizeof(*s->key));
    return s->held && s->key ? 0 : MIEN_ENOMEM;
}

static void close(void *state)
{
    struct state *s = state;
    free(s->held);
    free(s->key);
}

static void reset(void *state)
{
    struct state *s = state;
    s->num_held = 0;
    s->have_key = false;
}

/* partner[i] = index in b of the face that is a's face i; false unless it is one to one. */
static bool link(const struct mn_detection *a, const struct mn_detection *b, int n,
                 int partner[MIEN_FACES_LIMIT])
{
    bool taken[MIEN_FACES_LIMIT] = {false};
    for (int i = 0; i < n; i++) {
        float best = SAME_FACE;
        partner[i] = -1;
        for (int j = 0; j < n; j++) {
            float o = mn_box_iou(a[i].box, b[j].box);
            if (o > best) {
                best = o;
                partner[i] = j;
            }
        }
        if (partner[i] < 0 || taken[partner[i]])
            return false;
        taken[partner[i]] = true;
    }
    return true;
}

static float mix(float a, float b, float t)
{
    return a + (b - a) * t;
}

static void blend_squares(struct mn_square *out, const struct mn_square *a,
                          const struct mn_square *b, float t)
{
    const float turn = remainderf(b->angle - a->angle, 2 * 3.14159265f); /* the shorter way */
    out->x = mix(a->x, b->x, t);
    out->y = mix(a->y, b->y, t);
    out->side = mix(a->side, b->side, t);
    out->angle = a->angle + t * turn;
}

static void blend(struct mn_detection *out, const struct mn_detection *a,
                  const struct mn_detection *b, float t)
{
    for (int k = 0; k < 4; k++)
        out->box[k] = mix(a->box[k], b->box[k], t);
    for (int p = 0; p < 5; p++)
        for (int k = 0; k < 2; k++)
            out->point[p][k] = mix(a->point[p][k], b->point[p][k], t);
    out->score = mix(a->score, b->score, t);
    out->square = (struct mn_square){0};
    if (a->square.side > 0 && b->square.side > 0)
        blend_squares(&out->square, &a->square, &b->square, t);
}

/* Weight of the later key frame. By time, so that dropped or uneven frames are where they belong;
 * by count when the times do not increase. */
static float weight(const struct state *s, const struct mn_frame *f, const struct mn_frame *key)
{
    double span = key->pub.time - s->key_time, t = (f->pub.time - s->key_time) / span;
    if (!(span > 0) || !(t > 0 && t < 1))
        t = (double)(f->seq - s->key_seq) / (double)(key->seq - s->key_seq);
    return (float)t;
}

static void fill_held(struct state *s, const struct mn_frame *key)
{
    int partner[MIEN_FACES_LIMIT];
    bool same = key && !key->pub.error && !key->work->external && s->have_key &&
                key->num_detections == s->num_key && !(key->pub.time - s->key_time > s->key_gap) &&
                link(s->key, key->detections, s->num_key, partner);
    for (int k = 0; k < s->num_held; k++) {
        struct mn_frame *f = s->held[k];
        if (!same) {
            f->work->detect = 1;
            continue;
        }
        float t = weight(s, f, key);
        f->num_detections = s->num_key;
        f->box_source = MIEN_BOX_INTERPOLATED;
        if (s->anchor_every > 1 && f->seq % (uint64_t)s->anchor_every != 0)
            f->work->landmarks = MN_LANDMARKS_AWAITED;
        for (int i = 0; i < s->num_key; i++)
            blend(&f->detections[i], &s->key[i], &key->detections[partner[i]], t);
    }
}

static void release(struct state *s, mn_emit_fn *emit, void *ctx)
{
    for (int k = 0; k < s->num_held; k++)
        emit(ctx, s->held[k]);
    s->num_held = 0;
}

static void carry(struct state *s, struct mn_frame *f)
{
    f->num_detections = s->num_key;
    f->box_source = MIEN_BOX_CARRIED;
    memcpy(f->detections, s->key, (size_t)s->num_key * sizeof(*s->key));
}

/* A frame between key frames. Held, it is emitted with the next key frame. */
static void push_between(struct state *s, struct mn_frame *f, struct mn_spans *spans,
                         mn_emit_fn *emit, void *ctx)
{
    if (!s->live) {
        s->held[s->num_held++] = f;
        return;
    }
    double t = mn_now();
    if (s->have_key)
        carry(s, f);
    else /* the key frame had an error */
        f->work->detect = 1;
    mn_span_end(spans, 0, &t);
    emit(ctx, f);
}

static void push(void *state, struct mn_frame *f, struct mn_spans *spans, mn_emit_fn *emit,
                 void *ctx)
{
    struct state *s = state;
    if (!mn_work_is_key(f, s->max_held)) {
        push_between(s, f, spans, emit, ctx);
        return;
    }
    double t = mn_now();
    fill_held(s, f);
    s->have_key = !f->pub.error && !f->work->external;
    s->key_time = f->pub.time;
    s->key_seq = f->seq;
    s->num_key = f->num_detections;
    memcpy(s->key, f->detections, (size_t)f->num_detections * sizeof(*s->key));
    mn_span_end(spans, 0, &t);
    release(s, emit, ctx);
    emit(ctx, f);
}

static void flush(void *state, struct mn_spans *spans, mn_emit_fn *emit, void *ctx)
{
    (void)spans;
    struct state *s = state;
    fill_held(s, NULL);
    release(s, emit, ctx);
}

static bool enabled(const struct mn_context *ctx)
{
    return ctx->model[MN_ROLE_DETECTOR].model != NULL;
}

const struct mn_stage mn_stage_interpolate = {
    .name = "interpolate",
    .span = {{.name = "interpolate"}},
    .order = MN_IN_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .push = push,
    .flush = flush,
    .reset = reset,
};
