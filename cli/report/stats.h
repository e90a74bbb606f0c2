/* What a run tells of its speed: a line now and then, a table at the end, a file for programs. */
#ifndef MN_CLI_STATS_H
#define MN_CLI_STATS_H

#include "run/loop.h"

/* One line on standard error: rates, latency, frames dropped. l->live is set, for all of these. */
void mn_stats_line(struct mn_loop *l);

/* Asks the sinks for their counts, while they are still there. */
void mn_stats_objects(struct mn_loop *l);

/* After the run, when the source stands still. */
void mn_stats_summary(FILE *file, const struct mn_loop *l);

/* The same as JSON into `path`, which takes its name when it is whole. err: how the run ended. */
int mn_stats_write(const char *path, const struct mn_loop *l, int err);

#endif
