/* The table of stages on the terminal: how often each ran, how long it took, its share. */
#ifndef MN_CLI_STAGE_TABLE_H
#define MN_CLI_STAGE_TABLE_H

#include <mien/mien.h>
#include <mien/stats.h>
#include <stdio.h>

#include "run/tally.h"

/* Decoding, the stages of the pipeline, and the sinks if the run had any. */
void mn_stage_table_print(FILE *file, const struct mn_tally *t, const mien_stats *stats);

/* One line about the queue of the pipeline. */
void mn_stage_table_queue(FILE *file, const mien_stats *stats);

#endif
