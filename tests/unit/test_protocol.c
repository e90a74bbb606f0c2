/* The records of the decoder process: which ones are refused, how facts are converted, and which
 * pictures are accepted. The layout is checked when protocol.c is compiled. */
#include "check.h"
#include "source/isolated/arena.h"
#include "source/isolated/protocol.h"

static uint8_t memory[1 << 16];

static void test_requests(void)
{
    struct mn_protocol_request good = mn_protocol_request(MN_REQUEST_OPEN), r;
    good.rotate = -1;
    good.name_size = MN_PROTOCOL_NAME;
    good.num_slots = MN_PROTOCOL_SLOTS;
    CHECK(mn_protocol_request_is_valid(&good));
#define REFUSED(field, value) \
    r = good;                 \
    r.field = (value);        \
    CHECK(!mn_protocol_request_is_valid(&r))
    REFUSED(magic, MN_PROTOCOL_MAGIC + 1);
    REFUSED(version, MN_PROTOCOL_VERSION + 1);
    REFUSED(kind, 0);
    REFUSED(kind, MN_REQUEST_VERDICT + 1);
    REFUSED(kind, MN_REPLY_PICTURE);
    REFUSED(number, MN_PROTOCOL_LOANS);
    REFUSED(rotate, -2);
    REFUSED(rotate, 271);
    REFUSED(tagged_colour, 2);
    REFUSED(log_level, MIEN_LOG_DEBUG + 1);
    REFUSED(stopped_early, 2);
    REFUSED(num_slots, MN_PROTOCOL_SLOTS + 1);
    REFUSED(name_size, MN_PROTOCOL_NAME + 1);
    REFUSED(reserved, 1);
    REFUSED(fps, -1);
    REFUSED(fps, NAN);
    REFUSED(fps, INFINITY);
#undef REFUSED
}

static void test_replies(void)
{
    struct mn_protocol_reply good = mn_protocol_reply(MN_REPLY_PICTURE), r;
    good.number = MN_PROTOCOL_LOANS - 1;
    good.log_size = MN_PROTOCOL_LOG;
    good.sandbox = 7;
    CHECK(mn_protocol_reply_is_valid(&good));
#define REFUSED(field, value) \
    r = good;                 \
    r.field = (value);        \
    CHECK(!mn_protocol_reply_is_valid(&r))
    REFUSED(magic, 0);
    REFUSED(version, 0);
    REFUSED(kind, MN_REQUEST_OPEN);
    REFUSED(kind, MN_REPLY_JUDGED + 1);
    REFUSED(kind, MN_REPLY_END); /* without an error */
    REFUSED(number, MN_PROTOCOL_LOANS);
    REFUSED(error, MIEN_EDAMAGED); /* with a picture */
    REFUSED(sandbox, 8);
    REFUSED(log_size, MN_PROTOCOL_LOG + 1);
#undef REFUSED
    good.kind = MN_REPLY_END;
    good.error = MIEN_EEOF;
    CHECK(mn_protocol_reply_is_valid(&good));
    good.error = 1;
    CHECK(!mn_protocol_reply_is_valid(&good));
    good.error = INT32_MIN;
    CHECK(!mn_protocol_reply_is_valid(&good));
}

static void test_facts(void)
{
    const struct mn_source_facts sent = {
        .container = "matroska,webm",
        .codec = "h264",
        .pixel_format = NULL,
        .width = 640,
        .height = 480,
        .rotation = 270,
        .mirrored = true,
        .frame_rate = 29.97,
        .sar_num = 4,
        .sar_den = 3,
        .matrix = 1,
        .primaries = 9,
        .transfer = 16,
        .time_num = 1,
        .time_den = 90000,
        .start_time = -0.5,
        .duration = 12.25,
        .frames_expected = 367,
        .frames_decoded = 3,
        .packets_damaged = 4,
        .frames_damaged = 5,
        .size_changes = 6,
        .times_irregular = 7,
        .decode_seconds = 0.125,
        .damage = "a picture is damaged after frame 2",
    };
    struct mn_protocol_facts record;
    struct mn_source_facts got = {.name = "a.mkv", .isolated = true, .captured = 1};
    mn_protocol_put_facts(&record, &sent);
    mn_protocol_get_facts(&got, &record);
    CHECK_STR(got.container, "matroska,webm");
    CHECK_STR(got.codec, "h264");
    CHECK_STR(got.pixel_format, "");
    CHECK_STR(got.damage, sent.damage);
    CHECK_STR(got.name, "a.mkv");
    CHECK(got.isolated && got.captured == 1 && got.mirrored && !got.still);
    CHECK(got.width == 640 && got.height == 480 && got.rotation == 270);
    CHECK(got.sar_num == 4 && got.sar_den == 3 && got.time_num == 1 && got.time_den == 90000);
    CHECK(got.matrix == 1 && got.primaries == 9 && got.transfer == 16);
    CHECK(got.frame_rate == 29.97 && got.start_time == -0.5 && got.duration == 12.25);
    CHECK(got.frames_expected == 367 && got.frames_decoded == 3 && got.packets_damaged == 4);
    CHECK(got.frames_damaged == 5 && got.size_changes == 6 && got.times_irregular == 7);
    CHECK(got.decode_seconds == 0.125);
}

