#include "sink/ws_frame.h"

#include <libavutil/base64.h>
#include <libavutil/mem.h>
#include <libavutil/random_seed.h>
#include <libavutil/sha.h>
#include <string.h>
#include <strings.h>

enum { SHA1 = 20, LAST = 0x80, MASKED = 0x80, KIND = 0x0f, CONTROL = 0x08 };

void mn_ws_frame_key(char key[MN_WS_KEY])
{
    uint32_t random[4];
    for (int i = 0; i < 4; i++)
        random[i] = av_get_random_seed();
    av_base64_encode(key, MN_WS_KEY, (const uint8_t *)random, sizeof(random));
}

/* What the server must make of the key. */
static bool answer_to(const char *key, char answer[AV_BASE64_SIZE(SHA1)])
{
    static const char suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* of the standard */
    uint8_t digest[SHA1];
    struct AVSHA *sha = av_sha_alloc();
    if (!sha)
        return false;
    av_sha_init(sha, 8 * SHA1);
    av_sha_update(sha, (const uint8_t *)key, strlen(key));
    av_sha_update(sha, (const uint8_t *)suffix, sizeof(suffix) - 1);
    av_sha_final(sha, digest);
    av_free(sha);
    return av_base64_encode(answer, AV_BASE64_SIZE(SHA1), digest, SHA1) != NULL;
}

bool mn_ws_frame_accepted(const char *head, const char *key)
{
    static const char status[] = "HTTP/1.1 101", name[] = "Sec-WebSocket-Accept:";
    char answer[AV_BASE64_SIZE(SHA1)];
    if (strncmp(head, status, sizeof(status) - 1) || !answer_to(key, answer))
        return false;
    for (const char *line = head; (line = strstr(line, "\r\n")) != NULL;) {
        line += 2;
        if (strncasecmp(line, name, sizeof(name) - 1))
            continue;
        line += sizeof(name) - 1;
        line += strspn(line, " \t");
        const size_t n = strlen(answer);
        return !strncmp(line, answer, n) && strchr(" \t\r", line[n]);
    }
    return false;
}

/* ------------------------------------------------------------------------------------ write ----
 */

/* The length, big endian, in n bytes. Returns the byte after it. */
static uint8_t *put_length(uint8_t *p, uint64_t length, int n)
{
    while (n--)
        *p++ = (uint8_t)(length >> (8 * n));
    return p;
}

size_t mn_ws_frame_wrap(uint8_t *content, size_t size, enum mn_ws_kind kind)
{
    const int extra = size < 126 ? 0 : size < 65536 ? 2 : 8; /* bytes of a longer length */
    const size_t header = (size_t)(2 + extra + 4);
    uint8_t *p = content - header;
    *p++ = (uint8_t)(LAST | kind);
    *p++ = (uint8_t)(MASKED | (extra == 0 ? size : extra == 2 ? 126 : 127));
    p = put_length(p, size, extra);
    const uint32_t mask = av_get_random_seed();
    memcpy(p, &mask, sizeof(mask));
    for (size_t i = 0; i < size; i++)
        content[i] ^= p[i % 4];
    return header;
}

/* ------------------------------------------------------------------------------------- read ----
 */

static size_t least(size_t a, uint64_t b)
{
    return a < b ? a : (size_t)b;
}

/* The first two bytes say how long the header is. */
static bool begin(struct mn_ws_reader *r)
{
    const uint8_t length = r->header[1];
    const bool control = r->header[0] & CONTROL;
    r->size_header = length == 127 ? 10 : length == 126 ? 4 : 2;
    return !(length & MASKED) && !(control && length > MN_WS_CONTROL);
}

static void take_length(struct mn_ws_reader *r)
{
    r->left = r->size_header == 2 ? r->header[1] : 0;
    for (size_t i = 2; i < r->size_header; i++)
        r->left = r->left << 8 | r->header[i];
}

/* Returns the bytes taken, all of the header. */
static size_t read_header(struct mn_ws_reader *r, const uint8_t *in, size_t n,
                          enum mn_ws_kind *kind)
{
    size_t at = 0;
    while (at < n && (r->num_header < 2 || r->num_header < r->size_header)) {
        r->header[r->num_header++] = in[at++];
        if (r->num_header == 2 && !begin(r))
            *kind = MN_WS_BROKEN;
        if (r->num_header >= 2 && r->num_header == r->size_header)
            take_length(r);
    }
    return at;
}

size_t mn_ws_frame_read(struct mn_ws_reader *r, const uint8_t *in, size_t n, enum mn_ws_kind *kind)
{
    *kind = MN_WS_PART;
    const size_t at = read_header(r, in, n, kind);
    if (*kind == MN_WS_BROKEN || r->num_header < 2 || r->num_header < r->size_header)
        return at;
    const size_t part = least(n - at, r->left);
    if (r->header[0] & CONTROL) {
        memcpy(r->control + r->num_control, in + at, part);
        r->num_control += part;
    }
    r->left -= part;
    if (r->left == 0)
        *kind = r->header[0] & CONTROL ? (enum mn_ws_kind)(r->header[0] & KIND) : MN_WS_TEXT;
    return at + part;
}
