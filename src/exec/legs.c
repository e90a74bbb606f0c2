#include "exec/legs.h"

#include <stdio.h>

#include "base/mem.h"

int mn_legs_init(struct mn_legs *legs, const struct mn_stage *const *stages,
                 const struct mn_context *ctx)
{
    legs->num = 0;
    for (int i = 0; stages[i]; i++) {
        if (stages[i]->enabled && !stages[i]->enabled(ctx))
            continue;
        if (legs->num == MN_MAX_LEGS)
            return MIEN_EINTERNAL;
        int leg = legs->num++, first = 0;
        legs->stage[leg] = stages[i];
        while (legs->stage[first] != stages[i])
            first++;
        legs->state_of[leg] = first;
    }
    return 0;
}

int mn_legs_last(const struct mn_legs *legs, int first)
{
    while (first + 1 < legs->num && legs->stage[first + 1]->order == MN_ANY_ORDER)
        first++;
    return first;
}

void mn_legs_names(const struct mn_legs *legs, char *buf, size_t size)
{
    size_t n = 0;
    buf[0] = 0;
    for (int leg = 0; leg < legs->num && n < size; leg++)
        n += (size_t)snprintf(buf + n, size - n, "%s%s", leg ? "," : "", legs->stage[leg]->name);
}

int mn_legs_open(const struct mn_legs *legs, const struct mn_context *ctx, void *state[MN_MAX_LEGS])
{
    for (int leg = 0; leg < legs->num; leg++) {
        if (legs->stage[leg]->order != MN_ANY_ORDER || legs->state_of[leg] != leg)
            continue;
        state[leg] = mn_alloc(1, legs->stage[leg]->state_size);
        if (!state[leg])
            return MIEN_ENOMEM;
        int err = legs->stage[leg]->open ? legs->stage[leg]->open(state[leg], ctx) : 0;
        if (err < 0)
            return err;
    }
    return 0;
}

void mn_legs_close(const struct mn_legs *legs, void *state[MN_MAX_LEGS])
{
    for (int leg = 0; leg < legs->num; leg++)
        if (state[leg]) {
            if (legs->stage[leg]->close)
                legs->stage[leg]->close(state[leg]);
            free(state[leg]);
            state[leg] = NULL;
        }
}

int mn_legs_measure(const struct mn_legs *legs, void *const state[MN_MAX_LEGS], double seconds,
                    double total[MN_MAX_LEGS], int64_t *runs)
{
    double start = mn_now(), now = start;
    bool any = false;
    *runs = 0;
    for (int leg = 0; leg < legs->num; leg++)
        any = any || legs->stage[leg]->network;
    for (; any && (now - start < seconds || *runs < 2); ++*runs)
        for (int leg = 0; leg < legs->num; leg++) {
            if (legs->state_of[leg] != leg || !legs->stage[leg]->network)
                continue;
            int err = legs->stage[leg]->network(state[leg]);
            if (err < 0)
                return err;
            double t = mn_now();
            total[leg] += t - now;
            now = t;
        }
    return 0;
}
