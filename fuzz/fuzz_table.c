/* Tables of results, as mien events and mien report read them. */
#include "events/events.h"
#include "fuzz.h"
#include "io/msg.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("frame,face_id,timestamp,confidence,success,gaze_yaw_smooth,gaze_pitch_smooth,AU12_r,"
              "AU45_r\n1,0,0.000,0.9,1,-20.0,3.0,0.7,0.0\n2,0,0.040,0.9,1,20.0,3.0,2.7,5.0\n"
              "3,-1,0.080,0.0,0,,,,\n4,1,0.120,0.9,1,0,0,1,1\n"),
    FUZZ_TEXT("frame, face_id, timestamp, confidence, success, gaze_angle_x, gaze_angle_y\r\n"
              "1, 0, 0.000, 0.98, 1, 0.1, 0.2\r\n2, 0, 0.04, 0.98, 1, 1e3, -0.2\r\n"),
    FUZZ_TEXT("\"frame\",\"face_id\",\"timestamp\",\"success\",\"a,\"\"b\"\n1,\"2\",3,1,\",\"\n"),
    FUZZ_TEXT("frame,face_id,timestamp,success\n9223372036854775807,1e30,-1e300,1\n"),
    {NULL, 0},
};
const int fuzz_rounds = 20000;
const size_t fuzz_longest = 2000;

static int messages;

static void count(enum mien_log_level level, const char *text)
{
    FUZZ_CHECK(level == MIEN_LOG_ERROR && *text);
    messages++;
}

static void check_events(struct mn_events *e)
{
    const struct mn_event *event;
    int64_t n;
    FUZZ_CHECK(mn_events_finish(e, &event, &n) == 0);
    for (int64_t i = 0; i < n; i++) {
        FUZZ_CHECK(event[i].onset.frame <= event[i].offset.frame && *event[i].label);
        FUZZ_CHECK(i == 0 || event[i - 1].onset.frame <= event[i].onset.frame);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct mn_event_rules rules = {1, 0.5, 0.1, 0.1, 0.5, 10, 2};
    struct mn_measures m;
    struct mn_observation o;
    mn_msg_redirect(count);
    messages = 0;
    const char *path = fuzz_file("a.csv", data, size);
    struct mn_events *e = mn_events_new(&rules);
    FUZZ_CHECK(e);
    int got = mn_measures_open(&m, path);
    while (got == 0 && (got = mn_measures_next(&m, &o)) > 0) {
        FUZZ_CHECK(mn_events_row(e, &o) == 0);
        got = 0;
        for (int i = 0; m.table && i < mn_table_num_columns(m.table); i++)
            FUZZ_CHECK(mn_table_text(m.table, i));
    }
    FUZZ_CHECK(messages == (got < 0));
    check_events(e);
    mn_events_free(e);
    mn_measures_close(&m);
    return 0;
}
