/* Whole files in memory. */
#ifndef MN_BASE_FILE_H
#define MN_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

struct mn_file {
    const uint8_t *data; /* read-only mapping; NULL for an empty file */
    size_t size;
};

/* Maps the whole file. 0, or -1 with errno set. Regular files of at most max_size bytes only; EFBIG
 * if it is larger. */
int mn_file_map(struct mn_file *f, const char *path, size_t max_size);
void mn_file_unmap(struct mn_file *f);

#endif
