/* Regularised landmark mean shift: moves a shape towards the maxima of its landmarks' response
 * maps. For src/clnf only. */
#ifndef MN_CLNF_RLMS_H
#define MN_CLNF_RLMS_H

#include "base/team.h"
#include "clnf/model.h"

/* Pose and shape parameters of a model. */
struct mn_rlms_params {
    double scale, tx, ty, euler[3], R[9];
    double local[MN_PDM_MAX_MODES];
};

void mn_rlms_params_from_fit(struct mn_rlms_params *s, const struct mn_pdm *pdm,
                             const struct mn_pdm_fit *fit);
void mn_rlms_params_to_fit(const struct mn_rlms_params *s, const struct mn_pdm *pdm,
                           struct mn_pdm_fit *fit);

/* Scratch memory for one thread, for models of any size. */
struct mn_rlms {
    const struct mn_clnf_kernels *kernels;
    const struct mn_face_kernels *face_kernels;
    double converged; /* stop when points move by less: pixels, root of the sum over all points */

    /* The state of one scale, set by mn_rlms_respond. */
    int view;
    struct mn_clnf_table table; /* window and kernel of the maps */
    struct mn_team *team;       /* runs networks; NULL: the calling thread does */
    struct mn_cen_scratch *networks[MN_TEAM_MOST]; /* by member; NULL: the models have none */
    float base[2 * MN_PDM_MAX_POINTS];             /* pixels: the centres of the maps */
    float to_map[4], to_picture[4];                /* 2 x 2 each, row-major */
    float map[MN_PDM_MAX_POINTS][MN_CLNF_MAX_SEARCH * MN_CLNF_MAP_PITCH];

    float point[2 * MN_PDM_MAX_POINTS];               /* positions in the maps, as last measured */
    double shape[3 * MN_PDM_MAX_POINTS + 4];          /* millimetres: all x, all y, all z */
    double shift[2 * MN_PDM_MAX_POINTS];              /* mean shift in the picture, pixels */
    double weighted[8 * (3 * MN_PDM_MAX_POINTS + 4)]; /* as in face/pdm.c, times the weights */
    double projected[8 * MN_PDM_MAX_MODES];           /* the transposed basis times these */
    double global[8][8], gradient[8];                 /* of the six global unknowns */
    /* normal equations of all unknowns */
    double normal[(MN_PDM_MAX_MODES + 8) * (MN_PDM_MAX_MODES + 8)];
    double step[MN_PDM_MAX_MODES + 8]; /* right-hand side, then solution */
};

/* The points of the shape with parameters s: 2 * points pixels. */
void mn_rlms_project(struct mn_rlms *r, const struct mn_pdm *pdm, const struct mn_rlms_params *s,
                     float *landmarks);

/* Chooses the view and computes the response maps of scale i around the points of the shape with
 * parameters s. window: side of the maps, one that the scale has a table for. */
void mn_rlms_respond(struct mn_rlms *r, const struct mn_clnf_model *m, int i, int window,
                     const struct mn_rlms_params *s, struct mn_grey *grey);

/* Up to m->rules->steps Gauss-Newton steps on these maps. rigid: only scale, rotation and
 * translation change.
 */
void mn_rlms_iterate(struct mn_rlms *r, const struct mn_clnf_model *m, int i, bool rigid,
                     struct mn_rlms_params *s);

/* How well the points lay in their maps before the last step of mn_rlms_iterate: mean logarithm. */
double mn_rlms_likelihood(const struct mn_rlms *r, const struct mn_clnf_model *m, int i);

#endif
