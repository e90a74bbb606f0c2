/* Data of another process: messages, settings, slots, the region's header. The first byte chooses.
 * Data that passes the checks must be safe to use. */
#include "base/mem.h"
#include "exec/processes.h"
#include "exec/wire.h"
#include "fuzz.h"
#include "image/picture.h"
#include "stage/work.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x00\x31\x77\x6e\x6d\x05\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
              "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    FUZZ_TEXT("\x01"
              "any settings"),
    FUZZ_TEXT("\x02"
              "a slot, changed at random places\x10\x00\x04\x00\x07\x08\x01"),
    FUZZ_TEXT("\x03"
              "a header, changed at random places\x10\x00\x04\x00\x07\x08\x01"),
    {NULL, 0},
};
const int fuzz_rounds = 40000;
const size_t fuzz_longest = 200;

enum { SLOTS = 3, WORKERS = 2, LEGS = 5 };

static void messages(struct fuzz_input *in)
{
    struct mn_wire_message m;
    fuzz_bytes(in, &m, sizeof(m));
    if (mn_wire_message_ok(&m, SLOTS))
        FUZZ_CHECK(m.slot < SLOTS && m.size <= MN_WIRE_PAYLOAD && m.kind < MN_WIRE_KINDS &&
                   m.error <= 0 && m.seconds >= 0);
}

/* A valid record with some bytes changed. */
static void change(struct fuzz_input *in, void *record, size_t size)
{
    while (in->size >= 3) {
        uint16_t at;
        fuzz_bytes(in, &at, sizeof(at));
        ((uint8_t *)record)[at % size] = fuzz_byte(in);
    }
}

static void settings(struct fuzz_input *in)
{
    static struct mn_wire_settings w;
    mien_settings s, back;
    mien_settings_init(&s);
    s.models = "a folder";
    s.gaze_model = "network";
    FUZZ_CHECK(mn_wire_pack_settings(&w, &s, 1) == 0);
    change(in, &w, 80); /* sizes and the first settings */
    change(in, &w, sizeof(w));
    if (mn_wire_unpack_settings(&back, &w, sizeof(w)) == 0) {
        const char *const texts[] = {back.models,         back.detector, back.gaze_model,
                                     back.landmark_model, back.refiner,  back.au_models,
                                     back.provider};
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
            FUZZ_CHECK(!texts[i] || strlen(texts[i]) < sizeof(w.text));
        FUZZ_CHECK(back.log == NULL);
    }
}

static struct mn_region *region(void)
{
    static struct mn_region *r;
    struct mn_region_plan plan = mn_processes_plan(SLOTS, WORKERS);
    if (!r && mn_region_create(&r, &plan) < 0)
        r = NULL;
    FUZZ_CHECK(r != NULL);
    return r;
}

static void slots(struct fuzz_input *in)
{
    struct mn_region *r = region();
    struct mn_region_frame place = mn_region_frame(r, 1);
    struct mn_buffer *b = mn_region_buffer_get(r, 100000, true);
    struct mn_frame f = {.slot = 1,
                         .faces = place.faces[0],
                         .other_faces = place.faces[1],
                         .work = place.work[0],
                         .other_work = place.work[1],
                         .detections = place.detections},
                    g;
    f.num_faces = 2;
    f.pub.picture = (mien_picture){
        MIEN_I420,   MIEN_BT601, 0, 64, 48, {b->pub.data, b->pub.data + 8192, b->pub.data + 16384},
        {64, 32, 32}};
    mn_wire_fill(r, &f, 1, 1, 3);
    struct mn_wire_slot *s = mn_region_slot(r, 1);
    mn_work_reset(&f);
    const uint8_t state = fuzz_byte(in); /* sometimes a state that does not exist */
    f.work->landmarks = state < 240 ? state % 4 : state;
    f.work->face[0].has_fit = f.work->face[1].doubtful = state % 16 < 15 ? state & 1 : 2;
    change(in, s, sizeof(*s));
    int first, last;
    if (mn_wire_read(r, 1, 1, LEGS, &g, &first, &last) == 0) {
        const mien_picture *p = &g.pub.picture;
        FUZZ_CHECK(mn_picture_check(p) == 0 && first >= 0 && first <= last && last < LEGS);
        FUZZ_CHECK(mn_work_valid(g.work, g.num_faces));
        FUZZ_CHECK(g.num_faces >= 0 && g.num_faces <= MIEN_FACES_LIMIT);
        FUZZ_CHECK(g.num_detections >= 0 && g.num_detections <= MIEN_FACES_LIMIT);
        for (int i = 0; i < 3; i++) {
            int row, rows;
            mn_picture_plane(p, i, &row, &rows);
            FUZZ_CHECK(!rows || mn_region_holds(r, p->plane[i],
                                                (uint64_t)p->stride[i] * (uint64_t)(rows - 1) +
                                                    (uint64_t)row));
        }
        mn_wire_write(r, &g, last);
        change(in, s, sizeof(*s));
        mn_wire_adopt(r, &f, 1);
        FUZZ_CHECK(f.num_detections <= MIEN_FACES_LIMIT && f.num_faces == 2);
        FUZZ_CHECK(f.pub.error <= 0);
    }
    mn_region_buffer_put(b);
}

static void header(struct fuzz_input *in)
{
    struct mn_region *r = region();
    struct mn_region_header h = r->head;
    struct mn_region_plan plan = mn_processes_plan(0, 0);
    FUZZ_CHECK(mn_region_fits(&h, &plan, h.total, h.pixels));
    change(in, &h, sizeof(h));
    bool same = memcmp(&h, &r->head, sizeof(h)) == 0;
    if (mn_region_fits(&h, &plan, r->head.total, r->head.pixels))
        FUZZ_CHECK(same); /* only this header is valid for memory of this size */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const targets[])(struct fuzz_input *) = {messages, settings, slots, header};
    struct fuzz_input in = {data, size};
    targets[fuzz_byte(&in) % 4](&in);
    return 0;
}
