#include "stage/track_clnf.h"

#include "stage/work.h"

bool mn_track_clnf_enabled(const struct mn_context *ctx)
{
    return ctx->settings.landmark_method != MIEN_LANDMARK_NETWORK && ctx->has_refiner &&
           !ctx->settings.external_landmarks;
}

int mn_track_clnf_poses(const struct mn_context *ctx)
{
    return ctx->settings.independent_frames && !ctx->settings.wild ? 1 : MN_CLNF_POSES;
}

int mn_track_clnf_search(struct mn_clnf_worker *w, const float box[4], int poses,
                         struct mn_clnf_result *out)
{
    int err = mn_clnf_detect(w, box, poses, out);
    return err == MIEN_EINVAL ? 0 : err < 0 ? err : 1;
}

void mn_track_clnf_put(struct mn_frame *f, int i, const struct mn_clnf *clnf,
                       const struct mn_clnf_result *r)
{
    mien_face *face = &f->faces[i];
    face->landmark_confidence = r->confidence;
    face->landmark_success = r->success;
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        face->landmark[k][0] = r->landmarks[k];
        face->landmark[k][1] = r->landmarks[MIEN_FACE_LANDMARKS + k];
    }
    face->has |= MIEN_LANDMARKS;
    if (clnf)
        mn_work_put_fit(&f->work->face[i], clnf, r);
}
