/* The loop of a live source: the newest picture goes in as soon as the pipeline may take one more,
 * results go out as soon as they are there, and nothing ever waits in a queue. */
#ifndef MN_CLI_LIVE_H
#define MN_CLI_LIVE_H

#include "run/loop.h"

/* mn_loop_run for a source that cannot wait; l->live is set. A signal is the normal end of such a
 * run: what is under way is finished, and the outputs are whole. */
int mn_live_run(struct mn_loop *l);

#endif
