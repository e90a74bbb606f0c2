/* Boxes -> persons: the same face keeps the same id, in frame order.
 *
 * Each frame pairs the tracks with its boxes, greedily by overlap (at least 0.3), then the rest by
 * distance of centres. Unpaired boxes open tracks, the largest first, while fewer than max_faces
 * are visible; unpaired tracks wait up to MN_PEOPLE_PATIENCE. Ids are never used again. A track
 * without a box in a frame has no face in that frame. In independent frames every face is another
 * person. */
#include <math.h>

#include "base/mem.h"
#include "image/box.h"
#include "stage/people.h"
#include "stage/stage.h"
#include "stage/work.h"

#define MIN_OVERLAP 0.3f
#define MAX_STEP 0.5f  /* of the longer side of the new box, between centres */
#define MIN_RATIO 0.5f /* of areas, either way */
#define MAX_TRACKS (2 * MIEN_FACES_LIMIT)

enum { NO_TRACK = -1, DISMISSED = -2 }; /* owners of a box that are no track */

struct track {
    struct mn_person person;
    float box[4];
    int match; /* index of this frame's box, -1: none */
};

struct pair {
    float score;
    int track, box;
};

struct state {
    bool independent_frames; /* no person is in two frames */
    int max_faces;
    int32_t next_id;
    struct mn_people tracks; /* ascending id */
    struct pair *pairs;
};

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->max_faces = ctx->settings.max_faces;
    s->independent_frames = ctx->settings.independent_frames;
    s->pairs = mn_alloc_sparse((size_t)MAX_TRACKS * MIEN_FACES_LIMIT, sizeof(*s->pairs));
    int err = mn_people_open(&s->tracks, sizeof(struct track), MAX_TRACKS);
    return s->pairs ? err : MIEN_ENOMEM;
}

static void close(void *state)
{
    struct state *s = state;
    mn_people_close(&s->tracks);
    free(s->pairs);
}

static void reset(void *state)
{
    struct state *s = state;
    s->tracks.num = 0;
    s->next_id = 0;
}

static struct track *at(const struct state *s, int i)
{
    return mn_people_at(&s->tracks, i);
}

/* Best first; ties go to the older track, then to the earlier box. */
static int best_first(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->track != y->track ? x->track - y->track : x->box - y->box;
}

/* How well a box continues a track; negative if it does not. */
static float by_overlap(const float track[4], const float box[4])
{
    float o = mn_box_iou(track, box);
    return o >= MIN_OVERLAP ? o : -1;
}

static float by_distance(const float track[4], const float box[4])
{
    float dx = (box[0] + box[2] - track[0] - track[2]) / 2;
    float dy = (box[1] + box[3] - track[1] - track[3]) / 2;
    float step = hypotf(dx, dy) / mn_box_max_side(box);
    float ratio = mn_box_area(box) / mn_box_area(track);
    return step < MAX_STEP && ratio >= MIN_RATIO && ratio <= 1 / MIN_RATIO ? 1 - step : -1;
}

static void assign(struct state *s, const struct mn_frame *f, int *owner,
                   float (*score)(const float *, const float *))
{
    int n = 0;
    for (int i = 0; i < s->tracks.num; i++) {
        const struct track *t = at(s, i);
        for (int j = 0; t->match < 0 && j < f->num_detections; j++) {
            float v = owner[j] == NO_TRACK ? score(t->box, f->detections[j].box) : -1;
            if (v >= 0)
                s->pairs[n++] = (struct pair){v, i, j};
        }
    }
    qsort(s->pairs, (size_t)n, sizeof(*s->pairs), best_first);
    for (int k = 0; k < n; k++) {
        struct track *t = at(s, s->pairs[k].track);
        if (t->match >= 0 || owner[s->pairs[k].box] != NO_TRACK)
            continue;
        t->match = s->pairs[k].box;
        owner[s->pairs[k].box] = s->pairs[k].track;
    }
}

