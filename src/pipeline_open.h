/* Opening a pipeline's models: settings that were left open are resolved, model files found, loaded
 * and checked. */
#ifndef MN_PIPELINE_OPEN_H
#define MN_PIPELINE_OPEN_H

#include "pipeline_state.h"

/* A pipeline with engines and models, but without frames and executor. On errors *out is set, too,
 * if there was memory; the caller closes it. */
int mn_pipeline_open_parts(mien_pipeline **out, const mien_settings *settings,
                           enum mn_process_role role);

/* Writes the paths of the model files into the settings, for worker processes: they open these
 * files, because their program may be elsewhere. The paths live as long as the pipeline. */
void mn_pipeline_name_models(mien_pipeline *p);

/* Closes models and engines. */
void mn_pipeline_close_parts(mien_pipeline *p);

#endif
