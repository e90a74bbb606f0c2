/* The models of an open pipeline. */
#ifndef MN_CLI_MODELS_USED_H
#define MN_CLI_MODELS_USED_H

#include <mien/mien.h>
#include <mien/models.h>
#include <stdbool.h>

/* All models in use, however many: mallocs *use and returns their number; 0 without memory. The
 * strings live as long as the pipeline. The caller frees *use. */
int mn_models_used(mien_pipeline *p, mien_model_use **use);

/* The providers that run the networks: "cpu", or "detect=coreml,gaze=cpu" if they differ. malloced;
 * NULL if there is no network (external landmarks) or no memory. */
char *mn_models_used_providers(mien_pipeline *p);

/* The name of the models of action units (mien_model_use.name); NULL: there are none. A static
 * string. */
const char *mn_models_used_au(mien_pipeline *p);

#endif
