/* Whole files in memory. */
#ifndef MN_BASE_FILE_H
#define MN_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

struct mn_file {
    const uint8_t *data; /* read-only mapping; NULL for an empty file */
    size_t size;
};

/* 0, or -1 with errno set. Only regular files up to max_size (EFBIG above). */
int mn_file_map(struct mn_file *f, const char *path, size_t max_size);
void mn_file_unmap(struct mn_file *f);

#endif
