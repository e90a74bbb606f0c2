#include "stage/work.h"

#include <string.h>

size_t mn_work_size(int faces)
{
    return sizeof(struct mn_work) + (size_t)faces * sizeof(struct mn_face_work);
}

bool mn_work_valid(const struct mn_work *w, int faces)
{
    bool valid = w->detect <= 1 && w->external <= 1 && w->doubts <= 1 && w->judge <= 1 &&
                 w->mesh <= MN_MESH_FOUND && w->landmarks <= MN_LANDMARKS_REFINED;
    for (int i = 0; i < faces && valid; i++)
        valid = w->face[i].has_fit <= 1 && w->face[i].doubtful <= 1 && w->face[i].has_mesh <= 1;
    return valid;
}

void mn_work_reset(struct mn_frame *f)
{
    f->work->detect = f->work->external = f->work->doubts = f->work->judge = 0;
    f->work->landmarks = MN_LANDMARKS_WANTED;
    f->work->mesh = MN_MESH_WANTED;
}

mien_face *mn_work_add_face(struct mn_frame *f)
{
    const int i = f->num_faces++;
    struct mn_face_work *work = &f->work->face[i];
    work->has_fit = work->doubtful = work->has_mesh = 0;
    work->square = (struct mn_square){0};
    memset(&f->faces[i], 0, sizeof(f->faces[i]));
    return &f->faces[i];
}

bool mn_work_has_faces(const struct mn_frame *f)
{
    return f->num_faces > 0;
}

bool mn_work_is_key(const struct mn_frame *f, int detect_every)
{
    return f->last || f->seq % (uint64_t)detect_every == 0;
}

/* Modes beyond `modes` are 0: products with the model's padded columns must not see them. */
static void copy_fit(struct mn_pdm_fit *to, const struct mn_pdm_fit *from, int modes)
{
    *to = (struct mn_pdm_fit){.scale = from->scale, .tx = from->tx, .ty = from->ty};
    memcpy(to->rotation, from->rotation, sizeof(to->rotation));
    memcpy(to->local, from->local, (size_t)modes * sizeof(*to->local));
}

void mn_work_put_fit(struct mn_face_work *w, const struct mn_clnf *clnf,
                     const struct mn_clnf_result *r)
{
    w->has_fit = r->fit.scale > 0 && mn_clnf_face(clnf)->modes <= MIEN_SHAPE_MODES &&
                 mn_clnf_eye(clnf, 0)->modes <= MIEN_EYE_MODES &&
                 mn_clnf_eye(clnf, 1)->modes <= MIEN_EYE_MODES;
    if (!w->has_fit)
        return;
    copy_fit(&w->fit.face, &r->fit, MIEN_SHAPE_MODES);
    for (int e = 0; e < 2; e++)
        copy_fit(&w->fit.eye[e], &r->eye[e], MIEN_EYE_MODES);
    memcpy(w->fit.eye_landmarks, r->eye_landmarks, sizeof(w->fit.eye_landmarks));
}
