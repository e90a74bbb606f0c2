/* A file on its way into a folder: written to NAME.part, and renamed when it is complete and the
 * caller has verified it. NAME.part.meta has the validator of the server (ETag or date), which
 * decides whether a later request can continue the part file.
 *
 *     mn_download_open(&d, "DIR/NAME", &watch)
 *     mn_http_fetch(&d, url, ...) or mn_download_copy(&d, path, ...)
 *     the caller verifies the content of d.file.partial
 *     mn_download_commit(&d)          now it is DIR/NAME
 *     mn_download_close(&d)
 */
#ifndef MN_CLI_DOWNLOAD_H
#define MN_CLI_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "io/atomic_file.h"

/* Called often while bytes arrive, and at least about once a second while waiting. total: bytes of
 * the whole file, 0: not known. false ends the work: MIEN_EINTERRUPTED, without a message. */
struct mn_watch {
    bool (*go_on)(void *ctx, int64_t have, int64_t total);
    void *ctx;
};

struct mn_download {
    struct mn_atomic_file file;
    char *meta; /* NAME.part.meta */
};

/* Is the value of --from an address? Otherwise it is a folder. */
bool mn_download_is_address(const char *from);

/* Is it an error that every further file would meet as well? */
bool mn_download_ends_all(int err);

/* Creates a folder with its parents where they are missing. 0, or a code of writing, reported. */
int mn_download_make_folders(const char *folder);

/* Opens or creates the part file and locks it; waits, after reporting it, while another process has
 * the lock. If that process ended well, the target exists on return. All functions here return 0 or
 * a code, and report the error: MIEN_EOUTPUT, MIEN_EFULL, MIEN_ENOMEM, MIEN_EINTERRUPTED. */
int mn_download_open(struct mn_download *d, const char *target, const struct mn_watch *watch);

/* Fills the part file from a local file. MIEN_ENOMODEL if that cannot be read. */
int mn_download_copy(struct mn_download *d, const char *from, const struct mn_watch *watch);

/* Discards the content. */
int mn_download_drop(struct mn_download *d);

/* Syncs the content and renames the file, replacing an existing one. */
int mn_download_commit(struct mn_download *d);

/* Releases the lock and frees; removes an empty part file. A closed download is allowed. */
void mn_download_close(struct mn_download *d);

/* Sleeps, in short steps so that the watch can end it: MIEN_EINTERRUPTED. */
int mn_download_pause(double seconds, const struct mn_watch *watch, int64_t have, int64_t total);

#endif
