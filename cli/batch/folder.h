/* Lists the videos of a folder and of the folders in it. */
#ifndef MN_CLI_FOLDER_H
#define MN_CLI_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mn_folder_file {
    char *path;
    size_t place; /* byte of `path` where its part below the folder begins */
    int64_t bytes;
};

struct mn_folder {
    struct mn_folder_file *file; /* sorted by the bytes of their paths */
    int n, room;
    int others; /* files without the extension of a video */
    int unread; /* folders that could not be read; each was reported */
};

/* Files are selected by the extension of their name; their content is not read. Not listed: names
 * that begin with a dot, links to folders, and the folders `except` (for results; NULL: none).
 * pictures: still pictures are listed as well. 0, MIEN_ENOMEM, or MIEN_ENOINPUT, after reporting
 * it, if `path` itself cannot be read. The caller calls mn_folder_free in any case. */
int mn_folder_list(struct mn_folder *f, const char *path, const char *const except[2],
                   bool pictures);

void mn_folder_free(struct mn_folder *f);

#endif
