/* Execution providers of ONNX Runtime, and the options of a session that runs on one. */
#ifndef MN_INFER_ORT_PROVIDER_H
#define MN_INFER_ORT_PROVIDER_H

#include "infer/ort_api.h"

struct mn_ort_provider {
    const char *name;    /* as users write it */
    const char *listed;  /* as the runtime lists what is compiled in */
    const char *generic; /* as the runtime's general call takes it */
    const char *source;  /* what contains it, for messages */
    /* Puts the provider into the options; NULL: always there. False: why it cannot be used. */
    bool (*append)(ort_options *o, const struct mn_ort_provider *p, const char *options,
                   char why[MN_ORT_WHY]);
};

/* name: "cuda", or with options "cuda:device_id=1". NULL: no provider has this name, or it takes no
 * options. */
const struct mn_ort_provider *mn_ort_provider_find(const char *name);

/* The options in such a name, "device_id=1"; "" if there are none. */
const char *mn_ort_provider_tail(const char *name);

/* What went wrong, in the words of the runtime but without its names of source files and functions.
 * Returns why, changed in place. */
const char *mn_ort_provider_cause(char why[MN_ORT_WHY]);

/* Options for sessions on p. False, and why: the provider cannot be used. The caller releases
 * *out. */
bool mn_ort_provider_options(ort_options **out, const struct mn_ort_provider *p,
                             const char *options, int intra_op, int optimisation,
                             char why[MN_ORT_WHY]);

/* Comma-separated names of the providers that really make a session. 0 or MIEN_ENORUNTIME. */
int mn_ort_provider_list(char *buf, size_t size);

#endif
