/* A result file that is either complete under its name or visibly incomplete beside it.
 *
 * Everything is written to NAME.partial and renamed when complete. A run that ends early leaves
 * the .partial file, which the next run replaces. */
#ifndef MN_CLI_ATOMIC_FILE_H
#define MN_CLI_ATOMIC_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "io/path.h"

struct mn_atomic_file {
    char *path, *partial; /* partial is NULL for streams */
    FILE *file;
};

/* MIEN_EEXISTS unless force; MIEN_EOUTPUT, MIEN_EFULL. Says why.
 * A .partial file that another running mien is writing is refused (MIEN_EEXISTS). */
int mn_atomic_file_open(struct mn_atomic_file *o, const char *path, bool force);

/* The checks of mn_atomic_file_open alone, before any work is done: does the folder take files,
 * does the file exist? */
int mn_atomic_file_check(const char *path, bool force);

/* Passes every line written so far, with its newline, through `line`, which writes what shall stand
 * in its place. Streams are left alone. */
int mn_atomic_file_rewrite(struct mn_atomic_file *o, int (*line)(void *ctx, char *text, FILE *out),
                           void *ctx);

/* Flushes and reports what went wrong with any write before: MIEN_EFULL or MIEN_EOUTPUT. */
int mn_atomic_file_flush(struct mn_atomic_file *o);

/* Closes. keep: also renames to the final name; otherwise the .partial file stays. Frees the
 * names. Safe on a zeroed or already finished struct. */
int mn_atomic_file_finish(struct mn_atomic_file *o, bool complete);

/* Renames a .partial file written by others (an encoder), after checking nothing is in the way. */
int mn_atomic_file_rename(const char *partial, const char *path);

/* What errno means for an output: MIEN_EFULL or MIEN_EOUTPUT, with one sentence; MIEN_EINTERRUPTED
 * or MIEN_EOUTPUT in silence when the user or the reader of a pipe has ended it. */
int mn_atomic_file_error(const char *path, int errnum);

#endif
