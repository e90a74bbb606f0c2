/* One input through an open pipeline into its outputs: what extract does for each input, and run
 * for its one source. */
#ifndef MN_CLI_ANALYSE_H
#define MN_CLI_ANALYSE_H

#include "options.h"

/* rows, video: output names or NULL. Opens the source and the sinks, runs, writes the sidecar,
 * gives the results their names. The source's verdict is part of the result: MIEN_EDAMAGED and the
 * like mean that the outputs are there. */
int mn_analyse(mien_pipeline *p, const struct mn_options *o, const char *input, bool remote,
               const char *rows, const char *video);

/* Name of the same file as `name`, in `folder`, with another extension; malloced. */
char *mn_name_in(const char *folder, const char *name, const char *extension);

#endif
