/* Allocation whose size computation cannot overflow, in memory aligned for vector code. */
#ifndef MN_BASE_MEM_H
#define MN_BASE_MEM_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MN_ALIGN 64 /* a cache line; enough for the vector units of today */

/* n * size bytes, aligned and zeroed. NULL when the product overflows or there is no memory.
 * Release it with free(). */
static inline void *mn_alloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX - MN_ALIGN)
        return NULL;
    bytes = (bytes + MN_ALIGN - 1) / MN_ALIGN * MN_ALIGN;
    void *p = NULL;
    if (posix_memalign(&p, MN_ALIGN, bytes ? bytes : MN_ALIGN))
        return NULL;
    memset(p, 0, bytes);
    return p;
}

/* n * size bytes, zeroed, for the worst case where little is used as a rule: pages that are never
 * touched cost no memory. Aligned as by malloc. Release it with free(). */
static inline void *mn_alloc_sparse(size_t n, size_t size)
{
    return calloc(n, size);
}

/* Room for one more element in an array from malloc (or NULL) that has `used` elements of `size`
 * bytes and room for *room. Returns the array, possibly at another address and with twice the room;
 * NULL without memory: array and *room are unchanged then. */
static inline void *mn_grow(void *array, int used, int *room, size_t size)
{
    if (used < *room)
        return array;
    size_t bytes;
    if (*room > INT_MAX / 2)
        return NULL;
    const int more = *room ? 2 * *room : 16;
    if (__builtin_mul_overflow((size_t)more, size, &bytes))
        return NULL;
    void *moved = realloc(array, bytes);
    if (moved)
        *room = more;
    return moved;
}

#endif
