/* The bytes of a WebSocket, as a client writes and reads them (RFC 6455). */
#ifndef MN_CLI_WS_FRAME_H
#define MN_CLI_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mn_ws_kind {
    MN_WS_BROKEN = -1, /* no frame of a server */
    MN_WS_PART = 0,    /* not complete yet */
    MN_WS_TEXT = 1,
    MN_WS_CLOSE = 8,
    MN_WS_PING = 9,
    MN_WS_PONG = 10
};

#define MN_WS_HEADER 14   /* bytes before the content, at most */
#define MN_WS_CONTROL 125 /* bytes of content of a ping or a close, at most */
#define MN_WS_KEY 25      /* characters, with the zero at the end */

/* A random key, which the server must answer. */
void mn_ws_frame_key(char key[MN_WS_KEY]);

/* Is this the answer of a WebSocket server? head: status and headers, ends with a zero. */
bool mn_ws_frame_accepted(const char *head, const char *key);

/* Masks the content in place and writes the header directly before it, where MN_WS_HEADER bytes
 * are free. Returns the size of the header. */
size_t mn_ws_frame_wrap(uint8_t *content, size_t size, enum mn_ws_kind kind);

/* Starts with zeros, and again after each complete frame. */
struct mn_ws_reader {
    uint8_t header[MN_WS_HEADER];
    size_t num_header, size_header;
    uint64_t left; /* bytes of content that are still to come */
    uint8_t control[MN_WS_CONTROL];
    size_t num_control;
};

/* Takes at most n bytes of one frame; *kind says what they completed. Returns the number taken. The
 * content of a ping or close is in r->control, that of others is skipped. */
size_t mn_ws_frame_read(struct mn_ws_reader *r, const uint8_t *in, size_t n, enum mn_ws_kind *kind);

#endif
