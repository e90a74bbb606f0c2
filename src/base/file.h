/* Whole files in memory, and their digest. */
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

#define MN_SHA256_HEX 65 /* 64 digits and the end */

/* SHA-256 (FIPS 180-4) of `size` bytes as lower-case hex. */
void mn_sha256_hex(const void *data, size_t size, char hex[MN_SHA256_HEX]);

#endif
