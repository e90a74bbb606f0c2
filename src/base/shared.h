/* Memory shared by several processes. It has no name: only a process that was given the descriptor
 * can map it, and it ceases to exist with the last process that holds it. */
#ifndef MN_BASE_SHARED_H
#define MN_BASE_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mn_shared {
    uint8_t *base; /* page-aligned; NULL: not mapped */
    size_t size;
    int fd; /* close-on-exec; -1: none */
};

/* Creates zeroed memory of a fixed size (sealed, where the kernel can do that). Pages that are
 * never touched cost nothing. 0, or -1 with errno set. */
int mn_shared_create(struct mn_shared *s, size_t size);

/* Maps memory that another process created, read-only unless `write`. Takes ownership of fd, on
 * failure too. 0, or -1 with errno set; EPROTO if the other process could still shrink the memory.
 */
int mn_shared_attach(struct mn_shared *s, int fd, bool write);

/* Does nothing for { NULL, 0, -1 }. */
void mn_shared_close(struct mn_shared *s);

#endif
