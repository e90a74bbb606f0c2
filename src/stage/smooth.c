/* Gaze over time: an exponential moving average for each person and angle, in presentation time,
 * so that the result does not depend on the speed of the machine. */
#include <math.h>

#include "base/mem.h"
#include "stage/stage.h"

#define RESTART 1.0             /* seconds without a sample after which the past says nothing */
#define UNKNOWN_STEP (1.0 / 30) /* for times that stand still or go back */
#define MAX_PEOPLE (2 * MIEN_FACES_LIMIT)

struct person {
    int32_t id;
    double time;
    double yaw, pitch;
};

struct state {
    double tau;
    int num_people;
    struct person *people; /* ascending id */
};

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->tau = ctx->settings.smooth > 0 ? ctx->settings.smooth : 0; /* negative: off */
    s->people = mn_alloc(MAX_PEOPLE, sizeof(*s->people));
    return s->people ? 0 : MIEN_ENOMEM;
}

static void close(void *state)
{
    free(((struct state *)state)->people);
}

static void reset(void *state)
{
    ((struct state *)state)->num_people = 0;
}

/* The person's entry, a fresh one (time NAN) if there is none. Ids only grow, so a new one goes to
 * the end; when full, people not seen for RESTART make room, else the one not seen longest. */
static struct person *person_of(struct state *s, int32_t id, double now)
{
    for (int i = 0; i < s->num_people; i++)
        if (s->people[i].id == id)
            return &s->people[i];
    if (s->num_people == MAX_PEOPLE) {
        int kept = 0;
        for (int i = 0; i < s->num_people; i++)
            if (now - s->people[i].time <= RESTART)
                s->people[kept++] = s->people[i];
        if (kept == MAX_PEOPLE) {
            int oldest = 0;
            for (int i = 1; i < kept; i++)
                if (s->people[i].time < s->people[oldest].time)
                    oldest = i;
            kept--;
            memmove(&s->people[oldest], &s->people[oldest + 1],
                    (size_t)(kept - oldest) * sizeof(*s->people));
        }
        s->num_people = kept;
    }
    struct person *p = &s->people[s->num_people++];
    *p = (struct person){.id = id, .time = NAN};
    return p;
}

static void smooth(struct state *s, mien_face *face, double now)
{
    struct person *p = person_of(s, face->id, now);
    double dt = now - p->time;
    if (isnan(p->time) || dt > RESTART || !(s->tau > 0)) {
        p->yaw = (double)face->yaw;
        p->pitch = (double)face->pitch;
    } else {
        if (!(dt > 0))
            dt = UNKNOWN_STEP;
        double a = 1 - exp(-dt / s->tau);
        p->yaw += a * ((double)face->yaw - p->yaw);
        p->pitch += a * ((double)face->pitch - p->pitch);
    }
    p->time = now;
    face->yaw_smooth = (float)p->yaw;
    face->pitch_smooth = (float)p->pitch;
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
