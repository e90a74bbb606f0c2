/* What the name of a source refers to, and how many pictures the decoder lends. */
#include <stdbool.h>
#include <unistd.h>

#include "check.h"
#include "io/msg.h"
#include "source/ffmpeg/decoder.h"
#include "source/kind.h"

static char folder[] = "/tmp/mien-source-XXXXXX";
static char last_message[300];

static void keep(enum mien_log_level level, const char *text)
{
    (void)level;
    snprintf(last_message, sizeof(last_message), "%s", text);
}

static enum mn_source_kind kind_of(const char *name)
{
    enum mn_source_kind kind = MN_NUM_KINDS;
    CHECK_INT(mn_kind_of(name, true, &kind), 0);
    return kind;
}

static void test_kinds(void)
{
    enum mn_source_kind kind;
    CHECK_INT(kind_of("-"), MN_KIND_FILE);
    CHECK_INT(kind_of("a.y4m"), MN_KIND_FILE);
    CHECK_INT(kind_of("per%cent.y4m"), MN_KIND_FILE);
    CHECK_INT(kind_of("no/such/%04d.jpg"), MN_KIND_SEQUENCE);
    CHECK_INT(kind_of("rtsp://host/path"), MN_KIND_URL);
    CHECK_INT(kind_of("lavfi:testsrc"), MN_KIND_GRAPH);
    CHECK_INT(kind_of("0"), MN_KIND_CAMERA);
    CHECK_INT(kind_of("7"), MN_KIND_FILE); /* there is a file of this name */
    CHECK_INT(kind_of("/dev/video3"), MN_KIND_CAMERA);
    CHECK_INT(mn_kind_of("missing.mp4", true, &kind), MIEN_ENOINPUT);
    CHECK(strstr(last_message, "missing.mp4"));
    CHECK_INT(mn_kind_of("empty", true, &kind), MIEN_EEMPTY);
    CHECK_INT(mn_kind_of(folder, true, &kind), MIEN_EISDIR);
    CHECK_INT(mn_kind_of("http://host/a.mp4", false, &kind), MIEN_ENOINPUT);
    CHECK(strstr(last_message, "mien run --source"));
}

static void test_live(void)
{
    CHECK(mn_kind_is_live(MN_KIND_CAMERA, "0"));
    CHECK(mn_kind_is_live(MN_KIND_URL, "rtsp://host/path"));
    CHECK(mn_kind_is_live(MN_KIND_URL, "udp://host:1"));
    CHECK(!mn_kind_is_live(MN_KIND_URL, "http://host/a.mp4"));
    CHECK(!mn_kind_is_live(MN_KIND_FILE, "rtsp:a.mp4"));
    CHECK(!mn_kind_is_live(MN_KIND_GRAPH, "lavfi:testsrc"));
}

enum { SIDE = 16, PICTURES = 2100 /* more than any pipeline has in flight */ };

static int luma_of(int i)
{
    return 16 + i % 200;
}

static void write_y4m(const char *name)
{
    uint8_t plane[SIDE * SIDE * 3 / 2];
    FILE *f = fopen(name, "wb");
    REQUIRE(f);
    fprintf(f, "YUV4MPEG2 W%d H%d F25:1 C420jpeg\n", SIDE, SIDE);
    for (int i = 0; i < PICTURES; i++) {
        memset(plane, luma_of(i), sizeof(plane));
        fputs("FRAME\n", f);
        fwrite(plane, 1, sizeof(plane), f);
    }
    CHECK_INT(fclose(f), 0);
}

/* All pictures of a file on loan at a time. */
static void test_loans(void)
{
    static struct mn_decoded d[PICTURES + 1];
    static struct mn_source_facts facts;
    const struct mn_decoder_options o = {.kind = MN_KIND_FILE, .rotate = -1};
    struct mn_decoder *decoder;
    int n = 0, err = mn_decoder_open(&decoder, "a.y4m", &o, &facts);
    REQUIRE(err == 0);
    while (n <= PICTURES && (err = mn_decoder_next(decoder, &d[n])) == 0)
        n++;
    CHECK_INT(n, PICTURES);
    CHECK_INT(err, MIEN_EEOF);
    for (int i = 0; i < n; i++) {
        CHECK_INT(d[i].index, i);
        CHECK_INT(d[i].picture.plane[0][0], luma_of(i));
        mn_decoder_return(d[i].loan);
    }
    CHECK_INT(facts.frames_decoded, PICTURES);
    CHECK_STR(facts.name, "a.y4m");
    CHECK_INT(mn_decoder_verdict(decoder, false), 0);
    mn_decoder_close(&decoder);
    CHECK(decoder == NULL);
}

static bool stopped(void *ctx)
{
    return *(bool *)ctx;
}

static void test_stop(void)
{
    static struct mn_source_facts facts;
    bool stop = false;
    const struct mn_decoder_options o = {
        .kind = MN_KIND_FILE, .rotate = 90, .stopped = stopped, .ctx = &stop};
    struct mn_decoder *decoder;
    struct mn_decoded d;
    int err = mn_decoder_open(&decoder, "a.y4m", &o, &facts);
    REQUIRE(err == 0);
    CHECK_INT(mn_decoder_next(decoder, &d), 0);
    mn_decoder_return(d.loan);
    CHECK_INT(facts.rotation, 90);
    stop = true;
    CHECK_INT(mn_decoder_next(decoder, &d), MIEN_EINTERRUPTED);
    mn_decoder_close(&decoder);
}

int main(void)
{
    const char *made = mkdtemp(folder);
    REQUIRE(made);
    REQUIRE(chdir(folder) == 0);
    mn_msg_redirect(keep);
    mn_decoder_redirect_log();
    write_y4m("a.y4m");
    CHECK_INT(link("a.y4m", "7"), 0);
    CHECK_INT(link("a.y4m", "per%cent.y4m"), 0);
    FILE *empty = fopen("empty", "wb");
    REQUIRE(empty);
    fclose(empty);
    test_kinds();
    test_live();
    test_loans();
    test_stop();
    unlink("a.y4m");
    unlink("7");
    unlink("per%cent.y4m");
    unlink("empty");
    CHECK_INT(chdir("/"), 0);
    CHECK_INT(rmdir(folder), 0);
    return check_done();
}
