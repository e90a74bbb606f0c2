/* Delivers results to the sinks and counts them. The loops (offline.c, live.c) call these functions
 * from one thread. */
#ifndef MN_CLI_DELIVER_H
#define MN_CLI_DELIVER_H

#include "run/run.h"
#include "run/tally.h"

/* One run on its way. Private to deliver.c but for run and tally, which the loops read. */
struct mn_deliver {
    const struct mn_run *run;
    struct mn_tally *tally;
    struct mn_progress progress;
    double started;
    const mien_face *face[MIEN_FACES_LIMIT]; /* of the present result */
};

/* run and tally must live until mn_deliver_finish. tally is zero but for its monitor. */
void mn_deliver_start(struct mn_deliver *d, const struct mn_run *run, struct mn_tally *tally);

/* Is the frame passed over because of the start time or the frame skip? Counts it. */
bool mn_deliver_skips(struct mn_deliver *d, const mien_frame *f);

/* Does a sink end the run? (The user closed the window.) */
bool mn_deliver_quits(const struct mn_deliver *d);

/* Passes the result of a frame to every sink. Returns the error of the frame or of a sink after
 * reporting it; MIEN_EINTERRUPTED without a message. A frame that crashed worker processes is
 * delivered with its error and is no error here. */
int mn_deliver_result(struct mn_deliver *d, const mien_frame *f);

/* The source has ended or the run was stopped; `err` is the outcome so far. Stops the source,
 * writes final values into the sinks, and resets the pipeline. Returns err, or the first error
 * here. */
int mn_deliver_finish(struct mn_deliver *d, int err);

/* Lets the frames in flight complete and drops their results: their pictures are borrowed from the
 * source. ended: the end of the stream was sent to the pipeline already. */
void mn_deliver_abort(struct mn_deliver *d, bool ended);

#endif
