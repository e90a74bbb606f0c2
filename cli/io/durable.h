/* What is written of a recording reaches the disk soon, whatever happens to the machine. Asking for
 * that can take long; so a thread of its own asks, and the writer only ever leaves a note. */
#ifndef MN_CLI_DURABLE_H
#define MN_CLI_DURABLE_H

struct mn_durable;

#define MN_DURABLE_PAUSE \
    1.0 /* seconds between two requests, as long as there is something to ask for */

/* path: of fd, so that its folder's entry lasts, too. sync: fdatasync or the like, 0 or -1 with
 * errno; NULL: the system's. NULL without memory or threads: then nothing is asked for. */
struct mn_durable *mn_durable_start(int fd, const char *path, int (*sync)(int fd));

/* Something was written. Never waits for the disk. Returns the errno of a request that failed since
 * the last note, or 0. All functions take NULL. */
int mn_durable_note(struct mn_durable *d);

/* Waits for a request under way; what was written after that is the caller's. Returns how many
 * requests there were. The descriptor must still be open. */
int mn_durable_stop(struct mn_durable **d);

#endif
