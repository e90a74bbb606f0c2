/* The landmark model as its files define it. For src/clnf only. */
#ifndef MN_CLNF_MODEL_H
#define MN_CLNF_MODEL_H

#include "clnf/clnf.h"
#include "clnf/experts.h"
#include "clnf/validator.h"

#define MN_CLNF_MAX_SCALES 4
#define MN_CLNF_PARTS 3 /* inner face, left eye, right eye */

/* Which scales a fit uses. The first two are mn_clnf_reach; a detection by CE-CLM fits the first
 * scale for each pose, and the rest for the best ones. */
enum { MN_CLNF_FIRST = MN_CLNF_NEAR + 1, MN_CLNF_REST, MN_CLNF_REACHES };

/* A kind of landmark model: OpenFace's parameters that are not in its files. */
struct mn_clnf_rules {
    const char *name;
    const char *keyword;                             /* of its experts in the control file */
    int points;                                      /* 0: any */
    int window[MN_CLNF_REACHES][MN_CLNF_MAX_SCALES]; /* of the response maps; 0: no such scale */
    double regularisation, spread, weight;
    bool refine; /* scales above 0.25 use less regularisation and a wider kernel */
    int steps;   /* of the optimisation */
    bool inner;  /* a whole face: it has the part `inner` */
    bool early;  /* a whole face: its detection may end early */
};

/* A detection that ends early: at a pose whose likelihood * weight + bias exceeds cutoff, by view
 * of the first scale. */
#define MN_CLNF_EARLY_VIEWS 7
struct mn_clnf_early {
    float weight[MN_CLNF_EARLY_VIEWS], bias[MN_CLNF_EARLY_VIEWS], cutoff[MN_CLNF_EARLY_VIEWS];
};

struct mn_clnf_model {
    bool shapes_only; /* experts are not loaded */
    bool wild;        /* with the rules for faces in the wild */
    const struct mn_clnf_rules *rules;
    struct mn_pdm *pdm;
    int num_scales;
    struct mn_clnf_scale scale[MN_CLNF_MAX_SCALES];
    int num_pairs; /* a part only: its point pair[k][1] is landmark pair[k][0] of the face */
    int pair[MN_PDM_MAX_POINTS][2];
};

struct mn_clnf {
    struct mn_clnf_model face, part[MN_CLNF_PARTS]; /* a part that is missing has no pdm */
    struct mn_clnf_early early;
    struct mn_validator *validator;
};

#endif
