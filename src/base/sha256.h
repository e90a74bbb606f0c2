/* SHA-256, FIPS 180-4. */
#ifndef MN_BASE_SHA256_H
#define MN_BASE_SHA256_H

#include <stddef.h>

#define MN_SHA256_HEX 65 /* 64 digits and the terminating 0 */

/* The digest of `size` bytes as lower-case hex. */
void mn_sha256_hex(const void *data, size_t size, char hex[MN_SHA256_HEX]);

#endif
