/* Sockets to other programs that never wait. */
#ifndef MN_CLI_ADDRESS_H
#define MN_CLI_ADDRESS_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* For send: a reader that is gone is an error, not a signal. */
#if defined(__APPLE__)
#define MN_ADDRESS_QUIETLY 0 /* the whole program ignores SIGPIPE */
#else
#define MN_ADDRESS_QUIETLY MSG_NOSIGNAL
#endif

/* Resolves HOST:PORT, the first n bytes of place; the host may be an IPv6 address in brackets.
 * kind: SOCK_STREAM or SOCK_DGRAM. The caller frees *found with freeaddrinfo. Reports its errors;
 * name is what the user wrote, form what is expected. */
int mn_address_find(struct addrinfo **found, const char *place, size_t n, int kind,
                    const char *name, const char *form);

/* A new socket, or -1 and errno. */
int mn_address_socket(int family, int kind);

/* Waits until poll reports one of the events. */
bool mn_address_ready(int fd, short events, int milliseconds);

#endif
