#include "batch/queue.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "batch/claim.h"
#include "io/msg.h"

int mn_queue_make(struct mn_batch *b)
{
    const size_t n = (size_t)b->plan->n;
    b->order = mn_plan_order(b->plan);
    b->attempt = calloc(n, sizeof(int));
    b->again = calloc(n, sizeof(int));
    if (!b->order || !b->attempt || !b->again)
        return mn_fail(MIEN_ENOMEM, "out of memory for %d jobs", b->plan->n);
    return 0;
}

void mn_queue_free(struct mn_batch *b)
{
    free(b->order);
    free(b->attempt);
    free(b->again);
}

int mn_queue_left(const struct mn_batch *b)
{
    return b->plan->n - b->next + b->num_again;
}

int mn_queue_next(struct mn_batch *b)
{
    if (b->num_again)
        return b->again[--b->num_again];
    while (b->next < b->plan->n) {
        const int i = b->order[b->next++];
        if (!b->claims || mn_claim_take(b->claims, b->plan->job[i].rows))
            return i;
        b->shown.files--;
        b->shown.bytes -= b->plan->job[i].bytes;
    }
    return MN_NO_JOB;
}

void mn_queue_touch(struct mn_batch *b)
{
    const double now = mn_now();
    if (now - b->touched < fmin(MN_CLAIM_TOUCH, MN_LEDGER_TOUCH))
        return;
    b->touched = now;
    mn_ledger_touch(&b->ledger);
    if (!b->claims)
        return;
    for (int i = 0; i < b->num_slots; i++)
        if (b->slot[i].job != MN_NO_JOB)
            mn_claim_touch(b->claims, b->plan->job[b->slot[i].job].rows);
    for (int i = 0; i < b->num_again; i++)
        mn_claim_touch(b->claims, b->plan->job[b->again[i]].rows);
}
