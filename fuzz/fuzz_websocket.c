/* What a WebSocket server answers and sends, in two pieces. */
#include "fuzz.h"
#include "sink/ws_frame.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x05\x89\x05hello\x88\x02\x03\xe8"),
    FUZZ_TEXT("\x03\x81\x7e\x00\x80"
              "ab\x00\x01"),
    FUZZ_TEXT("\x09\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x03xyz"),
    FUZZ_TEXT("\x01\x8a\x7d"),
    FUZZ_TEXT("\x00HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: "
              "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
    {NULL, 0},
};
const int fuzz_rounds = 20000;
const size_t fuzz_longest = 400;

static const char key[] = "dGhlIHNhbXBsZSBub25jZQ=="; /* the example of RFC 6455 */

static void check_head(const uint8_t *data, size_t size)
{
    char head[512];
    if (size >= sizeof(head))
        return;
    memcpy(head, data, size);
    head[size] = 0;
    if (mn_ws_frame_accepted(head, key))
        FUZZ_CHECK(strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

/* Returns the number of complete frames; *broken: there was something else. */
static int read_all(struct mn_ws_reader *r, const uint8_t *in, size_t n, bool *broken)
{
    int frames = 0;
    while (n && !*broken) {
        enum mn_ws_kind kind;
        const size_t taken = mn_ws_frame_read(r, in, n, &kind);
        FUZZ_CHECK(taken > 0 && taken <= n && r->num_control <= MN_WS_CONTROL);
        FUZZ_CHECK(kind != MN_WS_PART || taken == n);
        in += taken;
        n -= taken;
        *broken = kind == MN_WS_BROKEN;
        if (kind != MN_WS_PART && !*broken) {
            frames++;
            *r = (struct mn_ws_reader){0};
        }
    }
    return frames;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const uint8_t *in = data + 1;
    const size_t n = size - 1, cut = n ? data[0] % (n + 1) : 0;
    struct mn_ws_reader whole = {0}, parts = {0};
    bool broken = false, broken_parts = false;
    const int frames = read_all(&whole, in, n, &broken);
    const int first = read_all(&parts, in, cut, &broken_parts);
    FUZZ_CHECK(first + read_all(&parts, in + cut, n - cut, &broken_parts) == frames);
    FUZZ_CHECK(broken == broken_parts);
    check_head(in, n);
    return 0;
}
