/* A program that we start, with a socket to communicate with it.
 *
 * It is always a new program, never a bare fork, because this process has threads. On Linux the
 * kernel kills it when its parent dies, from the fork on and even if the child is stopped. The
 * child inherits standard error, the socket as descriptor MN_CHILD_SOCKET, up to two more
 * descriptors as MN_CHILD_EXTRA and MN_CHILD_EXTRA + 1, and any other descriptor that is not
 * close-on-exec. Its standard input and output are empty. Signals from the terminal do not reach
 * it: its parent decides when it ends. */
#ifndef MN_BASE_CHILD_H
#define MN_BASE_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MN_CHILD_SOCKET = 3, MN_CHILD_EXTRA = 4 };

struct mn_child {
    pid_t pid; /* 0: none */
    int fd;    /* our end of the socket; -1: none */
};

/* path: the program. argv: NULL-terminated, begins with the program's name. extra: descriptors to
 * pass on; -1: none. The thread that calls this must outlive the child: on Linux the child is
 * killed when that thread ends. 0 or an errno. */
int mn_child_start(struct mn_child *c, const char *path, char *const argv[], const int extra[2]);

/* Kills the child if it still runs and waits for its end. Does nothing if there is no child. *how,
 * if not NULL, receives the status of waitpid. */
void mn_child_end(struct mn_child *c, int *how);

/* True if the child has ended or was stopped (SIGSTOP). Only mn_child_end may be called then. */
bool mn_child_lost(struct mn_child *c);

/* For the child, as its first call. Ends the process if its parent is gone already (on systems
 * other than Linux it dies with its parent at its next read from the socket), closes the
 * descriptors that the parent itself had inherited, disables core dumps, and makes the process the
 * first choice of the kernel's out-of-memory killer. */
void mn_child_harden(pid_t parent);

/* Sends all n bytes over the socket. 0, or -1 when the peer has closed it or on an error. */
int mn_child_send(int fd, const void *data, size_t n);

/* Like mn_child_send, but returns 1 when the peer accepts nothing for `seconds`, or when *stop (may
 * be NULL) is not 0 while the peer accepts nothing. Part of the data may have been sent by then. */
int mn_child_send_within(int fd, const void *data, size_t n, double seconds,
                         const atomic_int *stop);

/* Receives n bytes. 0, or -1 at the end of the stream or on an error. With wait_ms >= 0 also 1 if
 * nothing arrived for that long, and -1 if data that has begun is not complete after 5 seconds. */
int mn_child_recv(int fd, void *data, size_t n, int wait_ms);

/* The file of the running program, for starting it again. 0, or -1 if it cannot be determined. */
int mn_child_own_program(char *buf, size_t size);

/* The folder of the running program or of libmien, whichever contains this code. 0, or -1 if it
 * cannot be determined. */
int mn_child_own_folder(char *buf, size_t size);

#endif
