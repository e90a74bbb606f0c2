/* The server of the live page, on loopback only. libmicrohttpd is used in server.c and nowhere
 * else.
 *
 *     GET  /TOKEN/                   the page, and its files beside it
 *     GET  /TOKEN/events             lines of the hub as server-sent events, without an end
 *     GET  /TOKEN/picture?after=N    waits for a picture with a number above N; JPEG
 *     POST /TOKEN/recording?on=1     starts a recording; on=0 ends it
 *
 * A client takes a connection, one picture at most and MN_WEB_LINE bytes; there are at most 32. */
#ifndef MN_CLI_SERVER_H
#define MN_CLI_SERVER_H

#include "web/hub.h"

struct mn_web_server;

/* Not NULL: not built in, for this reason. */
extern const char *const mn_web_server_missing;

/* Starts a thread. hub outlives the server. Reports its errors: MIEN_EOUTPUT, for example if the
 * port is in use. */
int mn_web_server_start(struct mn_web_server **out, int port, const char *token,
                        struct mn_web_hub *hub);

/* The hub has news: any thread. */
void mn_web_server_ring(struct mn_web_server *s);

/* After mn_web_hub_close: streams get their last lines and end. */
void mn_web_server_stop(struct mn_web_server **s);

/* The files of the page; made by scripts/embed_files.py. */
struct mn_web_file {
    const char *name, *type;
    const unsigned char *data;
    unsigned size;
};
extern const struct mn_web_file mn_web_files[];
extern const int mn_num_web_files;

#endif
