/* Is this a face, and are the points on it? A small network looks at the face bent onto a standard
 * shape of 60 x 60 and sorts its error into 30 classes. One network for each of seven views.
 *
 * Method: OpenFace 2.2, its constants and conventions (column-major order among them). */
#ifndef MN_CLNF_VALIDATOR_H
#define MN_CLNF_VALIDATOR_H

#include "base/log.h"
#include "clnf/grey.h"
#include "clnf/kernels.h"

/* Read-only once loaded; threads share it. */
struct mn_validator;

/* 0, or MIEN_ENOMODEL, MIEN_EBADMODEL (logged), MIEN_ENOMEM, and *out is NULL. */
int mn_validator_load(struct mn_validator **out, const char *path, struct mn_log *log);
void mn_validator_close(struct mn_validator **v);

/* Scratch of one thread. */
struct mn_validator_scratch;
int mn_validator_scratch_open(struct mn_validator_scratch **out);
void mn_validator_scratch_close(struct mn_validator_scratch **s);

/* Confidence 1/60 .. 59/60, or 0 when the points span nothing inside the picture. rotation: of the
 * head, radians. landmarks: 68 x, then 68 y. */
float mn_validator_run(const struct mn_validator *v, struct mn_validator_scratch *s,
                       const struct mn_clnf_kernels *kernels, struct mn_grey *grey,
                       const float rotation[3], const float *landmarks);

/* The steps, for tests: the 60 x 60 face as the network sees it, and its 30 outputs. */
#define MN_VALIDATOR_SIDE 60
#define MN_VALIDATOR_CLASSES 30
int mn_validator_view(const struct mn_validator *v, const float rotation[3]);
void mn_validator_network(const struct mn_validator *v, struct mn_validator_scratch *s,
                          const struct mn_clnf_kernels *kernels, int view, const float *face,
                          float out[MN_VALIDATOR_CLASSES]);

#endif
