/* Features over time -> action units, in frame order. Each person has a running median and a
 * calibration. */
#include "base/mem.h"
#include "face/au_chain.h"
#include "stage/people.h"
#include "stage/stage.h"
#include "stage/work.h"

struct measured {
    struct mn_person person;
    bool left; /* its track has ended */
    struct mn_au_person *chain;
};

struct state {
    const struct mn_au *au;
    bool live;
    bool ids_return;         /* a person may come back under the same id after any time */
    struct mn_people people; /* not live: all of the stream, for the second pass */
    int64_t length;          /* of the stream, frames as they came */
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
    s->ids_return = ctx->tracker_detects && ctx->settings.max_faces == 1;
    return mn_people_open(&s->people, sizeof(struct measured), 0);
}

static struct measured *at(const struct state *s, int i)
{
    return mn_people_at(&s->people, i);
}

static void reset(void *state)
{
    struct state *s = state;
    for (int i = 0; i < s->people.num; i++)
        mn_au_person_close(&at(s, i)->chain);
    s->people.num = 0;
    s->num_runs = 0;
    s->length = 0;
    s->ended = false;
}

static void close(void *state)
{
    struct state *s = state;
    reset(s);
    mn_people_close(&s->people);
    free(s->run);
}

/* A person whose track has ended is forgotten when live; otherwise only its histograms are, 6 MB
 * each. */
static void dismiss(struct state *s, double now)
{
    for (int i = 0; i < s->people.num;) {
        struct measured *p = at(s, i);
        if (now - p->person.seen > MN_PEOPLE_GONE && !p->left) {
            p->left = true;
            if (!s->live)
                mn_au_person_leave(p->chain);
        }
        if (p->left && s->live) {
            mn_au_person_close(&p->chain);
            mn_people_remove(&s->people, i);
        } else {
            i++;
        }
    }
}

static int entry_of(struct state *s, int32_t id, double now, struct measured **out)
{
    *out = mn_people_find(&s->people, id);
    if (*out)
        return 0;
    struct measured *p = mn_people_add(&s->people, id, now);
    if (!p)
        return MIEN_ENOMEM;
    int err = mn_au_person_open(&p->chain, s->au, s->live);
    if (err < 0)
        mn_people_remove(&s->people, s->people.num - 1);
    else
        *out = p;
    return err;
}

static void copy(mien_au *out, const struct mn_au_values *v, bool final)
{
    memcpy(out->intensity, v->intensity, sizeof(out->intensity));
    for (int i = 0; i < MIEN_AU_PRESENCES; i++)
        out->presence[i] = v->presences >> i & 1;
    out->final = final;
}

/* A person is seen as long as its face is there, also where its landmarks could not be trusted for
 * longer than MN_PEOPLE_GONE. */
static void note_seen(struct state *s, const struct mn_frame *f)
{
    for (int i = 0; i < f->num_faces; i++) {
        struct measured *p = mn_people_find(&s->people, f->faces[i].id);
        if (p)
            p->person.seen = f->pub.time;
    }
}

static int predict_person(struct state *s, const struct mn_frame *f, int i,
                          struct mn_au_values *values)
{
    struct measured *p;
    int err = entry_of(s, f->faces[i].id, f->pub.time, &p);
    if (err == 0)
        err = mn_au_person_add(p->chain, (int64_t)f->seq, &f->work->face[i].features, values);
    if (err < 0)
        return err;
    p->person.seen = f->pub.time;
    p->left = false;
    return 0;
}

static int predict(struct state *s, struct mn_frame *f)
{
    for (int i = 0; i < f->num_faces; i++) {
        struct mn_au_values values;
        if (!(f->faces[i].has & MIEN_AU))
            continue;
        if (s->au->statics)
            mn_au_predict_still(s->au, &f->work->face[i].features, &values);
        int err = s->au->statics ? 0 : predict_person(s, f, i, &values);
        if (err < 0)
            return err;
        copy(&f->faces[i].au, &values, s->au->statics);
    }
    return 0;
}

/* The caller's indices may leave out frames, as --frame-skip does; histories have no gaps. */
static int note_index(struct state *s, const struct mn_frame *f)
{
    const int64_t index = f->pub.index;
    if (f->seq > 0 && index == s->next_index) {
        s->next_index++;
        return 0;
    }
    struct run *run = mn_grow(s->run, s->num_runs, &s->room_for_runs, sizeof(*run));
    if (!run)
        return MIEN_ENOMEM;
    s->run = run;
    s->run[s->num_runs++] = (struct run){index, (int64_t)f->seq};
    s->next_index = index + 1;
    return 0;
}

/* The position in the stream of the frame with this index; -1: none. */
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
        if (!f->work->external && !s->ids_return) /* external ids may return, too */
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
    for (int i = 0; i < s->people.num && s->ended; i++)
        if (mn_au_person_finish(at(s, i)->chain, s->length) < 0)
            s->ended = false;
    mn_span_end(spans, 0, &t);
}

int mn_au_final(void *state, int64_t index, int32_t id, mien_au *out)
{
    const struct state *s = state;
    const int64_t i = seq_of(s, index);
    if (!s->ended || i < 0)
        return MIEN_EINVAL;
    const struct measured *p = mn_people_find(&s->people, id);
    if (!p)
        return MIEN_EINVAL;
    struct mn_au_values values;
    mn_au_person_get(p->chain, i, &values);
    copy(out, &values, true);
    return 0;
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
