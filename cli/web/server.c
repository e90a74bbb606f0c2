/* Connections that wait for news are suspended, so they cost nothing until the bell rings. One
 * thread of libmicrohttpd serves all clients; it writes only what a socket takes. */
#include "web/server.h"

#ifdef MN_HAVE_MICROHTTPD

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/msg.h"
#include "web/access.h"

#define MOST_CLIENTS 32
#define IDLE 30U               /* seconds after which a client that takes nothing is closed */
#define MEMORY ((size_t)24576) /* bytes of a connection inside libmicrohttpd */
#define BLOCK 8192             /* bytes that a stream passes on at once */
#define SOCKET_ROOM (64 * 1024)
#define LONGEST_BODY 1024
#define LAST_WAIT 40 /* times 5 ms, for the last answers */

#if MHD_VERSION >= 0x00097002
typedef enum MHD_Result result;
#else
typedef int result;
#endif

struct client {
    bool used;
    bool is_stream;
    struct MHD_Connection *connection;
    bool suspended; /* under the lock of the server */
    bool counted;   /* by the hub: as a listener, or as waiting for a picture */
    struct mn_web_server *server;
    uint64_t after; /* picture */
    struct mn_web_cursor cursor;
    char text[MN_WEB_LINE + 16]; /* of a stream: the event that is being passed on */
    size_t at, size;
};

struct mn_web_server {
    struct MHD_Daemon *daemon;
    struct mn_web_hub *hub;
    char token[MN_WEB_TOKEN];
    pthread_mutex_t lock;
    struct client client[MOST_CLIENTS];
};

const char *const mn_web_server_missing = NULL;

static struct client *new_client(struct mn_web_server *s, struct MHD_Connection *connection)
{
    struct client *c = NULL;
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < MOST_CLIENTS && !c; i++)
        if (!s->client[i].used)
            c = &s->client[i];
    if (c)
        *c = (struct client){.used = true, .server = s, .connection = connection};
    pthread_mutex_unlock(&s->lock);
    return c;
}

/* Tells the hub whether this client counts. */
static void count(struct client *c, bool on)
{
    if (c->counted == on)
        return;
    c->counted = on;
    const int n = on ? 1 : -1;
    mn_web_hub_count(c->server->hub, c->is_stream ? n : 0, c->is_stream ? 0 : n);
}

static bool has_news(const struct client *c)
{
    struct mn_web_hub *h = c->server->hub;
    if (mn_web_hub_closing(h))
        return true;
    if (c->is_stream)
        return mn_web_hub_has_next(h, &c->cursor);
    struct mn_web_picture *p = mn_web_hub_take(h, c->after);
    if (p)
        mn_web_hub_release(h, p);
    return p != NULL;
}

/* False: there are news already. */
static bool sleep_until_news(struct client *c)
{
    struct mn_web_server *s = c->server;
    pthread_mutex_lock(&s->lock);
    const bool sleeps = !has_news(c);
    if (sleeps) {
        MHD_suspend_connection(c->connection);
        c->suspended = true;
    }
    pthread_mutex_unlock(&s->lock);
    return sleeps;
}

void mn_web_server_ring(struct mn_web_server *s)
{
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < MOST_CLIENTS; i++) {
        struct client *c = &s->client[i];
        if (c->used && c->suspended && has_news(c)) {
            MHD_resume_connection(c->connection);
            c->suspended = false;
        }
    }
    pthread_mutex_unlock(&s->lock);
}

/* ------------------------------------------------------------------------------- responses ---- */

static void add_headers(struct MHD_Response *r, const char *type)
{
    static const char *const headers[][2] = {
        {"Cache-Control", "no-store"},
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
         "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
    };
    MHD_add_response_header(r, "Content-Type", type);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        MHD_add_response_header(r, headers[i][0], headers[i][1]);
}

static result respond(struct MHD_Connection *connection, unsigned status, struct MHD_Response *r,
                      const char *type)
{
    if (!r)
        return MHD_NO;
    add_headers(r, type);
    const result done = MHD_queue_response(connection, status, r);
    MHD_destroy_response(r);
    return done;
}

static result respond_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
    return respond(
        connection, status,
        MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT),
        "text/plain; charset=utf-8");
}

