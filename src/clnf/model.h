/* The parts of the landmark model, as its files give them. For src/clnf only. */
#ifndef MN_CLNF_MODEL_H
#define MN_CLNF_MODEL_H

#include "clnf/clnf.h"
#include "clnf/smoothing.h"
#include "clnf/validator.h"
#include "face/dat.h"

#define MN_CLNF_MAX_VIEWS 16
#define MN_CLNF_MAX_SCALES 3
#define MN_CLNF_PARTS 3 /* inner face, left eye, right eye */

/* All experts of one size of picture. */
struct mn_clnf_scale {
    float size; /* samples per millimetre of the model */
    int views;
    float centre[MN_CLNF_MAX_VIEWS][3];    /* rotations, radians */
    struct mn_clnf_expert *expert;         /* views x points */
    float *store;                          /* the experts' patterns */
    struct mn_clnf_ties *ties;             /* and their matrices; NULL: they have none */
    const double *gram[MN_CLNF_MAX_VIEWS]; /* like mn_pdm.gram, of the weighted points; the PDM's
                                              own where all are seen and weigh the same */
    double *own_gram[MN_CLNF_MAX_VIEWS];   /* to free */
    int window;                            /* side of its response maps */
    double spread;                         /* of the mean shift's kernel, samples */
    double regularisation;
    float *kernel; /* (10 * window) x MN_CLNF_MAP_PITCH: the kernel around 0, 0.1, 0.2, ... */
};

struct mn_clnf_model {
    bool shapes_only; /* experts are not wanted */
    struct mn_pdm *pdm;
    int num_scales;
    struct mn_clnf_scale scale[MN_CLNF_MAX_SCALES];
    int num_pairs; /* a part: its point pair[k][1] is point pair[k][0] of the face */
    int pair[MN_PDM_MAX_POINTS][2];
};

struct mn_clnf {
    struct mn_clnf_model face, part[MN_CLNF_PARTS];
    struct mn_validator *validator;
};

/* What the file format calls a matrix: rows, columns, type, numbers. Reads the header and refuses
 * any other. type: 4 int32, 5 float32, 6 float64. */
void mn_clnf_matrix(struct mn_dat *d, int rows, int columns, int type);
/* n float32, to out unless that is NULL; one. Far too large ones and NANs are refused. */
void mn_clnf_f32s(struct mn_dat *d, float *out, size_t n);
float mn_clnf_f32(struct mn_dat *d);

/* window: side of the maps to make. weight: factor of the experts' confidence, 0: all weigh 1.
 * s is zeroed before. 0 or an error, logged; the caller frees with mn_clnf_experts_free. */
int mn_clnf_experts_load(struct mn_clnf_scale *s, const char *path, int points, int window,
                         double weight, struct mn_log *log);
void mn_clnf_experts_free(struct mn_clnf_scale *s);

#endif
