#include "io/address.h"

#include <fcntl.h>
#include <mien/mien.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "io/msg.h"

#define ROOM (256 * 1024) /* bytes of the buffer, if the system grants them */

int mn_address_find(struct addrinfo **found, const char *place, size_t n, int kind,
                    const char *name, const char *form)
{
    char copy[300], *host = copy, *colon;
    if (n < sizeof(copy)) {
        memcpy(copy, place, n);
        copy[n] = 0;
    }
    if (n >= sizeof(copy) || !(colon = strrchr(copy, ':')) || colon == copy || !colon[1])
        return mn_fail(MIEN_EINVAL, "--send takes %s, not '%s'", form, name);
    *colon = 0;
    if (*host == '[' && colon[-1] == ']') {
        host++;
        colon[-1] = 0;
    }
    const struct addrinfo want = {.ai_socktype = kind};
    const int err = getaddrinfo(host, colon + 1, &want, found);
    return err ? mn_fail(MIEN_EOUTPUT, "%s: %s; check host and port", name, gai_strerror(err)) : 0;
}

int mn_address_socket(int family, int kind)
{
    int fd = socket(family, kind, 0), room = ROOM;
    if (fd < 0)
        return -1;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    return fd;
}

bool mn_address_ready(int fd, short events, int milliseconds)
{
    struct pollfd p = {.fd = fd, .events = events};
    return poll(&p, 1, milliseconds) == 1;
}
