/* The worker process's side of the wire. */
#ifndef MN_EXEC_SERVE_H
#define MN_EXEC_SERVE_H

#include "stage/stage.h"

/* Makes the context from the settings. provider: what runs the networks. */
typedef int mn_serve_open_fn(void *ctx, const mien_settings *s, const struct mn_context **out,
                             const char **provider);

/* Works for the parent at MN_CHILD_SOCKET until it goes. 0 or an error. */
int mn_serve_run(mn_serve_open_fn *open, void *ctx);

#endif
