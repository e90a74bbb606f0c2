/* What mien-worker needs of the library besides the wire. */
#ifndef MN_WORKER_H
#define MN_WORKER_H

#include "stage/stage.h"

/* Engine and models of a pipeline that has neither frames nor executor; for mn_serve_open_fn.
 * mien_close ends it. *provider: the one that runs. */
int mn_pipeline_for_worker(mien_pipeline **out, const mien_settings *s,
                           const struct mn_context **ctx, const char **provider);

#endif
