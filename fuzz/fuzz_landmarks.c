/* Tables of external landmarks. The first byte chooses: 0: the rest is the table; any other: the
 * table has a good header, and the rest are its rows. */
#include "fuzz.h"
#include "io/msg.h"
#include "run/external_landmarks.h"
#include "stage/work.h"

#define TEN(s) s s s s s s s s s s
#define ROW(first) first TEN(TEN(",4") TEN(",7.5")) /* 200 fields: more than are needed */ "\n"
#define FIT(first) first TEN(TEN(",4")) TEN(",5") TEN(",6") TEN(",7") ",1,2,3,4,5,6\n"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x01" FIT("1,0,1,0.9,0.8") FIT("1,1,1,0.9,-1") FIT("3,0,1,1,nan")),
    FUZZ_TEXT("\x01" FIT("2, 5, 0, ,") FIT("2,6,1,inf,0\r") "4,1"),
    FUZZ_TEXT("\x01" ROW("1,1,1,1,1") FIT("0,1,1,1,1") FIT("-1,1,1,1,1")),
    FUZZ_TEXT("\x01" FIT("1,1,1,1,1") FIT("1,1,1,1,1")),
    FUZZ_TEXT("\x01" FIT("1,2e9,1,1,1e300") FIT("1,1,x,1,1")),
    FUZZ_TEXT("\x00"
              "frame, x_0, x_1, y_0, y_99\n1,2,3,4,5\n"),
    FUZZ_TEXT("\x00"
              "face_id,success\n"),
    {NULL, 0},
};
const int fuzz_rounds = 6000;
const size_t fuzz_longest = 2000;

static int messages;

static void count(enum mien_log_level level, const char *text)
{
    FUZZ_CHECK(level == MIEN_LOG_ERROR && *text);
    messages++;
}

static const char *table(const uint8_t *data, size_t size)
{
    static char text[1 << 17];
    size_t used = 0, most = sizeof(text) - 3000;
    if (size && data[0]) {
        used += (size_t)sprintf(text, "frame,face_id,success,confidence,landmark_confidence");
        for (int i = 0; i < 2 * MIEN_FACE_LANDMARKS; i++)
            used += (size_t)sprintf(text + used, ",%c_%d", i % 2 ? 'y' : 'x', i / 2);
        text[used++] = '\n';
    }
    size = size ? size - 1 : 0;
    size = size < most ? size : most;
    memcpy(text + used, data + 1, size);
    return fuzz_file("landmarks.csv", text, used + size);
}

static void check_frame(struct mn_external_landmarks *t, struct mn_frame *f, int64_t index)
{
    f->pub.index = index;
    mn_work_reset(f);
    if (mn_external_landmarks_apply(t, &f->pub) < 0) {
        FUZZ_CHECK(messages > 0);
        return;
    }
    FUZZ_CHECK(f->num_faces >= 0 && f->num_faces <= MIEN_FACES_LIMIT);
    for (int i = 0; i < f->num_faces; i++) {
        FUZZ_CHECK(i == 0 || f->faces[i].id > f->faces[i - 1].id);
        FUZZ_CHECK(f->faces[i].id >= 0 && f->faces[i].box[0] <= f->faces[i].box[2]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mn_frame f;
    static mien_face faces[MIEN_FACES_LIMIT];
    if (!f.work) {
        f.work = calloc(1, mn_work_size(MIEN_FACES_LIMIT));
        f.faces = faces;
        FUZZ_CHECK(f.work);
        mn_msg_redirect(count);
    }
    messages = 0;
    struct mn_external_landmarks *t;
    if (!size)
        return 0;
    if (mn_external_landmarks_open(&t, table(data, size)) < 0) {
        FUZZ_CHECK(!t && messages == 1);
        return 0;
    }
    for (int i = 0; i < 8; i++)
        check_frame(t, &f, i < 7 ? i : INT32_MAX);
    mn_external_landmarks_close(&t);
    return 0;
}
