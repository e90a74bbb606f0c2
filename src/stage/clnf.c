/* 68 points by OpenFace's own tracker: each person is followed from the fit of the frame before, so
 * frames come in order.
 *
 * Two ways. With OpenFace's own detector (MTCNN) this stage finds and owns the people: nobody
 * detects or tracks before it. One person: the original's rules, nothing else. Several: those
 * rules for each; every so often, and by the original's schedule while nobody is followed, a look
 * for new people. With another detector, people come with their boxes, which serve where the
 * original would call its own. */
#include <math.h>

#include "base/mem.h"
#include "clnf/mtcnn.h"
#include "clnf/tracker.h"
#include "image/box.h"
#include "stage/stage.h"
#include "stage/work.h"

#define PATIENCE 2.5    /* seconds unseen after which a track cannot come back (track.c: 2.0) */
#define GIVE_UP 2.0     /* seconds, likewise, where there are several people and no tracks */
#define PROBATION 4     /* failures after which somebody never taken for a face is none */
#define RETRY_NOBODY 12 /* frames between looks while nobody is there; the original's */
#define SAME 0.3f       /* overlap of a detection and the face it shows */
#define TWICE 0.5f      /* overlap of two faces that are one, followed twice */
#define NEAR 2.0f /* widths of a face that somebody lost may turn up away from, among others */
#define MAX_PEOPLE (2 * MIEN_FACES_LIMIT)

enum { FOLLOW, SEARCH }; /* spans; the second lies within the first */

struct person {
    int32_t id;
    double seen;
    bool detected;  /* in this frame */
    bool ever;      /* found at all */
    bool confirmed; /* the validator has taken it for a face */
    struct mn_clnf_tracker tracker;
};

struct state {
    struct mn_clnf_worker *worker;
    const struct mn_clnf *clnf; /* NULL: nobody asks for more than points */
    int num_people;
    struct person *people;
    /* with the detector of its own */
    struct mn_mtcnn_worker *finder; /* NULL: people come with their boxes */
    int max_people, find_every;
    bool keep_lost;
    float min_face;
    int32_t next_id;
    int alone;              /* frames since the last look, while nobody is there */
    struct mn_spans *spans; /* in this frame: */
    bool searched;
    int num_boxes;
    struct mn_mtcnn_box boxes[MIEN_FACES_LIMIT];
};

static bool enabled(const struct mn_context *ctx)
{
    return ctx->settings.landmark_method == MIEN_LANDMARK_CLNF && ctx->has_refiner &&
           !ctx->settings.external_landmarks;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->clnf = ctx->au ? ctx->refiner : NULL;
    s->max_people = ctx->settings.max_faces;
    s->find_every = ctx->find_every;
    s->keep_lost = ctx->settings.keep_lost;
    s->min_face = ctx->settings.min_face;
    s->people = mn_alloc_sparse(MAX_PEOPLE, sizeof(*s->people));
    if (!s->people)
        return MIEN_ENOMEM;
    int err = mn_clnf_worker_open(&s->worker, ctx->refiner, NULL, NULL);
    if (err == 0 && ctx->mtcnn)
        err = mn_mtcnn_worker_open(&s->finder, ctx->mtcnn, NULL, NULL);
    return err;
}

static void close(void *state)
{
    struct state *s = state;
    mn_mtcnn_worker_close(&s->finder);
    mn_clnf_worker_close(&s->worker);
    free(s->people);
}

static void reset(void *state)
{
    struct state *s = state;
    s->num_people = s->alone = 0;
    s->next_id = 0;
}

/* Everything about a face that comes from the tracker, but who it is and where its box is from. */
static void put(const struct state *s, struct mn_frame *f, int i, const struct mn_clnf_result *r)
{
    mien_face *face = &f->faces[i];
    face->landmark_confidence = r->confidence;
    face->landmark_success = r->success;
    for (int k = 0; k < MIEN_POINTS; k++) {
        face->landmark[k][0] = r->landmarks[k];
        face->landmark[k][1] = r->landmarks[MIEN_POINTS + k];
    }
    face->has |= MIEN_LANDMARKS;
    if (s->clnf)
        mn_work_put_fit(&f->work->face[i], s->clnf, r);
}

