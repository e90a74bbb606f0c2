/* A program that has loaded its libraries and waits; children are forked from it. Where many
 * children are needed one after the other, this saves their start: 1 ms instead of 40.
 *
 * The server itself never reads foreign data, so a child has the same state as one that was
 * started by mn_child_start: a single thread, and nothing from its predecessors. Children belong to
 * the process that asked for them, which waits for them and kills them as usual. Linux only;
 * elsewhere mn_fork_server_start fails with ENOSYS.
 *
 * One thread uses a server. It must outlive the server and all children. */
#ifndef MN_CLI_FORK_SERVER_H
#define MN_CLI_FORK_SERVER_H

#include "base/child.h"

/* Starts the program, which must call mn_fork_server_run. 0 or an errno. From then on orphans of
 * this process's children become its own children. */
int mn_fork_server_start(struct mn_child *server, const char *path, char *const argv[]);

/* Forks a child with two descriptors, MN_CHILD_EXTRA and MN_CHILD_EXTRA + 1. 0 or an errno: then
 * the server is unusable; it must be ended with mn_child_end. */
int mn_fork_server_child(struct mn_child *server, struct mn_child *c, const int extra[2]);

/* The server's main loop. Returns in each child, which has the descriptors of mn_child_start and
 * must call mn_child_harden; ends the process when `parent` has closed the socket. */
void mn_fork_server_run(pid_t parent);

#endif
