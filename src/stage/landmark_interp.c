/* Where the search for landmarks begins in the frames between two anchors.
 *
 * Every few frames one is an anchor: its faces were found by the landmark network and refined with
 * a wide search. Frames between two anchors are held, in order, until the second is there; then
 * each face that both show gets a start, interpolated between them in presentation time, from which
 * one near search is enough. Faces that only one of them shows, or whose landmarks failed in one,
 * are left to the network. So the outcome depends on this frame and on two others with fixed
 * numbers, whichever worker computes them. */
#include "base/mem.h"
#include "stage/stage.h"
#include "stage/work.h"

struct start {
    int32_t id;
    float landmark[MIEN_FACE_LANDMARKS][2];
    struct mn_pdm_fit fit;
};

/* What is kept of an anchor. */
struct anchor {
    bool there;
    double time;
    uint64_t seq;
    int num;
    struct start *start; /* MIEN_FACES_LIMIT */
};

struct state {
    struct anchor last, next;
    int num_held, max_held;
    struct mn_frame **held;
};

static bool enabled(const struct mn_context *ctx)
{
    return ctx->anchor_every > 1;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->max_held = ctx->anchor_every;
    s->held = mn_alloc((size_t)s->max_held, sizeof(struct mn_frame *));
    s->last.start = mn_alloc_sparse(MIEN_FACES_LIMIT, sizeof(*s->last.start));
    s->next.start = mn_alloc_sparse(MIEN_FACES_LIMIT, sizeof(*s->next.start));
    return s->held && s->last.start && s->next.start ? 0 : MIEN_ENOMEM;
}

static void close(void *state)
{
    struct state *s = state;
    free(s->held);
    free(s->last.start);
    free(s->next.start);
}

static void reset(void *state)
{
    struct state *s = state;
    s->num_held = 0;
    s->last.there = false;
}

static void keep(struct anchor *a, const struct mn_frame *f)
{
    a->there = !f->pub.error && !f->work->external;
    a->time = f->pub.time;
    a->seq = f->seq;
    a->num = 0;
    for (int i = 0; a->there && i < f->num_faces; i++) {
        const mien_face *face = &f->faces[i];
        if (!(face->has & MIEN_LANDMARKS) || !face->landmark_success || !f->work->face[i].has_fit)
            continue;
        struct start *s = &a->start[a->num++];
        s->id = face->id;
        memcpy(s->landmark, face->landmark, sizeof(s->landmark));
        s->fit = f->work->face[i].fit.face;
    }
}

static const struct start *find(const struct anchor *a, int32_t id)
{
    for (int i = 0; i < a->num; i++)
        if (a->start[i].id == id)
            return &a->start[i];
    return NULL;
}

static void mix(float *out, const float *a, const float *b, int n, float t)
{
    for (int i = 0; i < n; i++)
        out[i] = a[i] + (b[i] - a[i]) * t;
}

static void mix_fit(struct mn_pdm_fit *out, const struct mn_pdm_fit *a, const struct mn_pdm_fit *b,
                    float t)
{
    *out = (struct mn_pdm_fit){0};
    mix(&out->scale, &a->scale, &b->scale, 1, t);
    mix(out->rotation, a->rotation, b->rotation, 3, t);
    mix(&out->tx, &a->tx, &b->tx, 1, t);
    mix(&out->ty, &a->ty, &b->ty, 1, t);
    mix(out->local, a->local, b->local, MIEN_SHAPE_MODES, t);
}

/* Weight of the later anchor; by count when the times do not increase. */
static float weight(const struct state *s, const struct mn_frame *f)
{
    const double span = s->next.time - s->last.time, t = (f->pub.time - s->last.time) / span;
    if (span > 0 && t > 0 && t < 1)
        return (float)t;
    return (float)((double)(f->seq - s->last.seq) / (double)(s->next.seq - s->last.seq));
}

static void start_faces(const struct state *s, struct mn_frame *f)
{
    const float t = weight(s, f);
    bool all = true;
    for (int i = 0; i < f->num_faces; i++) {
        mien_face *face = &f->faces[i];
        const struct start *a = find(&s->last, face->id), *b = find(&s->next, face->id);
        if (!a || !b) {
            all = false;
            continue;
        }
        mix(face->landmark[0], a->landmark[0], b->landmark[0], 2 * MIEN_FACE_LANDMARKS, t);
        mix_fit(&f->work->face[i].fit.face, &a->fit, &b->fit, t);
        f->work->face[i].has_fit = 1;
        face->landmark_confidence = -1;
        face->landmark_success = 1;
        face->has |= MIEN_LANDMARKS;
    }
    f->work->landmarks = all ? MN_LANDMARKS_FOUND : MN_LANDMARKS_WANTED;
}

static void release(struct state *s, bool interpolated, mn_emit_fn *emit, void *ctx)
{
    for (int k = 0; k < s->num_held; k++) {
        struct mn_frame *f = s->held[k];
        f->work->landmarks = MN_LANDMARKS_WANTED;
        if (interpolated)
            start_faces(s, f);
        emit(ctx, f);
    }
    s->num_held = 0;
}

static void push(void *state, struct mn_frame *f, struct mn_spans *spans, mn_emit_fn *emit,
                 void *ctx)
{
    struct state *s = state;
    double t = mn_now();
    if (f->work->landmarks == MN_LANDMARKS_AWAITED && !f->pub.error) {
        s->held[s->num_held++] = f;
        return;
    }
    keep(&s->next, f);
    release(s, s->last.there && s->next.there, emit, ctx);
    struct anchor was = s->last;
    s->last = s->next;
    s->next = was;
    mn_span_end(spans, 0, &t);
    emit(ctx, f);
}

static void flush(void *state, struct mn_spans *spans, mn_emit_fn *emit, void *ctx)
{
    (void)spans;
    release(state, false, emit, ctx);
}

const struct mn_stage mn_stage_landmark_interp = {
    .name = "landmark_interp",
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
