/* One input through an open pipeline into its outputs: what extract does for each input, and run
 * for its one source. */
#ifndef MN_CLI_SESSION_H
#define MN_CLI_SESSION_H

#include "options.h"
#include "run/run.h"
#include "run/tally.h"

/* Opens an input as the options describe. remote: names with :// may be fetched. memory: a decoder
 * process writes pictures into buffers of this pipeline; may be NULL. */
int mn_session_open_source(struct mn_source **out, const struct mn_options *o, const char *input,
                           bool remote, mien_pipeline *memory);

/* Checks the names of outputs before any work is done: they must not exist (unless forced), not be
 * the input, and differ; their folders must be writable. rows, video: may be NULL. */
int mn_session_check_outputs(const struct mn_options *o, const char *input, const char *rows,
                             const char *video);

/* All frames of the source through the pipeline into the open sinks. tally: zero but for its
 * monitor; the caller calls mn_tally_finish. Afterwards all frames are released, and the pipeline
 * is idle and reset. MIEN_EINTERRUPTED after a signal. Does not call mn_source_verdict. */
int mn_session_frames(const struct mn_run *run, struct mn_tally *tally);

/* The whole session: opens the sinks, runs, writes the sidecar, gives complete results their names,
 * and reports. rows, video: names of outputs or NULL. With o->wakeup (`mien run`) rates and
 * latencies are measured. Returns the outcome, with the verdict of the source: after MIEN_EDAMAGED
 * and the like the results are complete. */
int mn_session_run(mien_pipeline *p, struct mn_source *source, const struct mn_options *o,
                   const char *rows, const char *video);

#endif
