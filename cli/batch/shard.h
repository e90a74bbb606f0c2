/* A part of a batch: the inputs of one of several processes or machines that share the work. */
#ifndef MN_CLI_SHARD_H
#define MN_CLI_SHARD_H

#include "batch/plan.h"

struct mn_shard {
    int number, count; /* 1 to count */
};

/* Reads "3/8", or "auto": $SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_TASK_COUNT from
 * $SLURM_ARRAY_TASK_MIN. 0, or MIEN_EINVAL, reported. */
int mn_shard_parse(struct mn_shard *s, const char *text);

/* Removes the jobs of the other shards. The inputs are dealt by their bytes, the largest first,
 * each to the shard with the fewest bytes so far: the same list gives the same parts on every
 * machine. 0 or MIEN_ENOMEM. */
int mn_shard_apply(struct mn_plan *p, const struct mn_shard *s);

#endif