static int num_visible(const struct state *s)
{
    int visible = 0;
    for (int i = 0; i < s->tracks.num; i++)
        visible += at(s, i)->match >= 0;
    return visible;
}

/* A track that waited may come back while others have taken all places: those seen last stay. */
static void keep_to_limit(struct state *s, int *owner)
{
    for (int visible = num_visible(s); visible > s->max_faces; visible--) {
        struct track *out = NULL;
        for (int i = 0; i < s->tracks.num; i++) {
            struct track *t = at(s, i);
            if (t->match >= 0 && (!out || t->person.seen <= out->person.seen))
                out = t;
        }
        owner[out->match] = DISMISSED;
        out->match = -1;
    }
}

static int largest_free(const struct mn_frame *f, const int *owner)
{
    int largest = -1;
    for (int j = 0; j < f->num_detections; j++)
        if (owner[j] == NO_TRACK && (largest < 0 || mn_box_area(f->detections[j].box) >
                                                        mn_box_area(f->detections[largest].box)))
            largest = j;
    return largest;
}

/* As many tracks wait as the table holds: the one seen longest ago goes. */
static void make_room(struct state *s)
{
    int oldest = -1;
    for (int i = 0; i < s->tracks.num; i++)
        if (at(s, i)->match < 0 &&
            (oldest < 0 || at(s, i)->person.seen < at(s, oldest)->person.seen))
            oldest = i;
    mn_people_remove(&s->tracks, oldest);
}

static void open_tracks(struct state *s, const struct mn_frame *f, int *owner)
{
    for (int visible = num_visible(s); visible < s->max_faces; visible++) {
        int largest = largest_free(f, owner);
        if (largest < 0)
            return;
        if (s->tracks.num == MAX_TRACKS)
            make_room(s);
        struct track *t = mn_people_add(&s->tracks, s->next_id++, f->pub.time);
        t->match = largest;
        owner[largest] = s->tracks.num - 1;
    }
}

static void put_faces(struct state *s, struct mn_frame *f)
{
    f->num_faces = 0;
    for (int i = 0; i < s->tracks.num; i++) {
        struct track *t = at(s, i);
        if (t->match < 0)
            continue;
        const struct mn_detection *d = &f->detections[t->match];
        memcpy(t->box, d->box, sizeof(t->box));
        t->person.seen = f->pub.time;
        mien_face *face = mn_work_add_face(f);
        face->id = t->person.id;
        face->box_source = f->box_source;
        face->confidence = d->score;
        memcpy(face->box, d->box, sizeof(face->box));
        memcpy(face->point, d->point, sizeof(face->point));
        f->work->face[f->num_faces - 1].square = d->square;
    }
}

static void follow(struct state *s, struct mn_frame *f)
{
    int owner[MIEN_FACES_LIMIT]; /* of each box: a track, or one of the enum */
    for (int j = 0; j < f->num_detections; j++)
        owner[j] = NO_TRACK;
    if (s->independent_frames)
        s->tracks.num = 0;
    mn_people_forget(&s->tracks, f->pub.time, MN_PEOPLE_PATIENCE);
    for (int i = 0; i < s->tracks.num; i++)
        at(s, i)->match = -1;
    assign(s, f, owner, by_overlap);
    assign(s, f, owner, by_distance);
    keep_to_limit(s, owner);
    open_tracks(s, f, owner);
    put_faces(s, f);
}

static void push(void *state, struct mn_frame *f, struct mn_spans *spans, mn_emit_fn *emit,
                 void *ctx)
{
    double t = mn_now();
    if (!f->pub.error && !f->work->external) {
        follow(state, f);
        mn_span_end(spans, 0, &t);
    }
    emit(ctx, f);
}

static bool enabled(const struct mn_context *ctx)
{
    return !ctx->tracker_detects;
}

const struct mn_stage mn_stage_track = {
    .name = "track",
    .span = {{.name = "track"}},
    .order = MN_IN_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .push = push,
    .reset = reset,
};
