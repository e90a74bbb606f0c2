/* Boxes -> persons: the same face keeps the same number, in frame order.
 *
 * Each frame pairs the living tracks with its boxes, greedily by overlap (at least 0.3), then what
 * is left by distance of centres. Unpaired boxes open tracks, the largest first, while fewer than
 * max_faces are visible; unpaired tracks wait up to two seconds of media time. Numbers are never
 * reused. A track without a box in a frame has no face in that frame. Of unrelated pictures every
 * face is somebody else. */
#include <math.h>

#include "base/mem.h"
#include "image/box.h"
#include "stage/stage.h"
#include "stage/work.h"

#define MIN_OVERLAP 0.3f
#define MAX_STEP 0.5f  /* of the longer side of the new box, between centres */
#define MIN_RATIO 0.5f /* of areas, either way */
#define PATIENCE 2.0   /* seconds of media time */
#define MAX_TRACKS (2 * MIEN_FACES_LIMIT)

enum { NOBODY = -1, DISMISSED = -2 }; /* owners of a box that are no track */

struct track {
    int32_t id;
    float box[4];
    double seen; /* time of the last box */
    int match;   /* index of this frame's box, -1 none */
};

struct pair {
    float score;
    int track, box;
};

struct state {
    bool unrelated; /* nobody is in two frames */
    int max_faces;
    int32_t next_id;
    int num_tracks;
    struct track *tracks; /* ascending id */
    struct pair *pairs;
};

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->max_faces = ctx->settings.max_faces;
    s->unrelated = ctx->settings.independent_frames;
    s->tracks = mn_alloc(MAX_TRACKS, sizeof(*s->tracks));
    s->pairs = mn_alloc_sparse((size_t)MAX_TRACKS * MIEN_FACES_LIMIT, sizeof(*s->pairs));
    return s->tracks && s->pairs ? 0 : MIEN_ENOMEM;
}

static void close(void *state)
{
    struct state *s = state;
    free(s->tracks);
    free(s->pairs);
}

static void reset(void *state)
{
    struct state *s = state;
    s->num_tracks = 0;
    s->next_id = 0;
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
    for (int i = 0; i < s->num_tracks; i++)
        for (int j = 0; s->tracks[i].match < 0 && j < f->num_detections; j++) {
            float v = owner[j] == NOBODY ? score(s->tracks[i].box, f->detections[j].box) : -1;
            if (v >= 0)
                s->pairs[n++] = (struct pair){v, i, j};
        }
    qsort(s->pairs, (size_t)n, sizeof(*s->pairs), best_first);
    for (int k = 0; k < n; k++) {
        struct track *t = &s->tracks[s->pairs[k].track];
        if (t->match >= 0 || owner[s->pairs[k].box] != NOBODY)
            continue;
        t->match = s->pairs[k].box;
        owner[s->pairs[k].box] = s->pairs[k].track;
    }
}

/* Somebody who waited may come back while others have taken all places: those who were seen last
 * stay. */
static void keep_to_limit(struct state *s, int *owner)
{
    int visible = 0;
    for (int i = 0; i < s->num_tracks; i++)
        visible += s->tracks[i].match >= 0;
    for (; visible > s->max_faces; visible--) {
        struct track *out = NULL;
        for (int i = 0; i < s->num_tracks; i++) {
            struct track *t = &s->tracks[i];
            if (t->match >= 0 && (!out || t->seen <= out->seen))
                out = t;
        }
        owner[out->match] = DISMISSED;
        out->match = -1;
    }
}

static void forget_old(struct state *s, double now)
{
    int kept = 0;
    for (int i = 0; i < s->num_tracks; i++)
        if (now - s->tracks[i].seen <= PATIENCE)
            s->tracks[kept++] = s->tracks[i];
    s->num_tracks = kept;
}

static void open_tracks(struct state *s, const struct mn_frame *f, int *owner)
{
    int visible = 0;
    for (int i = 0; i < s->num_tracks; i++)
        visible += s->tracks[i].match >= 0;
    while (visible < s->max_faces) {
        int largest = -1;
        for (int j = 0; j < f->num_detections; j++)
            if (owner[j] == NOBODY && (largest < 0 || mn_box_area(f->detections[j].box) >
                                                          mn_box_area(f->detections[largest].box)))
                largest = j;
        if (largest < 0)
            return;
        if (s->num_tracks == MAX_TRACKS) { /* as many waiting as can be: the oldest must go */
            int oldest = -1;
            for (int i = 0; i < s->num_tracks; i++)
                if (s->tracks[i].match < 0 &&
                    (oldest < 0 || s->tracks[i].seen < s->tracks[oldest].seen))
                    oldest = i;
            memmove(&s->tracks[oldest], &s->tracks[oldest + 1],
                    (size_t)(s->num_tracks - oldest - 1) * sizeof(*s->tracks));
            s->num_tracks--;
        }
        s->tracks[s->num_tracks++] = (struct track){.id = s->next_id++, .match = largest};
        owner[largest] = s->num_tracks - 1;
        visible++;
    }
}

static void push(void *state, struct mn_frame *f, struct mn_spans *spans, mn_emit_fn *emit,
                 void *ctx)
{
    struct state *s = state;
    double t0 = mn_now();
    if (f->pub.error || f->work->external) {
        emit(ctx, f);
        return;
    }
    int owner[MIEN_FACES_LIMIT];
    for (int j = 0; j < f->num_detections; j++)
        owner[j] = NOBODY;
    if (s->unrelated)
        s->num_tracks = 0;
    forget_old(s, f->pub.time);
    for (int i = 0; i < s->num_tracks; i++)
        s->tracks[i].match = -1;
    assign(s, f, owner, by_overlap);
    assign(s, f, owner, by_distance);
    keep_to_limit(s, owner);
    open_tracks(s, f, owner);

    f->num_faces = 0;
    for (int i = 0; i < s->num_tracks; i++) {
        struct track *t = &s->tracks[i];
        if (t->match < 0)
            continue;
        const struct mn_detection *d = &f->detections[t->match];
        memcpy(t->box, d->box, sizeof(t->box));
        t->seen = f->pub.time;
        mien_face *face = mn_work_add_face(f);
        face->id = t->id;
        face->box_source = f->box_source;
        face->confidence = d->score;
        memcpy(face->box, d->box, sizeof(face->box));
        memcpy(face->point, d->point, sizeof(face->point));
    }
    mn_span_end(spans, 0, &t0);
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
