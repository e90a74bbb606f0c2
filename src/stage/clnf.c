/* Boxes -> 68 points by OpenFace's own tracker: each person is followed from the fit of the frame
 * before, so frames come in order. A person's box serves where the original would call its
 * detector. */
#include "base/mem.h"
#include "clnf/tracker.h"
#include "stage/fitted.h"
#include "stage/stage.h"

#define PATIENCE 2.5 /* seconds unseen after which a track cannot come back (track.c: 2.0) */
#define MAX_PEOPLE (2 * MIEN_FACES_LIMIT)

struct person {
    int32_t id;
    double seen;
    struct mn_clnf_tracker tracker;
};

struct state {
    struct mn_clnf_worker *worker;
    const struct mn_clnf *clnf; /* NULL: nobody asks for more than points */
    int num_people;
    struct person *people;
    struct mn_spans spans;
};

static bool enabled(const struct mn_context *ctx)
{
    return ctx->settings.clnf && ctx->refiner && !ctx->settings.given;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->clnf = ctx->au ? ctx->refiner : NULL;
    s->people = mn_alloc_sparse(MAX_PEOPLE, sizeof(*s->people));
    if (!s->people)
        return MIEN_ENOMEM;
    return mn_clnf_worker_open(&s->worker, ctx->refiner, NULL, NULL);
}

static void close(void *state)
{
    struct state *s = state;
    mn_clnf_worker_close(&s->worker);
    free(s->people);
}

static void reset(void *state)
{
    ((struct state *)state)->num_people = 0;
}

/* The person's tracker, a fresh one if there is none. As many wait as can be followed, and those
 * that cannot come back make room. */
static struct person *person_of(struct state *s, int32_t id, double now)
{
    int kept = 0;
    for (int i = 0; i < s->num_people; i++) {
        if (s->people[i].id == id) {
            s->people[i].seen = now;
            return &s->people[i];
        }
    }
    for (int i = 0; i < s->num_people; i++)
        if (now - s->people[i].seen <= PATIENCE)
            s->people[kept++] = s->people[i];
    if (kept == MAX_PEOPLE)
        memmove(s->people, s->people + 1, (size_t)--kept * sizeof(*s->people));
    s->num_people = kept + 1;
    struct person *p = &s->people[kept];
    p->id = id;
    p->seen = now;
    mn_clnf_tracker_reset(&p->tracker);
    return p;
}

static int find(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out)
{
    const mien_face *face = ctx;
    const float *b = face->box;
    const float box[4] = {b[0], b[1], b[2] - b[0], b[3] - b[1]};
    float at[4];
    mn_clnf_box_of_face(box, at);
    int err = mn_clnf_detect(w, at, out);
    return err == MIEN_EINVAL ? 0 : err < 0 ? err : 1;
}

static int follow(struct state *s, struct mn_frame *f)
{
    if (f->num_faces == 0)
        return 0;
    int err = mn_clnf_look(s->worker, &f->pub.picture);
    for (int i = 0; i < f->num_faces && err == 0; i++) {
        mien_face *face = &f->faces[i];
        struct mn_clnf_result result;
        struct person *p = person_of(s, face->id, f->pub.time);
        err = mn_clnf_tracker_step(&p->tracker, s->worker, find, face, &result);
        if (err < 0)
            return err;
        face->landmark_confidence = result.confidence;
        face->landmark_success = result.success;
        if (!result.success)
            continue;
        for (int k = 0; k < MIEN_POINTS; k++) {
            face->landmark[k][0] = result.landmarks[k];
            face->landmark[k][1] = result.landmarks[MIEN_POINTS + k];
        }
        face->has |= MIEN_LANDMARKS;
        if (s->clnf)
            mn_fitted_put(face, s->clnf, &result);
    }
    return err;
}

static void push(void *state, struct mn_frame *f, mn_emit_fn *emit, void *ctx)
{
    struct state *s = state;
    double t = mn_now();
    if (!f->pub.error && !f->given)
        f->pub.error = follow(s, f);
    mn_span_end(&s->spans, MN_SPAN_CLNF, &t);
    emit(ctx, f);
}

static const struct mn_spans *spans(void *state)
{
    return &((struct state *)state)->spans;
}

const struct mn_stage mn_stage_clnf = {
    .name = "clnf",
    .order = MN_IN_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .push = push,
    .reset = reset,
    .spans = spans,
};
