/* Picture -> persons with 68 landmarks, by OpenFace's tracker and its own detector (MTCNN): this
 * stage finds and owns the persons, no other detector or tracker runs before it.
 *
 * With one person at most, the original's rules apply and nothing else. With several, they apply to
 * each; a lost person takes the nearest detection that shows no other; new persons are looked for
 * on every find_every-th frame, and by the original's schedule while none is followed.
 *
 * In independent pictures nothing is followed: each detection is a face. */
#include <math.h>

#include "clnf/mtcnn.h"
#include "clnf/tracker.h"
#include "image/box.h"
#include "stage/people.h"
#include "stage/stage.h"
#include "stage/track_clnf.h"
#include "stage/work.h"

/* Rules for several persons. */
#define UNCONFIRMED_FAILURES                                                                \
    4                    /* failed fits after which a person the validator never took for a \
                            face is removed */
#define RETRY_EMPTY 12   /* frames between searches while none is followed; the original's */
#define SAME_FACE 0.3f   /* overlap of a detection and the face that it shows */
#define DOUBLE_FACE 0.5f /* overlap of two followed faces that are one */
#define MAX_JUMP                                                              \
    2.0f /* face widths between a lost person and a detection that may be it, \
            while others are followed */

enum { SPAN_FOLLOW, SPAN_SEARCH }; /* the second lies within the first */

struct followed {
    struct mn_person person;
    bool detected;  /* in this frame */
    bool ever;      /* found at all */
    bool confirmed; /* the validator has taken it for a face */
    struct mn_clnf_tracker tracker;
};

struct state {
    struct mn_clnf_worker *worker;
    const struct mn_clnf *clnf; /* NULL: no stage needs more than landmarks */
    struct mn_mtcnn_worker *detector;
    int max_people, find_every, poses;
    bool keep_lost, independent;
    float min_face; /* pixels, shorter side of a detection */
    struct mn_people people;
    int32_t next_id;
    int empty_frames; /* since the last search, while none is followed */

    struct mn_spans *spans; /* in this frame: */
    bool searched;
    int num_boxes;
    struct mn_mtcnn_box boxes[MIEN_FACES_LIMIT];
};

static bool enabled(const struct mn_context *ctx)
{
    return mn_track_clnf_enabled(ctx) && ctx->tracker_detects;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->clnf = ctx->au ? ctx->refiner : NULL;
    s->max_people = ctx->settings.max_faces;
    s->find_every = ctx->find_every;
    s->poses = mn_track_clnf_poses(ctx);
    s->independent = ctx->settings.independent_frames;
    s->keep_lost = ctx->settings.keep_lost;
    s->min_face = ctx->settings.min_face;
    int err = mn_people_open(&s->people, sizeof(struct followed), MIEN_FACES_LIMIT);
    if (err == 0)
        err = mn_clnf_worker_open(&s->worker, ctx->refiner, NULL, NULL);
    if (err == 0)
        err = mn_clnf_worker_share(s->worker, ctx->team);
    return err < 0 ? err : mn_mtcnn_worker_open(&s->detector, ctx->mtcnn, NULL, NULL);
}

static void close(void *state)
{
    struct state *s = state;
    mn_mtcnn_worker_close(&s->detector);
    mn_clnf_worker_close(&s->worker);
    mn_people_close(&s->people);
}

static void reset(void *state)
{
    struct state *s = state;
    s->people.num = s->empty_frames = 0;
    s->next_id = 0;
}

static struct followed *at(const struct state *s, int i)
{
    return mn_people_at(&s->people, i);
}

/* ----------------------------------------------------------------------------- detections ---- */

/* x1, y1, x2, y2 of the box around the landmarks. */
static void landmark_box(const struct mn_clnf_result *r, float box[4])
{
    box[0] = box[1] = INFINITY;
    box[2] = box[3] = -INFINITY;
    for (int k = 0; k < 2 * MIEN_FACE_LANDMARKS; k++) {
        const int c = k / MIEN_FACE_LANDMARKS;
        box[c] = fminf(box[c], r->landmarks[k]);
        box[2 + c] = fmaxf(box[2 + c], r->landmarks[k]);
    }
}

/* Once a frame, when its detections are first needed. */
static void detect(struct state *s, const mien_picture *pic)
{
    if (s->searched)
        return;
    double t = mn_now();
    int n = mn_mtcnn_run(s->detector, pic, s->boxes, MIEN_FACES_LIMIT);
    s->searched = true;
    s->num_boxes = 0;
    for (int i = 0; i < n; i++)
        if (fminf(s->boxes[i].w, s->boxes[i].h) >= s->min_face)
            s->boxes[s->num_boxes++] = s->boxes[i];
    mn_span_end(s->spans, SPAN_SEARCH, &t);
}

