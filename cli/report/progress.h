/* The progress of a run: a line that is rewritten on a terminal, JSON lines for programs, or
 * nothing. */
#ifndef MN_CLI_PROGRESS_H
#define MN_CLI_PROGRESS_H

#include "options.h"

/* The position of a run in a batch. The work for a file is assumed proportional to its size. */
struct mn_progress_batch {
    int file, files;           /* number of this one, from 1, and of all */
    int64_t before, here, all; /* bytes: of the files before, of this file, of all */
    double started;
    /* Called for each frame instead of showing anything; NULL: progress is shown. */
    void (*beat)(void *ctx, int64_t frames, int64_t expected);
    void *ctx;
};

struct mn_progress {
    enum mn_progress_mode mode; /* not AUTO */
    const char *name;
    const char *stage; /* what is done after the analysis: "drawing"; NULL: the analysis */
    int64_t expected;  /* frames, 0 unknown */
    double started, shown;
    int64_t shown_frames;
    double rate;                           /* frames per second, moving mean */
    const struct mn_progress_batch *batch; /* or NULL */
};

/* Shared with the progress of a batch (collection.h). Resolves AUTO; with a bar, messages remove it
 * from now on, until mn_msg_on_print(NULL). */
enum mn_progress_mode mn_progress_mode_of(enum mn_progress_mode mode);

/* Removes the bar. */
void mn_progress_wipe(void);

/* "1:05", "2:00:00"; buf: at least 24 bytes. Returns it. */
const char *mn_progress_time(char *buf, size_t size, double seconds);

void mn_progress_start(struct mn_progress *p, enum mn_progress_mode mode, const char *name,
                       int64_t expected, const struct mn_progress_batch *batch);

/* Call after each frame; writes at most a few times a second. */
void mn_progress_update(struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped);

/* Removes the bar, or writes the last JSON line. */
void mn_progress_end(struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped);

#endif
