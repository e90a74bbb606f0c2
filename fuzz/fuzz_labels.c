/* Label files of every format. The first byte selects the format and the name of the file. */
#include "evaluate/label_format.h"
#include "fuzz.h"
#include "io/msg.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("0# picture intensity\n000.jpg 2\n001.jpg 5"),
    FUZZ_TEXT("11,0\n2,3\n3,9\n4,5"),
    FUZZ_TEXT("2Face Left Right Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead\n"
              "p00/face/1.jpg l r p00/day01/0005.jpg left 0,0,1 0,0 0.1,-0.2 0,0\n"
              "a.jpg l r rec_022/head/000003/000131.jpg left 0 0 -3.1,1e0 0"),
    FUZZ_TEXT("3version: 1\nn_points: 68\n{\n1 2\n3.5 4e1\n}\n"),
    FUZZ_TEXT("40,1,12,27\n1,0,1,9\n2,1,1,0\n"),
    FUZZ_TEXT("5video,person,frame,face_id,success,AU12_r,AU12_c,gaze_yaw,gaze_pitch,x_0\n"
              "a,b,1,0,1,3,1,0.5,2,7\nc,,2,-1,0,,,,,\nc,d,3,1,1,nan,,-1,,\n"),
    FUZZ_TEXT("6"),
    {NULL, 0},
};
const int fuzz_rounds = 8000;
const size_t fuzz_longest = 1000;

/* Names that the formats take, in the order of mn_label_format_at. */
static const char *const names[] = {
    "AU12.txt", "SN001_au12.txt",         "a.label", "a.pts", "F001_T1.csv",
    "a.csv",    "0001_2m_0P_-10V_15H.jpg"};
enum { FORMATS = sizeof(names) / sizeof(names[0]) };

static int messages;

static void count(enum mien_log_level level, const char *text)
{
    FUZZ_CHECK(level == MIEN_LOG_ERROR && *text);
    messages++;
}

static void check(const struct mn_labels *l)
{
    int64_t n = 0;
    for (int i = 0; i < l->num_recordings; i++) {
        const struct mn_recording *r = &l->recording[i];
        FUZZ_CHECK(r->n == 0 || (r->first == n && r->first + r->n <= l->n));
        FUZZ_CHECK(r->person_index >= 0 && r->person_index < l->num_people);
        n += r->n;
    }
    FUZZ_CHECK(n == l->n);
    for (int64_t i = 0; i < l->n; i++)
        FUZZ_CHECK(l->label[i].channel < MN_CHANNELS && l->label[i].frame >= 0 &&
                   l->label[i].face >= MN_LABELS_ANY_FACE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mn_labels l = {0};
    char name[64];
    if (size == 0)
        return 0;
    const int which = (data[0] + FORMATS * 8 - '0') % FORMATS;
    const struct mn_label_format *f = mn_label_format_at(which);
    mn_msg_redirect(count);
    messages = 0;
    const char *path = fuzz_file(names[which], data + 1, size - 1);
    snprintf(name, sizeof(name), "%s%s", which == 0 ? "SN001/trial/" : "", names[which]);
    f->takes(path, name);
    FUZZ_CHECK(messages == 0);
    int err = f->read(&l, path, name);
    FUZZ_CHECK(messages == (err < 0));
    if (err == 0)
        err = mn_labels_finish(&l);
    if (err == 0)
        check(&l);
    mn_labels_free(&l);
    return 0;
}
