/* Reads a text file line by line. The file is foreign: no line is longer than MN_LINES_LONGEST, and
 * memory does not depend on the length of the file. One thread per file. */
#ifndef MN_CLI_LINES_H
#define MN_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MN_LINES_LONGEST = 4 << 20 }; /* bytes */

/* All zero but fd = -1: closed. */
struct mn_lines {
    char *path;
    int fd;
    char *buf; /* bytes of the file that were read and not yet used: [at, end) */
    size_t room, at, end;
    bool ended; /* nothing follows them */
    char *text; /* the current line without its end, in buf; may contain zero bytes */
    size_t length;
    int64_t number; /* of the current line, from 1 */
};

/* 0 or a reported code: MIEN_ENOINPUT, MIEN_EISDIR, MIEN_ENOMEM. `wanted` ends the message about a
 * folder: "give a table (CSV)". The caller calls mn_lines_close in any case. */
int mn_lines_open(struct mn_lines *l, const char *path, const char *wanted);
void mn_lines_close(struct mn_lines *l);

/* 1: a line is in text; 0: the end; or a reported code: MIEN_ENOINPUT, MIEN_EDAMAGED (too long),
 * MIEN_ENOMEM. A last line without a line feed is ignored: its writer was interrupted. */
int mn_lines_next(struct mn_lines *l);

/* The rest of the file, for formats whose last line needs no line feed: 1 if it is not empty.
 * After mn_lines_next has returned 0. */
int mn_lines_rest(struct mn_lines *l);

#endif
