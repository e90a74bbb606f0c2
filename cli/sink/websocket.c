#include "sink/websocket.h"

#include <errno.h>
#include <mien/mien.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/address.h"
#include "io/msg.h"

#define SCHEME "ws://"
#define RETRY 1.0     /* seconds between two attempts */
#define PATIENCE 5.0  /* seconds for one attempt */
#define LAST_WAIT 200 /* milliseconds */
#define LONGEST_HEAD 4096

struct mn_websocket {
    const char *name, *place, *path;
    int num_place;              /* characters of HOST:PORT */
    struct addrinfo *all, *now; /* addresses of the host */
    int fd;                     /* -1: not connected */
    enum { CONNECTS, GREETS, OPEN } state;
    double tried;
    int err; /* errno of the last attempt; 0: the answer was not that of a WebSocket */
    char key[MN_WS_KEY];
    char head[LONGEST_HEAD]; /* of the answer */
    size_t num_head;
    struct mn_ws_reader reader;
    uint8_t ping[MN_WS_CONTROL];
    size_t num_ping;
    bool pinged;
    bool between; /* the last frame that was sent is complete */
};

/* ------------------------------------------------------------------------------- connecting ----
 */

static void drop(struct mn_websocket *w, int err)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
    w->err = err;
    w->now = w->now->ai_next ? w->now->ai_next : w->all;
}

void mn_websocket_lost(struct mn_websocket *w)
{
    drop(w, EPIPE);
}

static void call(struct mn_websocket *w)
{
    w->tried = mn_now();
    w->state = CONNECTS;
    w->num_head = 0;
    w->reader = (struct mn_ws_reader){0};
    w->pinged = false;
    w->fd = mn_address_socket(w->now->ai_family, SOCK_STREAM);
    if (w->fd < 0 ||
        (connect(w->fd, w->now->ai_addr, w->now->ai_addrlen) < 0 && errno != EINPROGRESS))
        drop(w, errno);
}

/* The buffer of a new socket has room for the request. */
static void greet(struct mn_websocket *w)
{
    int err = 0;
    socklen_t size = sizeof(err);
    if (!mn_address_ready(w->fd, POLLOUT, 0))
        return;
    getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &err, &size);
    if (err) {
        drop(w, err);
        return;
    }
    char request[LONGEST_HEAD];
    mn_ws_frame_key(w->key);
    const int n = snprintf(request, sizeof(request),
                           "GET /%s HTTP/1.1\r\nHost: %.*s\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                           "Sec-WebSocket-Version: 13\r\n\r\n",
                           w->path, w->num_place, w->place, w->key);
    if (send(w->fd, request, (size_t)n, MN_ADDRESS_QUIETLY) == n)
        w->state = GREETS;
    else
        drop(w, errno);
}

