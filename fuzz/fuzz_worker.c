/* The stream of messages from a worker process: the bytes come from a socket, in two pieces. */
#include <sys/socket.h>

#include "exec/wire.h"
#include "fuzz.h"

enum { SLOTS = 3 };

#define WORD(v) v "\x00\x00\x00"
#define MESSAGE(kind, slot, leg, error, size) \
    "1wnm" WORD(kind) WORD(slot) WORD(leg) error WORD(size) "\x00\x00\x00\x00\x00\x00\x00\x00"
#define FINE "\x00\x00\x00\x00"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x05" MESSAGE("\x02", "\x00", "\x00", FINE, "\x0a") "cpu\ndetect"),
    FUZZ_TEXT("\x40" MESSAGE("\x06", "\x01", "\x00", "\xff\xff\xff\xff", "\x00")
                  MESSAGE("\x04", "\x00", "\x02", FINE, "\x03") "abc" MESSAGE(
                      "\x03", "\x00", "\x00", "\xf0\xff\xff\xff", "\x00")),
    FUZZ_TEXT("\x20" MESSAGE("\x08", "\x02", "\x00", FINE, "\x00")),
    {NULL, 0},
};
const int fuzz_rounds = 15000;
const size_t fuzz_longest = 300;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char payload[MN_WIRE_PAYLOAD + 1];
    int fd[2];
    struct mn_wire_message m;
    if (!size || size > 60000) /* what fits in a socket's buffer */
        return 0;
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
    const size_t all = size - 1, first = data[0] < all ? data[0] : all;
    FUZZ_CHECK(send(fd[1], data + 1, first, 0) == (ssize_t)first);
    FUZZ_CHECK(send(fd[1], data + 1 + first, all - first, 0) == (ssize_t)(all - first));
    close(fd[1]);
    size_t used = 0;
    while (mn_wire_recv(fd[0], &m, payload, SLOTS, 1000) == 0) {
        used += sizeof(m) + m.size;
        FUZZ_CHECK(used <= all && m.slot < SLOTS && m.kind < MN_WIRE_KINDS && m.error <= 0);
        FUZZ_CHECK(payload[m.size] == 0 && m.size <= MN_WIRE_PAYLOAD);
        FUZZ_CHECK(!m.size || !memcmp(payload, data + 1 + used - m.size, m.size));
    }
    close(fd[0]);
    return 0;
}
