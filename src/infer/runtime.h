/* What the inference runtime of this machine is and can do; implemented in ort.c. */
#ifndef MN_INFER_RUNTIME_H
#define MN_INFER_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

int mn_runtime_version(char *buf, size_t size);
int mn_runtime_providers(char *buf, size_t size);

/* Is this what a provider is called, whether it loads or not? */
bool mn_runtime_knows(const char *provider);

#endif
