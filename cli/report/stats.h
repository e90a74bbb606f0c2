/* Reports of the speed of `mien run`: a log line now and then, a table at the end, a JSON file. All
 * need tally->monitor. */
#ifndef MN_CLI_STATS_H
#define MN_CLI_STATS_H

#include <stdio.h>

#include "run/run.h"
#include "run/tally.h"

/* Two lines on standard error: rates, latency, dropped frames; rates of the stages. */
void mn_stats_line(const struct mn_run *run, const struct mn_tally *t);

/* A table; after the run, when the counts of the source do not change any more. */
void mn_stats_summary(FILE *file, const struct mn_run *run, const struct mn_tally *t);

/* The same as JSON into `path`, an atomic file. err: the outcome of the run. Returns the error of
 * writing, after reporting it. */
int mn_stats_write(const char *path, const struct mn_run *run, const struct mn_tally *t, int err);

#endif
