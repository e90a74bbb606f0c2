/* The loop of a source that waits: every frame is analysed, and reading stops while no frame of the
 * pipeline is free. */
#ifndef MN_CLI_OFFLINE_H
#define MN_CLI_OFFLINE_H

#include "run/deliver.h"

/* Runs to the end of the source, to max_frames, to a signal (MIEN_EINTERRUPTED) or to an error.
 * Afterwards all frames are released. */
int mn_offline_run(struct mn_deliver *d);

#endif