static result respond_file(struct MHD_Connection *connection, const char *name)
{
    for (int i = 0; i < mn_num_web_files; i++) {
        const struct mn_web_file *f = &mn_web_files[i];
        if (!strcmp(name, f->name))
            return respond(
                connection, MHD_HTTP_OK,
                MHD_create_response_from_buffer(f->size, (void *)f->data, MHD_RESPMEM_PERSISTENT),
                f->type);
    }
    return respond_text(connection, MHD_HTTP_NOT_FOUND, "There is no such file.\n");
}

/* The next event, or none. */
static bool prepare(struct client *c)
{
    char line[MN_WEB_LINE];
    if (!mn_web_hub_next(c->server->hub, &c->cursor, line))
        return false;
    c->at = 0;
    c->size = (size_t)snprintf(c->text, sizeof(c->text), "data: %s\n\n", line);
    return true;
}

static ssize_t read_stream(void *ctx, uint64_t position, char *buf, size_t most)
{
    struct client *c = ctx;
    if (c->at == c->size && !prepare(c)) {
        if (mn_web_hub_closing(c->server->hub))
            return MHD_CONTENT_READER_END_OF_STREAM;
        sleep_until_news(c);
        return 0;
    }
    const size_t n = c->size - c->at < most ? c->size - c->at : most;
    memcpy(buf, c->text + c->at, n);
    c->at += n;
    return (ssize_t)n;
}

static result respond_stream(struct client *c)
{
    c->is_stream = true;
    count(c, true);
    c->size = (size_t)snprintf(c->text, sizeof(c->text), "retry: 1000\n\n");
    return respond(c->connection, MHD_HTTP_OK,
                   MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, c, NULL),
                   "text/event-stream; charset=utf-8");
}

struct lent {
    struct mn_web_hub *hub;
    struct mn_web_picture *picture;
};

static void give_back(void *ctx)
{
    struct lent *l = ctx;
    mn_web_hub_release(l->hub, l->picture);
    free(l);
}

static result lend(struct client *c, struct mn_web_picture *p)
{
    char number[24];
    struct lent *l = malloc(sizeof(*l));
    struct MHD_Response *r = NULL;
    if (l) {
        *l = (struct lent){c->server->hub, p};
        r = MHD_create_response_from_buffer_with_free_callback_cls(p->size, p->data, give_back, l);
    }
    if (!r) {
        free(l);
        mn_web_hub_release(c->server->hub, p);
        return MHD_NO;
    }
    snprintf(number, sizeof(number), "%llu", (unsigned long long)p->number);
    MHD_add_response_header(r, "X-Mien-Picture", number);
    return respond(c->connection, MHD_HTTP_OK, r, "image/jpeg");
}

/* Called again after the connection was resumed. */
static result respond_picture(struct client *c)
{
    const char *after = MHD_lookup_connection_value(c->connection, MHD_GET_ARGUMENT_KIND, "after");
    c->after = after ? strtoull(after, NULL, 10) : 0;
    struct mn_web_picture *p = mn_web_hub_take(c->server->hub, c->after);
    if (!p && mn_web_hub_closing(c->server->hub))
        return respond_text(c->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "The run has ended.\n");
    count(c, !p);
    if (p)
        return lend(c, p);
    return sleep_until_news(c) ? MHD_YES : respond_picture(c);
}

static result respond_recording(struct client *c)
{
    const char *on = MHD_lookup_connection_value(c->connection, MHD_GET_ARGUMENT_KIND, "on");
    if (!on || (strcmp(on, "0") && strcmp(on, "1")))
        return respond_text(c->connection, MHD_HTTP_BAD_REQUEST, "Use on=0 or on=1.\n");
    mn_web_hub_record(c->server->hub, on[0] == '1');
    return respond_text(c->connection, MHD_HTTP_OK, "ok\n");
}

