/* Ctrl-C, SIGTERM and a lost terminal: the first asks to stop cleanly, the second stops at once. */
#ifndef MN_CLI_STOP_H
#define MN_CLI_STOP_H

#include <stdatomic.h>

/* Number of the signal that came, 0 none. */
extern atomic_int mn_stop;

void mn_stop_install(void);

#endif
