/* The landmark model as its files define it. For src/clnf only. */
#ifndef MN_CLNF_MODEL_H
#define MN_CLNF_MODEL_H

#include "clnf/clnf.h"
#include "clnf/experts.h"
#include "clnf/validator.h"

#define MN_CLNF_MAX_SCALES 3
#define MN_CLNF_PARTS 3 /* inner face, left eye, right eye */

struct mn_clnf_model {
    bool shapes_only; /* experts are not loaded */
    struct mn_pdm *pdm;
    int num_scales;
    struct mn_clnf_scale scale[MN_CLNF_MAX_SCALES];
    int num_pairs; /* a part only: its point pair[k][1] is landmark pair[k][0] of the face */
    int pair[MN_PDM_MAX_POINTS][2];
};

struct mn_clnf {
    struct mn_clnf_model face, part[MN_CLNF_PARTS];
    struct mn_validator *validator;
};

#endif
