/* The networks of a pipeline: for each role of mn_roles that a run needs, the engine of its
 * provider and the model. */
#ifndef MN_NETWORKS_H
#define MN_NETWORKS_H

#include "pipeline_state.h"

/* Does any network come from a file? */
bool mn_networks_need_files(const mien_pipeline *p);

/* Is there a model for this role, as far as is known without opening it? */
bool mn_networks_available(const mien_pipeline *p, enum mn_role role);

/* Opens engines and models, with settings.analysis resolved. 0 or an error, logged; close also
 * after an error. */
int mn_networks_open(mien_pipeline *p);
void mn_networks_close(mien_pipeline *p);

/* Writes the paths of the open models into the settings, so that worker processes, whose program
 * may be elsewhere, open the same files. The paths live as long as the pipeline. */
void mn_networks_name(mien_pipeline *p);

#endif