/* Does the detection show another person than `by`, one that is followed well? */
static bool is_taken(const struct state *s, const struct mn_mtcnn_box *b, const struct followed *by)
{
    const float box[4] = {b->x, b->y, b->x + b->w, b->y + b->h};
    for (int i = 0; i < s->people.num; i++) {
        const struct followed *p = at(s, i);
        float other[4];
        if (p == by || !p->tracker.last.success)
            continue;
        landmark_box(&p->tracker.last, other);
        if (mn_box_iou(box, other) > SAME_FACE)
            return true;
    }
    return false;
}

/* Face widths between where the person was and the detection. */
static float distance(const struct followed *p, const struct mn_mtcnn_box *b)
{
    float box[4];
    landmark_box(&p->tracker.last, box);
    float x = b->x + b->w / 2 - (box[0] + box[2]) / 2, y = b->y + b->h / 2 - (box[1] + box[3]) / 2;
    return hypotf(x, y) / fmaxf(box[2] - box[0], 1);
}

static const struct mn_mtcnn_box *nearest(const struct state *s, const struct followed *p)
{
    const struct mn_mtcnn_box *best = NULL;
    bool others = false;
    for (int i = 0; i < s->people.num; i++)
        others = others || (at(s, i) != p && at(s, i)->tracker.last.success);
    float least = others ? MAX_JUMP : INFINITY;
    for (int i = 0; i < s->num_boxes; i++) {
        float d = distance(p, &s->boxes[i]);
        if (d < least && !is_taken(s, &s->boxes[i], p)) {
            best = &s->boxes[i];
            least = d;
        }
    }
    return best;
}

/* A detection near a lost person is left to that person's next search. */
static bool is_awaited(const struct state *s, const struct mn_mtcnn_box *b)
{
    for (int i = 0; i < s->people.num; i++)
        if (!at(s, i)->tracker.last.success && distance(at(s, i), b) < MAX_JUMP)
            return true;
    return false;
}

/* ------------------------------------------------------------------------------ following ---- */

struct search {
    struct state *state;
    const mien_picture *pic;
    struct followed *person;
    const struct mn_mtcnn_box *box; /* NULL: still to be chosen */
};

static int search_face(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out)
{
    struct search *q = ctx;
    struct state *s = q->state;
    const struct mn_mtcnn_box *b = q->box;
    detect(s, q->pic);
    if (!b && s->max_people > 1 && q->person->tracker.following) {
        b = nearest(s, q->person);
    } else if (!b) {
        int widest = mn_mtcnn_choose(s->boxes, s->num_boxes, NULL);
        b = widest < 0 ? NULL : &s->boxes[widest];
    }
    if (!b)
        return 0;
    const float box[4] = {b->x, b->y, b->w, b->h};
    int found = mn_track_clnf_search(w, box, s->poses, out);
    q->person->detected = found > 0;
    return found;
}

/* One person in one frame. b: where it is; NULL: where it was, or by a detection. */
static int step(struct state *s, struct mn_frame *f, struct followed *p,
                const struct mn_mtcnn_box *b)
{
    struct search q = {s, &f->pub.picture, p, b};
    struct mn_clnf_result *r = &p->tracker.last, ignored;
    p->detected = false;
    int err = mn_clnf_tracker_step(&p->tracker, s->worker, search_face, &q, &ignored);
    if (r->success)
        p->person.seen = f->pub.time;
    p->ever = p->ever || p->tracker.following;
    p->confirmed = p->confirmed || p->tracker.good;
    return err;
}

static struct followed *add(struct state *s, double now)
{
    struct followed *p = mn_people_add(&s->people, s->next_id++, now);
    mn_clnf_tracker_reset(&p->tracker);
    return p;
}

static int follow_one(struct state *s, struct mn_frame *f)
{
    struct followed *p = s->people.num ? at(s, 0) : add(s, f->pub.time);
    return step(s, f, p, NULL);
}

/* Is the face that of one of the first n persons? */
static bool is_double(const struct state *s, const struct followed *p, int n)
{
    float box[4], other[4];
    landmark_box(&p->tracker.last, box);
    for (int k = 0; k < n; k++) {
        landmark_box(&at(s, k)->tracker.last, other);
        if (at(s, k)->tracker.last.success && mn_box_iou(box, other) > DOUBLE_FACE)
            return true;
    }
    return false;
}

/* Removes those not seen for too long, those that never were a face, and doubles, of which the
 * older one stays. */
