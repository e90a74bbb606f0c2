/* The experts of one scale of CE-CLM: for each landmark and view a small network ("convolutional
 * expert network", CEN) that turns a patch of the picture into a response map. For src/clnf only.
 *
 * The file is mapped, not read: weights are used where they lie, and processes share them. Experts
 * of one half of the face are missing; the mirrored picture is given to their partners instead. */
#ifndef MN_CLNF_CEN_H
#define MN_CLNF_CEN_H

#include <stdbool.h>

#include "base/log.h"
#include "clnf/cen_kernels.h"

#define MN_CEN_POINTS 68
#define MN_CEN_MAX_UNITS 512 /* outputs of a layer */

/* Read-only once opened; threads may share it. */
struct mn_cen;

/* 0, or MIEN_ENOMODEL, MIEN_EBADMODEL (logged with file and byte) or MIEN_ENOMEM; *out is NULL
 * then. */
int mn_cen_open(struct mn_cen **out, const char *path, struct mn_log *log);
void mn_cen_close(struct mn_cen **cen);

float mn_cen_size(const struct mn_cen *cen); /* samples per millimetre of the model */
int mn_cen_views(const struct mn_cen *cen);
const float *mn_cen_centre(const struct mn_cen *cen, int view); /* head rotation, radians */
bool mn_cen_visible(const struct mn_cen *cen, int view, int landmark);
float mn_cen_confidence(const struct mn_cen *cen, int view, int landmark);

/* Scratch memory of one thread: about 1 MB. Kernels that are NULL: the fastest ones. */
struct mn_cen_scratch;
int mn_cen_scratch_open(struct mn_cen_scratch **out, const struct mn_cen_kernels *kernels);
void mn_cen_scratch_close(struct mn_cen_scratch **s);

/* The landmark of the same view that the landmark's expert serves as well, on the mirrored picture;
 * -1: none. And is the landmark such a one? Computing both at once takes less time. */
int mn_cen_partner(const struct mn_cen *cen, int view, int landmark);
bool mn_cen_is_partner(const struct mn_cen *cen, int view, int landmark);

/* What surrounds a landmark, and its response map. */
struct mn_cen_patch {
    int32_t samples[MN_CLNF_MAX_AREA][MN_CLNF_AREA_PITCH]; /* window + 10 squared, times 1024 */
    float *map; /* `window` rows of MN_CLNF_MAP_PITCH, 0 beyond the window */
};

/* Computes the response map of a visible landmark, and with num 2 that of its partner, whose patch
 * follows. dense: at all positions; otherwise at every second one, and the others are means of
 * their neighbours, as in the original. */
void mn_cen_response(const struct mn_cen *cen, int view, int landmark, int window, bool dense,
                     struct mn_cen_patch *patch, int num, struct mn_cen_scratch *s);

#endif
