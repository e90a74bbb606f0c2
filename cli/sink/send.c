/* Results for other programs, one JSON object for each frame: to standard output, to a UDP or Unix
 * socket, or to a WebSocket; or one OSC bundle to a UDP socket. The reader may be slow, and the
 * reader of a socket may be absent for a while: the run never waits for it. Frames that the reader
 * cannot take are left out as a whole and counted.
 */
#include "sink/sink.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/address.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "sink/jsonl.h"
#include "sink/osc.h"
#include "sink/websocket.h"

#define LARGEST_DATAGRAM 65507 /* bytes, UDP over IPv4 */
#define ATOMIC 4096            /* bytes that a writable pipe takes without blocking: PIPE_BUF */
#define RETRY 1.0              /* seconds between two attempts to connect to a lost reader */
#define LAST_WAIT 200          /* milliseconds for the rest of the last object */

struct sender {
    struct mn_sink base;
    struct mn_layout layout;
    char *name;
    int fd;
    enum { PIPE, DATAGRAM, STREAM } kind;
    struct sockaddr_un path; /* of a Unix socket, to connect to it again */
    double tried;
    struct mn_websocket *websocket; /* else NULL */
    bool osc;                       /* bundles instead of JSON */
    bool warned;                    /* that an object was too large */
    int gone;                       /* errno, once standard output has no reader any more */
    struct mn_sink_counts counts;

    FILE *memory; /* each object is made here; its buffer never shrinks */
    char *text;
    size_t size;
    size_t from, end; /* bytes still to be sent: once an object was begun, its rest must follow */
};

static struct mn_sink_counts counts(const struct mn_sink *s)
{
    return ((const struct sender *)s)->counts;
}

/* ---------------------------------------------------------------------------------- open ---- */

static int open_udp(struct sender *s, const char *place)
{
    struct addrinfo *found = NULL;
    int err = mn_address_find(&found, place, strlen(place), SOCK_DGRAM, s->name,
                              s->osc ? "osc://HOST:PORT" : "udp://HOST:PORT");
    if (err < 0)
        return err;
    for (struct addrinfo *a = found; a && s->fd < 0; a = a->ai_next) {
        s->fd = mn_address_socket(a->ai_family, SOCK_DGRAM);
        if (s->fd >= 0 && connect(s->fd, a->ai_addr, a->ai_addrlen) < 0) {
            err = errno;
            close(s->fd);
            s->fd = -1;
        }
    }
    freeaddrinfo(found);
    s->kind = DATAGRAM;
    if (s->fd < 0)
        return mn_fail(MIEN_EOUTPUT, "%s cannot be reached: %s; check host and port", s->name,
                       strerror(err ? err : errno));
    return 0;
}

static int open_osc(struct sender *s, const char *place)
{
    s->osc = true;
    return open_udp(s, place);
}

static int open_websocket(struct sender *s, const char *place)
{
    s->kind = STREAM;
    return mn_websocket_open(&s->websocket, s->name);
}

/* The reader may listen on either kind of socket. 0 or errno. */
static int connect_unix(struct sender *s)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
    int err = 0;
    for (int i = 0; i < 2; i++) {
        int fd = mn_address_socket(AF_UNIX, types[i]);
        if (fd < 0)
            return errno;
        if (connect(fd, (const struct sockaddr *)&s->path, sizeof(s->path)) == 0) {
            s->fd = fd;
            s->kind = i ? DATAGRAM : STREAM;
            return 0;
        }
        err = errno;
        close(fd);
        if (err != EPROTOTYPE)
            break;
    }
    return err;
}

static int open_unix(struct sender *s, const char *path)
{
    if (!*path || strlen(path) >= sizeof(s->path.sun_path))
        return mn_fail(MIEN_EINVAL,
                       "--send takes unix:PATH with at most %d characters of path, not "
                       "'%s'",
                       (int)sizeof(s->path.sun_path) - 1, s->name);
    s->path.sun_family = AF_UNIX;
    strcpy(s->path.sun_path, path);
    int err = connect_unix(s);
    if (err)
        return mn_fail(MIEN_EOUTPUT,
                       "%s cannot be reached: %s; start the program that listens there "
                       "first, and check the path",
                       s->name, strerror(err));
    return 0;
}

static int open_output(struct sender *s, const char *place)
{
    if (strcmp(s->name, "-") != 0)
        return mn_fail(MIEN_EINVAL,
                       "--send takes -, udp://HOST:PORT, osc://HOST:PORT, ws://HOST:PORT/PATH, "
                       "unix:PATH or lsl, not '%s'",
                       s->name);
    s->fd = STDOUT_FILENO;
    return 0;
}

/* What follows the prefix is opened. */
static const struct {
    const char *prefix;
    int (*open)(struct sender *s, const char *place);
} places[] = {{"udp://", open_udp},
              {"osc://", open_osc},
              {"ws://", open_websocket},
              {"unix:", open_unix},
              {"-", open_output}};

static int open_place(struct sender *s)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const size_t n = strlen(places[i].prefix);
        if (!strncmp(s->name, places[i].prefix, n))
            return places[i].open(s, s->name + n);
    }
    return open_output(s, s->name);
}

static int finish(struct mn_sink *base, bool complete);

static int open_sender(struct mn_sink **out, const char *name, bool force)
{
    struct sender *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    s->base.info = &mn_sink_send;
    s->fd = -1;
    s->name = strdup(name);
    s->memory = open_memstream(&s->text, &s->size);
    const int err = !s->name || !s->memory ? MIEN_ENOMEM : open_place(s);
    if (err < 0) {
        finish(&s->base, false);
        return err;
    }
    *out = &s->base;
    return 0;
}

