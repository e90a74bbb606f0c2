/* The progress of a batch whose jobs run in other processes: one line on a terminal, JSON lines for
 * programs, and a line for each finished input. */
#ifndef MN_CLI_COLLECTION_H
#define MN_CLI_COLLECTION_H

#include "options.h"

struct mn_collection {
    enum mn_progress_mode mode; /* not AUTO */
    double started, shown;
    int files, ended, failed, kept, running;
    int64_t bytes, bytes_ended; /* of the inputs; without those that were kept */
    double bytes_running;       /* done, of those that run */
    int64_t frames_ended, frames_running;
    double media_ended; /* seconds of video */
};

void mn_collection_start(struct mn_collection *c, enum mn_progress_mode mode, int files,
                         int64_t bytes);

/* Shows the counts, at most a few times a second. */
void mn_collection_update(struct mn_collection *c);

/* A line about an input that has ended. how: "done", "failed", ...; output: NULL if there is none.
 */
void mn_collection_ended(struct mn_collection *c, const char *input, const char *how,
                         const char *output, int64_t frames, double seconds);

/* Removes the line and, on a terminal, reports the totals. */
void mn_collection_end(struct mn_collection *c);

#endif
