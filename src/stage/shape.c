/* 68 points -> face shape, head pose, where the eyes look, and what the action units need of this
 * frame. */
#include "base/mem.h"
#include "face/au_chain.h"
#include "face/eyes.h"
#include "face/pose.h"
#include "stage/fitted.h"
#include "stage/stage.h"

struct state {
    const struct mn_au *au;     /* NULL: only tidies up what the bridge needed */
    const struct mn_clnf *clnf; /* NULL: no landmark model of OpenFace's */
    unsigned analysis;
    struct mn_camera camera; /* fx 0: guess from the picture */
    bool centre;             /* cx and cy were given */
    struct mn_au_worker *worker;
    struct mn_pdm_fitter *fitter; /* for faces whose action units are not measured */
    double *shape;
};

static bool enabled(const struct mn_context *ctx)
{
    return ctx->au != NULL || ctx->anchor_every > 1;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    const mien_settings *set = &ctx->settings;
    s->au = ctx->au;
    if (!s->au)
        return 0;
    s->clnf = ctx->refiner;
    s->analysis = set->analysis;
    s->camera = (struct mn_camera){set->fx, set->fy, set->cx, set->cy};
    s->centre = set->cx > 0 || set->cy > 0;
    s->shape = mn_alloc((size_t)s->au->pdm->pitch + 8, sizeof(double));
    if (!s->shape)
        return MIEN_ENOMEM;
    int err = s->analysis & MIEN_AU ? mn_au_worker_open(&s->worker, s->au) : 0;
    if (err < 0)
        return err;
    return mn_pdm_fitter_open(&s->fitter, s->au->pdm, s->au->kernels);
}

static void close(void *state)
{
    struct state *s = state;
    mn_au_worker_close(&s->worker);
    mn_pdm_fitter_close(&s->fitter);
    free(s->shape);
}

static bool wants(const struct mn_frame *f)
{
    return f->num_faces > 0;
}

static int grow(struct mn_frame *f)
{
    if (f->num_features >= f->num_faces)
        return 0;
    free(f->features);
    f->features = mn_alloc((size_t)f->num_faces, sizeof(*f->features));
    f->num_features = f->features ? f->num_faces : 0;
    return f->features ? 0 : MIEN_ENOMEM;
}

static struct mn_camera camera_of(const struct state *s, const mien_picture *pic)
{
    struct mn_camera camera = mn_camera_guess(pic->width, pic->height);
    if (s->camera.fx > 0) {
        camera.fx = s->camera.fx;
        camera.fy = s->camera.fy;
    }
    if (s->centre) {
        camera.cx = s->camera.cx;
        camera.cy = s->camera.cy;
    }
    return camera;
}

static void look(struct state *s, mien_face *face, const struct mn_fitted *found,
                 const struct mn_pose *head, const float *mm, const struct mn_camera *camera)
{
    struct mn_eye eye[2];
    for (int e = 0; e < 2; e++)
        eye[e] = (struct mn_eye){mn_clnf_eye(s->clnf, e), &found->eye[e], found->eye_landmarks[e]};
    if (mn_eyes_measure(eye, s->au->kernels, mm, head, camera, &face->eyes) == 0)
        face->has |= MIEN_EYES;
}

/* fit: of these landmarks. Where the landmarks came out of a fit, that one counts, as in OpenFace:
 * to fit their projection once more would flatten the shape. */
static void describe(struct state *s, const struct mn_frame *f, mien_face *face,
                     const struct mn_pdm_fit *fit, const float *grouped)
{
    struct mn_fitted fitted;
    bool found = mn_fitted_get(face, &fitted);
    const struct mn_pdm *pdm = found ? mn_clnf_face(s->clnf) : s->au->pdm;
    memset(&face->eyes, 0, sizeof(face->eyes));
    face->fit_rms = fit->rms;
    if (found)
        fit = &fitted.face;
    face->fit[0] = fit->scale;
    memcpy(&face->fit[1], fit->rotation, 3 * sizeof(float));
    face->fit[4] = fit->tx;
    face->fit[5] = fit->ty;
    memcpy(face->shape, fit->local, sizeof(face->shape));
    face->has |= MIEN_SHAPE & s->analysis;
    if (!(s->analysis & (MIEN_POSE | MIEN_EYES)))
        return;
    const struct mn_camera camera = camera_of(s, &f->pub.picture);
    struct mn_pose pose;
    float mm[3 * MIEN_POINTS];
    mn_pdm_shape(pdm, s->au->kernels, fit->local, s->shape);
    if (mn_pose_solve(pdm, fit, s->shape, grouped, &camera, &pose) < 0)
        return;
    mn_pose_landmarks(pdm, fit, s->shape, grouped, &camera, mm);
    if (found && (s->analysis & MIEN_EYES))
        look(s, face, &fitted, &pose, mm, &camera);
    if (!(s->analysis & MIEN_POSE))
        return;
    for (int k = 0; k < 3; k++) {
        face->head_mm[k] = (float)pose.translation[k];
        face->head_rad[k] = (float)pose.rotation[k];
    }
    for (int k = 0; k < MIEN_POINTS; k++)
        for (int c = 0; c < 3; c++)
            face->landmark_mm[k][c] = mm[c * MIEN_POINTS + k];
    face->has |= MIEN_POSE;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    struct state *s = state;
    for (int i = 0; i < f->num_faces && !s->au; i++)
        mn_fitted_forget(&f->faces[i]);
    if (!s->au)
        return 0;
    int err = s->worker ? grow(f) : 0;
    if (err < 0)
        return err;
    for (int i = 0; i < f->num_faces; i++) {
        mien_face *face = &f->faces[i];
        if (!(face->has & MIEN_LANDMARKS))
            continue;
        double t = mn_now();
        float
            grouped[2 * MIEN_POINTS]; /* all x, then all y: interleaved ones would fit too, badly */
        for (int k = 0; k < MIEN_POINTS; k++) {
            grouped[k] = face->landmark[k][0];
            grouped[MIEN_POINTS + k] = face->landmark[k][1];
        }
        struct mn_pdm_fit fit;
        bool measure = s->worker && face->landmark_success;
        if (measure) {
            err = mn_au_measure(s->worker, &f->pub.picture, grouped, &f->features[i]);
            fit = f->features[i].fit;
            if (err == 0)
                face->has |= MIEN_AU;
        } else {
            err = mn_pdm_fitter_run(s->fitter, grouped, NULL, &fit);
        }
        if (err == 0)
            describe(s, f, face, &fit, grouped);
        else if (err == MIEN_EINVAL) /* points that are no face: the row goes without */
            mn_fitted_forget(face);
        else
            return err;
        mn_span_end(spans, 0, &t);
    }
    return 0;
}

const struct mn_stage mn_stage_shape = {
    .name = "shape",
    .span = {{.name = "shape", .counts = MN_COUNTS_FACES}},
    .order = MN_ANY_ORDER,
    .state_size = sizeof(struct state),
    .enabled = enabled,
    .open = open,
    .close = close,
    .wants = wants,
    .run = run,
};
