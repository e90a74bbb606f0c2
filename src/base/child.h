/* A program started by us, with one socket to talk through.
 *
 * It is a new program, never a bare fork: we have threads. On Linux it is killed when its parent
 * dies, from the fork on and even if it is stopped. It inherits standard error, the socket as
 * descriptor MN_CHILD_SOCKET, up to two more as MN_CHILD_EXTRA and the next, and nothing else that
 * is close-on-exec; standard input and output are empty. Signals from the terminal do not reach it:
 * its parent decides when it ends. */
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

/* path: the program; argv: NULL-ended, its name first; extra: -1 for none. The thread that calls
 * this must outlive the child: on Linux the child is killed when that thread ends. 0 or an errno.
 */
int mn_child_start(struct mn_child *c, const char *path, char *const argv[], const int extra[2]);

/* Kills it at once if it still runs, and waits for that. Takes one that is not there. *how, if not
 * NULL, receives what waitpid says of its end. */
void mn_child_end(struct mn_child *c, int *how);

/* Has it ended, or was it stopped (SIGSTOP)? Then mn_child_end is all that is left to do. */
bool mn_child_lost(struct mn_child *c);

/* In the child, first of all: ends if its parent is gone already (elsewhere than on Linux it dies
 * with the parent when it next reads the socket), closes what the parent inherited itself, leaves
 * no core files, and is the first to go when memory runs out. */
void mn_child_settle(pid_t parent);

/* All of n bytes over the socket. 0, -1 at the end of the stream or with an error. mn_child_recv
 * with wait_ms >= 0 gives up with 1 when that long nothing came before the first byte. */
int mn_child_send(int fd, const void *data, size_t n);

/* The same, but 1 when the other side does not take it for so many seconds, or *stop (may be NULL)
 * is not 0 while it does not: then some of it may have been sent. */
int mn_child_send_within(int fd, const void *data, size_t n, double seconds,
                         const atomic_int *stop);

int mn_child_recv(int fd, void *data, size_t n, int wait_ms);

/* The folder of the running program, or of libmien; -1 if it cannot be told. */
int mn_own_folder(char *buf, size_t size);

#endif
