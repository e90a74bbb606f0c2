/* 68 landmarks -> face shape, head pose, where the eyes look, and the features of this frame for
 * the action units. */
#include "base/mem.h"
#include "face/au_chain.h"
#include "face/eyes.h"
#include "face/lids.h"
#include "face/pose.h"
#include "stage/stage.h"
#include "stage/work.h"

struct state {
    const struct mn_au *au;
    const struct mn_clnf *clnf; /* NULL: OpenFace's landmark model is not in use */
    unsigned analysis;
    struct mn_camera camera; /* fx 0: guessed from the size of the picture */
    bool centre;             /* cx and cy are set */
    struct mn_au_worker *worker;
    struct mn_pdm_fitter *fitter; /* for faces whose action units are not measured */
    double *shape;
};

static bool enabled(const struct mn_context *ctx)
{
    return ctx->au != NULL;
}

static int open(void *state, const struct mn_context *ctx)
{
    struct state *s = state;
    const mien_settings *set = &ctx->settings;
    s->au = ctx->au;
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

static struct mn_camera camera_of(const struct state *s, const mien_picture *pic)
{
    struct mn_camera camera = mn_pose_guess_camera(pic->width, pic->height);
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

static void measure_eyes(struct state *s, mien_face *face, const struct mn_face_fit *found,
                         const struct mn_pose *head, const float *mm,
                         const struct mn_camera *camera)
{
    struct mn_eye eye[2];
    for (int e = 0; e < 2; e++)
        eye[e] = (struct mn_eye){mn_clnf_eye(s->clnf, e), &found->eye[e], found->eye_landmarks[e]};
    if (mn_eyes_measure(eye, s->au->kernels, mm, head, camera, &face->eyes) == 0)
        face->has |= MIEN_EYES;
}

static void put_shape(mien_face *face, const struct mn_pdm_fit *fit, float rms)
{
    face->fit[0] = fit->scale;
    memcpy(&face->fit[1], fit->rotation, 3 * sizeof(float));
    face->fit[4] = fit->tx;
    face->fit[5] = fit->ty;
    memcpy(face->shape, fit->local, sizeof(face->shape));
    face->fit_rms = rms;
    face->has |= MIEN_SHAPE;
}

static void put_pose(mien_face *face, const struct mn_pose *pose, const float *mm)
{
    for (int k = 0; k < 3; k++) {
        face->head_mm[k] = (float)pose->translation[k];
        face->head_rad[k] = (float)pose->rotation[k];
    }
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++)
        for (int c = 0; c < 3; c++)
            face->landmark_mm[k][c] = mm[c * MIEN_FACE_LANDMARKS + k];
    face->has |= MIEN_POSE;
}

static void put_lids(mien_face *face, const float *mm)
{
    if (face->has & MIEN_LANDMARKS98)
        mn_lids_of_98((const float(*)[2])face->landmark98, face->lids.ratio);
    else
        mn_lids_of_68((const float(*)[2])face->landmark, face->lids.ratio);
    face->lids.opening_mm = mn_lids_opening(mm);
    face->has |= MIEN_LIDS;
}

/* fit: to these landmarks. Where the landmarks came from a fit, that fit counts, as in OpenFace:
 * fitting their projection once more would flatten the shape. */
static void describe(struct state *s, struct mn_frame *f, int i, const struct mn_pdm_fit *fit,
                     const float *grouped)
{
    mien_face *face = &f->faces[i];
    const struct mn_face_work *work = &f->work->face[i];
    const struct mn_pdm *pdm = work->has_fit ? mn_clnf_face(s->clnf) : s->au->pdm;
    const float rms = fit->rms;
    if (work->has_fit)
        fit = &work->fit.face;
    if (s->analysis & MIEN_SHAPE)
        put_shape(face, fit, rms);
    if (!(s->analysis & (MIEN_POSE | MIEN_EYES | MIEN_LIDS)))
        return;
    const struct mn_camera camera = camera_of(s, &f->pub.picture);
    struct mn_pose pose;
    float mm[3 * MIEN_FACE_LANDMARKS];
    mn_pdm_shape(pdm, s->au->kernels, fit->local, s->shape);
    if (mn_pose_solve(pdm, fit, s->shape, grouped, &camera, &pose) < 0)
        return;
    mn_pose_landmarks(pdm, fit, s->shape, grouped, &camera, mm);
    if (work->has_fit && (s->analysis & MIEN_EYES))
        measure_eyes(s, face, &work->fit, &pose, mm, &camera);
    if (s->analysis & MIEN_POSE)
        put_pose(face, &pose, mm);
    if (s->analysis & MIEN_LIDS)
        put_lids(face, mm);
}

/* All x, then all y: interleaved ones would fit too, badly. */
static void group(const float (*landmark)[2], float grouped[2 * MIEN_FACE_LANDMARKS])
{
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        grouped[k] = landmark[k][0];
        grouped[MIEN_FACE_LANDMARKS + k] = landmark[k][1];
    }
}

static int measure_units(struct state *s, struct mn_frame *f, int i, const float *grouped)
{
    int err = mn_au_measure(s->worker, &f->pub.picture, grouped, &f->work->face[i].features);
    if (err == 0)
        f->faces[i].has |= MIEN_AU;
    return err;
}

/* One face that has landmarks. 0, also where they cannot be a face: its row goes without. */
static int measure(struct state *s, struct mn_frame *f, int i)
{
    mien_face *face = &f->faces[i];
    const struct mn_face_work *work = &f->work->face[i];
    float grouped[2 * MIEN_FACE_LANDMARKS];
    struct mn_pdm_fit fit;
    int err = 0;
    bool fitted = false;
    group(face->landmark, grouped);
    if (s->worker && face->landmark_success) {
        err = measure_units(s, f, i, grouped);
        fit = work->features.fit;
        fitted = true;
    }
    if (err == 0 && !fitted)
        err = mn_pdm_fitter_run(s->fitter, grouped, NULL, &fit);
    if (err == 0)
        describe(s, f, i, &fit, grouped);
    return err == MIEN_EINVAL ? 0 : err;
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    for (int i = 0; i < f->num_faces; i++) {
        if (!(f->faces[i].has & MIEN_LANDMARKS))
            continue;
        double t = mn_now();
        int err = measure(state, f, i);
        if (err < 0)
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
    .wants = mn_work_has_faces,
    .run = run,
};
