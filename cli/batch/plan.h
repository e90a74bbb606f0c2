/* What a run of extract has to do, planned before the first frame is decoded: one job for each
 * input, folders opened up. */
#ifndef MN_CLI_BATCH_H
#define MN_CLI_BATCH_H

#include "options.h"

struct mn_job {
    char *input, *rows, *video; /* video: NULL if none was asked for */
    const char *place;          /* the end of input: where in the result folder */
    int64_t bytes;              /* of the input; 0: no file */
    bool found;                 /* in a folder, not named by the user */
};

struct mn_batch {
    struct mn_job *job;
    int n, room;
    bool folders; /* some input is a folder */
    int unread;   /* folders in those that could not be read */
};

/* The jobs, in the order of the inputs and of the names in a folder. Result folders are made. A
 * file found in INPUT/a/b.mp4 gets OUTPUT/a/b.csv, or b.mp4.csv where b.csv would be another's
 * result too. With o->resume results may exist. Everything that can be wrong about names is said,
 * and is an error. */
int mn_batch_plan(struct mn_batch *b, const struct mn_options *o);

void mn_batch_free(struct mn_batch *b);

/* What became of a job, for the summary and for who resumes. */
enum mn_job_state { MN_JOB_TODO, MN_JOB_DONE, MN_JOB_KEPT, MN_JOB_FAILED, MN_JOB_INTERRUPTED };

/* With o->resume: is the job done already? MN_JOB_KEPT, or MN_JOB_TODO; or MN_JOB_FAILED, with the
 * sentence said, if a result is there that other options, models or another input made. *err: how
 * the job ended then, or ends now. */
enum mn_job_state mn_batch_earlier(const struct mn_job *job, const struct mn_options *o, int *err);

/* A table of all jobs, written line by line as they end: --summary. */
struct mn_summary;
int mn_summary_open(struct mn_summary **s, const char *path, bool replace);
int mn_summary_add(struct mn_summary *s, const struct mn_job *job, enum mn_job_state state, int err,
                   const char *message);
int mn_summary_close(struct mn_summary *s, bool complete);

#endif
