/* Ledgers of batches, as mien status reads them. */
#include "batch/status.h"
#include "fuzz.h"
#include "io/msg.h"

#include <sys/stat.h>

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT(
        "{\"time\":\"2026-12-01T02:25:04.906Z\",\"event\":\"start\",\"host\":\"vm\",\"pid\":2,"
        "\"batch\":2,\"job\":2,\"files\":6,\"bytes\":6710725}\n"
        "{\"time\":\"2026-12-01T02:25:05.137Z\",\"event\":\"run\",\"video\":\"a\\\\b\\\"c\\u0041.mp4\","
        "\"pid\":1}\n{\"time\":\"2026-12-01T02:25:06.137Z\",\"event\":\"done\",\"video\":\"x\","
        "\"frames\":100,\"seconds\":0.809,\"media_seconds\":19.690}\n"),
    FUZZ_TEXT(
        "{\"time\":\"x\",\"event\":\"lost\",\"video\":\"\\u00e9\",\"signal\":1e300,\"a\":true}\n{"),
    FUZZ_TEXT(
        "{ \"event\" : \"quarantined\" , \"time\" : \"9999-99-99T99:99:99Z\" , \"video\":\"v\","
        "\"cause\" : null }\r\n"),
    FUZZ_TEXT(
        "{\"time\":\"2\",\"event\":\"run\",\"video\":\"v\",\"key\":\"0\",\"new\":{\"a\":[1,\"]\"]},"
        "\"host\":\"h\"}\n{\"time\":\"1\",\"event\":\"done\",\"video\":\"v\",\"key\":\"1\",\"x\":[[}\n"),
    {NULL, 0},
};
const int fuzz_rounds = 20000;
const size_t fuzz_longest = 1500;

static void ignore(enum mien_log_level level, const char *text)
{
    FUZZ_CHECK(level == MIEN_LOG_ERROR && *text);
}

struct seen {
    const struct mn_ledger_entry *written;
    char key[MN_LEDGER_KEY];
    int entries;
};

/* Names that are UTF-8 come back as they were; others at least with their key. */
static void compare(void *ctx, const struct mn_ledger_entry *e)
{
    struct seen *seen = ctx;
    const struct mn_ledger_entry *w = seen->written;
    seen->entries++;
    FUZZ_CHECK(e->event == w->event && e->pid == w->pid && e->frames == w->frames);
    FUZZ_CHECK(e->video && strcmp(e->key ? e->key : "", seen->key) == 0);
    FUZZ_CHECK(seen->key[0] ||
               (strcmp(e->video, w->video) == 0 && strcmp(e->cause, w->cause) == 0));
}

/* What is written is read. */
static void write_and_read(const uint8_t *data, size_t size)
{
    char folder[128], place[160], name[2000];
    int64_t ignored = 0, number = 0;
    struct mn_ledger l;
    snprintf(folder, sizeof(folder), "%s/written", fuzz_folder());
    snprintf(place, sizeof(place), "%s/.mien", folder);
    mkdir(folder, 0700);
    snprintf(name, sizeof(name), "%.*s", (int)size, (const char *)data);
    memcpy(&number, data, size < sizeof(number) ? size : sizeof(number));
    number &= INT64_MAX >> 11; /* numbers in JSON are doubles */
    struct mn_ledger_entry e = {.event = MN_LEDGER_DONE,
                                .video = name,
                                .cause = name,
                                .frames = number,
                                .pid = 1 + number % 30000};
    struct seen seen = {.written = &e};
    mn_ledger_key(seen.key, name);
    e.key = seen.key[0] ? seen.key : NULL;
    mn_ledger_open(&l, folder);
    FUZZ_CHECK(l.fd >= 0);
    mn_ledger_write(&l, &e);
    FUZZ_CHECK(mn_ledger_read(folder, compare, &seen, &ignored) == 1);
    FUZZ_CHECK(seen.entries == 1 && ignored == 0);
    unlink(l.path);
    mn_ledger_close(&l);
    rmdir(place);
    rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[128], place[160];
    struct mn_status s;
    mn_msg_redirect(ignore);
    snprintf(folder, sizeof(folder), "%s", fuzz_folder());
    snprintf(place, sizeof(place), "%s/.mien", folder);
    mkdir(place, 0700);
    fuzz_file(".mien/a.jsonl", data, size);
    FUZZ_CHECK(mn_status_read(&s, folder) == 0);
    int sum = 0;
    for (int e = 0; e < MN_LEDGER_EVENTS; e++)
        sum += mn_status_count(&s, (enum mn_ledger_event)e);
    FUZZ_CHECK(sum == s.n && s.ledgers == 1 && s.ignored >= 0);
    for (int i = 0; i < s.n; i++) {
        FUZZ_CHECK(s.input[i].video &&
                   (i == 0 || mn_status_order(&s.input[i - 1], &s.input[i]) < 0));
        mn_status_seconds(s.input[i].time);
    }
    mn_status_free(&s);
    write_and_read(data, size);
    return 0;
}
