/* The loop of a live source: the newest frame is sent as soon as the in-flight limit allows,
 * results are delivered as soon as they are complete, and nothing waits in a queue. */
#ifndef MN_CLI_LIVE_H
#define MN_CLI_LIVE_H

#include "run/deliver.h"

/* Runs to the end of the source, to max_frames, to a signal or to an error. run->wakeup and
 * tally->monitor are set. A signal is a normal end: the frames in flight are completed, and the
 * outputs are complete. Afterwards all frames are released. */
int mn_live_run(struct mn_deliver *d);

#endif
