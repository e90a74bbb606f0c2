/* The results in a folder and in the folders in it. */
#ifndef MN_CLI_RESULTS_H
#define MN_CLI_RESULTS_H

#include <stddef.h>

struct mn_results {
    char **path; /* sorted by their bytes */
    int n, room;
};

/* Adds every file below `folder` whose name ends with `extension` (".csv") and that has a sidecar.
 * Folders whose names begin with a dot are skipped. 0 or a reported code: MIEN_ENOINPUT,
 * MIEN_ENOMEM. */
int mn_results_list(struct mn_results *r, const char *folder, const char *extension);

/* The same for every file, with or without a sidecar, and files behind links. */
int mn_results_list_files(struct mn_results *r, const char *folder);

/* Adds one file, whatever its name. MIEN_ENOMEM, reported. */
int mn_results_add(struct mn_results *r, const char *path);

void mn_results_free(struct mn_results *r);

/* The name of a result in tables: its path below `folder` (which may be "") without the extension.
 * malloced; NULL without memory. */
char *mn_results_name(const char *path, const char *folder, const char *extension);

#endif
