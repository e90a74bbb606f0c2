/* Fetches the files of a set from their own addresses or from a mirror, several at a time. */
#ifndef MN_CLI_PULL_SET_H
#define MN_CLI_PULL_SET_H

#include "models/model_set.h"

struct mn_pull_set {
    const struct mn_model_set *set;
    unsigned parts;       /* as bits */
    const char *folder;   /* of the models; created when needed */
    const char *from;     /* address of a models folder; NULL: the files' own addresses */
    const char *accepted; /* --accept-licence */
    bool force;           /* replace files with another content */
};

/* One line on standard output for the set. An error of one file does not keep the others from being
 * fetched, unless they would meet it too. For the result see mn_set_job_end. */
int mn_pull_set(const struct mn_pull_set *p);

#endif
