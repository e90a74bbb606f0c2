/* Memory that several processes look at. It has no name: only who was handed the descriptor can
 * map it, and it is gone with the last process that has it. */
#ifndef MN_BASE_SHARED_H
#define MN_BASE_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mn_shared {
    uint8_t *base; /* page-aligned; NULL when not mapped */
    size_t size;
    int fd; /* close-on-exec; -1 when there is none */
};

/* Zeroed memory, whose size is fixed for good (sealed, where the kernel can). Pages that are never
 * touched cost nothing. 0, or -1 with errno set. */
int mn_shared_create(struct mn_shared *s, size_t size);

/* Maps what another process created, read-only unless `write`. Takes fd over, also when it fails.
 * -1 with errno set: EPROTO when the memory could still shrink under us. */
int mn_shared_attach(struct mn_shared *s, int fd, bool write);

/* Takes { NULL, 0, -1 }. */
void mn_shared_close(struct mn_shared *s);

#endif
