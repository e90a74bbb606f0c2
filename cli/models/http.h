/* A file on its way into a folder: it is written beside its final name and takes that name only
 * when it is whole. libcurl stays behind fetch.c; without it mn_fetch says so.
 *
 *     mn_part_open(&p, "DIR/NAME", &watch)
 *     mn_fetch(&p, url, ...) or mn_part_copy(&p, path, ...)
 *     the caller checks what p.path holds
 *     mn_part_commit(&p)          now it is DIR/NAME
 *     mn_part_close(&p)
 *
 * Whatever ends this early leaves NAME.part for the next time; NAME.part.meta holds the word of the
 * server (ETag or date) that tells whether the rest still belongs to it. */
#ifndef MN_CLI_FETCH_H
#define MN_CLI_FETCH_H

#include <stdbool.h>
#include <stdint.h>

/* Called often while bytes arrive and at least about once a second while waiting. total: bytes of
 * the whole file, 0 = not known. False stops the work: MIEN_EINTERRUPTED, without a word. */
struct mn_watch {
    bool (*go_on)(void *ctx, int64_t have, int64_t total);
    void *ctx;
};

struct mn_part {
    int fd;     /* locked while open; -1: closed */
    char *path; /* NAME.part, for the caller to check */
    char *target, *meta;
};

/* Opens or creates `target`.part and locks it; while another process has it, waits, and says so.
 * When that process ended well, target exists on return. All functions here return 0 or a code and
 * say why: MIEN_EOUTPUT, MIEN_EFULL, MIEN_ENOMEM, MIEN_EINTERRUPTED. */
int mn_part_open(struct mn_part *p, const char *target, const struct mn_watch *watch);

/* Fills the part with a local file. MIEN_ENOMODEL if that cannot be read. */
int mn_part_copy(struct mn_part *p, const char *from, const struct mn_watch *watch);

/* Fills the part from an http, https or file address. Asks only for the bytes that are not there
 * yet; a server that has another version by now, or knows no ranges, sends all. Errors that may
 * pass are tried again three times. *resumed: the part is joined from several answers, so if its
 * content is wrong a fresh start (mn_part_drop, then mn_fetch) may cure it.
 *
 * MIEN_EDOWNLOAD; MIEN_EBADMODEL if the file is longer than max_bytes; MIEN_EINVAL for a bad
 * MIEN_FETCH_TIMEOUT (seconds without connection or data, default 30); MIEN_ENOTBUILT. */
int mn_fetch(struct mn_part *p, const char *url, int64_t max_bytes, const struct mn_watch *watch,
             bool *resumed);

/* Forgets the content. */
int mn_part_drop(struct mn_part *p);

/* Puts the content on disk and gives it its name, replacing what bore it. */
int mn_part_commit(struct mn_part *p);

/* Releases the lock and frees; an empty part file is removed. Safe on a closed one. */
void mn_part_close(struct mn_part *p);

/* Says that a path cannot be written: MIEN_EFULL or MIEN_EOUTPUT. */
int mn_part_error(const char *path, int errnum);

#endif
