/* What the decoder's process says, which may be in a stranger's hands: any record must be tamed
 * into one that the program can use, and its picture lie within one piece of the memory on loan. */
#include "source/isolated/isolated.c"

#include "fuzz.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x00"
              "an arena\x04\x00\x07\x08\x01\x10\x00\x02"),
    FUZZ_TEXT("\x01"
              "buffers on loan\x04\x00\x07\x08\x01\x10\x00\x02"),
    {NULL, 0},
};
const int fuzz_rounds = 40000;
const size_t fuzz_longest = 120;

enum { LENT = 3, SIZE = 100000, GAP = 4096 };

/* A good record of a picture of 64 x 48, some bytes of it changed. */
static void record(struct told *t, uint64_t at, struct fuzz_input *in)
{
    memset(t, 0, sizeof(*t));
    t->kind = PICTURE;
    t->format = MIEN_I420;
    t->width = 64;
    t->height = 48;
    for (int i = 0; i < 3; i++) {
        t->plane[i] = at + (uint64_t)i * 8192;
        t->stride[i] = i ? 32 : 64;
    }
    while (in->size >= 3) {
        uint16_t where;
        fuzz_bytes(in, &where, sizeof(where));
        /* half of the changes where the picture is described */
        ((uint8_t *)t)[where & 1 ? (where >> 1) % 88u : (where >> 1) % sizeof(*t)] = fuzz_byte(in);
    }
}

static void check_line(enum mien_log_level level, const char *text)
{
    FUZZ_CHECK(level >= MIEN_LOG_ERROR && level <= MIEN_LOG_DEBUG);
    for (; *text; text++)
        FUZZ_CHECK((unsigned char)*text >= 0x20 && *text != 0x7f);
}

/* Its messages: any bytes. */
static void messages(const uint8_t *data, size_t size)
{
    char said[MOST_SAID + 1];
    size = size < MOST_SAID ? size : MOST_SAID;
    for (size_t i = 0; i < size; i++)
        said[i] = (char)(data[i] % 16 < 2 ? '\n' : data[i] % 16 < 6 ? '0' + data[i] % 5 : data[i]);
    said[size] = 0;
    mn_msg_set_level(MIEN_LOG_DEBUG);
    mn_msg_redirect(check_line);
    repeat(said);
    mn_msg_redirect(NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[LENT * (SIZE + GAP)];
    static struct mn_isolated d;
    static mien_buffer lent[LENT];
    struct fuzz_input in = {data, size};
    messages(data, size);
    d.num_lent = fuzz_byte(&in) % 2 ? LENT : 0;
    d.arena = (struct mn_shared){memory, sizeof(memory), -1};
    for (int i = 0; i < LENT; i++) {
        lent[i] = (mien_buffer){memory + i * (SIZE + GAP), SIZE, (size_t)i * (SIZE + GAP), -1};
        d.lent[i] = &lent[i];
    }
    record(&d.last, SIZE + GAP, &in);
    tame(&d.last);

    struct mn_source_facts facts;
    take_facts(&d, &facts);
    FUZZ_CHECK(strlen(facts.codec) < sizeof(d.last.codec) &&
               strlen(facts.damage) < sizeof(facts.damage));
    FUZZ_CHECK(facts.width >= 0 && facts.width <= MIEN_MAX_SIDE && facts.time_den > 0 &&
               !facts.live);
    FUZZ_CHECK(isfinite(facts.frame_rate) && isfinite(facts.duration) &&
               isfinite(facts.decode_seconds));
    FUZZ_CHECK(facts.sar_den > 0 && facts.frames_decoded >= 0 && d.last.error <= 0);
    FUZZ_CHECK(facts.still + facts.mirrored <= 2);

    mien_picture p;
    if (!picture_of(&d, &p))
        return 0;
    for (int i = 0; i < (p.format == MIEN_I420 ? 3 : 1); i++) {
        const int row = p.format == MIEN_BGR24 ? 3 * p.width : i ? (p.width + 1) / 2 : p.width;
        const int rows = i ? (p.height + 1) / 2 : p.height;
        const uint8_t *end = p.plane[i] + (size_t)(rows - 1) * (size_t)p.stride[i] + row;
        FUZZ_CHECK(p.stride[i] < row || (p.plane[i] >= memory && end <= memory + sizeof(memory)));
        bool one = !d.num_lent;
        for (int k = 0; k < LENT && !one; k++)
            one = p.plane[i] >= lent[k].data && end <= lent[k].data + SIZE;
        FUZZ_CHECK(p.stride[i] < row || one);
    }
    return 0;
}
