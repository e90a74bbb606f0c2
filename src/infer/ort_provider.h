/* Execution providers of ONNX Runtime, and the options of a session that runs on one. */
#ifndef MN_INFER_ORT_PROVIDER_H
#define MN_INFER_ORT_PROVIDER_H

#include "infer/ort_api.h"

struct mn_ort_provider {
    const char *name;    /* as users write it */
    const char *listed;  /* as the runtime lists what is compiled in */
    const char *generic; /* as the runtime's general call takes it */
    /* Puts the provider into the options; NULL: always there. False: why it cannot be used. */
    bool (*append)(ort_options *o, const struct mn_ort_provider *p, char why[MN_ORT_WHY]);
};

/* NULL: no provider has this name. */
const struct mn_ort_provider *mn_ort_provider_find(const char *name);

/* Options for sessions on p. False, and why: the provider cannot be used. The caller releases
 * *out. */
bool mn_ort_provider_options(ort_options **out, const struct mn_ort_provider *p, int intra_op,
                             int optimisation, char why[MN_ORT_WHY]);

/* Comma-separated names of the providers that really make a session. 0 or MIEN_ENORUNTIME. */
int mn_ort_provider_list(char *buf, size_t size);

#endif
