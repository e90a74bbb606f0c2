/* A connection to a WebSocket server. Only opening it waits; later a lost server is called again
 * once a second, in small steps. */
#ifndef MN_CLI_WEBSOCKET_H
#define MN_CLI_WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "sink/ws_frame.h"

struct mn_websocket;

/* name: ws://HOST:PORT/PATH; it outlives the connection. Reports its errors. */
int mn_websocket_open(struct mn_websocket **w, const char *name);

/* between: the last frame was sent completely. */
void mn_websocket_close(struct mn_websocket *w, bool between);

/* Reads what the server sent and goes on with connecting. The socket if it can take frames, else
 * -1. */
int mn_websocket_step(struct mn_websocket *w, bool between);

/* The socket failed in the middle of a frame. */
void mn_websocket_lost(struct mn_websocket *w);

/* Content of a ping that waits for its answer, valid until the next step; NULL: none. */
const uint8_t *mn_websocket_ping(struct mn_websocket *w, size_t *size);

#endif
