/* 68 points -> sharper points: OpenFace's local detectors (CLNF) search around what the landmark
 * network found, or near where the frames around this one lead (stage/landmark_interp.c), and its
 * validator says whether the result is a face. Of this frame and such a start alone, so any worker
 * may do it. Points that the search loses stay as they were. */
#include "base/mem.h"
#include "clnf/clnf.h"
#include "stage/stage.h"
#include "stage/work.h"

struct state {
    struct mn_clnf_worker *worker;
    const struct mn_clnf *clnf; /* NULL: nobody asks for more than points, nor does the bridge */
};

static bool enabled(const struct mn_context *ctx)
{
    return ctx->has_refiner && ctx->model[MN_ROLE_LANDMARKS].model != NULL;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    s->clnf = ctx->au || ctx->anchor_every > 1 ? ctx->refiner : NULL;
    int err = mn_clnf_worker_open(&s->worker, ctx->refiner, NULL, NULL);
    if (err == 0)
        mn_clnf_worker_quick(s->worker);
    return err;
}

static void close(void *state)
{
    mn_clnf_worker_close(&((struct state *)state)->worker);
}

static bool wants(const struct mn_frame *f)
{
    return f->num_faces > 0 && !f->work->external && f->work->landmarks == MN_LANDMARKS_FOUND;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    struct state *s = state;
    double t = mn_now();
    int err = mn_clnf_set_picture(s->worker, &f->pub.picture);
    if (err < 0)
        return err;
    for (int i = 0; i < f->num_faces; i++) {
        mien_face *face = &f->faces[i];
        struct mn_face_work *work = &f->work->face[i];
        if (!(face->has & MIEN_LANDMARKS) || face->landmark_confidence >= 0) /* done before */
            continue;
        float grouped[2 * MIEN_POINTS];
        struct mn_clnf_result result;
        for (int k = 0; k < MIEN_POINTS; k++) {
            grouped[k] = face->landmark[k][0];
            grouped[MIEN_POINTS + k] = face->landmark[k][1];
        }
        if (work->has_fit)
            err = mn_clnf_track(s->worker, &work->fit.face, MN_CLNF_NEAR, &result);
        else
            err = mn_clnf_refine(s->worker, grouped, &result);
        work->has_fit = 0;
        if (err < 0 && err != MIEN_EINVAL)
            return err;
        face->landmark_confidence = err == 0 ? result.confidence : 0;
        face->landmark_success = err == 0 && result.success;
        for (int k = 0; k < MIEN_POINTS && face->landmark_success; k++) {
            face->landmark[k][0] = result.landmarks[k];
            face->landmark[k][1] = result.landmarks[MIEN_POINTS + k];
        }
        if (face->landmark_success && s->clnf)
            mn_work_put_fit(work, s->clnf, &result);
        mn_span_end(spans, 0, &t);
    }
    f->work->landmarks = MN_LANDMARKS_REFINED;
    return 0;
}

const struct mn_stage mn_stage_refine = {
    .name = "refine",
    .span = {{.name = "refine"}},
    .order = MN_ANY_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .wants = wants,
    .run = run,
};
