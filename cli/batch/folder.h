/* The videos of a folder and of the folders in it. */
#ifndef MN_CLI_FOLDER_H
#define MN_CLI_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mn_folder_file {
    char *path;
    size_t place; /* where in path the part below the folder begins */
    int64_t bytes;
};

struct mn_folder {
    struct mn_folder_file *file; /* in the order of the bytes of their paths */
    int n, room;
    int others; /* files that are not videos by their name */
    int unread; /* folders that could not be read; each has been said */
};

/* A name's extension decides; what the file is decides the decoder later. Left out are names that
 * begin with a dot, links to folders, and the two folders `but` (where results go; NULL: none).
 * pictures: still pictures as well. 0, MIEN_ENOMEM, or MIEN_ENOINPUT with a sentence if `path`
 * itself cannot be read. */
int mn_folder_list(struct mn_folder *f, const char *path, const char *const but[2], bool pictures);

void mn_folder_free(struct mn_folder *f);

#endif
