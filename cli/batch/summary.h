/* The table of --summary: a CSV row for each job, written when the job ends. */
#ifndef MN_CLI_SUMMARY_H
#define MN_CLI_SUMMARY_H

#include "batch/plan.h"

struct mn_summary;

/* replace: an existing file is replaced. Reports its errors: MIEN_EEXISTS, MIEN_EOUTPUT,
 * MIEN_EFULL. */
int mn_summary_open(struct mn_summary **s, const char *path, bool replace);

/* err, message: how the job ended; message "": the general sentence for err. */
int mn_summary_add(struct mn_summary *s, const struct mn_job *job, enum mn_job_state state, int err,
                   const char *message);

/* Frees it. complete: the file gets its name; otherwise it stays partial. NULL is allowed. */
int mn_summary_close(struct mn_summary *s, bool complete);

#endif
