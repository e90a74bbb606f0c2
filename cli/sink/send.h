/* Results for other programs, one JSON object for each frame: to standard output, or to a UDP or
 * Unix socket. Whoever reads may be slow, and from a socket absent or gone for a while: the run
 * never waits for them, frames that they cannot take are left out as a whole, and counted. */
#ifndef MN_CLI_SEND_H
#define MN_CLI_SEND_H

#include "sink/sink.h"

struct mn_send_counts {
    int64_t sent, dropped;
};

struct mn_send_counts mn_send_counts(const struct mn_sink *s);

#endif
