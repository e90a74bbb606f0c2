/* The experts of one scale of CE-CLM: for each landmark and view a small network ("convolutional
 * expert network", CEN) that turns a patch of the picture into a response map. For src/clnf only.
 *
 * The file is mapped, not read: weights are used where they lie, and processes share them. Experts
 * of one half of the face are missing; the mirrored picture is given to their partners instead. */
#ifndef MN_CLNF_CEN_H
#define MN_CLNF_CEN_H

#include <stdbool.h>

#include "base/log.h"
#include "clnf/kernels.h"

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

/* Scratch memory of one thread: about 1 MB. */
struct mn_cen_scratch;
int mn_cen_scratch_open(struct mn_cen_scratch **out);
void mn_cen_scratch_close(struct mn_cen_scratch **s);

/* Computes the response map of a visible landmark: `window` rows of MN_CLNF_MAP_PITCH, 0 beyond the
 * window. samples: window + 10 rows of window + 10, times 1024. dense: all positions; otherwise
 * every second one, and the others are means of their neighbours, as in the original. */
void mn_cen_response(const struct mn_cen *cen, int view, int landmark, int window, bool dense,
                     int32_t (*samples)[MN_CLNF_AREA_PITCH], struct mn_cen_scratch *s, float *map);

#endif