static void remove_ended(struct state *s, double now)
{
    for (int i = 0; i < s->people.num;) {
        const struct followed *p = at(s, i);
        bool ended = !p->tracker.following || now - p->person.seen > MN_PEOPLE_PATIENCE ||
                     (!p->confirmed && p->tracker.failures >= UNCONFIRMED_FAILURES) ||
                     (p->tracker.last.success && is_double(s, p, i));
        if (ended)
            mn_people_remove(&s->people, i);
        else
            i++;
    }
}

/* The widest detections first, until as many persons are followed as may be. */
static int add_new(struct state *s, struct mn_frame *f)
{
    detect(s, &f->pub.picture);
    bool tried[MIEN_FACES_LIMIT] = {false};
    for (int k = 0; k < s->num_boxes && s->people.num < s->max_people; k++) {
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

static int follow_all(struct state *s, struct mn_frame *f)
{
    const double now = f->pub.time;
    int err = 0;
    for (int i = 0; i < s->people.num && err == 0; i++)
        err = step(s, f, at(s, i), NULL);
    remove_ended(s, now);
    bool search = f->seq % (uint64_t)s->find_every == 0;
    if (s->people.num == 0)
        search = s->empty_frames++ % RETRY_EMPTY == 0;
    else
        s->empty_frames = 0;
    if (err == 0 && search && s->people.num < s->max_people) {
        err = add_new(s, f);
        remove_ended(s, now);
    }
    return err;
}

/* A picture that has nothing to do with the one before, as in the original's FaceLandmarkImg: the
 * faces in the detector's order. */
static int fit_each(struct state *s, struct mn_frame *f)
{
    reset(s);
    detect(s, &f->pub.picture);
    for (int i = 0; i < s->num_boxes && i < s->max_people; i++) {
        const struct mn_mtcnn_box *b = &s->boxes[i];
        const float box[4] = {b->x, b->y, b->w, b->h};
        struct followed *p = add(s, f->pub.time);
        int found = mn_track_clnf_search(s->worker, box, s->poses, &p->tracker.last);
        if (found < 0)
            return found;
        p->detected = p->ever = found > 0;
    }
    return 0;
}

/* -------------------------------------------------------------------------------- results ---- */

/* The five points of a detector: means of landmarks. */
static void put_points(mien_face *face, const struct mn_clnf_result *r)
{
    static const struct {
        int first, n;
    } points[5] = {{36, 6}, {42, 6}, {30, 1}, {48, 1}, {54, 1}};
    for (int k = 0; k < 5; k++)
        for (int i = 0; i < points[k].n; i++)
            for (int c = 0; c < 2; c++)
                face->point[k][c] +=
                    (r->landmarks[c * MIEN_FACE_LANDMARKS + points[k].first + i] + 0.5f) /
                    (float)points[k].n;
}

static void put_face(const struct state *s, const struct followed *p, struct mn_frame *f)
{
    const struct mn_clnf_result *r = &p->tracker.last;
    mien_face *face = mn_work_add_face(f);
    float b[4];
    landmark_box(r, b);
    const float landmarks[4] = {b[0], b[1], b[2] - b[0], b[3] - b[1]};
    mn_clnf_tracker_face_from_box(landmarks, b);
    face->id = p->person.id;
    face->confidence = r->confidence;
    face->box_source = !r->success   ? MIEN_BOX_LOST
                       : p->detected ? MIEN_BOX_DETECTED
                                     : MIEN_BOX_FOLLOWED;
    face->box[0] = b[0] + 0.5f; /* landmarks count from the centre of the first pixel */
    face->box[1] = b[1] + 0.5f;
    face->box[2] = b[0] + b[2] + 0.5f;
    face->box[3] = b[1] + b[3] + 0.5f;
    put_points(face, r);
    mn_track_clnf_put(f, f->num_faces - 1, s->clnf, r);
}

static int follow(struct state *s, struct mn_frame *f)
{
    s->searched = false;
    f->num_faces = 0;
    int err = mn_clnf_set_picture(s->worker, &f->pub.picture);
    if (err == 0)
        err = s->independent       ? fit_each(s, f)
              : s->max_people == 1 ? follow_one(s, f)
                                   : follow_all(s, f);
    for (int i = 0; i < s->people.num && err == 0; i++) {
        const struct followed *p = at(s, i);
        if (p->tracker.last.success || (s->keep_lost && p->ever))
            put_face(s, p, f);
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
        f->pub.error = follow(s, f);
    mn_span_end(spans, SPAN_FOLLOW, &t);
    emit(ctx, f);
}

const struct mn_stage mn_stage_track_people = {
    .name = "clnf",
    .span = {[SPAN_FOLLOW] = {.name = "clnf"},
             [SPAN_SEARCH] = {.name = "detect.mtcnn", .counts = MN_COUNTS_DETECTIONS}},
    .order = MN_IN_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .push = push,
    .reset = reset,
};
