/* What OpenFace's landmark model found beyond a face's 68 points, its shape and both eyes, on the
 * way from the stage that ran the model (clnf or refine) to the one that measures (shape). */
#ifndef MN_STAGE_FITTED_H
#define MN_STAGE_FITTED_H

#include "clnf/clnf.h"
#include "image/frame.h"

struct mn_fitted {
    int32_t id;
    struct mn_clnf_result result;
};

/* Keeps it with the frame for face `id`, at most once for each. 0 or MIEN_ENOMEM. */
int mn_fitted_keep(struct mn_frame *f, int32_t id, const struct mn_clnf_result *result);

/* NULL: nothing was kept for this face. */
const struct mn_clnf_result *mn_fitted_of(const struct mn_frame *f, int32_t id);

#endif
