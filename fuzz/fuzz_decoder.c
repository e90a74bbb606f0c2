/* The records of the decoder process, which a malicious file may control: whatever a reply
 * contains, its facts must be usable and its picture must lie within one piece of the lent memory.
 * The requests, which travel the other way, and the slots they lend are checked as strictly. */
#include "io/msg.h"
#include "source/isolated/arena.h"
#include "source/isolated/protocol.h"
#include "source/isolated/sandbox.h"

#include <math.h>

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

static uint8_t memory[LENT * (SIZE + GAP)];

/* Changes some bytes of a record: half of the changes in the part that begins at `from`. */
static void change(struct fuzz_input *in, void *record, size_t size, size_t from, size_t part)
{
    while (in->size >= 3) {
        uint16_t where;
        fuzz_bytes(in, &where, sizeof(where));
        const size_t at = where >> 1;
        ((uint8_t *)record)[where & 1 ? from + at % part : at % size] = fuzz_byte(in);
    }
}

/* A valid reply with a picture of 64 x 48. */
static struct mn_protocol_reply valid_reply(uint64_t at)
{
    struct mn_protocol_reply r = mn_protocol_reply(MN_REPLY_PICTURE);
    r.picture.format = MIEN_I420;
    r.picture.width = 64;
    r.picture.height = 48;
    for (int i = 0; i < 3; i++) {
        r.picture.plane[i] = at + (uint64_t)i * 8192;
        r.picture.stride[i] = i ? 32 : 64;
    }
    return r;
}

static void check_line(enum mien_log_level level, const char *text)
{
    FUZZ_CHECK(level >= MIEN_LOG_ERROR && level <= MIEN_LOG_DEBUG);
    for (; *text; text++)
        FUZZ_CHECK((unsigned char)*text >= 0x20 && *text != 0x7f);
}

/* Log messages of any bytes. */
static void check_log(const uint8_t *data, size_t size)
{
    char text[MN_PROTOCOL_LOG + 1];
    size = size < MN_PROTOCOL_LOG ? size : MN_PROTOCOL_LOG;
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(data[i] % 16 < 2 ? '\n' : data[i] % 16 < 6 ? '0' + data[i] % 5 : data[i]);
    text[size] = 0;
    mn_msg_set_level(MIEN_LOG_DEBUG);
    mn_msg_redirect(check_line);
    mn_protocol_replay_log(text);
    mn_msg_redirect(NULL);
}

/* What was accepted travels once more without a change. */
static void check_facts_again(const struct mn_source_facts *f)
{
    struct mn_protocol_facts wire;
    struct mn_source_facts g = {.live = false};
    mn_protocol_put_facts(&wire, f);
    mn_protocol_get_facts(&g, &wire);
    FUZZ_CHECK(!strcmp(f->container, g.container) && !strcmp(f->codec, g.codec) &&
               !strcmp(f->pixel_format, g.pixel_format) && !strcmp(f->damage, g.damage));
    FUZZ_CHECK(g.width == f->width && g.height == f->height && g.rotation == f->rotation &&
               g.mirrored == f->mirrored && g.still == f->still && g.frame_rate == f->frame_rate &&
               g.start_time == f->start_time && g.duration == f->duration &&
               g.sar_num == f->sar_num && g.sar_den == f->sar_den && g.time_num == f->time_num &&
               g.time_den == f->time_den && g.frames_decoded == f->frames_decoded &&
               g.frames_expected == f->frames_expected && g.decode_seconds == f->decode_seconds);
}

static void check_facts(struct mn_protocol_facts *in)
{
    struct mn_source_facts f = {.live = false};
    mn_protocol_get_facts(&f, in);
    FUZZ_CHECK(strlen(f.container) < sizeof(in->container) && strlen(f.codec) < sizeof(in->codec) &&
               strlen(f.pixel_format) < sizeof(in->pixel_format) &&
               strlen(f.damage) < sizeof(f.damage));
    FUZZ_CHECK(f.width >= 0 && f.width <= MIEN_MAX_SIDE && f.height >= 0 &&
               f.height <= MIEN_MAX_SIDE && f.time_num > 0 && f.time_den > 0 && !f.live);
    FUZZ_CHECK(isfinite(f.frame_rate) && isfinite(f.duration) && isfinite(f.decode_seconds) &&
               isfinite(f.start_time));
    FUZZ_CHECK(f.sar_den > 0 && f.sar_num >= 0 && f.frames_decoded >= 0 && f.frames_expected >= 0);
    FUZZ_CHECK(f.rotation % 90 == 0 && f.rotation >= 0 && f.rotation <= 270);
    check_facts_again(&f);
}

