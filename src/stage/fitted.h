/* What OpenFace's landmark model found beyond a face's 68 points, its shape and both eyes, on the
 * way from the stage that ran the model (clnf or refine) to the one that measures (shape). It
 * travels in the face's own fields fit, shape, eyes.landmark, eyes.fit and eyes.shape, as what they
 * mean to the public, so it goes wherever a face goes. Their MIEN_* bits are the shape stage's. */
#ifndef MN_STAGE_FITTED_H
#define MN_STAGE_FITTED_H

#include "clnf/clnf.h"

/* As it was found; landmarks grouped as there. */
struct mn_fitted {
    struct mn_pdm_fit face, eye[2];
    float eye_landmarks[2][2 * MN_CLNF_EYE_POINTS];
};

/* Nothing is put for a model of more modes than a face has room for. */
void mn_fitted_put(mien_face *face, const struct mn_clnf *clnf, const struct mn_clnf_result *r);

/* false: nothing was put. */
bool mn_fitted_get(const mien_face *face, struct mn_fitted *out);

/* It has served: as if nothing had been put. */
void mn_fitted_forget(mien_face *face);

#endif
