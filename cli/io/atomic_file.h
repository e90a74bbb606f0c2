/* A file that is either complete under its name or visibly incomplete beside it.
 *
 * All bytes go to NAME.partial (results) or NAME.part (downloads). The partial file is locked while
 * a process writes it. When it is complete it is synced to the disk and renamed. Whatever ends the
 * work early leaves the partial file: the next run replaces that of a result, and continues that of
 * a download.
 *
 * All functions return 0 or a code, and report the error: MIEN_EOUTPUT, MIEN_EFULL, MIEN_EEXISTS,
 * MIEN_ENOMEM. */
#ifndef MN_CLI_ATOMIC_FILE_H
#define MN_CLI_ATOMIC_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct mn_atomic_file {
    char *path;
    char *partial; /* name of the partial file; NULL for streams */
    int fd;        /* of the partial file, locked; -1: closed, or a stream */
    FILE *file;    /* results only: what is written goes here; owns fd */
    char *old;     /* the partial file that `partial` will replace; NULL: none */
    bool download;
};

/* -------------------------------------------------------------------------------- results ---- */

/* The checks of mn_atomic_file_open alone, before any work is done: the folder must be writable,
 * and the file must not exist unless force. */
int mn_atomic_file_check(const char *path, bool force);

/* Starts a result. Streams (mn_path_is_stream) are written directly, without a partial file.
 * MIEN_EEXISTS also if another process writes the partial file. */
int mn_atomic_file_open(struct mn_atomic_file *f, const char *path, bool force);

/* As mn_atomic_file_open with force, but an existing partial file keeps its content until
 * mn_atomic_file_finish, complete, replaces it: at no moment is it torn. */
int mn_atomic_file_replace(struct mn_atomic_file *f, const char *path);

/* Passes every line written so far, with its line feed, to `line`, which writes its replacement.
 * Does nothing for streams. */
int mn_atomic_file_rewrite(struct mn_atomic_file *f, int (*line)(void *ctx, char *text, FILE *out),
                           void *ctx);

/* Flushes, and reports any error of an earlier write. */
int mn_atomic_file_flush(struct mn_atomic_file *f);

/* Closes and frees. complete: syncs and renames; otherwise the partial file stays. A finished or
 * all-zero struct is allowed. */
int mn_atomic_file_finish(struct mn_atomic_file *f, bool complete);

/* ------------------------------------------------------------------------------ downloads ---- */

/* Starts or continues a download. While another process has the lock, calls `wait` again and again,
 * which sleeps a little and returns 0, or an error that ends the waiting. After that process ended
 * well, `path` exists on return. */
int mn_atomic_file_continue(struct mn_atomic_file *f, const char *path, int (*wait)(void *ctx),
                            void *ctx);

int64_t mn_atomic_file_size(const struct mn_atomic_file *f); /* bytes of the partial file */
int mn_atomic_file_write(struct mn_atomic_file *f, const char *data, size_t size, int64_t offset);
int mn_atomic_file_truncate(struct mn_atomic_file *f); /* to 0 bytes */

/* Syncs the partial file and renames it, replacing an existing file; the new name survives a power
 * failure. */
int mn_atomic_file_commit(struct mn_atomic_file *f);

/* Releases the lock and frees; removes an empty partial file. A closed one is allowed. Returns
 * whether the file was removed. */
bool mn_atomic_file_close(struct mn_atomic_file *f);

/* --------------------------------------------------------------------------------- shared ---- */

#define MN_CURE_OUTPUT "choose another place with -o"
#define MN_CURE_MODELS "choose another folder with --models"

/* Reports that `path` cannot be written: MIEN_EFULL or MIEN_EOUTPUT. No message after a signal
 * (MIEN_EINTERRUPTED) or if the reader of a pipe has ended (MIEN_EOUTPUT). */
int mn_atomic_file_error(const char *path, int errnum, const char *cure);

/* Syncs the content of a file to the disk; `sync`: fdatasync or the like, NULL the system's.
 * Returns 0, or the errno of a failure; a file without a disk under it is no failure. */
int mn_atomic_file_sync(int fd, int (*sync)(int fd));

/* Syncs the folder of `path`, so that a new name survives a power failure. File systems that cannot
 * do so do not need it. */
void mn_atomic_file_sync_folder(const char *path);

#endif
