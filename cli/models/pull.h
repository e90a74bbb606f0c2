/* Fetches registered models into a folder: from their own addresses, a mirror, another folder. */
#ifndef MN_CLI_PULL_H
#define MN_CLI_PULL_H

#include <stdbool.h>

struct mn_pull {
    const char *folder; /* created when needed, with parents */
    const char *from;   /* NULL: each entry's own address; else a folder or an address */
    bool force;         /* replace what is there */
    char **names;       /* registry names or file names; none: the default entries */
    int num_names;
};

/* One line on standard output for each file that is there in the end. An error of one file does not
 * keep the others from being fetched, unless they would meet it too; the first one is returned. */
int mn_pull(const struct mn_pull *job);

#endif
