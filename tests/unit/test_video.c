/* The annotated copy, written by the sink and decoded again with FFmpeg. */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "io/msg.h"
#include "sink/sink.h"

#define WIDTH 162
#define HEIGHT 91
#define FRAMES 30

static char folder[] = "/tmp/mien-video-XXXXXX";
static uint8_t luma[WIDTH * HEIGHT], chroma[2][(WIDTH + 1) / 2 * ((HEIGHT + 1) / 2)];

static const char *in_folder(const char *name)
{
    static char path[4][200];
    static int turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
    return p;
}

static bool exists(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

static mien_face face; /* of the last frame from frame() */

static mien_frame frame(int i, double time)
{
    face = (mien_face){.id = 1,
                       .box = {20.0f + (float)i, 20, 80.0f + (float)i, 85},
                       .has = MIEN_GAZE,
                       .yaw_smooth = (float)i,
                       .pitch_smooth = -5};
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            luma[y * WIDTH + x] = (uint8_t)(40 + (x + y + 5 * i) % 160);
    memset(chroma[0], 120, sizeof(chroma[0]));
    memset(chroma[1], 140, sizeof(chroma[1]));
    return (mien_frame){
        .index = i,
        .time = time,
        .picture = {.format = MIEN_I420,
                    .width = WIDTH,
                    .height = HEIGHT,
                    .plane = {luma, chroma[0], chroma[1]},
                    .stride = {WIDTH, (WIDTH + 1) / 2, (WIDTH + 1) / 2}},
    };
}

static int show(struct mn_sink *s, const mien_frame *f)
{
    return s->info->frame(s, &(struct mn_result){f, 1, (const mien_face *const[]){&face}});
}

/* 30 frames, 1/25 s apart, with a pause, a stretch at double rate, a repeated time and one that
 * goes back. `want`: the times that the file must have instead. */
static int variable_times(double *time, double *want, double start, double tick)
{
    double t = start;
    for (int i = 0; i < FRAMES; i++) {
        time[i] = want[i] = t;
        t += i == 9 ? 0.4 : i > 19 ? 0.02 : 0.04;
    }
    time[5] = time[4];
    want[5] = want[4] + tick;
    time[15] = time[14] - 0.01;
    want[15] = want[14] + tick;
    return FRAMES;
}

static struct mn_sink *open_video(const char *name)
{
    struct mn_sink *s;
    int err = mn_sink_video.open(&s, in_folder(name), true);
    REQUIRE(err == 0);
    return s;
}

static int write_video(const char *path, const struct mn_stream *stream, const double *time,
                       int num, bool complete)
{
    struct mn_sink *s;
    int err = mn_sink_video.open(&s, path, true);
    if (err < 0)
        return err;
    err = s->info->begin(s, stream);
    for (int i = 0; i < num && err == 0; i++) {
        mien_frame f = frame(i, time[i]);
        err = show(s, &f);
    }
    int e = s->info->finish(s, complete && err == 0);
    return err ? err : e;
}

struct facts {
    int frames, width, height;
    double time[100];
    double start, end; /* from the container */
    enum AVColorSpace matrix;
    enum AVColorRange range;
};

/* Decodes the whole file. */
static struct facts read_video(const char *path, const char *format)
{
    struct facts r = {0};
    AVFormatContext *in = NULL;
    int err = avformat_open_input(&in, path, av_find_input_format(format), NULL);
    REQUIRE(err == 0);
    err = avformat_find_stream_info(in, NULL);
    REQUIRE(err >= 0);
    REQUIRE(in->nb_streams == 1);
    AVStream *st = in->streams[0];
    const AVCodec *codec = avcodec_find_decoder(st->codecpar->codec_id);
    AVCodecContext *decoder = avcodec_alloc_context3(codec);
    REQUIRE(codec && decoder);
    err = avcodec_parameters_to_context(decoder, st->codecpar);
    REQUIRE(err >= 0);
    decoder->thread_count = 1;
    err = avcodec_open2(decoder, codec, NULL);
    REQUIRE(err == 0);
    AVPacket *packet = av_packet_alloc();
    AVFrame *f = av_frame_alloc();
    REQUIRE(packet && f);
    for (bool more = true; more;) {
        more = av_read_frame(in, packet) == 0;
        CHECK_INT(avcodec_send_packet(decoder, more ? packet : NULL), 0);
        av_packet_unref(packet);
        while (avcodec_receive_frame(decoder, f) == 0) {
            REQUIRE(r.frames < 100);
            r.time[r.frames++] = (double)f->best_effort_timestamp * av_q2d(st->time_base);
            r.width = f->width;
            r.height = f->height;
            r.matrix = f->colorspace;
            r.range = f->color_range;
        }
    }
    r.start = (double)in->start_time / AV_TIME_BASE;
    r.end = (double)in->duration / AV_TIME_BASE; /* counts from 0 */
    av_frame_free(&f);
    av_packet_free(&packet);
    avcodec_free_context(&decoder);
    avformat_close_input(&in);
    return r;
}

static void check_times(const struct facts *r, const double *want, int num, double tolerance)
{
    CHECK_INT(r->frames, num);
    for (int i = 0; i < num && i < r->frames; i++) {
        CHECK_NEAR(r->time[i], want[i], tolerance);
        if (i)
            CHECK(r->time[i] > r->time[i - 1]);
    }
}

static void test_variable_rate(const char *name, const char *format, double tick, double tolerance)
{
    double time[FRAMES], want[FRAMES];
    int num = variable_times(time, want, 0.28, tick);
    const struct mn_stream stream = {
        .width = WIDTH, .height = HEIGHT, .frame_rate = 25, .time_num = 1, .time_den = 90000};
    CHECK_INT(write_video(in_folder(name), &stream, time, num, true), 0);
    char partial[40];
    snprintf(partial, sizeof(partial), "%s.partial", name);
    CHECK(exists(name));
    CHECK(!exists(partial));
    struct facts r = read_video(in_folder(name), format);
    check_times(&r, want, num, tolerance);
    CHECK_INT(r.width, WIDTH);
    CHECK_INT(r.height, HEIGHT - 1); /* odd sides are cut */
    CHECK_NEAR(r.start, want[0], tolerance);
    CHECK_NEAR(r.end, want[num - 1] + 0.04, 2 * tolerance);
}

static void test_coarse_ticks(void)
{
    double time[FRAMES], want[FRAMES];
    for (int i = 0; i < FRAMES; i++)
        time[i] = want[i] = i * 1001.0 / 30000;
    time[7] = time[6];
    want[7] = time[6] + 1.0 / 15000;
    const struct mn_stream stream = {.width = WIDTH,
                                     .height = HEIGHT,
                                     .frame_rate = 30000 / 1001.0,
                                     .time_num = 1001,
                                     .time_den = 30000};
    CHECK_INT(write_video(in_folder("coarse.mp4"), &stream, time, FRAMES, true), 0);
    struct facts r = read_video(in_folder("coarse.mp4"), "mp4");
    check_times(&r, want, FRAMES, 5e-5);
    CHECK_NEAR(r.end, FRAMES * 1001.0 / 30000, 0.001);
}

/* Times that a container cannot express, or before which a player would wait, are shifted; their
 * differences stay. */
static void test_shift(double start, double moved)
{
    double time[FRAMES], want[FRAMES];
    int num = variable_times(time, want, start, 1.0 / 90000);
    for (int i = 0; i < num; i++)
        want[i] += moved - start;
    const struct mn_stream stream = {
        .width = WIDTH, .height = HEIGHT, .time_num = 1, .time_den = 90000};
    CHECK_INT(write_video(in_folder("shift.mp4"), &stream, time, num, true), 0);
    struct facts r = read_video(in_folder("shift.mp4"), "mp4");
    check_times(&r, want, num, 2e-5);
    CHECK_NEAR(r.end, want[num - 1] + 0.02, 0.001); /* no rate: as long as the frame before */
}

static void test_no_time(void)
{
    const double time[4] = {NAN, 0.04, INFINITY, 1e300};
    const double want[4] = {0, 0.04, 0.08, 0.12};
    const struct mn_stream stream = {.width = WIDTH, .height = HEIGHT, .frame_rate = 25};
    CHECK_INT(write_video(in_folder("none.mp4"), &stream, time, 4, true), 0);
    struct facts r = read_video(in_folder("none.mp4"), "mp4");
    check_times(&r, want, 4, 1e-4);
}

static void test_two_inputs(void)
{
    const struct mn_stream stream = {
        .width = WIDTH, .height = HEIGHT, .frame_rate = 25, .time_num = 1, .time_den = 25};
    double want[6];
    struct mn_sink *s = open_video("two.mkv");
    for (int i = 0; i < 6; i++) {
        if (i % 3 == 0)
            CHECK_INT(s->info->begin(s, &stream), 0);
        mien_frame f = frame(i, 5 + i % 3 * 0.04);
        CHECK_INT(show(s, &f), 0);
        want[i] = 5 + i * 0.04;
    }
    CHECK_INT(s->info->finish(s, true), 0);
    struct facts r = read_video(in_folder("two.mkv"), "matroska");
    check_times(&r, want, 6, 6e-4);
}

/* H.264 has the tags in its bit stream; that of the other encoder has none. */
static void test_colours(void)
{
    bool tags = avcodec_find_encoder_by_name("libx264") != NULL;
    static uint8_t bgr[64 * 48 * 3];
    const struct mn_stream stream = {.width = 64, .height = 48};
    for (int i = 0; i < 3; i++) {
        mien_frame f = {.picture = {.format = i < 2 ? MIEN_I420 : MIEN_BGR24,
                                    .width = 64,
                                    .height = 48,
                                    .plane = {i < 2 ? luma : bgr, chroma[0], chroma[1]},
                                    .stride = {i < 2 ? 64 : 3 * 64, 32, 32}}};
        if (i == 0) {
            f.picture.matrix = MIEN_BT709;
            f.picture.full_range = 1;
        }
        struct mn_sink *s = open_video("colours.mp4");
        CHECK_INT(s->info->begin(s, &stream), 0);
        CHECK_INT(show(s, &f), 0);
        CHECK_INT(s->info->finish(s, true), 0);
        struct facts r = read_video(in_folder("colours.mp4"), "mp4");
        CHECK_INT(r.frames, 1);
        static const enum AVColorSpace matrix[] = {AVCOL_SPC_BT709, AVCOL_SPC_UNSPECIFIED,
                                                   AVCOL_SPC_SMPTE170M};
        CHECK_INT(r.matrix, tags ? matrix[i] : AVCOL_SPC_UNSPECIFIED);
        CHECK_INT(r.range == AVCOL_RANGE_JPEG, tags && i == 0);
    }
}

static void test_incomplete(void)
{
    double time[FRAMES], want[FRAMES];
    int num = variable_times(time, want, 0, 1.0 / 90000);
    const struct mn_stream stream = {
        .width = WIDTH, .height = HEIGHT, .frame_rate = 25, .time_num = 1, .time_den = 90000};
    CHECK_INT(write_video(in_folder("cut.mp4"), &stream, time, num, false), 0);
    CHECK(!exists("cut.mp4"));
    REQUIRE(exists("cut.mp4.partial"));
    struct facts r = read_video(in_folder("cut.mp4.partial"), "mp4");
    check_times(&r, want, num, 2e-5);

    /* no frame at all */
    CHECK_INT(write_video(in_folder("empty.mp4"), &stream, time, 0, true), MIEN_EEMPTY);
    CHECK(!exists("empty.mp4"));
    CHECK_INT(write_video(in_folder("empty.mp4"), &stream, time, 0, false), 0);
}

static void test_size_change(void)
{
    const struct mn_stream stream = {.width = WIDTH, .height = HEIGHT};
    struct mn_sink *s = open_video("size.mp4");
    CHECK_INT(s->info->begin(s, &stream), 0);
    mien_frame f = frame(0, 0);
    CHECK_INT(show(s, &f), 0);
    f.picture.width -= 2;
    CHECK_INT(show(s, &f), MIEN_ESIZECHANGE);
    CHECK_INT(show(s, &f), MIEN_ESIZECHANGE);
    CHECK_INT(s->info->finish(s, true), MIEN_ESIZECHANGE);
    CHECK(!exists("size.mp4"));

    s = open_video("tiny.mp4");
    CHECK_INT(s->info->begin(s, &stream), 0);
    f.picture.width = 1;
    CHECK_INT(show(s, &f), MIEN_EDIMENSIONS);
    CHECK_INT(s->info->finish(s, false), MIEN_EDIMENSIONS);
}

static void test_refused(void)
{
    struct mn_sink *s;
    CHECK_INT(mn_sink_video.open(&s, in_folder("video.xyz"), true), MIEN_EINVAL);
    CHECK_INT(mn_sink_video.open(&s, in_folder("mp4"), true), MIEN_EINVAL);
    CHECK_INT(mn_sink_video.open(&s, in_folder("no/such/folder/a.mp4"), true), MIEN_EOUTPUT);
    CHECK(!s);
    if (geteuid() != 0) { /* root may write anywhere */
        mkdir(in_folder("closed"), 0500);
        CHECK_INT(mn_sink_video.open(&s, in_folder("closed/a.mp4"), true), MIEN_EOUTPUT);
        rmdir(in_folder("closed"));
    }
    s = open_video("UPPER.MKV");
    CHECK_INT(s->info->finish(s, false), 0);
}

/* The disk fills up: at once, and after the first kilobytes. */
static void test_full(void)
{
    double time[100];
    for (int i = 0; i < 100; i++)
        time[i] = i * 0.04;
    const struct mn_stream stream = {.width = WIDTH, .height = HEIGHT, .frame_rate = 25};
    if (access("/dev/full", W_OK) == 0) {
        CHECK_INT(symlink("/dev/full", in_folder("full.mkv.partial")), 0);
        CHECK_INT(write_video(in_folder("full.mkv"), &stream, time, 100, true), MIEN_EFULL);
        CHECK(!exists("full.mkv"));
    }
    static const char *const names[] = {"limit.mp4", "limit.mkv", "limit.mov"};
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old, low;
    CHECK_INT(getrlimit(RLIMIT_FSIZE, &old), 0);
    low = old;
    low.rlim_cur = 8192;
    for (int i = 0; i < 3; i++) {
        setrlimit(RLIMIT_FSIZE, &low);
        int err = write_video(in_folder(names[i]), &stream, time, 100, true);
        setrlimit(RLIMIT_FSIZE, &old);
        CHECK_INT(err, MIEN_EFULL);
        CHECK(!exists(names[i]));
    }
}

static void clean(void)
{
    static const char *const names[] = {
        "vfr.mp4",   "vfr.mkv",  "vfr.mov",   "coarse.mp4", "shift.mp4", "none.mp4",
        "two.mkv",   "cut.mp4",  "empty.mp4", "size.mp4",   "tiny.mp4",  "colours.mp4",
        "UPPER.MKV", "full.mkv", "limit.mp4", "limit.mkv",  "limit.mov"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char partial[40];
        snprintf(partial, sizeof(partial), "%s.partial", names[i]);
        unlink(in_folder(names[i]));
        unlink(in_folder(partial));
    }
    CHECK_INT(rmdir(folder), 0); /* no other file is left */
}

int main(void)
{
    if (!avcodec_find_encoder_by_name("libx264") && !avcodec_find_encoder_by_name("mpeg4"))
        return check_skip("FFmpeg without an H.264 or MPEG-4 encoder");
    av_log_set_level(AV_LOG_QUIET);
    const char *made = mkdtemp(folder);
    REQUIRE(made);
    test_variable_rate("vfr.mp4", "mp4", 1.0 / 90000, 2e-5);
    test_variable_rate("vfr.mov", "mov", 1.0 / 90000, 2e-5);
    test_variable_rate("vfr.mkv", "matroska", 0.001, 6e-4);
    test_coarse_ticks();
    test_shift(-0.5, 0);
    test_shift(26 * 3600.0, 0);
    test_shift(1.4, 1.4);
    test_no_time();
    test_two_inputs();
    test_colours();
    test_incomplete();
    test_size_change();
    test_refused();
    test_full();
    clean();
    return check_done();
}
