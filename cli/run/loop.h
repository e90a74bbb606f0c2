/* Source -> pipeline -> sinks: the one way frames flow, for extract, run and bench. */
#ifndef MN_CLI_LOOP_H
#define MN_CLI_LOOP_H

#include "base/clock.h"
#include "io/wakeup.h"
#include "run/external_landmarks.h"
#include "report/monitor.h"
#include "report/progress.h"
#include "sink/sink.h"
#include "source/source.h"

#define MN_QUARANTINED_NAMED 100

/* What run has and extract has not. */
struct mn_live {
    struct mn_wakeup wakeup; /* rung by source, pipeline and window */
    struct mn_monitor monitor;
    struct mn_inflight_limit depth; /* of a source that cannot wait */
    double interval;                /* seconds between two of its pictures, nominal */
    int64_t log_every;              /* frames; 0: never */
    bool send;                      /* there is a reader of objects; these count for it: */
    int64_t objects_sent, objects_dropped;
    bool view; /* there is a window, which can end the run */
};

struct mn_loop {
    /* given */
    mien_pipeline *pipeline; /* idle, reset */
    struct mn_source *source;
    int num_sinks;
    struct mn_sink *sink[MN_MAX_SINKS];
    double start;         /* frames before this time are decoded but not analysed */
    int64_t max_frames;   /* 0: all */
    int64_t frame_skip;   /* so many frames are passed over after each one that is analysed */
    struct mn_live *live; /* NULL: extract, bench */
    enum mn_progress_mode progress;
    const struct mn_progress_batch *batch; /* or NULL */
    struct mn_layout layout;
    int person;                          /* results of this id only; -1: of everybody */
    struct mn_external_landmarks *given; /* landmarks from an earlier run; NULL: find them */

    /* found */
    int64_t frames, rows, faces, frames_with_face, skipped;
    int64_t passed_over; /* by frame_skip */
    int64_t quarantined; /* frames that worker processes died of, and the numbers of the first */
    int64_t quarantined_frame[MN_QUARANTINED_NAMED];
    int people;  /* distinct ids */
    int32_t *id; /* they, ascending; the caller frees them with the rest */
    int room_for_ids;
    double seconds;     /* from the first read to the last row */
    double first_row;   /* when the first result reached the sinks, after the start */
    bool stopped_early; /* max_frames was reached */
    struct mn_hist decode, sinks;
    struct mn_progress shown;
    double started;
};

/* Runs to the end of the source, to max_frames, to a signal or to an error. Afterwards all frames
 * are released and the pipeline is idle and reset. MIEN_EINTERRUPTED after a signal; the source's
 * verdict is not asked for. */
int mn_loop_run(struct mn_loop *l);

/* What the loops for files and for live sources share. */

/* Is the frame to be left out, by start or frame_skip? Counts it. */
bool mn_loop_skips(struct mn_loop *l, const mien_frame *f);

/* Did the user close the window? */
bool mn_loop_quits(const struct mn_loop *l);

/* A result: to every sink, or the sentence about what went wrong with it. */
int mn_loop_result(struct mn_loop *l, const mien_frame *f);

#endif
