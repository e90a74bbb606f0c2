/* A pipeline inside a worker process. The interface of the library is mien/mien.h. */
#ifndef MN_PIPELINE_H
#define MN_PIPELINE_H

#include <mien/mien.h>

struct mn_context;

/* In a worker process: a pipeline with engines and models only, for mn_serve_open_fn; mien_close
 * ends it. *ctx and *providers, the providers that run (mn_providers_print), belong to it. */
int mn_pipeline_for_worker(mien_pipeline **out, const mien_settings *s,
                           const struct mn_context **ctx, const char **providers);

#endif
