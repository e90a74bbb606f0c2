#include "source/isolated/arena.h"

enum { MARGIN = 256 /* pixels around a picture */, PAGE = 65536 };

bool mn_arena_lend(struct mn_arena *a, const uint64_t *offset, uint32_t num, uint64_t size)
{
    const uint64_t total = a->memory.size;
    if (num > MN_ARENA_SLOTS || size > total)
        return false;
    a->lent = true;
    a->slot_size = (size_t)size;
    /* a stack: the first slot is handed out first, and then again and again */
    for (uint32_t i = num; i--;) {
        if (offset[i] > total - size)
            return false;
        mn_arena_put(a, a->memory.base + offset[i]);
    }
    return true;
}

void mn_arena_divide(struct mn_arena *a, int width, int height)
{
    if (a->lent || a->slot_size)
        return;
    const size_t size = ((size_t)width + MARGIN) * ((size_t)height + MARGIN) * 3 + PAGE;
    a->slot_size = (size + PAGE - 1) / PAGE * PAGE;
}

uint8_t *mn_arena_get(struct mn_arena *a, size_t size)
{
    if (size > a->slot_size)
        return NULL;
    if (a->num_free)
        return a->free[--a->num_free];
    if (a->lent || a->used == MN_ARENA_SLOTS || (a->used + 1) * a->slot_size > a->memory.size)
        return NULL;
    return a->memory.base + a->slot_size * a->used++;
}

void mn_arena_put(struct mn_arena *a, uint8_t *p)
{
    a->free[a->num_free++] = p;
}

bool mn_arena_holds(const struct mn_arena *a, const uint8_t *p)
{
    return p >= a->memory.base && p < a->memory.base + a->memory.size;
}
