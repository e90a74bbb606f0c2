/* How far a run is: a line that is rewritten on a terminal, JSON lines for programs, or nothing. */
#ifndef MN_CLI_PROGRESS_H
#define MN_CLI_PROGRESS_H

#include "options.h"

struct mn_progress {
    enum mn_progress_mode mode; /* AUTO is settled at start */
    const char *name;
    int64_t expected; /* frames, 0 unknown */
    double started, shown;
    int64_t shown_frames;
    double rate; /* frames per second, lately */
};

void mn_progress_start(struct mn_progress *p, enum mn_progress_mode mode, const char *name,
                       int64_t expected);

/* Call after each frame; writes at most a few times a second. */
void mn_progress_update(struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped);

/* Wipes the bar, or writes the last JSON line. */
void mn_progress_end(struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped);

#endif
