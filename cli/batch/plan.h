/* The plan of a batch, made before the first frame is decoded: one job for each input file. */
#ifndef MN_CLI_PLAN_H
#define MN_CLI_PLAN_H

#include "options.h"

struct mn_job {
    char *input, *rows, *video; /* names of files; video: NULL if none was requested */
    const char *place;          /* the end of `input`: its path below the folder of results */
    int64_t bytes;              /* of the input; 0: not a regular file */
    bool found;                 /* in a folder, not named by the user */
    double media_seconds;       /* once it was opened; 0: not known */
};

struct mn_plan {
    struct mn_job *job;
    int n, room;
    int listed;           /* jobs before mn_shard_apply */
    int64_t listed_bytes; /* of their inputs */
    bool folders;         /* some input is a folder */
    int unread;           /* folders below the inputs that could not be read */
};

/* Makes the jobs, in the order of the inputs and of the names in a folder, and the folders for
 * their results. A file found as INPUT/a/b.mp4 gets OUTPUT/a/b.csv; it gets b.mp4.csv if another
 * input of the folder would get b.csv too. Reports every error in names: MIEN_EINVAL, MIEN_EISDIR,
 * MIEN_EOUTPUT and those of mn_folder_list. */
int mn_plan_make(struct mn_plan *p, const struct mn_options *o);

/* Can all results be written? Not over an input, nor over an earlier result without o->force or
 * o->resume: MIEN_EINVAL, MIEN_EEXISTS, reported. */
int mn_plan_check(const struct mn_plan *p, const struct mn_options *o);

void mn_plan_free(struct mn_plan *p);

/* The numbers of all jobs, those with the largest inputs first; malloced; NULL without memory. One
 * thread at a time. */
int *mn_plan_order(const struct mn_plan *p);

/* The outcome of a job, for the summary and for --resume. */
enum mn_job_state {
    MN_JOB_TODO,
    MN_JOB_DONE,
    MN_JOB_KEPT,
    MN_JOB_FAILED,
    MN_JOB_QUARANTINED, /* crashed or exceeded a limit in every attempt */
    MN_JOB_INTERRUPTED,
};
#define MN_JOB_STATES (MN_JOB_INTERRUPTED + 1)

/* "done"; static. */
const char *mn_job_state_name(enum mn_job_state state);

/* For --resume: does the result of an earlier run count? Returns MN_JOB_KEPT; or MN_JOB_TODO; or
 * MN_JOB_FAILED, after reporting it, if a result exists that was made with other options or models
 * or from another input. *err: how the job ended then or ends now. */
enum mn_job_state mn_plan_earlier(const struct mn_job *job, const struct mn_options *o, int *err);

#endif