static void check_picture(const struct mn_protocol_picture *in,
                          const struct mn_protocol_memory *lent)
{
    mien_picture p;
    if (!mn_protocol_get_picture(&p, in, lent))
        return;
    for (int i = 0; i < (p.format == MIEN_I420 ? 3 : 1); i++) {
        int rows, row;
        bool within = false;
        mn_protocol_plane_size(&p, i, &rows, &row);
        const uint8_t *end = p.plane[i] + (size_t)(rows - 1) * (size_t)p.stride[i] + row;
        for (uint32_t k = 0; k < lent->num_pieces; k++)
            within = within || (p.plane[i] >= lent->piece[k].data &&
                                end <= lent->piece[k].data + lent->piece[k].size);
        FUZZ_CHECK(p.stride[i] >= row && within);
    }
    struct mn_protocol_picture again = {0};
    mien_picture q;
    mn_protocol_put_picture(&again, &p, memory);
    FUZZ_CHECK(mn_protocol_get_picture(&q, &again, lent) && q.plane[0] == p.plane[0]);
    FUZZ_CHECK(q.width == p.width && q.height == p.height && q.stride[0] == p.stride[0]);
}

static void check_reply(struct fuzz_input in)
{
    const struct mn_protocol_piece all = {memory, 0, sizeof(memory)};
    struct mn_protocol_piece piece[LENT];
    for (int i = 0; i < LENT; i++)
        piece[i] =
            (struct mn_protocol_piece){memory + i * (SIZE + GAP), (uint64_t)i * (SIZE + GAP), SIZE};
    const struct mn_protocol_memory lent = fuzz_byte(&in) % 2
                                               ? (struct mn_protocol_memory){piece, LENT}
                                               : (struct mn_protocol_memory){&all, 1};
    struct mn_protocol_reply r = valid_reply(SIZE + GAP);
    FUZZ_CHECK(mn_protocol_reply_is_valid(&r));
    change(&in, &r, sizeof(r), 0, offsetof(struct mn_protocol_reply, facts));
    if (mn_protocol_reply_is_valid(&r))
        FUZZ_CHECK(r.error <= 0 && r.number < MN_PROTOCOL_LOANS && r.log_size <= MN_PROTOCOL_LOG &&
                   !(r.sandbox & ~MN_SANDBOX_ALL) && r.version == MN_PROTOCOL_VERSION);
    check_facts(&r.facts);
    check_picture(&r.picture, &lent);
}

static void check_request(struct fuzz_input in)
{
    static struct mn_arena a;
    struct mn_protocol_request r = mn_protocol_request(MN_REQUEST_OPEN);
    uint64_t offset[LENT] = {0, SIZE, 2 * SIZE};
    FUZZ_CHECK(mn_protocol_request_is_valid(&r));
    r.num_slots = LENT;
    r.slot_size = SIZE;
    offset[fuzz_byte(&in) % LENT] ^= (uint64_t)fuzz_int(&in) << fuzz_byte(&in) % 33;
    const size_t from = offsetof(struct mn_protocol_request, num_slots);
    change(&in, &r, sizeof(r), from, sizeof(r) - from);
    if (!mn_protocol_request_is_valid(&r))
        return;
    FUZZ_CHECK(r.num_slots <= MN_ARENA_SLOTS && r.name_size <= MN_PROTOCOL_NAME &&
               r.number < MN_PROTOCOL_LOANS && r.fps >= 0);
    a = (struct mn_arena){.memory = {memory, sizeof(memory), -1}};
    r.num_slots = r.num_slots < LENT ? r.num_slots : LENT;
    if (!mn_arena_lend(&a, offset, r.num_slots, r.slot_size))
        return;
    for (uint8_t *p; a.num_free && (p = mn_arena_get(&a, (size_t)r.slot_size));)
        FUZZ_CHECK(p >= memory && r.slot_size <= (size_t)(memory + sizeof(memory) - p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fuzz_input in = {data, size};
    check_log(data, size);
    check_reply(in);
    check_request(in);
    return 0;
}
