/* Syncs a growing file, such as a recording, to the disk about once a second, so that a power
 * failure costs little. A sync can take long, so a thread of its own does it: the writer never
 * waits. */
#ifndef MN_CLI_DURABLE_H
#define MN_CLI_DURABLE_H

struct mn_durable;

#define MN_DURABLE_PAUSE 1.0 /* seconds between two syncs, while anything is written */

/* path: of fd; its folder is synced once. sync: as in mn_atomic_file_sync. NULL without memory or
 * threads; then nothing is synced. */
struct mn_durable *mn_durable_start(int fd, const char *path, int (*sync)(int fd));

/* After each write. Returns the errno of a sync that failed since the last call, or 0. This and
 * mn_durable_stop accept NULL. */
int mn_durable_note(struct mn_durable *d);

/* Waits for a sync in progress; later writes are the caller's to sync. Returns the number of syncs.
 * The descriptor must still be open. */
int mn_durable_stop(struct mn_durable **d);

#endif