/* -------------------------------------------------------------------- people who bring boxes ----
 */

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
    *p = (struct person){.id = id, .seen = now};
    mn_clnf_tracker_reset(&p->tracker);
    return p;
}

static int begin_in(struct mn_clnf_worker *w, const float box[4], struct mn_clnf_result *out)
{
    int err = mn_clnf_detect(w, box, out);
    return err == MIEN_EINVAL ? 0 : err < 0 ? err : 1;
}

static int find_in_face(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out)
{
    const mien_face *face = ctx;
    const float *b = face->box;
    const float box[4] = {b[0], b[1], b[2] - b[0], b[3] - b[1]};
    float at[4];
    mn_clnf_tracker_box_from_face(box, at);
    return begin_in(w, at, out);
}

static int follow_boxes(struct state *s, struct mn_frame *f)
{
    if (f->num_faces == 0)
        return 0;
    int err = mn_clnf_set_picture(s->worker, &f->pub.picture);
    for (int i = 0; i < f->num_faces && err == 0; i++) {
        mien_face *face = &f->faces[i];
        struct mn_clnf_result result;
        struct person *p = person_of(s, face->id, f->pub.time);
        err = mn_clnf_tracker_step(&p->tracker, s->worker, find_in_face, face, &result);
        if (err < 0)
            return err;
        if (result.success) {
            put(s, f, i, &result);
            continue;
        }
        face->landmark_confidence = result.confidence;
        face->landmark_success = 0;
    }
    return err;
}

/* ----------------------------------------------------------------------- people found here ---- */

/* What the landmarks span: x1, y1, x2, y2. */
static void span(const struct mn_clnf_result *r, float box[4])
{
    box[0] = box[1] = INFINITY;
    box[2] = box[3] = -INFINITY;
    for (int k = 0; k < 2 * MIEN_POINTS; k++) {
        const int c = k / MIEN_POINTS;
        box[c] = fminf(box[c], r->landmarks[k]);
        box[2 + c] = fmaxf(box[2 + c], r->landmarks[k]);
    }
}

static void search(struct state *s, const mien_picture *pic)
{
    if (s->searched)
        return;
    double t = mn_now();
    int n = mn_mtcnn_run(s->finder, pic, s->boxes, MIEN_FACES_LIMIT);
    s->searched = true;
    s->num_boxes = 0;
    for (int i = 0; i < n; i++)
        if (fminf(s->boxes[i].w, s->boxes[i].h) >= s->min_face)
            s->boxes[s->num_boxes++] = s->boxes[i];
    mn_span_end(s->spans, SEARCH, &t);
}

/* Does the detection show somebody else, who is being followed? */
static bool is_taken(const struct state *s, const struct mn_mtcnn_box *b, const struct person *by)
{
    const float box[4] = {b->x, b->y, b->x + b->w, b->y + b->h};
    for (int i = 0; i < s->num_people; i++) {
        const struct person *p = &s->people[i];
        float other[4];
        if (p == by || !p->tracker.last.success)
            continue;
        span(&p->tracker.last, other);
        if (mn_box_iou(box, other) > SAME)
            return true;
    }
    return false;
}

/* Widths of the person's face between where it was and the detection. */
static float away(const struct person *p, const struct mn_mtcnn_box *b)
{
    float box[4];
    span(&p->tracker.last, box);
    float x = b->x + b->w / 2 - (box[0] + box[2]) / 2, y = b->y + b->h / 2 - (box[1] + box[3]) / 2;
    return hypotf(x, y) / fmaxf(box[2] - box[0], 1);
}

