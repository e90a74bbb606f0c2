/* One input through an open pipeline into its outputs: what extract does for each input, and run
 * for its one source. */
#ifndef MN_CLI_ANALYSE_H
#define MN_CLI_ANALYSE_H

#include "run/loop.h"
#include "options.h"
#include "source/source.h"

/* Opens an input as the options say. remote: names with :// may be fetched. memory: where a decoder
 * process puts pictures; may be NULL. */
int mn_open_source(struct mn_source **out, const struct mn_options *o, const char *input,
                   bool remote, mien_pipeline *memory);

/* rows, video: output names or NULL. Opens the sinks, runs, writes the sidecar, gives the results
 * their names. The source's verdict is part of the result: MIEN_EDAMAGED and the like mean that the
 * outputs are there. live: of run; NULL for extract. */
int mn_analyse(mien_pipeline *p, struct mn_source *source, const struct mn_options *o,
               const char *rows, const char *video, struct mn_live *live);

/* May the outputs be made? They must not exist (unless forced), not be the input, not be each
 * other; the folders must take files. */
int mn_check_outputs(const struct mn_options *o, const char *input, const char *rows,
                     const char *video);

#endif
