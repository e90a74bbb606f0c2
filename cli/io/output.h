/* A result file that is either complete under its name or visibly incomplete beside it.
 *
 * Everything is written to NAME.partial and renamed when complete. A run that ends early leaves
 * the .partial file, which the next run replaces. */
#ifndef MN_CLI_OUTPUT_H
#define MN_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct mn_output {
    char *path, *partial; /* partial is NULL for streams */
    FILE *file;
};

/* The last part of a path: where that is not empty, what follows the last slash. */
const char *mn_last_part(const char *path);

/* Standard output ("-") or an existing file that is no regular one, such as a device or a pipe,
 * or anything below /dev and /proc:
 * written as it is, without .partial, renaming and sidecar. */
bool mn_output_is_stream(const char *path);

/* MIEN_EEXISTS unless force; MIEN_EOUTPUT, MIEN_EFULL. Says why.
 * A .partial file that another running mien is writing is refused (MIEN_EEXISTS). */
int mn_output_open(struct mn_output *o, const char *path, bool force);

/* The checks of mn_output_open alone, before any work is done: does the folder take files, does
 * the file exist? */
int mn_output_check(const char *path, bool force);

/* Passes every line written so far, with its newline, through `line`, which writes what shall stand
 * in its place. Streams are left alone. */
int mn_output_rewrite(struct mn_output *o, int (*line)(void *ctx, char *text, FILE *out),
                      void *ctx);

/* Flushes and reports what went wrong with any write before: MIEN_EFULL or MIEN_EOUTPUT. */
int mn_output_flush(struct mn_output *o);

/* Closes. keep: also renames to the final name; otherwise the .partial file stays. Frees the
 * names. Safe on a zeroed or already finished struct. */
int mn_output_finish(struct mn_output *o, bool complete);

/* Renames a .partial file written by others (an encoder), after checking nothing is in the way. */
int mn_output_rename(const char *partial, const char *path);

/* What errno means for an output: MIEN_EFULL or MIEN_EOUTPUT, with one sentence; MIEN_EINTERRUPTED
 * or MIEN_EOUTPUT in silence when the user or the reader of a pipe has ended it. */
int mn_output_error(const char *path, int errnum);

#endif
