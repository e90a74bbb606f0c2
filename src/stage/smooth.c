/* Gaze over time: an exponential moving average for each person and angle, in presentation time,
 * so that the result does not depend on the speed of the machine. */
#include <math.h>

#include "base/mem.h"
#include "stage/people.h"
#include "stage/stage.h"

#define RESTART 1.0             /* seconds without a sample after which the average starts again */
#define UNKNOWN_STEP (1.0 / 30) /* seconds, for times that stand still or go back */
#define MAX_PEOPLE (2 * MIEN_FACES_LIMIT)

struct average {
    struct mn_person person;
    bool started;
    double yaw, pitch;
};

struct state {
    double tau; /* seconds, time constant */
    struct mn_people people;
};

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->tau = ctx->settings.smooth > 0 ? ctx->settings.smooth : 0; /* negative: off */
    return mn_people_open(&s->people, sizeof(struct average), MAX_PEOPLE);
}

static void close(void *state)
{
    mn_people_close(&((struct state *)state)->people);
}

static void reset(void *state)
{
    ((struct state *)state)->people.num = 0;
}

/* The person's entry, a fresh one if there is none. In a full table, persons whose average would
 * start again anyway make room, else the one seen longest ago. */
static struct average *average_of(struct state *s, int32_t id, double now)
{
    struct average *a = mn_people_find(&s->people, id);
    if (a)
        return a;
    if (s->people.num == MAX_PEOPLE)
        mn_people_forget(&s->people, now, RESTART);
    if (s->people.num == MAX_PEOPLE)
        mn_people_remove(&s->people, mn_people_oldest(&s->people));
    return mn_people_add(&s->people, id, now);
}

static void smooth(struct state *s, mien_face *face, double now)
{
    struct average *a = average_of(s, face->id, now);
    double dt = now - a->person.seen;
    if (!a->started || dt > RESTART || !(s->tau > 0)) {
        a->yaw = (double)face->yaw;
        a->pitch = (double)face->pitch;
    } else {
        if (!(dt > 0))
            dt = UNKNOWN_STEP;
        double share = 1 - exp(-dt / s->tau);
        a->yaw += share * ((double)face->yaw - a->yaw);
        a->pitch += share * ((double)face->pitch - a->pitch);
    }
    a->started = true;
    a->person.seen = now;
    face->yaw_smooth = (float)a->yaw;
    face->pitch_smooth = (float)a->pitch;
}

static void push(void *state, struct mn_frame *f, struct mn_spans *spans, mn_emit_fn *emit,
                 void *ctx)
{
    struct state *s = state;
    double t = mn_now();
    if (!f->pub.error)
        for (int i = 0; i < f->num_faces; i++)
            if (f->faces[i].has & MIEN_GAZE)
                smooth(s, &f->faces[i], f->pub.time);
    mn_span_end(spans, 0, &t);
    emit(ctx, f);
}

static bool enabled(const struct mn_context *ctx)
{
    return ctx->settings.analysis & MIEN_GAZE;
}

const struct mn_stage mn_stage_smooth = {
    .name = "smooth",
    .span = {{.name = "smooth"}},
    .order = MN_IN_ORDER,
    .enabled = enabled,
    .state_size = sizeof(struct state),
    .open = open,
    .close = close,
    .push = push,
    .reset = reset,
};
