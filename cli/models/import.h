/* Takes the files of a set from a folder, whatever their names and places in it. */
#ifndef MN_CLI_IMPORT_H
#define MN_CLI_IMPORT_H

#include "models/model_set.h"

struct mn_import {
    const struct mn_model_set *set;
    unsigned parts;     /* as bits */
    const char *folder; /* of the models; created when needed */
    const char *source; /* searched with all folders below it */
    bool force;         /* replace files with another content */
};

/* Copies the files that are found by their size and SHA-256, and reports what was found and what is
 * missing. For the result see mn_set_job_end. */
int mn_import(const struct mn_import *im);

#endif
