/* Decides whether a picture shows a face with its landmarks in place. A small network sees the face
 * warped onto a standard shape of 60 x 60 pixels and sorts the landmarks' error into classes: 30
 * for CLNF, 20 for CE-CLM, whose network is another.
 * There is one network for each of seven views.
 *
 * Method: OpenFace 2.2, its constants and conventions (column-major order among them). */
#ifndef MN_CLNF_VALIDATOR_H
#define MN_CLNF_VALIDATOR_H

#include "base/log.h"
#include "clnf/grey.h"
#include "clnf/kernels.h"

/* Read-only once loaded; threads may share it. */
struct mn_validator;

/* 0, or MIEN_ENOMODEL, MIEN_EBADMODEL (logged) or MIEN_ENOMEM; *out is NULL then. */
int mn_validator_load(struct mn_validator **out, const char *path, struct mn_log *log);
void mn_validator_close(struct mn_validator **v);

/* Scratch memory for one thread. */
struct mn_validator_scratch;
int mn_validator_scratch_open(struct mn_validator_scratch **out);
void mn_validator_scratch_close(struct mn_validator_scratch **s);

/* The confidence, 1/60 .. 59/60 (1/40 .. 39/40 with 20 classes), or 0 if the landmarks span no area
 * inside the picture. rotation: of the head, radians. landmarks: 68 x, then 68 y. */
float mn_validator_run(const struct mn_validator *v, struct mn_validator_scratch *s,
                       const struct mn_clnf_kernels *kernels, struct mn_grey *grey,
                       const float rotation[3], const float *landmarks);

/* The single steps, for tests: the 60 x 60 face that the network sees, and its outputs, one for
 * each class. */
#define MN_VALIDATOR_SIDE 60
#define MN_VALIDATOR_CLASSES 30 /* at most */
int mn_validator_classes(const struct mn_validator *v);
int mn_validator_view(const struct mn_validator *v, const float rotation[3]);
void mn_validator_network(const struct mn_validator *v, struct mn_validator_scratch *s,
                          const struct mn_clnf_kernels *kernels, int view, const float *face,
                          float out[MN_VALIDATOR_CLASSES]);

#endif