struct quest {
    struct state *state;
    const mien_picture *pic;
    struct person *person;
    const struct mn_mtcnn_box *box; /* NULL: which one is to be decided */
};

static const struct mn_mtcnn_box *nearest(const struct state *s, const struct person *p)
{
    const struct mn_mtcnn_box *best = NULL;
    bool others = false;
    for (int i = 0; i < s->num_people; i++)
        others = others || (&s->people[i] != p && s->people[i].tracker.last.success);
    float least = others ? NEAR : INFINITY;
    for (int i = 0; i < s->num_boxes; i++) {
        float d = away(p, &s->boxes[i]);
        if (d < least && !is_taken(s, &s->boxes[i], p)) {
            best = &s->boxes[i];
            least = d;
        }
    }
    return best;
}

static int find(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out)
{
    struct quest *q = ctx;
    struct state *s = q->state;
    const struct mn_mtcnn_box *b = q->box;
    search(s, q->pic);
    if (!b && s->max_people > 1 && q->person->tracker.following) {
        b = nearest(s, q->person);
    } else if (!b) {
        int widest = mn_mtcnn_choose(s->boxes, s->num_boxes, NULL);
        b = widest < 0 ? NULL : &s->boxes[widest];
    }
    if (!b)
        return 0;
    const float box[4] = {b->x, b->y, b->w, b->h};
    int found = begin_in(w, box, out);
    q->person->detected = found > 0;
    return found;
}

static int step(struct state *s, struct mn_frame *f, struct person *p, const struct mn_mtcnn_box *b)
{
    struct quest q = {s, &f->pub.picture, p, b};
    struct mn_clnf_result *r = &p->tracker.last, ignored;
    p->detected = false;
    int err = mn_clnf_tracker_step(&p->tracker, s->worker, find, &q, &ignored);
    if (r->success)
        p->seen = f->pub.time;
    p->ever = p->ever || p->tracker.following;
    p->confirmed = p->confirmed || p->tracker.good;
    return err;
}

static struct person *add(struct state *s, double now)
{
    struct person *p = &s->people[s->num_people++];
    *p = (struct person){.id = s->next_id++, .seen = now};
    mn_clnf_tracker_reset(&p->tracker);
    return p;
}

/* Is the face that of one of the first n people? */
static bool is_double(const struct state *s, const struct person *p, int n)
{
    float box[4], other[4];
    span(&p->tracker.last, box);
    for (int k = 0; k < n; k++) {
        span(&s->people[k].tracker.last, other);
        if (s->people[k].tracker.last.success && mn_box_iou(box, other) > TWICE)
            return true;
    }
    return false;
}

/* Those who were given up, who never were a face, and doubles: who was there first stays. */
static void release(struct state *s, double now)
{
    int kept = 0;
    for (int i = 0; i < s->num_people; i++) {
        const struct person *p = &s->people[i];
        bool gone = !p->tracker.following || now - p->seen > GIVE_UP ||
                    (!p->confirmed && p->tracker.failures >= PROBATION) ||
                    (p->tracker.last.success && is_double(s, p, kept));
        if (!gone)
            s->people[kept++] = *p;
    }
    s->num_people = kept;
}

/* A detection near somebody who is lost is left to their next try. */
static bool is_awaited(const struct state *s, const struct mn_mtcnn_box *b)
{
    for (int i = 0; i < s->num_people; i++)
        if (!s->people[i].tracker.last.success && away(&s->people[i], b) < NEAR)
            return true;
    return false;
}

/* The widest first, as many as may be followed. */
static int look_for_new(struct state *s, struct mn_frame *f)
{
    search(s, &f->pub.picture);
    bool tried[MIEN_FACES_LIMIT] = {false};
    for (int k = 0; k < s->num_boxes && s->num_people < s->max_people; k++) {
        int widest = -1;
        for (int i = 0; i < s->num_boxes; i++)
            if (!tried[i] && (widest < 0 || s->boxes[i].w > s->boxes[widest].w))
                widest = i;
        tried[widest] = true;
        const struct mn_mtcnn_box *b = &s->boxes[widest];
        if (is_taken(s, b, NULL) || is_awaited(s, b))
            continue;
        int err = step(s, f, add(s, f->pub.time), b);
        if (err < 0)
            return err;
    }
    return 0;
}

