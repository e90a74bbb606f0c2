/* Results in both formats, as mien compare reads them. */
#include "evaluate/compare.h"
#include "evaluate/tolerance.h"
#include "fuzz.h"
#include "io/msg.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("{\"frame\":1,\"timestamp\":0.000,\"faces\":[{\"face_id\":0,\"success\":1,"
              "\"AU12_r\":0.5,\"gaze_yaw_smooth\":1,\"gaze_pitch_smooth\":2},{\"face_id\":1,"
              "\"success\":0}]}\n{\"frame\":2,\"error\":\"MIEN_EBUSY\",\"faces\":[]}\n"),
    FUZZ_TEXT("{ \"x\\\"\" : { \"a\" : [1, {\"b\":\"]\"}] }, \"faces\" : [ ] , \"frame\" : 3 }\n"),
    FUZZ_TEXT("frame,face_id,timestamp,success,AU12_r,x_0,x_1,x_2,x_3\n1,0,0.000,1,0.7,1,2,3,4\n"
              "2,-1,0.040,0,,,,,\n4,1,0.120,1,0,1,1e300,-1e300,nan\n"),
    {NULL, 0},
};
const int fuzz_rounds = 800;
const size_t fuzz_longest = 1000;

static int messages;

static void count(enum mien_log_level level, const char *text)
{
    FUZZ_CHECK(level == MIEN_LOG_ERROR && *text);
    messages++;
}

static void compare(const char *a, const char *b, bool by_place)
{
    struct mn_comparison c;
    struct mn_excess e;
    messages = 0;
    int err = mn_compare(&c, a, b, by_place);
    FUZZ_CHECK(messages == (err < 0));
    for (int i = 0; err == 0 && i < c.n; i++)
        FUZZ_CHECK(c.row[i].pairs.n >= 0 && !(mn_pairs_r(&c.row[i].pairs) > 1 + 1e-6));
    if (err == 0)
        FUZZ_CHECK(mn_tolerance_check(&c, "*=1,*.p95=2", &e) == 0);
    mn_compare_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char other[512];
    mn_msg_redirect(count);
    const char *path = fuzz_file(size && data[0] == '{' ? "a.jsonl" : "a.csv", data, size);
    snprintf(other, sizeof(other), "%s", path);
    compare(other, other, false);
    compare(other, other, true);
    return 0;
}