static void test_impossible_facts(void)
{
    struct mn_protocol_facts record;
    struct mn_source_facts got = {.name = NULL};
    memset(&record, 0xff, sizeof(record)); /* texts without an end, -1, and NANs */
    mn_protocol_get_facts(&got, &record);
    CHECK_INT(strlen(got.codec), sizeof(record.codec) - 1);
    CHECK_INT(strlen(got.damage), sizeof(got.damage) - 1);
    CHECK(got.width == 0 && got.height == 0 && got.rotation == 0);
    CHECK(got.frames_decoded == 0 && got.frame_rate == 0 && got.start_time == 0);
    CHECK(got.sar_num == 0 && got.sar_den == 1 && got.time_num == 1 && got.time_den == 1);
    CHECK(got.matrix == 2 && got.primaries == 2 && got.transfer == 2);
    record.rotation = 100;
    mn_protocol_get_facts(&got, &record);
    CHECK_INT(got.rotation, 90);
}

/* Two pieces side by side in our memory, with a gap between them in the offsets. */
static void test_pictures(void)
{
    const struct mn_protocol_piece piece[] = {{memory, 0, 6144}, {memory + 6144, 10000, 6144}};
    const struct mn_protocol_memory lent = {piece, 2};
    mien_picture p = {.format = MIEN_I420,
                      .matrix = MIEN_BT709,
                      .full_range = 1,
                      .width = 64,
                      .height = 64,
                      .plane = {memory, memory + 4096, memory + 5120},
                      .stride = {64, 32, 32}},
                 got;
    struct mn_protocol_picture good = {.index = 5, .time = 0.5}, r;
    mn_protocol_put_picture(&good, &p, memory);
    CHECK(mn_protocol_get_picture(&got, &good, &lent));
    for (int i = 0; i < 3; i++)
        CHECK(got.plane[i] == p.plane[i] && got.stride[i] == p.stride[i]);
    CHECK(got.format == p.format && got.matrix == p.matrix && got.full_range == p.full_range);
    CHECK(got.width == 64 && got.height == 64);
    good.plane[0] += 10000; /* the same in the second piece */
    good.plane[1] += 10000;
    good.plane[2] += 10000;
    CHECK(mn_protocol_get_picture(&got, &good, &lent));
    CHECK(got.plane[0] == memory + 6144);
#define REFUSED(field, value) \
    r = good;                 \
    r.field = (value);        \
    CHECK(!mn_protocol_get_picture(&got, &r, &lent))
    REFUSED(plane[2], 15121); /* one byte behind the end */
    REFUSED(plane[0], 6143);  /* between the pieces */
    REFUSED(plane[1], 9999);
    REFUSED(plane[1], UINT64_MAX);
    REFUSED(stride[0], 63);
    REFUSED(stride[1], -32);
    REFUSED(stride[2], INT32_MAX);
    REFUSED(width, 0);
    REFUSED(height, -1);
    REFUSED(height, MIEN_MAX_SIDE + 1);
    REFUSED(format, 99);
    REFUSED(matrix, -1);
    REFUSED(matrix, MIEN_BT2020 + 1);
    REFUSED(index, -1);
    REFUSED(time, NAN);
#undef REFUSED
}

static void test_arena(void)
{
    static struct mn_arena a, lent;
    a.memory = lent.memory = (struct mn_shared){memory, sizeof(memory), -1};
    CHECK(mn_arena_get(&a, 1) == NULL); /* not divided yet */
    a.slot_size = sizeof(memory) / 2;
    uint8_t *first = mn_arena_get(&a, 100), *second = mn_arena_get(&a, sizeof(memory) / 2);
    CHECK(first == memory && second == memory + sizeof(memory) / 2);
    CHECK(mn_arena_get(&a, 1) == NULL);
    mn_arena_put(&a, first);
    CHECK(mn_arena_get(&a, sizeof(memory) / 2 + 1) == NULL);
    CHECK(mn_arena_get(&a, 1) == first);
    CHECK(mn_arena_holds(&a, memory + sizeof(memory) - 1));
    CHECK(!mn_arena_holds(&a, memory + sizeof(memory)));

    const uint64_t outside[] = {0, sizeof(memory) - 99}, good[] = {200, 0};
    CHECK(!mn_arena_lend(&lent, outside, 2, 100));
    lent.num_free = 0;
    CHECK(!mn_arena_lend(&lent, good, 2, sizeof(memory) + 1));
    CHECK(!mn_arena_lend(&lent, good, MN_ARENA_SLOTS + 1, 100));
    CHECK(mn_arena_lend(&lent, good, 2, 100));
    CHECK(mn_arena_get(&lent, 100) == memory + 200);
    CHECK(mn_arena_get(&lent, 100) == memory);
    CHECK(mn_arena_get(&lent, 100) == NULL);
}

int main(void)
{
    test_requests();
    test_replies();
    test_facts();
    test_impossible_facts();
    test_pictures();
    test_arena();
    return check_done();
}
