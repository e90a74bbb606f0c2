/* 68 landmarks -> better ones. OpenFace's local detectors (CLNF) search around what the landmark
 * network found, or near an interpolated start (stage/landmark_interp.c), and its validator decides
 * whether the result is a face. That depends on this frame and such a start alone, so any worker
 * may do it. Landmarks whose search fails stay as they were. */
#include "base/mem.h"
#include "clnf/clnf.h"
#include "stage/stage.h"
#include "stage/work.h"

struct state {
    struct mn_clnf_worker *worker;
    const struct mn_clnf *clnf; /* NULL: no later stage needs the fit */
};

static bool enabled(const struct mn_context *ctx)
{
    return ctx->has_refiner && mn_finds_landmarks(ctx);
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

/* 0, also where the search failed, or an error. */
static int search(struct state *s, const mien_face *face, const struct mn_face_work *work,
                  struct mn_clnf_result *out)
{
    float grouped[2 * MIEN_FACE_LANDMARKS]; /* all x, then all y */
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        grouped[k] = face->landmark[k][0];
        grouped[MIEN_FACE_LANDMARKS + k] = face->landmark[k][1];
    }
    int err = work->has_fit ? mn_clnf_track(s->worker, &work->fit.face, MN_CLNF_NEAR, out)
                            : mn_clnf_refine(s->worker, grouped, out);
    if (err == MIEN_EINVAL) {
        out->confidence = 0;
        out->success = false;
        err = 0;
    }
    return err;
}

static int refine(struct state *s, mien_face *face, struct mn_face_work *work)
{
    struct mn_clnf_result result;
    int err = search(s, face, work, &result);
    work->has_fit = 0;
    if (err < 0)
        return err;
    face->landmark_confidence = result.confidence;
    face->landmark_success = result.success;
    if (!result.success)
        return 0;
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        face->landmark[k][0] = result.landmarks[k];
        face->landmark[k][1] = result.landmarks[MIEN_FACE_LANDMARKS + k];
    }
    if (s->clnf)
        mn_work_put_fit(work, s->clnf, &result);
    return 0;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    struct state *s = state;
    double t = mn_now();
    int err = mn_clnf_set_picture(s->worker, &f->pub.picture);
    for (int i = 0; i < f->num_faces && err == 0; i++) {
        mien_face *face = &f->faces[i];
        if (!(face->has & MIEN_LANDMARKS) || face->landmark_confidence >= 0) /* refined before */
            continue;
        err = refine(s, face, &f->work->face[i]);
        if (err == 0)
            mn_span_end(spans, 0, &t);
    }
    if (err == 0)
        f->work->landmarks = MN_LANDMARKS_REFINED;
    return err;
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