static int follow_one(struct state *s, struct mn_frame *f)
{
    struct person *p = s->num_people ? s->people : add(s, f->pub.time);
    return step(s, f, p, NULL);
}

static int follow_all(struct state *s, struct mn_frame *f)
{
    const double now = f->pub.time;
    int err = 0;
    for (int i = 0; i < s->num_people && err == 0; i++)
        err = step(s, f, &s->people[i], NULL);
    release(s, now);
    bool look = f->seq % (uint64_t)s->find_every == 0;
    if (s->num_people == 0)
        look = s->alone++ % RETRY_NOBODY == 0;
    else
        s->alone = 0;
    if (err == 0 && look && s->num_people < s->max_people) {
        err = look_for_new(s, f);
        release(s, now);
    }
    return err;
}

static void describe(const struct state *s, const struct person *p, struct mn_frame *f)
{
    mien_face *face = mn_work_add_face(f);
    const struct mn_clnf_result *r = &p->tracker.last;
    float b[4];
    span(r, b);
    const float landmarks[4] = {b[0], b[1], b[2] - b[0], b[3] - b[1]};
    mn_clnf_tracker_face_from_box(landmarks, b);
    face->id = p->id;
    face->confidence = r->confidence;
    face->box_source = !r->success   ? MIEN_BOX_LOST
                       : p->detected ? MIEN_BOX_DETECTED
                                     : MIEN_BOX_FOLLOWED;
    face->box[0] = b[0] + 0.5f; /* landmarks count from the middle of the first pixel */
    face->box[1] = b[1] + 0.5f;
    face->box[2] = b[0] + b[2] + 0.5f;
    face->box[3] = b[1] + b[3] + 0.5f;
    static const struct {
        int first, n;
    } points[5] = {{36, 6}, {42, 6}, {30, 1}, {48, 1}, {54, 1}};
    for (int k = 0; k < 5; k++)
        for (int i = 0; i < points[k].n; i++)
            for (int c = 0; c < 2; c++)
                face->point[k][c] += (r->landmarks[c * MIEN_POINTS + points[k].first + i] + 0.5f) /
                                     (float)points[k].n;
    put(s, f, f->num_faces - 1, r);
}

static int find_and_follow(struct state *s, struct mn_frame *f)
{
    s->searched = false;
    f->num_faces = 0;
    int err = mn_clnf_set_picture(s->worker, &f->pub.picture);
    if (err == 0)
        err = s->max_people == 1 ? follow_one(s, f) : follow_all(s, f);
    for (int i = 0; i < s->num_people && err == 0; i++) {
        const struct person *p = &s->people[i];
        if (p->tracker.last.success || (s->keep_lost && p->ever))
            describe(s, p, f);
    }
    return err;
}

static void push(void *state, struct mn_frame *f, struct mn_spans *spans, mn_emit_fn *emit,
                 void *ctx)
{
    struct state *s = state;
    double t = mn_now();
    s->spans = spans;
    if (!f->pub.error && !f->work->external)
        f->pub.error = s->finder ? find_and_follow(s, f) : follow_boxes(s, f);
    mn_span_end(spans, FOLLOW, &t);
    emit(ctx, f);
}

const struct mn_stage mn_stage_clnf = {
    .name = "clnf",
    .span = {[FOLLOW] = {.name = "clnf"},
             [SEARCH] = {.name = "detect.mtcnn", .counts = MN_COUNTS_DETECTIONS}},
    .order = MN_IN_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .push = push,
    .reset = reset,
};
