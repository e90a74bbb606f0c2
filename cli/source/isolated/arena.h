/* The memory that the decoder process writes pictures to: shared with the parent, divided into
 * slots of one size. One thread. */
#ifndef MN_CLI_ARENA_H
#define MN_CLI_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/shared.h"

#define MN_ARENA_SLOTS 2112

struct mn_arena {
    struct mn_shared memory;
    size_t slot_size; /* bytes; 0: not known yet, there is no slot */
    size_t used;      /* slots handed out so far, where they are ours to divide */
    bool lent;        /* the slots are those of mn_arena_lend; there are no more */
    int num_free;
    uint8_t *free[MN_ARENA_SLOTS];
};

/* The parent lends these slots, at most MN_ARENA_SLOTS, each of `size` bytes or more. False: one is
 * not in the memory. */
bool mn_arena_lend(struct mn_arena *a, const uint64_t *offset, uint32_t num, uint64_t size);

/* Divides the memory into slots for pictures of this size, with the margins that decoders require.
 * Nothing happens when the slots are lent or were divided already. */
void mn_arena_divide(struct mn_arena *a, int width, int height);

/* A slot of at least size bytes; NULL when there is none. */
uint8_t *mn_arena_get(struct mn_arena *a, size_t size);
void mn_arena_put(struct mn_arena *a, uint8_t *p);

/* Is p in this memory? */
bool mn_arena_holds(const struct mn_arena *a, const uint8_t *p);

#endif
