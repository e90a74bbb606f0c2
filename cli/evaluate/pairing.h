/* Finds the result of a recording by its name.
 *
 * The last part of the path decides: p00/face/17 fits .../face/17.csv; of several, the one with
 * most folders in common. If no result has that name, a result fits whose path contains all parts
 * of the name as words, as LeftVideoSN001_comp.csv fits SN001. */
#ifndef MN_CLI_PAIRING_H
#define MN_CLI_PAIRING_H

#include <stdbool.h>

struct mn_candidate {
    char *path, *name; /* name: below the folder, without extension */
    const char *last;  /* its last part */
    bool used;
};

struct mn_pairing {
    struct mn_candidate *result; /* sorted by last part */
    int n;
};

/* All results (.csv, .jsonl, .ndjson) of a folder, or one file. 0 or a reported code; MIEN_ENOINPUT
 * if there are none. The caller calls mn_pairing_free in any case. */
int mn_pairing_open(struct mn_pairing *p, const char *results);
void mn_pairing_free(struct mn_pairing *p);

/* The result; NULL: none fits. *rival: another one that fits as well, or NULL. */
struct mn_candidate *mn_pairing_find(struct mn_pairing *p, const char *recording,
                                     const struct mn_candidate **rival);

/* Does a result have the last part of this name? */
bool mn_pairing_has(struct mn_pairing *p, const char *recording);

#endif
