/* The state of a batch with jobs, which supervisor.c, queue.c and attempt.c share. One thread. */
#ifndef MN_CLI_SUPERVISOR_STATE_H
#define MN_CLI_SUPERVISOR_STATE_H

#include "base/child.h"
#include "base/shared.h"
#include "batch/ledger.h"
#include "batch/limits.h"
#include "batch/plan.h"
#include "batch/slot.h"
#include "batch/summary.h"
#include "report/collection.h"

enum { MN_NO_JOB = -1, MN_MAX_SLOTS = 1024 };

/* A job slot (batch/slot.h) as the supervisor sees it. */
struct mn_job_slot {
    struct mn_child child;
    struct mn_shared memory;
    bool ready; /* its models are open */
    int job;    /* MN_NO_JOB: idle */
    double started, beat, looked;
    int64_t frames; /* at `beat` */
};

struct mn_batch {
    struct mn_plan *plan;
    const struct mn_options *options;
    struct mn_summary *summary;
    struct mn_timeout timeout;
    struct mn_job_slot slot[MN_MAX_SLOTS];
    int num_slots, workers, cores;
    int *order;   /* jobs, largest input first */
    int *attempt; /* of each job */
    int *again;   /* jobs to try again: a stack */
    int next, num_again;
    char program[MN_SLOT_PATH];
    struct mn_ledger ledger;
    struct mn_collection shown;
    char *claims;    /* folder; NULL: none are made */
    double touched;  /* when claims and ledger were */
    double stopping; /* when the first signal was noticed; 0: none */
    int64_t memory_kills;
    int result;
};

static inline struct mn_slot_page *mn_slot_page_of(const struct mn_job_slot *s)
{
    return (struct mn_slot_page *)s->memory.base;
}

#endif
