/* The sidecar of an earlier result, and what --resume decides from it. */
#include "batch/plan.h"
#include "fuzz.h"
#include "io/msg.h"
#include "report/sidecar.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("{\n  \"complete\": true,\n  \"status\": \"MIEN_OK\",\n  \"result\": \"a.csv\",\n"
              "  \"result_bytes\": 3,\n  \"recipe\": \"00000000000000ab\",\n  \"input\": {\n"
              "    \"bytes\": 7\n  },\n  \"frames\": {\n    \"analysed\": 3,\n"
              "    \"with_face\": 2\n  },\n  \"rows\": 3,\n  \"people\": 1,\n  \"timings\": {\n"
              "    \"seconds\": 1.5\n  }\n}\n"),
    FUZZ_TEXT("{\n\"complete\": false,\n\"status\": \"MIEN_EDAMAGED\",\n"
              "\"recipe\": \"ffffffffffffffff\",\n\"bytes\": -9223372036854775809,\n"
              "\"seconds\": 1e400\n}\n"),
    FUZZ_TEXT("\"complete\": true\n\"status\": \"MIEN_ENOFACE\"\n\"recipe\": \"ab\"\n\"bytes\": 7\n"
              "\"seconds\": nan\n\"rows\": 99999999999999999999999\n"),
    FUZZ_TEXT("\"recipe\": \"-1\"\n\"status\": \"\n\"result_bytes\": 0x10\n\"seconds\": -inf\n"),
    {NULL, 0},
};
const int fuzz_rounds = 15000;
const size_t fuzz_longest = 700;

static int messages;

static void count(enum mien_log_level level, const char *text)
{
    FUZZ_CHECK(level == MIEN_LOG_ERROR && *text);
    messages++;
}

static void check_resume(char *result, uint64_t recipe)
{
    char input[] = "talk.mp4";
    static struct mn_options o;
    struct mn_job job = {.input = input, .rows = result, .place = input, .bytes = 7};
    o.recipe = recipe;
    messages = 0;
    int err;
    enum mn_job_state state = mn_plan_earlier(&job, &o, &err);
    FUZZ_CHECK(err <= 0 && messages == (err < 0));
    FUZZ_CHECK(state == MN_JOB_TODO || state == MN_JOB_KEPT || state == MN_JOB_FAILED);
    FUZZ_CHECK(state != MN_JOB_TODO || err == 0);
    FUZZ_CHECK(state != MN_JOB_FAILED || err == MIEN_EEXISTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char result[] = "a.csv"; /* a path below /dev would be a stream, without a sidecar */
    FUZZ_CHECK(chdir(fuzz_folder()) == 0);
    mn_msg_redirect(count);
    fuzz_file("a.csv", "abc", 3);
    fuzz_file("a.csv.meta.json", data, size);
    struct mn_sidecar s;
    if (mn_sidecar_read(&s, result)) {
        FUZZ_CHECK(s.status <= 0 && s.milliseconds >= 0);
        check_resume(result, s.recipe);
    }
    check_resume(result, 0xab);
    return 0;
}
