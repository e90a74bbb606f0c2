/* Runs the jobs of a batch in job slots (slot.h), several at once, each isolated.
 *
 * The batch itself opens no model and no video. It assigns the largest input that is left to the
 * next free slot. A slot that crashes, hangs or exceeds a limit is killed with all its processes
 * and started again; its job is tried again, and given up after --retries. */
#ifndef MN_CLI_SUPERVISOR_H
#define MN_CLI_SUPERVISOR_H

#include "batch/plan.h"
#include "batch/summary.h"

/* Do the options ask for job slots? */
bool mn_supervisor_wanted(const struct mn_options *o);

/* Checks the options before any work is done. 0 or MIEN_EINVAL, reported. */
int mn_supervisor_check(const struct mn_options *o);

/* Runs all jobs. Returns the first error in the order of the jobs' ends, or MIEN_EINTERRUPTED. */
int mn_supervisor_run(struct mn_plan *plan, const struct mn_options *o, struct mn_summary *summary);

#endif
