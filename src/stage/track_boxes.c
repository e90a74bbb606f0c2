/* Boxes -> 68 landmarks by OpenFace's tracker, with another detector than OpenFace's own: persons
 * and boxes come from the stages before, and a box serves where the original would run its
 * detector. */
#include "base/mem.h"
#include "clnf/tracker.h"
#include "stage/people.h"
#include "stage/stage.h"
#include "stage/track_clnf.h"
#include "stage/work.h"

#define MAX_PEOPLE (2 * MIEN_FACES_LIMIT)

struct followed {
    struct mn_person person;
    struct mn_clnf_tracker tracker;
};

struct state {
    struct mn_clnf_worker *worker;
    const struct mn_clnf *clnf; /* NULL: no stage needs more than landmarks */
    struct mn_people people;
    int poses;
    bool independent;
};

struct search {
    const mien_face *face;
    int poses;
};

static bool enabled(const struct mn_context *ctx)
{
    return mn_track_clnf_enabled(ctx) && !ctx->tracker_detects;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->clnf = ctx->au ? ctx->refiner : NULL;
    s->poses = mn_track_clnf_poses(ctx);
    s->independent = ctx->settings.independent_frames;
    int err = mn_people_open(&s->people, sizeof(struct followed), MAX_PEOPLE);
    if (err == 0)
        err = mn_clnf_worker_open(&s->worker, ctx->refiner, NULL, NULL);
    return err < 0 ? err : mn_clnf_worker_share(s->worker, ctx->team);
}

static void close(void *state)
{
    struct state *s = state;
    mn_clnf_worker_close(&s->worker);
    mn_people_close(&s->people);
}

static void reset(void *state)
{
    ((struct state *)state)->people.num = 0;
}

/* The person's entry, with a fresh tracker if there was none. Persons whose track has ended make
 * room; if the table is still full, the first one does. */
static struct followed *entry_of(struct state *s, int32_t id, double now)
{
    struct followed *p = mn_people_find(&s->people, id);
    if (p) {
        p->person.seen = now;
        return p;
    }
    mn_people_forget(&s->people, now, MN_PEOPLE_GONE);
    if (s->people.num == MAX_PEOPLE)
        mn_people_remove(&s->people, 0);
    p = mn_people_add(&s->people, id, now);
    mn_clnf_tracker_reset(&p->tracker);
    return p;
}

static int search_face(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out)
{
    const struct search *q = ctx;
    const float *b = q->face->box;
    const float box[4] = {b[0], b[1], b[2] - b[0], b[3] - b[1]};
    float at[4];
    mn_clnf_tracker_box_from_face(box, at);
    return mn_track_clnf_search(w, at, q->poses, out);
}

/* One face in one frame. Independent pictures have no earlier one to follow it from. */
static int fit(struct state *s, const mien_face *face, double now, struct mn_clnf_result *out)
{
    struct search q = {face, s->poses};
    if (!s->independent)
        return mn_clnf_tracker_step(&entry_of(s, face->id, now)->tracker, s->worker, search_face,
                                    &q, out);
    int found = search_face(&q, s->worker, out);
    return found < 0 ? found : 0;
}

static int follow(struct state *s, struct mn_frame *f)
{
    if (f->num_faces == 0)
        return 0;
    int err = mn_clnf_set_picture(s->worker, &f->pub.picture);
    for (int i = 0; i < f->num_faces && err == 0; i++) {
        mien_face *face = &f->faces[i];
        struct mn_clnf_result result;
        err = fit(s, face, f->pub.time, &result);
        if (err < 0)
            return err;
        if (result.success) {
            mn_track_clnf_put(f, i, s->clnf, &result);
            continue;
        }
        face->landmark_confidence = result.confidence;
        face->landmark_success = 0;
    }
    return err;
}

static void push(void *state, struct mn_frame *f, struct mn_spans *spans, mn_emit_fn *emit,
                 void *ctx)
{
    double t = mn_now();
    if (!f->pub.error && !f->work->external)
        f->pub.error = follow(state, f);
    mn_span_end(spans, 0, &t);
    emit(ctx, f);
}

const struct mn_stage mn_stage_track_boxes = {
    .name = "clnf",
    .span = {{.name = "clnf"}},
    .order = MN_IN_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .push = push,
    .reset = reset,
};
