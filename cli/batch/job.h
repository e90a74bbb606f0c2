/* One input of a batch through a pipeline into its result. */
#ifndef MN_CLI_JOB_H
#define MN_CLI_JOB_H

#include "batch/plan.h"
#include "run/session.h"

/* Limits of the user for one input; 0: none. */
struct mn_job_limits {
    int64_t pixels;  /* of a frame */
    double duration; /* seconds of video */
};

/* Runs a job. source: the open input, or NULL to open it here; opened: the error of opening it
 * before. independent: the user's --independent. *p may be closed and opened again: a single
 * picture needs other models than a video. Returns the outcome, reported; MN_ELIMIT beyond a limit.
 */
int mn_job_run(struct mn_job *job, struct mn_options *o, mien_pipeline **p, int independent,
               struct mn_source *source, int opened);

/* The state for an outcome: DONE if the rows are complete, even where the input was damaged. */
enum mn_job_state mn_job_state_of(const struct mn_job *job, int err);

/* For --resume: the job was not begun, or its rows exist but their video is missing. Then existing
 * files may be replaced. */
bool mn_job_replaces(const struct mn_job *job, const struct mn_options *o);

#endif