/* False: nothing to read. */
static bool receive(struct mn_websocket *w, void *buf, size_t size, size_t *n)
{
    const ssize_t got = recv(w->fd, buf, size, 0);
    if (got > 0) {
        *n = (size_t)got;
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        drop(w, got == 0 ? ECONNRESET : errno);
    return false;
}

/* -------------------------------------------------------------------------------- receiving ----
 */

/* False: it does not reach the server. */
static bool send_close(const struct mn_websocket *w)
{
    uint8_t frame[MN_WS_HEADER + 2] = {[MN_WS_HEADER] = 1000 >> 8, 1000 & 255};
    const size_t n = mn_ws_frame_wrap(frame + MN_WS_HEADER, 2, MN_WS_CLOSE);
    return send(w->fd, frame + MN_WS_HEADER - n, n + 2, MN_ADDRESS_QUIETLY) > 0;
}

static void heard(struct mn_websocket *w, enum mn_ws_kind kind)
{
    if (kind == MN_WS_CLOSE && w->between)
        send_close(w);
    if (kind == MN_WS_BROKEN || kind == MN_WS_CLOSE)
        drop(w, ECONNRESET);
    if (kind == MN_WS_PING) {
        w->num_ping = w->reader.num_control;
        memcpy(w->ping, w->reader.control, w->num_ping);
        w->pinged = true;
    }
    w->reader = (struct mn_ws_reader){0};
}

static void take(struct mn_websocket *w, const void *data, size_t n)
{
    for (const uint8_t *in = data; n && w->fd >= 0;) {
        enum mn_ws_kind kind;
        const size_t taken = mn_ws_frame_read(&w->reader, in, n, &kind);
        in += taken;
        n -= taken;
        if (kind != MN_WS_PART)
            heard(w, kind);
    }
}

static void read_head(struct mn_websocket *w)
{
    size_t n;
    while (w->fd >= 0 && w->state == GREETS &&
           receive(w, w->head + w->num_head, sizeof(w->head) - 1 - w->num_head, &n)) {
        w->num_head += n;
        w->head[w->num_head] = 0;
        char *end = strstr(w->head, "\r\n\r\n");
        if (end && mn_ws_frame_accepted(w->head, w->key)) {
            w->state = OPEN;
            end += 4;
            take(w, end, w->num_head - (size_t)(end - w->head));
        } else if (end || w->num_head == sizeof(w->head) - 1) {
            drop(w, 0);
        }
    }
}

static void read_frames(struct mn_websocket *w)
{
    uint8_t buf[1024];
    size_t n;
    while (w->fd >= 0 && receive(w, buf, sizeof(buf), &n))
        take(w, buf, n);
}

/* The socket if it can take frames, else -1. */
static int advance(struct mn_websocket *w)
{
    if (w->fd >= 0 && w->state != OPEN && mn_now() - w->tried > PATIENCE)
        drop(w, ETIMEDOUT);
    if (w->fd >= 0 && w->state == CONNECTS)
        greet(w);
    if (w->fd >= 0 && w->state == GREETS)
        read_head(w);
    if (w->fd >= 0 && w->state == OPEN)
        read_frames(w);
    return w->fd >= 0 && w->state == OPEN ? w->fd : -1;
}

int mn_websocket_step(struct mn_websocket *w, bool between)
{
    w->between = between;
    if (w->fd < 0 && mn_now() - w->tried > RETRY)
        call(w);
    return advance(w);
}

const uint8_t *mn_websocket_ping(struct mn_websocket *w, size_t *size)
{
    if (!w->pinged)
        return NULL;
    w->pinged = false;
    *size = w->num_ping;
    return w->ping;
}

/* ---------------------------------------------------------------------------- open and close ----
 */

/* Calls each address of the host once and waits for its answer. */
static bool first_call(struct mn_websocket *w)
{
    w->now = w->all;
    do {
        call(w);
        while (w->fd >= 0 && advance(w) < 0)
            if (w->fd >= 0)
                mn_address_ready(w->fd, w->state == CONNECTS ? POLLOUT : POLLIN, 100);
    } while (w->fd < 0 && w->now != w->all);
    return w->fd >= 0;
}

int mn_websocket_open(struct mn_websocket **out, const char *name)
{
    struct mn_websocket *w = calloc(1, sizeof(*w));
    if (!w)
        return MIEN_ENOMEM;
    w->name = name;
    w->place = name + strlen(SCHEME);
    w->num_place = (int)strcspn(w->place, "/");
    w->path = w->place + w->num_place;
    w->path += *w->path == '/';
    w->fd = -1;
    int err = mn_address_find(&w->all, w->place, (size_t)w->num_place, SOCK_STREAM, name,
                              SCHEME "HOST:PORT/PATH");
    if (err == 0 && (strlen(name) > LONGEST_HEAD / 4 || strpbrk(name, " \r\n#")))
        err = mn_fail(
            MIEN_EINVAL,
            "--send takes an address of at most %d characters without spaces and #, not '%s'",
            LONGEST_HEAD / 4, name);
    if (err == 0 && !first_call(w))
        err = mn_fail(MIEN_EOUTPUT,
                      "%s cannot be reached: %s; start the program that listens there first, and "
                      "check the address",
                      name, w->err ? strerror(w->err) : "no WebSocket answers");
    *out = err == 0 ? w : NULL;
    if (err < 0)
        mn_websocket_close(w, false);
    return err;
}

/* Waits a moment until the server closes as well: otherwise it could lose what is on the way. */
static void say_goodbye(struct mn_websocket *w)
{
    w->between = false; /* no second close frame as an answer */
    if (send_close(w))
        while (mn_address_ready(w->fd, POLLIN, LAST_WAIT) && advance(w) >= 0)
            ;
}

void mn_websocket_close(struct mn_websocket *w, bool between)
{
    if (!w)
        return;
    if (between && w->fd >= 0 && w->state == OPEN)
        say_goodbye(w);
    if (w->fd >= 0)
        close(w->fd);
    if (w->all)
        freeaddrinfo(w->all);
    free(w);
}
