/* Sockets to other programs that never wait. */
#ifndef MN_CLI_ADDRESS_H
#define MN_CLI_ADDRESS_H

#include <netdb.h>
#include <stddef.h>

/* Resolves HOST:PORT, the first n bytes of place; the host may be an IPv6 address in brackets.
 * kind: SOCK_STREAM or SOCK_DGRAM. The caller frees *found with freeaddrinfo. Reports its errors;
 * name is what the user wrote, form what is expected. */
int mn_address_find(struct addrinfo **found, const char *place, size_t n, int kind,
                    const char *name, const char *form);

/* A new socket, or -1 and errno. */
int mn_address_socket(int family, int kind);

#endif
