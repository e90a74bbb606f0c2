/* What the inference runtime of this machine is and can do; implemented in ort.c. */
#ifndef MN_INFER_RUNTIME_H
#define MN_INFER_RUNTIME_H

#include <stddef.h>

int mn_runtime_version(char *buf, size_t size);
int mn_runtime_providers(char *buf, size_t size);

#endif
