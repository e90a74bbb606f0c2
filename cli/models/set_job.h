/* What fetching and importing a set have in common: which files are wanted, how one is put in its
 * place, and the report at the end. */
#ifndef MN_CLI_SET_JOB_H
#define MN_CLI_SET_JOB_H

#include "models/download.h"
#include "models/model_set.h"

struct mn_set_job {
    const struct mn_model_set *set;
    unsigned parts;     /* wanted ones, as bits */
    const char *folder; /* of the models */
    bool force;         /* replace files with another content */

    /* the rest is set by mn_set_job_begin */
    enum mn_model_file_state *state; /* of each file; MN_MODEL_KNOWN: done */
    int present;                     /* files that were there at the start */
    int wanted;                      /* files to be obtained */
    int64_t bytes;                   /* of those */
    int error;                       /* of files that stand in the way, reported: MIEN_EEXISTS */
};

/* Looks at what is there. 0: call mn_set_job_end; else an error, reported. */
int mn_set_job_begin(struct mn_set_job *j);

/* Should file i still be obtained? */
bool mn_set_job_wants(const struct mn_set_job *j, int i);

/* Opens the part file of file i, with its folders; 0, or an error, reported. *done: another process
 * has put the file in its place meanwhile, nothing is open. */
int mn_set_job_open(struct mn_set_job *j, int i, struct mn_download *part,
                    const struct mn_watch *watch, bool *done);

/* Verifies the part file and renames it. MIEN_EBADMODEL, not reported: it is another file, and was
 * discarded. Does not close it. */
int mn_set_job_commit(struct mn_set_job *j, int i, struct mn_download *part);

/* Frees without a report, before anything was obtained. */
void mn_set_job_cancel(struct mn_set_job *j);

/* Prints the outcome and frees. how: "fetched". The first error of obtaining files goes in, the
 * result for the exit status comes out: 0, MIEN_ENOMODEL where required files are missing without
 * another error, MN_EINCOMPLETE where only files of optional parts are missing. */
int mn_set_job_end(struct mn_set_job *j, const char *how, int error);

#endif
