/* Features over time -> action units, in frame order. Every person has a running median and a
 * calibration of its own. */
#include "base/mem.h"
#include "face/au_chain.h"
#include "stage/stage.h"
#include "stage/work.h"

#define PATIENCE 2.5 /* seconds unseen after which a track cannot come back (track.c: 2.0) */

struct person {
    int32_t id;
    double seen;
    bool left;
    struct mn_au_person *chain;
};

struct state {
    const struct mn_au *au;
    bool live;
    bool come_back; /* people may, after any time, under the same id */
    int num_people, room;
    struct person *people; /* in order of appearance; all of the stream, for the second pass */
    int64_t length;        /* of the stream, frames as they came */
    int num_runs, room_for_runs;
    struct run {            /* indices that follow each other */
        int64_t index, seq; /* of its first frame */
    } * run;
    int64_t next_index;
    bool ended;
};

static bool enabled(const struct mn_context *ctx)
{
    return ctx->settings.analysis & MIEN_AU;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->au = ctx->au;
    s->live = ctx->settings.live;
    s->come_back = ctx->tracker_detects && ctx->settings.max_faces == 1;
    return 0;
}

static void reset(void *state)
{
    struct state *s = state;
    for (int i = 0; i < s->num_people; i++)
        mn_au_person_close(&s->people[i].chain);
    s->num_people = 0;
    s->num_runs = 0;
    s->length = 0;
    s->ended = false;
}

static void close(void *state)
{
    struct state *s = state;
    reset(s);
    free(s->people);
    free(s->run);
}

/* Live, a person who left is forgotten; otherwise only its histograms are, 6 MB each. */
static void dismiss(struct state *s, double now)
{
    int kept = 0;
    for (int i = 0; i < s->num_people; i++) {
        struct person *p = &s->people[i];
        if (now - p->seen > PATIENCE && !p->left) {
            p->left = true;
            if (!s->live)
                mn_au_person_leave(p->chain);
        }
        if (p->left && s->live)
            mn_au_person_close(&p->chain);
        else
            s->people[kept++] = *p;
    }
    s->num_people = kept;
}

static struct person *find(const struct state *s, int32_t id)
{
    for (int i = s->num_people - 1; i >= 0; i--)
        if (s->people[i].id == id)
            return &s->people[i];
    return NULL;
}

static int person_of(struct state *s, int32_t id, struct person **out)
{
    *out = find(s, id);
    if (*out)
        return 0;
    if (s->num_people == s->room) {
        int room = s->room ? 2 * s->room : 16;
        struct person *more = realloc(s->people, (size_t)room * sizeof(*more));
        if (!more)
            return MIEN_ENOMEM;
        s->people = more;
        s->room = room;
    }
    struct person *p = &s->people[s->num_people];
    *p = (struct person){.id = id};
    int err = mn_au_person_open(&p->chain, s->au, s->live);
    if (err < 0)
        return err;
    s->num_people++;
    *out = p;
    return 0;
}

static void copy(mien_au *out, const struct mn_au_values *v, bool final)
{
    memcpy(out->intensity, v->intensity, sizeof(out->intensity));
    for (int i = 0; i < MIEN_AU_PRESENCES; i++)
        out->presence[i] = v->presences >> i & 1;
    out->final = final;
}

/* Whose face is there is not gone, though its points could not be trusted for longer than PATIENCE.
 */
static void note_seen(struct state *s, const struct mn_frame *f)
{
    for (int i = 0; i < f->num_faces; i++) {
        struct person *p = find(s, f->faces[i].id);
        if (p)
            p->seen = f->pub.time;
    }
}

static int predict(struct state *s, struct mn_frame *f)
{
    for (int i = 0; i < f->num_faces; i++) {
        mien_face *face = &f->faces[i];
        struct mn_au_values values;
        if (!(face->has & MIEN_AU))
            continue;
        if (s->au->statics) {
            mn_au_predict_still(s->au, &f->work->face[i].features, &values);
        } else {
            struct person *p;
            int err = person_of(s, face->id, &p);
            if (err == 0)
                err = mn_au_person_add(p->chain, (int64_t)f->seq, &f->work->face[i].features,
                                       &values);
            if (err < 0)
                return err;
            p->seen = f->pub.time;
            p->left = false;
        }
        copy(&face->au, &values, s->au->statics);
    }
    return 0;
}

/* The caller's numbers may leave out frames, as --frame-skip does; histories have none between. */
static int note_index(struct state *s, const struct mn_frame *f)
{
    const int64_t index = f->pub.index;
    if (f->seq > 0 && index == s->next_index) {
        s->next_index++;
        return 0;
    }
    if (s->num_runs == s->room_for_runs) {
        int room = s->room_for_runs ? 2 * s->room_for_runs : 16;
        struct run *more = realloc(s->run, (size_t)room * sizeof(*more));
        if (!more)
            return MIEN_ENOMEM;
        s->run = more;
        s->room_for_runs = room;
    }
    s->run[s->num_runs++] = (struct run){index, (int64_t)f->seq};
    s->next_index = index + 1;
    return 0;
}

/* Which frame of the stream the caller calls so; -1: none. */
static int64_t seq_of(const struct state *s, int64_t index)
{
    int low = 0, high = s->num_runs; /* the run is one of low .. high - 1, if there is one */
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (s->run[middle].index <= index)
            low = middle;
        else
            high = middle;
    }
    if (high == low || index < s->run[low].index)
        return -1;
    const int64_t seq = s->run[low].seq + (index - s->run[low].index);
    return seq < (high < s->num_runs ? s->run[high].seq : s->length) ? seq : -1;
}

static void push(void *state, struct mn_frame *f, struct mn_spans *spans, mn_emit_fn *emit,
                 void *ctx)
{
    struct state *s = state;
    double t = mn_now();
    s->length = (int64_t)f->seq + 1;
    int err = s->live ? 0 : note_index(s, f);
    if (!f->pub.error) {
        note_seen(s, f);
        if (!f->work->external && !s->come_back) /* given ids may come back, too */
            dismiss(s, f->pub.time);
        if (err == 0)
            err = predict(s, f);
        if (err < 0)
            f->pub.error = err;
    }
    mn_span_end(spans, 0, &t);
    emit(ctx, f);
}

static void flush(void *state, struct mn_spans *spans, mn_emit_fn *emit, void *ctx)
{
    struct state *s = state;
    (void)emit;
    (void)ctx;
    double t = mn_now();
    s->ended = !s->live && !s->au->statics;
    for (int i = 0; i < s->num_people && s->ended; i++)
        if (mn_au_person_finish(s->people[i].chain, s->length) < 0)
            s->ended = false;
    mn_span_end(spans, 0, &t);
}

int mn_au_final(void *state, int64_t index, int32_t id, mien_au *out)
{
    const struct state *s = state;
    const int64_t i = seq_of(s, index);
    if (!s->ended || i < 0)
        return MIEN_EINVAL;
    for (int k = 0; k < s->num_people; k++)
        if (s->people[k].id == id) {
            struct mn_au_values values;
            mn_au_person_get(s->people[k].chain, i, &values);
            copy(out, &values, true);
            return 0;
        }
    return MIEN_EINVAL;
}

const struct mn_stage mn_stage_au = {
    .name = "au",
    .span = {{.name = "au"}},
    .order = MN_IN_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .push = push,
    .flush = flush,
    .reset = reset,
};
