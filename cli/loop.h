/* Source -> pipeline -> sinks: the one way frames flow, for extract, run and bench. */
#ifndef MN_CLI_LOOP_H
#define MN_CLI_LOOP_H

#include "base/clock.h"
#include "given.h"
#include "progress.h"
#include "sink/sink.h"
#include "source/source.h"

#define MN_MAX_SINKS 4
#define MN_QUARANTINED_NAMED 100

struct mn_loop {
    /* given */
    mien_pipeline *pipeline; /* idle, reset */
    struct mn_source *source;
    int num_sinks;
    struct mn_sink *sink[MN_MAX_SINKS];
    double start;       /* frames before this time are decoded but not analysed */
    int64_t max_frames; /* 0: all */
    enum mn_progress_mode progress;
    struct mn_layout layout;
    int person;         /* results of this id only; -1: of everybody */
    struct mn_given *given; /* landmarks from an earlier run; NULL: find them */

    /* found */
    int64_t frames, rows, faces, frames_with_face, skipped;
    int64_t quarantined; /* frames that worker processes died of, and the numbers of the first */
    int64_t quarantined_frame[MN_QUARANTINED_NAMED];
    int32_t people; /* distinct ids */
    double seconds; /* from the first read to the last row */
    double first_row; /* when the first result reached the sinks, after the start */
    bool stopped_early; /* max_frames was reached */
    struct mn_hist decode, sinks;
};

/* Runs to the end of the source, to max_frames, to a signal or to an error. Afterwards all frames
 * are released and the pipeline is idle and reset. MIEN_EINTERRUPTED after a signal; the source's
 * verdict is not asked for. */
int mn_loop_run(struct mn_loop *l);

#endif