/* -------------------------------------------------------------------------------- requests ---- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static result answer(struct client *c, const char *place, const char *method)
{
    const bool post = !strcmp(method, "POST"), recording = !strcmp(place, "recording");
    if (post != recording || (!post && strcmp(method, "GET") && strcmp(method, "HEAD")))
        return respond_text(c->connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                            "This address does not take this method.\n");
    if (recording)
        return respond_recording(c);
    if (!strcmp(place, "events"))
        return respond_stream(c);
    if (!strcmp(place, "picture"))
        return respond_picture(c);
    return respond_file(c->connection, place);
}

/* Called when the headers are there, after each piece of a body, and after a suspension. */
static result handle(void *ctx, struct MHD_Connection *connection, const char *url,
                     const char *method, const char *version, const char *body, size_t *body_size,
                     void **state)
{
    struct mn_web_server *s = ctx;
    const struct mn_web_request request = {
        .path = url,
        .host = header(connection, "Host"),
        .origin = header(connection, "Origin"),
        .fetch_site = header(connection, "Sec-Fetch-Site"),
    };
    const char *why, *place = mn_web_access(&request, s->token, &why);
    if (!place)
        return respond_text(connection, MHD_HTTP_FORBIDDEN, why);
    if (!*state) {
        const char *length = header(connection, "Content-Length");
        if (header(connection, "Transfer-Encoding") ||
            (length && strtoull(length, NULL, 10) > LONGEST_BODY))
            return respond_text(connection, MHD_HTTP_CONTENT_TOO_LARGE,
                                "A request has no content here.\n");
        *state = new_client(s, connection);
        return *state ? MHD_YES : MHD_NO;
    }
    if (*body_size) {
        *body_size = 0;
        return MHD_YES;
    }
    return answer(*state, place, method);
}

static void completed(void *ctx, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode code)
{
    struct mn_web_server *s = ctx;
    struct client *c = *state;
    if (!c)
        return;
    count(c, false);
    pthread_mutex_lock(&s->lock);
    c->used = c->suspended = false;
    pthread_mutex_unlock(&s->lock);
}

/* The system keeps little for a client that does not read, so what it reads later is not old. */
static void connected(void *ctx, struct MHD_Connection *connection, void **state,
                      enum MHD_ConnectionNotificationCode code)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const int room = SOCKET_ROOM;
    if (info && code == MHD_CONNECTION_NOTIFY_STARTED)
        setsockopt(info->connect_fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

/* --------------------------------------------------------------------------- start and stop ----
 */

int mn_web_server_start(struct mn_web_server **out, int port, const char *token,
                        struct mn_web_hub *hub)
{
    struct mn_web_server *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    const struct sockaddr_in place = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    s->hub = hub;
    snprintf(s->token, sizeof(s->token), "%s", token);
    pthread_mutex_init(&s->lock, NULL);
    errno = 0;
    s->daemon = MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, (uint16_t)port, NULL, NULL, handle,
        s, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&place, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MOST_CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY, MHD_OPTION_NOTIFY_COMPLETED, completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, connected, NULL, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
        MHD_OPTION_END);
    if (s->daemon) {
        *out = s;
        return 0;
    }
    const int err = errno;
    pthread_mutex_destroy(&s->lock);
    free(s);
    return mn_fail(
        MIEN_EOUTPUT, "--web: port %d cannot be opened: %s; choose another port: --web %d", port,
        err ? strerror(err) : "libmicrohttpd failed", port == 65535 ? port - 1 : port + 1);
}

static bool has_clients(struct mn_web_server *s)
{
    bool any = false;
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < MOST_CLIENTS; i++)
        any = any || s->client[i].used;
    pthread_mutex_unlock(&s->lock);
    return any;
}

void mn_web_server_stop(struct mn_web_server **s)
{
    if (!*s)
        return;
    mn_web_server_ring(*s);
    const struct timespec moment = {.tv_nsec = 5000000};
    for (int i = 0; i < LAST_WAIT && has_clients(*s); i++)
        nanosleep(&moment, NULL);
    MHD_stop_daemon((*s)->daemon);
    pthread_mutex_destroy(&(*s)->lock);
    free(*s);
    *s = NULL;
}

#else

#include <mien/mien.h>

const char *const mn_web_server_missing =
    "this mien was built without the live page (it needs libmicrohttpd); run without --web";

int mn_web_server_start(struct mn_web_server **out, int port, const char *token,
                        struct mn_web_hub *hub)
{
    return MIEN_ENOTBUILT;
}

void mn_web_server_ring(struct mn_web_server *s)
{
}

void mn_web_server_stop(struct mn_web_server **s)
{
}

#endif
