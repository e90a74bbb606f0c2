/* Ctrl-C, SIGTERM, SIGUSR1 (of job schedulers) and the loss of the terminal: the first signal
 * requests a clean end, the second ends the process at once. */
#ifndef MN_CLI_SIGNAL_H
#define MN_CLI_SIGNAL_H

#include <stdatomic.h>

/* Number of the signal that arrived; 0: none. */
extern atomic_int mn_signal_received;

void mn_signal_install(void);

#endif
