/* The inputs of a run: from which source, through which pipeline, into which sinks. Its outcome is
 * a struct mn_tally (run/tally.h). */
#ifndef MN_CLI_RUN_H
#define MN_CLI_RUN_H

#include "io/wakeup.h"
#include "report/progress.h"
#include "run/external_landmarks.h"
#include "sink/sink.h"
#include "source/source.h"

struct mn_run {
    mien_pipeline *pipeline; /* idle and reset, before the run and after it */
    struct mn_source *source;
    struct mn_sink *sink[MN_MAX_SINKS];
    int num_sinks;
    struct mn_layout layout;
    struct mn_external_landmarks *landmarks; /* NULL: the pipeline finds faces and landmarks */
    double start;                            /* frames before this time are not analysed */
    int64_t max_frames;                      /* 0: all */
    int64_t frame_skip; /* this many frames are passed over after each analysed one */
    int anonymise;      /* videos; as in mn_stream */
    int person;         /* deliver only the faces with this id; -1: all */

    enum mn_progress_mode progress;
    const struct mn_progress_batch *batch; /* or NULL */
    struct mn_wakeup *wakeup; /* `mien run`: rung by source, pipeline and window; else NULL */
    int64_t log_every;        /* frames between two log lines; 0: none */
};

#endif