static int begin(struct mn_sink *base, const struct mn_stream *stream)
{
    struct sender *s = (struct sender *)base;
    s->layout = stream->layout;
    s->layout.openface = false; /* only a table has OpenFace's columns */
    return 0;
}

/* -------------------------------------------------------------------------------- sending ---- */

/* Standard output is shared with other processes, so it stays blocking; it gets only what it has
 * room for. */
static ssize_t put(struct sender *s)
{
    const char *from = s->text + s->from;
    size_t n = s->end - s->from;
    if (s->kind != PIPE)
        return send(s->fd, from, n, MSG_DONTWAIT | MN_ADDRESS_QUIETLY);
    if (!mn_address_ready(s->fd, POLLOUT, 0)) {
        errno = EAGAIN;
        return -1;
    }
    return write(s->fd, from, n < ATOMIC ? n : ATOMIC);
}

static bool later(int err)
{
    return err == EAGAIN || err == EWOULDBLOCK || err == ENOBUFS || err == EINTR;
}

/* Sends what the reader has room for. True when the object is complete. */
static bool flush(struct sender *s)
{
    while (s->from < s->end) {
        ssize_t n = put(s);
        if (n > 0) {
            s->from += (size_t)n;
            continue;
        }
        if (n < 0 && later(errno))
            return false;
        /* the reader is gone: the next one cannot use the rest of an object */
        s->from = s->end = 0;
        s->gone = s->kind == PIPE ? errno : 0;
        if (s->path.sun_family == AF_UNIX)
            close(s->fd);
        if (s->websocket)
            mn_websocket_lost(s->websocket);
        if (s->path.sun_family == AF_UNIX || s->websocket)
            s->fd = -1;
        return false;
    }
    s->from = s->end = 0;
    return true;
}

static void reconnect(struct sender *s)
{
    double now = mn_now();
    if (s->path.sun_family != AF_UNIX || s->fd >= 0 || now - s->tried < RETRY)
        return;
    s->tried = now;
    connect_unix(s);
}

/* ------------------------------------------------------------------------------- objects ---- */

/* The content of a frame of a WebSocket stands behind room for its header. */
static FILE *begin_object(struct sender *s)
{
    rewind(s->memory);
    if (s->websocket)
        fwrite((const char[MN_WS_HEADER]){0}, 1, MN_WS_HEADER, s->memory);
    return s->memory;
}

static bool end_object(struct sender *s, enum mn_ws_kind kind)
{
    if (fflush(s->memory) != 0)
        return false;
    s->from = 0;
    s->end = s->size;
    if (s->websocket)
        s->from = MN_WS_HEADER -
                  mn_ws_frame_wrap((uint8_t *)s->text + MN_WS_HEADER, s->size - MN_WS_HEADER, kind);
    return true;
}

/* Connects again, and answers a ping between two objects. */
static void tend_websocket(struct sender *s)
{
    s->fd = mn_websocket_step(s->websocket, s->from == s->end);
    if (s->fd < 0)
        s->from = s->end = 0;
    size_t size;
    const uint8_t *ping = s->fd >= 0 && flush(s) ? mn_websocket_ping(s->websocket, &size) : NULL;
    if (!ping)
        return;
    fwrite(ping, 1, size, begin_object(s));
    if (end_object(s, MN_WS_PONG))
        flush(s);
}

static bool make(struct sender *s, const struct mn_result *r)
{
    (s->osc ? mn_osc_write : mn_jsonl_write)(begin_object(s), &s->layout, r);
    if (!end_object(s, MN_WS_TEXT))
        return false;
    if (s->kind == DATAGRAM && s->end > LARGEST_DATAGRAM) {
        if (!s->warned)
            mn_msg(MIEN_LOG_WARNING,
                   "%s: objects of more than %d bytes do not fit into a datagram and are dropped; "
                   "choose fewer values with --analysis or --max-faces",
                   s->name, LARGEST_DATAGRAM);
        s->warned = true;
        s->end = 0;
        return false;
    }
    return true;
}

/* A datagram is sent as a whole or not at all; a stream first gets the rest of the object before.
 */
static int frame(struct mn_sink *base, const struct mn_result *r)
{
    struct sender *s = (struct sender *)base;
    if (s->websocket)
        tend_websocket(s);
    else
        reconnect(s);
    bool sent = s->fd >= 0 && flush(s) && make(s, r);
    const size_t whole = s->from;
    if (sent && !flush(s)) {
        sent = s->kind != DATAGRAM && s->from > whole;
        if (!sent)
            s->from = s->end = 0;
    }
    s->counts.sent += sent;
    s->counts.dropped += !sent;
    return s->gone ? mn_atomic_file_error(s->name, s->gone, MN_CURE_OUTPUT)
                   : 0; /* no message if its reader has closed it */
}

static int finish(struct mn_sink *base, bool complete)
{
    struct sender *s = (struct sender *)base;
    while (complete && s->from < s->end && mn_address_ready(s->fd, POLLOUT, LAST_WAIT) && !flush(s))
        ;
    if (s->websocket)
        mn_websocket_close(s->websocket, s->from == s->end);
    else if (s->fd >= 0 && s->fd != STDOUT_FILENO)
        close(s->fd);
    if (s->memory)
        fclose(s->memory);
    free(s->text);
    free(s->name);
    free(s);
    return 0;
}

const struct mn_sink_info mn_sink_send = {
    .name = "send",
    .role = MN_SINK_SEND,
    .streams = true,
    .open = open_sender,
    .begin = begin,
    .frame = frame,
    .finish = finish,
    .counts = counts,
};
