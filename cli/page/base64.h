/* Base64 (RFC 4648), in which the page carries arrays of numbers. */
#ifndef MN_CLI_BASE64_H
#define MN_CLI_BASE64_H

#include <stddef.h>
#include <stdio.h>

void mn_base64(FILE *f, const void *data, size_t size);

#endif
