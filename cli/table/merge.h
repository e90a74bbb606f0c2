/* Writes many results as one, as a stream: memory does not depend on their number or length. */
#ifndef MN_CLI_MERGE_H
#define MN_CLI_MERGE_H

#include <stdbool.h>
#include <stdio.h>

struct mn_merge {
    FILE *out;
    char *head;        /* columns of the first table; NULL: none yet */
    const char *first; /* its path, borrowed */
};

/* Appends the rows of a CSV with the column `video` before the others. 0 or a reported code:
 * MIEN_EINVAL if its columns differ from those of the first one. */
int mn_merge_csv(struct mn_merge *m, const char *path, const char *video);

/* Appends the lines of a JSON Lines result with the member `video` before the others. */
int mn_merge_jsonl(struct mn_merge *m, const char *path, const char *video);

/* Appends one row for each person of a CSV: video, face_id, frames, times, and of each measure the
 * mean, for action units also the largest value and the share of frames at or above 1. */
int mn_merge_people(struct mn_merge *m, const char *path, const char *video);

void mn_merge_free(struct mn_merge *m);

#endif
