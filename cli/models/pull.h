/* Fetches registered models into a folder: from their own addresses, a mirror, another folder. */
#ifndef MN_CLI_PULL_H
#define MN_CLI_PULL_H

#include <stdbool.h>

struct mn_pull {
    const char *folder; /* created when needed, with parents */
    const char *from;   /* NULL: each entry's own address; else a folder or an address */
    bool force;         /* replace what is there; of a set only files with another content */
    char **names;       /* registry names, file names or sets; none: the default entries */
    int num_names;
    const char *without;  /* parts of the sets that are left out; NULL: none */
    const char *accepted; /* the set whose licence the user accepts, or NULL */
};

/* One line on standard output for each file that is there in the end, or for each set. An error of
 * one file does not keep the others from being fetched, unless they would meet it too; the first
 * one is returned. */
int mn_pull(const struct mn_pull *job);

#endif
