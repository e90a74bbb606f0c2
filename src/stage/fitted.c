#include "stage/fitted.h"

#include <string.h>

static void put(const struct mn_pdm_fit *fit, int modes, float global[6], float *shape)
{
    global[0] = fit->scale;
    memcpy(global + 1, fit->rotation, 3 * sizeof(*global));
    global[4] = fit->tx;
    global[5] = fit->ty;
    memcpy(shape, fit->local, (size_t)modes * sizeof(*shape));
}

static void get(const float global[6], const float *shape, int modes, struct mn_pdm_fit *fit)
{
    *fit = (struct mn_pdm_fit){.scale = global[0], .tx = global[4], .ty = global[5]};
    memcpy(fit->rotation, global + 1, sizeof(fit->rotation));
    memcpy(fit->local, shape, (size_t)modes * sizeof(*shape));
}

void mn_fitted_put(mien_face *face, const struct mn_clnf *clnf, const struct mn_clnf_result *r)
{
    if (mn_clnf_face(clnf)->modes > MIEN_SHAPE_MODES ||
        mn_clnf_eye(clnf, 0)->modes > MIEN_EYE_MODES ||
        mn_clnf_eye(clnf, 1)->modes > MIEN_EYE_MODES)
        return;
    put(&r->fit, MIEN_SHAPE_MODES, face->fit, face->shape);
    for (int e = 0; e < 2; e++) {
        put(&r->eye[e], MIEN_EYE_MODES, face->eyes.fit[e], face->eyes.shape[e]);
        for (int i = 0; i < MN_CLNF_EYE_POINTS; i++)
            for (int k = 0; k < 2; k++)
                face->eyes.landmark[e][i][k] = r->eye_landmarks[e][k * MN_CLNF_EYE_POINTS + i];
    }
}

void mn_fitted_forget(mien_face *face)
{
    memset(face->fit, 0, sizeof(face->fit));
    memset(face->shape, 0, sizeof(face->shape));
    memset(&face->eyes, 0, sizeof(face->eyes));
}

bool mn_fitted_get(const mien_face *face, struct mn_fitted *out)
{
    if (!(face->fit[0] > 0))
        return false;
    get(face->fit, face->shape, MIEN_SHAPE_MODES, &out->face);
    for (int e = 0; e < 2; e++) {
        get(face->eyes.fit[e], face->eyes.shape[e], MIEN_EYE_MODES, &out->eye[e]);
        for (int i = 0; i < MN_CLNF_EYE_POINTS; i++)
            for (int k = 0; k < 2; k++)
                out->eye_landmarks[e][k * MN_CLNF_EYE_POINTS + i] = face->eyes.landmark[e][i][k];
    }
    return true;
}
