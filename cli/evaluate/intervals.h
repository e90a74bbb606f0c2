/* The scores of an evaluation from its sums, with intervals from people drawn again. */
#ifndef MN_CLI_INTERVALS_H
#define MN_CLI_INTERVALS_H

#include "evaluate/evaluation.h"

/* Sets the scores of all items. 0 or a reported code: MIEN_ENOMEM, MIEN_EINTERRUPTED. */
int mn_intervals(struct mn_evaluation *e);

#endif
