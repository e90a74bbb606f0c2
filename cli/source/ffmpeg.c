/* Reading through FFmpeg. Pictures are lent, not copied: a frame holds a reference to the
 * decoder's own buffer until it is released, and FFmpeg recycles the buffer then. */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#ifdef MN_HAVE_AVDEVICE
#include <libavdevice/version.h>
#endif
#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "say.h"
#include "source/isolated.h"
#include "source/source.h"

#define MAX_SHELLS 2048

/* A picture on loan. Shells are recycled, so that lending costs no allocation. */
struct shell {
    struct mn_source *source;
    AVFrame *frame;
};

/* Where a pixel goes: X = a x + c y, Y = b x + d y, each -1, 0 or 1, shifted so that the result
 * begins at 0. A quarter turn, a mirror image, or both. */
struct orientation {
    int a, b, c, d;
};

struct mn_source {
    struct mn_source_facts facts;
    struct orientation turn;
    struct mn_source_options o;
    char *name;
    AVFormatContext *format;
    AVCodecContext *codec;
    int stream;
    AVPacket *packet;
    AVFrame *decoded;
    bool flushing, ended;
    int64_t packets, packets_expected;
    bool read_error;
    char read_error_text[120];
    double patience; /* seconds that a stream may be silent; 0: as long as it likes */
    double deadline; /* mn_now() when that is over; of the thread that reads */
    bool silent;     /* it was */
    bool again;      /* the stream was lost and is opened once more, by the thread that reads */
    double shift;    /* what its times are then moved by, to go on */
    bool rejoined;   /* shift is to be found out with the next picture */
    double last_seen; /* mn_now() at the last picture */

    int coded_width, coded_height; /* of the first frame: all others are brought to it */
    double last_time;
    double step; /* seconds between frames where times are missing */
    bool any_time, any_stored; /* a time, a time from the container */

    struct { /* decoded before anybody asked; of the thread that reads */
        struct shell *shell;
        int64_t index;
        double time;
    } ahead[MN_SOURCE_AHEAD];
    int ahead_first, ahead_count;
    int ahead_end; /* what came after them: an error, or MIEN_EEOF; 0: nothing yet */

    struct mn_isolated *child; /* a process does all of it; the rest is unused */
    AVIOContext *io;           /* the file that was opened for us; NULL: FFmpeg opens it */
    mien_pipeline *memory; /* pictures are put into its buffers; NULL: into FFmpeg's own */
    struct SwsContext *sws;
    AVBufferPool *buffers; /* converted or rotated pictures */
    int buffer_size;

    pthread_mutex_t lock; /* the rest */
    struct shell *shells;
    struct shell *free[MAX_SHELLS];
    int num_free, num_shells;

    /* live: a thread reads, the newest picture waits here */
    bool threaded;
    atomic_bool thread_stop;
    pthread_t thread;
    pthread_cond_t fresh;
    struct shell *newest;
    int64_t dropped; /* copied to the facts by the reading side */
    double newest_time, newest_captured;
    int64_t newest_index;
    bool any_taken;
    int thread_result; /* 0 while it runs */
    bool joined;
    bool paced;                    /* pictures are held back until their time */
    double pace_base;              /* mn_now() minus presentation time */
    bool pace_known;
    double packet_came;            /* mn_now() */
    struct mn_rate rate;
};

static void log_ffmpeg(void *ctx, int level, const char *format, va_list args)
{
    if (level > AV_LOG_ERROR || mn_say_get_level() < MIEN_LOG_DEBUG)
        return;
    char line[500];
    int prefix = 1;
    av_log_format_line2(ctx, level, format, args, line, sizeof(line), &prefix);
    line[strcspn(line, "\n")] = 0;
    mn_say(MIEN_LOG_DEBUG, "FFmpeg: %s", line);
}

void mn_source_version(char *buf, size_t size)
{
    const unsigned c = avcodec_version(), f = avformat_version(), s = swscale_version();
    snprintf(buf, size, "FFmpeg %s (libavcodec %u.%u.%u, libavformat %u.%u.%u, libswscale %u.%u.%u)",
             av_version_info(), c >> 16, c >> 8 & 255, c & 255, f >> 16, f >> 8 & 255, f & 255,
             s >> 16, s >> 8 & 255, s & 255);
}

static bool stopped(struct mn_source *s)
{
    return (s->o.stop && *s->o.stop) || atomic_load(&s->thread_stop);
}

/* FFmpeg asks while it waits. */
static int interrupted(void *opaque)
{
    struct mn_source *s = opaque;
    s->silent = s->silent || (s->patience > 0 && mn_now() > s->deadline);
    return s->silent || stopped(s);
}

/* Something came, or is to come from now on. */
static void expect(struct mn_source *s)
{
    s->deadline = mn_now() + s->patience;
}

static int say_silent(const struct mn_source *s)
{
    return mn_fail(MIEN_ENOINPUT, "%s: nothing came from there for %g seconds; check address and "
                                  "network, or wait longer with --timeout", s->name, s->patience);
}

/* Cameras and filter graphs need libavdevice, which drags in some two hundred libraries: 20 MB and
 * 40 ms that files need not pay. So it is loaded when asked for. */
static bool load_devices(void)
{
#ifdef MN_HAVE_AVDEVICE
    char name[64];
#if defined(__APPLE__)
    snprintf(name, sizeof(name), "libavdevice.%d.dylib", LIBAVDEVICE_VERSION_MAJOR);
#else
    snprintf(name, sizeof(name), "libavdevice.so.%d", LIBAVDEVICE_VERSION_MAJOR);
#endif
    void (*register_all)(void) = NULL;
    void *lib = dlopen(name, RTLD_NOW | RTLD_LOCAL); /* stays: its formats are registered for good */
    if (lib)
        *(void **)&register_all = dlsym(lib, "avdevice_register_all");
    if (register_all)
        register_all();
    return register_all != NULL;
#else
    return false;
#endif
}

/* ------------------------------------------------------------------------------ the name ---- */

static bool is_pattern(const char *name)
{
    const char *p = strchr(name, '%');
    if (!p)
        return false;
    for (p++; isdigit((unsigned char)*p); p++)
        ;
    return *p == 'd';
}

static bool is_number(const char *name)
{
    if (!*name)
        return false;
    for (; *name; name++)
        if (!isdigit((unsigned char)*name))
            return false;
    return true;
}

/* What kind of thing a name is; also checks a file before FFmpeg sees it. */
enum kind { FILE_KIND, PATTERN_KIND, URL_KIND, GRAPH_KIND, CAMERA_KIND };

static int classify(const char *name, const struct mn_source_options *o, enum kind *kind)
{
    struct stat st;
    if (!strncmp(name, "lavfi:", 6)) {
        *kind = GRAPH_KIND;
        return 0;
    }
    if (!strncmp(name, "/dev/video", 10) || (is_number(name) && access(name, F_OK) < 0)) {
        *kind = CAMERA_KIND;
        return 0;
    }
    if (strstr(name, "://")) {
        *kind = URL_KIND;
        if (o->remote)
            return 0;
        return mn_fail(MIEN_ENOINPUT, "%s: extract reads files; use mien run --source for streams",
                       name);
    }
    *kind = FILE_KIND;
    if (!strcmp(name, "-"))
        return 0;
    if (stat(name, &st) < 0) {
        if (is_pattern(name)) {
            *kind = PATTERN_KIND;
            return 0;
        }
        return mn_fail(MIEN_ENOINPUT, "%s: %s; check the name", name, strerror(errno));
    }
    if (S_ISDIR(st.st_mode))
        return mn_fail(MIEN_EISDIR, "%s is a folder; name the files in it, or a sequence such as "
                                    "%s/%%04d.jpg", name, name);
    if (access(name, R_OK) < 0)
        return mn_fail(MIEN_ENOINPUT, "%s cannot be read: %s; check its permissions", name,
                       strerror(errno));
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return mn_fail(MIEN_EEMPTY, "%s is empty; copy or record it again", name);
    return 0;
}

static bool media_magic(const unsigned char b[12])
{
    return !memcmp(b + 4, "ftyp", 4) || !memcmp(b, "RIFF", 4) || !memcmp(b, "\x1a\x45\xdf\xa3", 4) ||
           !memcmp(b, "\x30\x26\xb2\x75", 4) || !memcmp(b, "\xff\xd8\xff", 3) ||
           !memcmp(b, "\x89PNG", 4);
}

/* Does the file begin like a well-known container? Then what FFmpeg cannot open is damaged. */
static bool looks_like_media(const struct mn_source *s)
{
    const char *name = s->name;
    unsigned char b[12] = {0};
    struct stat st;
    if (s->o.fd > 0)
        return pread(s->o.fd, b, sizeof(b), 0) == (ssize_t)sizeof(b) && media_magic(b);
    if (stat(name, &st) < 0 || !S_ISREG(st.st_mode)) /* opening a FIFO would wait */
        return false;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, b, sizeof(b));
    close(fd);
    return n == (ssize_t)sizeof(b) && media_magic(b);
}

/* Formats that are lists of other files, or that make pictures out of any text: from an untrusted
 * file neither is wanted. */
static bool unwanted_format(const char *format)
{
    static const char *const names[] = {"concat", "concatf", "hls", "dash", "tty",
                                        "bin",    "xbin",    "adf", "idf",  "imf"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!strcmp(format, names[i]))
            return true;
    return false;
}

static int read_file(void *opaque, uint8_t *buf, int size)
{
    const struct mn_source *s = opaque;
    ssize_t n;
    while ((n = read(s->o.fd, buf, (size_t)size)) < 0 && errno == EINTR)
        ;
    return n > 0 ? (int)n : n == 0 ? AVERROR_EOF : AVERROR(errno);
}

static int64_t seek_file(void *opaque, int64_t offset, int whence)
{
    const struct mn_source *s = opaque;
    struct stat st;
    if (whence & AVSEEK_SIZE)
        return fstat(s->o.fd, &st) < 0 ? AVERROR(errno) : st.st_size;
    int64_t at = lseek(s->o.fd, (off_t)offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : at;
}

/* Without a right to open anything: FFmpeg reads what was opened for us. */
static int use_open_file(struct mn_source *s)
{
    enum { SIZE = 65536 };
    uint8_t *buf = av_malloc(SIZE);
    s->io = buf ? avio_alloc_context(buf, SIZE, 0, s, read_file, NULL, seek_file) : NULL;
    if (!s->io) {
        av_free(buf);
        return MIEN_ENOMEM;
    }
    s->format->pb = s->io;
    return 0;
}

static int say_no_camera(const char *device, int error)
{
    const char *cure = error == ENOENT ? "ls /dev/video* shows which there are"
                       : error == EACCES || error == EPERM
                           ? "give yourself access to it, usually by joining the group video"
                       : error == EBUSY ? "another program uses it; check which, and end it"
                       : error == ENODEV || error == ENOTTY || error == EINVAL
                           ? "it takes no pictures; many cameras have two devices, try the other number"
                           : "check its cable, and that nobody else uses it";
    return mn_fail(MIEN_ENOINPUT, "camera %s: %s; %s", device, strerror(error), cure);
}

/* What is asked of a camera. It may give something else. Large raw pictures are more than most cables
 * carry: for these cameras have JPEG, which FFmpeg would only take where there is nothing else. */
static void ask_camera(const struct mn_source_options *o, bool jpeg, AVDictionary **options)
{
    char rate[40];
    if (o->fps > 0) {
        snprintf(rate, sizeof(rate), "%.6f", o->fps);
        av_dict_set(options, "framerate", rate, 0);
    }
    if (o->camera_size)
        av_dict_set(options, "video_size", o->camera_size, 0);
    if (jpeg)
        av_dict_set(options, "input_format", "mjpeg", 0);
}

static int open_format(struct mn_source *s, enum kind kind)
{
    const char *name = s->name, *url = name;
    char device[64], *file_url = NULL;
    const AVInputFormat *input = NULL;
    AVDictionary *options = NULL;
    bool jpeg = false;

    s->format = avformat_alloc_context();
    if (!s->format)
        return MIEN_ENOMEM;
    s->format->interrupt_callback = (AVIOInterruptCB){interrupted, s};
    if (s->o.fd > 0 && use_open_file(s) < 0)
        return MIEN_ENOMEM;

    if (kind == FILE_KIND || kind == PATTERN_KIND) {
        /* said outright, because FFmpeg takes what stands before a colon for a protocol */
        const char *path = strcmp(name, "-") ? name : "/dev/stdin";
        file_url = malloc(strlen(path) + sizeof("file:"));
        if (!file_url)
            return MIEN_ENOMEM;
        sprintf(file_url, "file:%s", path);
        url = file_url;
    }
    switch (kind) {
    case FILE_KIND:
        av_dict_set(&options, "protocol_whitelist", "file", 0);
        av_dict_set(&options, "pattern_type", "none", 0); /* a % in a file's name is just that */
        s->facts.live = s->paced = s->o.realtime;
        break;
    case PATTERN_KIND: {
        char rate[40];
        snprintf(rate, sizeof(rate), "%.6f", s->o.fps > 0 ? s->o.fps : 25.0);
        av_dict_set(&options, "protocol_whitelist", "file", 0);
        av_dict_set(&options, "framerate", rate, 0);
        av_dict_set(&options, "start_number_range", "100000", 0);
        input = av_find_input_format("image2");
        s->facts.still = true;
        s->facts.live = s->paced = s->o.realtime;
        break;
    }
    case URL_KIND:
        avformat_network_init();
        s->patience = s->o.timeout;
        expect(s);
        av_dict_set(&options, "protocol_whitelist",
                    "http,https,tcp,tls,udp,rtp,rtsp,rtmp,srt,crypto,hls", 0);
        if (!s->again)
            s->facts.live = !strncmp(name, "rtsp:", 5) || !strncmp(name, "rtp:", 4) ||
                            !strncmp(name, "udp:", 4) || !strncmp(name, "srt:", 4);
        if (s->facts.live && !s->paced)
            s->format->flags |= AVFMT_FLAG_NOBUFFER; /* what was read to find the stream is old */
        else if (!s->again)
            s->facts.live = s->paced = s->o.realtime;
        break;
    case GRAPH_KIND:
    case CAMERA_KIND:
        if (!load_devices())
            return mn_fail(MIEN_ENOTBUILT, "%s: cameras and lavfi: need libavdevice, which is not "
                                           "there or was not built in; use a file", name);
        if (kind == GRAPH_KIND) {
            url = name + strlen("lavfi:");
            input = av_find_input_format("lavfi");
            s->facts.live = s->paced = s->o.realtime;
        } else {
            s->facts.live = true;
            s->format->flags |= AVFMT_FLAG_NONBLOCK; /* else nothing could end a wait for it */
            s->patience = s->o.timeout;
            expect(s);
#if defined(__APPLE__)
            input = av_find_input_format("avfoundation");
            snprintf(device, sizeof(device), "%s", name);
#else
            input = av_find_input_format("v4l2");
            snprintf(device, sizeof(device), "%s%s", is_number(name) ? "/dev/video" : "", name);
            if (access(device, R_OK | W_OK) < 0)
                return say_no_camera(device, errno);
            jpeg = s->o.camera_size != NULL;
#endif
            url = device;
            ask_camera(&s->o, jpeg, &options);
        }
        if (!input)
            return mn_fail(MIEN_ENOTBUILT, "%s: this libavdevice has no such device; use a file", name);
        break;
    }

    int err = avformat_open_input(&s->format, url, input, &options);
    av_dict_free(&options);
    if (err == AVERROR(EINVAL) && jpeg && (s->format = avformat_alloc_context())) { /* it has none */
        s->format->interrupt_callback = (AVIOInterruptCB){interrupted, s};
        s->format->flags |= AVFMT_FLAG_NONBLOCK;
        expect(s);
        ask_camera(&s->o, false, &options);
        err = avformat_open_input(&s->format, url, input, &options);
        av_dict_free(&options);
    }
    free(file_url);
    if (err < 0 && stopped(s))
        return MIEN_EINTERRUPTED;
    if (err < 0 && s->again) /* that it is gone was said */
        return MIEN_ENOINPUT;
    if (err < 0 && s->silent)
        return say_silent(s);
    if (err < 0) {
        char why[AV_ERROR_MAX_STRING_SIZE];
        av_strerror(err, why, sizeof(why));
        if (kind == FILE_KIND && looks_like_media(s))
            return mn_fail(MIEN_EDAMAGED, "%s is damaged or cut off before its index; copy or "
                                          "record it again", name);
        if (kind == FILE_KIND)
            return mn_fail(MIEN_ENOTMEDIA, "%s is not a video or picture that FFmpeg can read; "
                                           "check what it is with: file '%s'", name, name);
        if (kind == PATTERN_KIND)
            return mn_fail(MIEN_ENOINPUT, "%s: no picture has such a name with a number up to 100000; "
                                          "check folder and digits", name);
        if (kind == GRAPH_KIND)
            return mn_fail(MIEN_ENOTMEDIA, "%s: not a filter graph that FFmpeg can build (%s); "
                                           "try lavfi:testsrc", name, why);
        if (kind == CAMERA_KIND)
            return say_no_camera(device, AVUNERROR(err));
        return mn_fail(MIEN_ENOINPUT, "%s cannot be opened: %s; check address and network", name, why);
    }
    if (kind == FILE_KIND && unwanted_format(s->format->iformat->name))
        return mn_fail(MIEN_ENOTMEDIA, "%s is not a video but a list or text (%s); name the video "
                                       "itself", name, s->format->iformat->name);
    return 0;
}

/* --------------------------------------------------------------- memory of the pipeline ---- */

static void give_back(void *opaque, uint8_t *data)
{
    (void)data;
    mien_buffer_put(opaque);
}

static void give_to_arena(void *opaque, uint8_t *data)
{
    mn_arena_put(opaque, data);
}

/* NULL: there is none to give, any other will do. */
static AVBufferRef *pipeline_buffer(struct mn_source *s, size_t size)
{
    mien_pipeline *p = s->memory;
    uint8_t *place = s->o.arena ? mn_arena_get(s->o.arena, size) : NULL;
    if (place) {
        AVBufferRef *at = av_buffer_create(place, size, give_to_arena, s->o.arena, 0);
        if (!at)
            mn_arena_put(s->o.arena, place);
        return at;
    }
    mien_buffer *b = p ? mien_buffer_get(p, size) : NULL;
    AVBufferRef *ref = b ? av_buffer_create(b->data, size, give_back, b, 0) : NULL;
    if (b && !ref)
        mien_buffer_put(b);
    return ref;
}

/* For av_buffer_pool_init2. */
static AVBufferRef *any_buffer(void *opaque, size_t size)
{
    AVBufferRef *ref = pipeline_buffer(opaque, size);
    return ref ? ref : av_buffer_alloc(size);
}

/* Where the decoder writes 4:2:0 pictures, planes with the margins and alignment that it asks for.
 * What it keeps for reference are the very pictures we look at: nobody writes to them. */
static int get_buffer(AVCodecContext *codec, AVFrame *f, int flags)
{
    struct mn_source *s = codec->opaque;
    enum { ALIGN = 64, PLANE_END = 16 + ALIGN };
    int align[AV_NUM_DATA_POINTERS], w = f->width, h = f->height;
    bool usable = (codec->codec->capabilities & AV_CODEC_CAP_DR1) &&
                  (f->format == AV_PIX_FMT_YUV420P || f->format == AV_PIX_FMT_YUVJ420P);
    avcodec_align_dimensions2(codec, &w, &h, align);
    const int wide = (w + 2 * ALIGN - 1) / (2 * ALIGN) * (2 * ALIGN), stride[2] = {wide, wide / 2};
    const size_t size[2] = {(size_t)stride[0] * (size_t)h + PLANE_END,
                            (size_t)stride[1] * (size_t)((h + 1) / 2) + PLANE_END};
    const size_t at1 = (size[0] + ALIGN - 1) / ALIGN * ALIGN,
                 at2 = at1 + (size[1] + ALIGN - 1) / ALIGN * ALIGN;
    AVBufferRef *ref = usable ? pipeline_buffer(s, at2 + size[1]) : NULL;
    if (!ref)
        return avcodec_default_get_buffer2(codec, f, flags);
    memset(f->data, 0, sizeof(f->data));
    memset(f->linesize, 0, sizeof(f->linesize));
    f->buf[0] = ref;
    f->data[0] = ref->data;
    f->data[1] = ref->data + at1;
    f->data[2] = ref->data + at2;
    f->linesize[0] = stride[0];
    f->linesize[1] = f->linesize[2] = stride[1];
    f->extended_data = f->data;
    return 0;
}

void mn_source_decode_into(struct mn_source *s, mien_pipeline *p)
{
    if (!s->threaded) /* it has begun to read */
        s->memory = p;
}

/* ------------------------------------------------------------------------------ the stream ---- */

/* Display matrix of a stream, 9 numbers, or NULL. */
static const int32_t *stream_matrix(const AVStream *st)
{
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVPacketSideData *sd = av_packet_side_data_get(
        st->codecpar->coded_side_data, st->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return sd && sd->size >= 9 * sizeof(int32_t) ? (const int32_t *)sd->data : NULL;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(st, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
#endif
}

static struct orientation by_degrees(int clockwise)
{
    switch (clockwise) {
    case 90:
        return (struct orientation){0, 1, -1, 0};
    case 180:
        return (struct orientation){-1, 0, 0, -1};
    case 270:
        return (struct orientation){0, -1, 1, 0};
    default:
        return (struct orientation){1, 0, 0, 1};
    }
}

static int sign(int32_t v)
{
    return v < 0 ? -1 : 1;
}

/* The nearest of the eight orientations; as the picture lies when there is no sensible matrix. */
static struct orientation by_matrix(const int32_t *m, const char *name)
{
    if (!m)
        return by_degrees(0);
    const double a = m[0], b = m[1], c = m[3], d = m[4];
    bool upright = fabs(a) + fabs(d) >= fabs(b) + fabs(c);
    if (fmin(fabs(a) + fabs(d), fabs(b) + fabs(c)) > 0.05 * (fabs(a) + fabs(b) + fabs(c) + fabs(d)))
        mn_say(MIEN_LOG_WARNING, "%s asks for a turn that is no quarter turn; the nearest is taken",
               name);
    if (upright)
        return (struct orientation){sign(m[0]), 0, 0, sign(m[4])};
    return (struct orientation){0, sign(m[1]), sign(m[3]), 0};
}

static void set_turn(struct mn_source *s, struct orientation t)
{
    s->turn = t;
    s->facts.mirrored = t.a * t.d - t.b * t.c < 0;
    if (s->facts.mirrored) { /* told as: exchange left and right first, then turn */
        t.a = -t.a;
        t.b = -t.b;
    }
    s->facts.rotation = t.a == 1 ? 0 : t.a == -1 ? 180 : t.b == 1 ? 90 : 270;
}

static int check_size(const char *name, int w, int h)
{
    if (w < 1 || h < 1)
        return mn_fail(MIEN_EDIMENSIONS, "%s has pictures of no size; it is damaged, record or "
                                         "convert it again", name);
    if (w > MIEN_MAX_SIDE || h > MIEN_MAX_SIDE || (int64_t)w * h > MIEN_MAX_AREA)
        return mn_fail(MIEN_EDIMENSIONS, "%s has pictures of %d x %d pixels; the most is %d a side "
                                         "and %d megapixels, so scale it down first", name, w, h,
                       MIEN_MAX_SIDE, MIEN_MAX_AREA / 1000000);
    return 0;
}

/* The size that all pictures of the stream are brought to. */
static void set_size(struct mn_source *s, int w, int h)
{
    bool turned = s->turn.a == 0;
    s->coded_width = w;
    s->coded_height = h;
    s->facts.width = turned ? h : w;
    s->facts.height = turned ? w : h;
    AVRational sar = s->format->streams[s->stream]->sample_aspect_ratio;
    if (sar.num <= 0 || sar.den <= 0)
        sar = s->format->streams[s->stream]->codecpar->sample_aspect_ratio;
    bool known = sar.num > 0 && sar.den > 0;
    s->facts.sar_num = !known ? 0 : turned ? sar.den : sar.num;
    s->facts.sar_den = !known ? 1 : turned ? sar.num : sar.den;
}

/* Finds the pictures in what was opened, and what decodes them. */
static int open_decoder(struct mn_source *s, enum kind kind, const AVCodec **found)
{
    const char *name = s->name;
    expect(s);
    int err = avformat_find_stream_info(s->format, NULL);
    if (stopped(s))
        return MIEN_EINTERRUPTED;
    if (s->again && (s->silent || err < 0))
        return MIEN_ENOINPUT;
    if (s->silent)
        return say_silent(s);
    const AVCodec *decoder = NULL;
    int i = av_find_best_stream(s->format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
    if (i >= 0 && (s->format->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC))
        i = AVERROR_STREAM_NOT_FOUND; /* the cover of a song */
    if (i < 0) {
        if (i == AVERROR_DECODER_NOT_FOUND)
            return mn_fail(MIEN_ENOTMEDIA, "%s is coded in a way this FFmpeg cannot decode; convert "
                                           "it, for example with ffmpeg -i", name);
        return mn_fail(MIEN_ENOVIDEO, "%s has no video in it (%s); check that it is the right file",
                       name, s->format->nb_streams ? "sound or data only" : "no streams");
    }
    s->stream = i;
    for (unsigned k = 0; k < s->format->nb_streams; k++)
        if ((int)k != i)
            s->format->streams[k]->discard = AVDISCARD_ALL;
    AVStream *st = s->format->streams[i];
    const AVCodecParameters *par = st->codecpar;
    if (par->width == 0 && kind == FILE_KIND && looks_like_media(s) && par->codec_id)
        return mn_fail(MIEN_EDIMENSIONS, "%s has pictures of no size, of one that FFmpeg "
                                         "refuses, or is cut off before the first one; convert it "
                                         "again", name);
    err = check_size(name, par->width, par->height);
    if (err < 0)
        return err;

    s->codec = avcodec_alloc_context3(decoder);
    if (!s->codec || avcodec_parameters_to_context(s->codec, par) < 0)
        return MIEN_ENOMEM;
    s->codec->pkt_timebase = st->time_base;
    if (s->facts.live)
        s->codec->flags |= AV_CODEC_FLAG_LOW_DELAY;
    s->codec->opaque = s;
    s->codec->get_buffer2 = get_buffer;
    s->codec->thread_count = s->o.threads > 0 ? s->o.threads : 1;
    s->codec->max_pixels = (int64_t)MIEN_MAX_AREA * 2; /* coded sizes are rounded up */
    if (avcodec_open2(s->codec, decoder, NULL) < 0)
        return mn_fail(MIEN_ENOTMEDIA, "%s: the decoder %s does not start", name, decoder->name);
    *found = decoder;
    return 0;
}

static int open_stream(struct mn_source *s, enum kind kind)
{
    const AVCodec *decoder = NULL;
    int err = open_decoder(s, kind, &decoder);
    if (err < 0)
        return err;
    const AVStream *st = s->format->streams[s->stream];
    const AVCodecParameters *par = st->codecpar;
    struct mn_source_facts *f = &s->facts;
    f->container = s->format->iformat->name;
    f->codec = decoder->name;
    const char *pix = av_get_pix_fmt_name((enum AVPixelFormat)par->format);
    f->pixel_format = pix ? pix : "unknown";
    AVRational rate = av_guess_frame_rate(s->format, s->format->streams[s->stream], NULL);
    f->frame_rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    f->time_num = st->time_base.num;
    f->time_den = st->time_base.den;
    if (s->format->start_time != AV_NOPTS_VALUE)
        f->start_time = (double)s->format->start_time / AV_TIME_BASE;
    if (s->format->duration > 0)
        f->duration = (double)s->format->duration / AV_TIME_BASE;
    bool picture = !strcmp(f->container, "image2") || strstr(f->container, "_pipe");
    f->still = f->still || (picture && kind == FILE_KIND);
    if (f->still && kind == FILE_KIND)
        f->frames_expected = 1;
    else if (st->nb_frames > 0)
        f->frames_expected = st->nb_frames;
    else if (f->duration > 0 && f->frame_rate > 0)
        f->frames_expected = (int64_t)(f->duration * f->frame_rate + 0.5);
    /* an MP4's index says how many packets there are; other containers only estimate */
    if (strstr(f->container, "mp4"))
        s->packets_expected = st->nb_frames;
    s->step = f->frame_rate > 0 ? 1 / f->frame_rate : 1.0 / 30;
    f->matrix = par->color_space;
    f->primaries = par->color_primaries;
    f->transfer = par->color_trc;
    set_turn(s, s->o.rotate >= 0 ? by_degrees(s->o.rotate) : by_matrix(stream_matrix(st), s->name));
    set_size(s, par->width, par->height);
    int width = par->width, height = par->height;
    if (kind == CAMERA_KIND && s->o.camera_size)
        sscanf(s->o.camera_size, "%dx%d", &width, &height);
    if (width != par->width || height != par->height)
        mn_say(MIEN_LOG_WARNING, "camera %s gives pictures of %d x %d, not %s; v4l2-ctl "
                                 "--list-formats-ext lists what it can", s->name, par->width, par->height,
               s->o.camera_size);
    return 0;
}

/* When the stream should end by what its header says of it, seconds; 0 if it says nothing that can
 * be relied on. Matroska keeps it as a tag "HH:MM:SS.frac"; the length of the whole file will not
 * do, because sound may go on longer than pictures. */
static double expected_end(const struct mn_source *s)
{
    const AVStream *st = s->format->streams[s->stream];
    const AVDictionaryEntry *tag = av_dict_get(st->metadata, "DURATION", NULL, 0);
    int hours, minutes;
    double seconds;
    if (tag && sscanf(tag->value, "%d:%d:%lf", &hours, &minutes, &seconds) == 3)
        return hours * 3600.0 + minutes * 60.0 + seconds;
    if (s->format->nb_streams == 1 && strstr(s->facts.container, "matroska"))
        return s->facts.start_time + s->facts.duration;
    return 0;
}

/* -------------------------------------------------------------------------------- shells ---- */

static struct shell *shell_get(struct mn_source *s)
{
    struct shell *shell = NULL;
    pthread_mutex_lock(&s->lock);
    if (s->num_free)
        shell = s->free[--s->num_free];
    else if (s->num_shells < MAX_SHELLS)
        shell = &s->shells[s->num_shells++];
    pthread_mutex_unlock(&s->lock);
    if (shell && !shell->frame) {
        shell->source = s;
        shell->frame = av_frame_alloc();
    }
    return shell && shell->frame ? shell : NULL;
}

static void shell_put(void *ctx)
{
    struct shell *shell = ctx;
    struct mn_source *s = shell->source;
    av_frame_unref(shell->frame);
    pthread_mutex_lock(&s->lock);
    s->free[s->num_free++] = shell;
    pthread_mutex_unlock(&s->lock);
}

/* ---------------------------------------------------------------------------- conversion ---- */

static bool is_i420(int format)
{
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
}

/* A frame of our own from the pool; its size never changes within a stream. */
static int own_frame(struct mn_source *s, AVFrame *out, int format, int w, int h)
{
    int size = av_image_get_buffer_size((enum AVPixelFormat)format, w, h, 32);
    if (size < 0)
        return MIEN_EDIMENSIONS;
    if (size > s->buffer_size) {
        av_buffer_pool_uninit(&s->buffers);
        s->buffers = av_buffer_pool_init2((size_t)size + 64, s, any_buffer, NULL);
        s->buffer_size = size;
    }
    out->buf[0] = s->buffers ? av_buffer_pool_get(s->buffers) : NULL;
    if (!out->buf[0])
        return MIEN_ENOMEM;
    out->format = format;
    out->width = w;
    out->height = h;
    av_image_fill_arrays(out->data, out->linesize, out->buf[0]->data, (enum AVPixelFormat)format, w,
                         h, 32);
    return 0;
}

/* Any other pixel format or size to BGR24 of the first frame's size, as OpenCV would. */
static int to_bgr(struct mn_source *s, AVFrame **frame, AVFrame *spare)
{
    AVFrame *in = *frame;
    int err = own_frame(s, spare, AV_PIX_FMT_BGR24, s->coded_width, s->coded_height);
    if (err < 0)
        return err;
    s->sws = sws_getCachedContext(s->sws, in->width, in->height, (enum AVPixelFormat)in->format,
                                  spare->width, spare->height, AV_PIX_FMT_BGR24, SWS_BICUBIC, NULL,
                                  NULL, NULL);
    if (!s->sws)
        return mn_fail(MIEN_ENOTMEDIA, "%s: its pixel format %s cannot be converted", s->name,
                       av_get_pix_fmt_name((enum AVPixelFormat)in->format));
    if (s->o.tagged_colour && in->colorspace != AVCOL_SPC_UNSPECIFIED &&
        in->colorspace != AVCOL_SPC_RGB) {
        const int *table = sws_getCoefficients((int)in->colorspace);
        sws_setColorspaceDetails(s->sws, table, in->color_range == AVCOL_RANGE_JPEG, table, 1, 0,
                                 1 << 16, 1 << 16);
    }
    sws_scale(s->sws, (const uint8_t *const *)in->data, in->linesize, 0, in->height, spare->data,
              spare->linesize);
    av_frame_unref(in);
    *frame = spare;
    return 0;
}

/* One plane of `size` byte pixels, w x h of them in the source, laid out anew. */
static void turn_plane(const uint8_t *in, int in_stride, int w, int h, int size,
                       struct orientation o, uint8_t *out, int out_stride)
{
    const int x0 = o.a < 0 ? w - 1 : o.c < 0 ? h - 1 : 0, y0 = o.b < 0 ? w - 1 : o.d < 0 ? h - 1 : 0;
    const ptrdiff_t step = (ptrdiff_t)o.b * out_stride + (ptrdiff_t)o.a * size;
    for (int y = 0; y < h; y++) {
        const uint8_t *p = in + (ptrdiff_t)y * in_stride;
        uint8_t *q = out + (ptrdiff_t)(y0 + o.d * y) * out_stride + (ptrdiff_t)(x0 + o.c * y) * size;
        for (int x = 0; x < w; x++, p += size, q += step)
            for (int k = 0; k < size; k++)
                q[k] = p[k];
    }
}

static bool turns(const struct mn_source *s)
{
    return s->turn.a != 1 || s->turn.d != 1;
}

static int turn(struct mn_source *s, AVFrame **frame, AVFrame *spare)
{
    AVFrame *in = *frame;
    int err = own_frame(s, spare, in->format, s->facts.width, s->facts.height);
    if (err < 0)
        return err;
    bool planar = is_i420(in->format);
    for (int p = 0; p < (planar ? 3 : 1); p++) {
        int w = p ? in->width / 2 : in->width, h = p ? in->height / 2 : in->height;
        turn_plane(in->data[p], in->linesize[p], w, h, planar ? 1 : 3, s->turn, spare->data[p],
                   spare->linesize[p]);
    }
    spare->colorspace = in->colorspace;
    spare->color_range = in->color_range;
    av_frame_unref(in);
    *frame = spare;
    return 0;
}

/* Turns s->decoded into a shell that can be lent. */
static int settle(struct mn_source *s, struct shell **out)
{
    struct shell *a = shell_get(s), *b = shell_get(s);
    if (!a || !b)
        return MIEN_ENOMEM;
    av_frame_move_ref(a->frame, s->decoded);
    AVFrame *frame = a->frame;
    bool other_size = frame->width != s->coded_width || frame->height != s->coded_height;
    bool odd = (frame->width | frame->height) & 1;
    int err = 0;
    if (other_size)
        s->facts.size_changes++;
    if (!is_i420(frame->format) || other_size || (odd && turns(s)))
        err = to_bgr(s, &frame, b->frame);
    if (err == 0 && turns(s))
        err = turn(s, &frame, frame == a->frame ? b->frame : a->frame);
    struct shell *keep = frame == a->frame ? a : b;
    shell_put(keep == a ? b : a);
    if (err < 0) {
        shell_put(keep);
        return err;
    }
    *out = keep;
    return 0;
}

static void describe(const struct mn_source *s, const AVFrame *f, mien_picture *p)
{
    memset(p, 0, sizeof(*p));
    p->format = is_i420(f->format) ? MIEN_I420 : MIEN_BGR24;
    p->width = f->width;
    p->height = f->height;
    for (int i = 0; i < 3; i++) {
        p->plane[i] = f->data[i];
        p->stride[i] = f->linesize[i];
    }
    /* OpenCV 4, through which every rival and every published number went, takes BT.601 whatever
     * the stream says, and full range from the pixel format alone. */
    p->full_range = f->format == AV_PIX_FMT_YUVJ420P;
    p->matrix = MIEN_BT601;
    if (s->o.tagged_colour) {
        p->full_range = p->full_range || f->color_range == AVCOL_RANGE_JPEG;
        if (f->colorspace == AVCOL_SPC_BT709)
            p->matrix = MIEN_BT709;
        else if (f->colorspace == AVCOL_SPC_BT2020_NCL || f->colorspace == AVCOL_SPC_BT2020_CL)
            p->matrix = MIEN_BT2020;
    }
}

/* ------------------------------------------------------------------------------- reading ---- */

static void note_damage(struct mn_source *s, const char *what)
{
    if (!s->facts.damage[0])
        snprintf(s->facts.damage, sizeof(s->facts.damage), "%s after frame %lld", what,
                 (long long)s->facts.frames_decoded);
}

/* The JPEG decoder fills what is missing with grey and says nothing: a whole picture ends with its
 * end marker, in the second half at least (a thumbnail's stands near the beginning; cameras append
 * things). */
static bool jpeg_is_whole(const AVPacket *p)
{
    for (int i = p->size - 2; i >= p->size / 2; i--)
        if (p->data[i] == 0xff && p->data[i + 1] == 0xd9)
            return true;
    return false;
}

/* A camera that has nothing yet: it tells nobody when it has. */
static void nap(void)
{
    const struct timespec t = {0, 2000000};
    nanosleep(&t, NULL);
}

/* Cameras and what comes over a network: what is lost there is lost, and no copy is better. */
static bool is_stream(const struct mn_source *s)
{
    return s->patience > 0;
}

/* The next decoded frame in s->decoded. 0, MIEN_EEOF, MIEN_EINTERRUPTED. */
static int decode(struct mn_source *s)
{
    for (expect(s);;) {
        int err = avcodec_receive_frame(s->codec, s->decoded);
        if (err == 0)
            return 0;
        if (err == AVERROR_EOF)
            return MIEN_EEOF;
        if (err != AVERROR(EAGAIN)) {
            s->facts.packets_damaged++;
            note_damage(s, "a picture could not be decoded");
            if (s->flushing)
                continue;
        }
        if (s->flushing)
            return MIEN_EEOF; /* a decoder that neither gives nor ends */
        err = av_read_frame(s->format, s->packet);
        bool late = interrupted(s); /* a source that sends other things is silent, too */
        if (stopped(s))
            return MIEN_EINTERRUPTED;
        if (err == AVERROR(EAGAIN) && !late) {
            nap();
            continue;
        }
        if (err >= 0 && late && s->packet->stream_index != s->stream) {
            av_packet_unref(s->packet);
            err = AVERROR_EXIT;
        }
        if (err < 0) {
            if (err != AVERROR_EOF) {
                s->read_error = true;
                av_strerror(err, s->read_error_text, sizeof(s->read_error_text));
                if (late)
                    snprintf(s->read_error_text, sizeof(s->read_error_text),
                             "nothing came for %g seconds", s->patience);
                note_damage(s, is_stream(s) ? s->read_error_text : "the file cannot be read on");
            }
            s->flushing = true;
            avcodec_send_packet(s->codec, NULL);
            continue;
        }
        if (s->packet->stream_index == s->stream) {
            s->packet_came = mn_now();
            s->packets++;
            expect(s);
            /* a transport stream marks every gap in reception; whether that did harm is the
             * decoder's to say */
            if ((s->packet->flags & AV_PKT_FLAG_CORRUPT) && strcmp(s->facts.container, "mpegts"))
                note_damage(s, "the data is cut short");
            if (s->facts.still && s->codec->codec_id == AV_CODEC_ID_MJPEG && !jpeg_is_whole(s->packet))
                note_damage(s, "the picture is cut off");
            err = avcodec_send_packet(s->codec, s->packet);
            if (err < 0 && err != AVERROR(EAGAIN) && err != AVERROR_EOF) {
                s->facts.packets_damaged++;
                note_damage(s, "data that cannot be decoded");
            }
        }
        av_packet_unref(s->packet);
    }
}

static double time_of(struct mn_source *s)
{
    const AVStream *st = s->format->streams[s->stream];
    int64_t pts = s->decoded->best_effort_timestamp;
    double t, now = mn_now();
    if (s->facts.still && s->facts.frames_expected == 1)
        t = 0;
    else if (pts != AV_NOPTS_VALUE)
        t = (double)pts * st->time_base.num / st->time_base.den + s->shift;
    else
        t = s->any_time ? s->last_time + s->step : 0;
    if (s->rejoined && s->any_time) { /* it may count from anywhere: the gap is as long as it was */
        double due = s->last_time + fmax(s->step, now - s->last_seen);
        s->shift += due - t;
        t = due;
    }
    s->rejoined = false;
    s->last_seen = now;
    s->any_stored = s->any_stored || pts != AV_NOPTS_VALUE;
    if (t < 0 || (s->any_time && t <= s->last_time) || (pts == AV_NOPTS_VALUE && !s->facts.still))
        s->facts.times_irregular++;
    s->any_time = true;
    s->last_time = t;
    return t;
}

/* The next picture, ready to be lent. */
static int next(struct mn_source *s, struct shell **out, double *time, int64_t *index)
{
    if (s->ended)
        return MIEN_EEOF;
    double t0 = mn_now();
    int err = decode(s);
    if (err == MIEN_EEOF) {
        s->ended = true;
        bool early = s->last_time + 3 * s->step + 0.5 < expected_end(s);
        if (s->packets < s->packets_expected || early)
            note_damage(s, "the file is cut off");
    }
    if (err < 0)
        return err;
    if (s->decoded->decode_error_flags || (s->decoded->flags & AV_FRAME_FLAG_CORRUPT)) {
        s->facts.frames_damaged++;
        note_damage(s, "a picture is damaged");
    }
    if (s->facts.frames_decoded == 0) { /* the container may have been wrong about the size */
        const AVFrameSideData *side =
            av_frame_get_side_data(s->decoded, AV_FRAME_DATA_DISPLAYMATRIX);
        if (side && s->o.rotate < 0 && !stream_matrix(s->format->streams[s->stream]))
            set_turn(s, by_matrix((const int32_t *)(const void *)side->data, s->name));
        err = check_size(s->name, s->decoded->width, s->decoded->height);
        if (err < 0)
            return err;
        set_size(s, s->decoded->width, s->decoded->height);
    }
    *time = time_of(s);
    *index = s->facts.frames_decoded++;
    err = settle(s, out);
    s->facts.decode_seconds += mn_now() - t0;
    return err;
}

static int lend(struct mn_source *s, mien_frame *f, struct shell *shell, int64_t index, double time)
{
    mien_picture p;
    describe(s, shell->frame, &p);
    int err = mien_frame_wrap(f, &p, index, time, shell_put, shell);
    if (err < 0)
        shell_put(shell);
    return err;
}

/* In slices, because a signal cannot wake this thread. */
static void rest(struct mn_source *s, double until)
{
    double left;
    while ((left = until - mn_now()) > 0 && !stopped(s)) {
        left = left < 0.02 ? left : 0.02;
        struct timespec t = {0, (long)(left * 1e9)};
        nanosleep(&t, NULL);
    }
}

/* Holds a picture back until its time has come. */
static void pace(struct mn_source *s, double time)
{
    if (!s->pace_known)
        s->pace_base = mn_now() - time;
    s->pace_known = true;
    rest(s, s->pace_base + time);
}

/* A live stream is lost: looks for it again, at longer and longer intervals, until so long after its
 * last sign. 0: it goes on. */
static int come_back(struct mn_source *s)
{
    const double end = s->packet_came + s->o.reconnect, timeout = s->o.timeout, most = 5;
    mn_say(MIEN_LOG_WARNING, "%s: lost after %lld frames%s%s; trying again for %g seconds", s->name,
           (long long)s->facts.frames_decoded, s->read_error ? ": " : "",
           s->read_error ? s->read_error_text : "", s->o.reconnect);
    s->again = true;
    for (double pause = 0.25; mn_now() < end; pause = fmin(2 * pause, most)) {
        avcodec_free_context(&s->codec);
        avformat_close_input(&s->format);
        rest(s, fmin(mn_now() + pause, end));
        if (stopped(s))
            return MIEN_EINTERRUPTED;
        const AVCodec *decoder;
        s->silent = false;
        s->flushing = s->ended = s->read_error = false;
        s->o.timeout = fmin(timeout, fmax(0.1, end - mn_now()));
        int err = open_format(s, URL_KIND);
        err = err ? err : open_decoder(s, URL_KIND, &decoder);
        s->o.timeout = s->patience = timeout;
        if (err < 0)
            continue;
        s->rejoined = true;
        s->facts.reconnects++;
        mn_say(MIEN_LOG_WARNING, "%s: back after %.1f seconds", s->name, mn_now() - s->packet_came);
        return 0;
    }
    if (stopped(s))
        return MIEN_EINTERRUPTED;
    s->ended = s->read_error = true;
    snprintf(s->read_error_text, sizeof(s->read_error_text), "it did not come back within %g seconds",
             s->o.reconnect);
    return MIEN_EEOF;
}

/* Live: reads without pause; a picture that was not fetched gives way to the newer one. */
static void *live_main(void *arg)
{
    struct mn_source *s = arg;
    for (;;) {
        struct shell *shell = NULL, *old = NULL;
        double time = 0;
        int64_t index = 0;
        int err = next(s, &shell, &time, &index);
        if (err == MIEN_EEOF && s->o.reconnect > 0 && is_stream(s) && !s->paced && s->packets > 0) {
            err = come_back(s);
            if (err == 0)
                continue;
        }
        if (err == 0 && s->paced)
            pace(s, time);
        pthread_mutex_lock(&s->lock);
        if (err < 0) {
            s->thread_result = err;
        } else {
            old = s->newest;
            s->newest = shell;
            s->newest_time = time;
            s->newest_index = index;
            s->newest_captured = s->paced ? mn_now() : s->packet_came;
            s->dropped += old != NULL;
            mn_rate_add(&s->rate, mn_now());
        }
        bool stop = atomic_load(&s->thread_stop) || err < 0;
        pthread_cond_signal(&s->fresh);
        pthread_mutex_unlock(&s->lock);
        if (s->o.bell)
            mn_bell_ring(s->o.bell);
        if (old)
            shell_put(old);
        if (stop)
            return NULL;
    }
}

/* No newer picture replaces the last one of a stream. When it had to wait for those before it longer
 * than it is to be late, it goes as others did. */
static bool too_late(const struct mn_source *s)
{
    return s->thread_result < 0 && s->any_taken && mn_now() - s->newest_captured > 2 * s->step;
}

/* The newest picture of the reading thread. */
static int read_newest(struct mn_source *s, mien_frame *f, bool wait)
{
    pthread_mutex_lock(&s->lock);
    while (wait && !s->newest && s->thread_result == 0)
        pthread_cond_wait(&s->fresh, &s->lock);
    struct shell *shell = s->newest, *late = NULL;
    double time = s->newest_time;
    int64_t index = s->newest_index;
    s->newest = NULL;
    if (shell && too_late(s)) {
        late = shell;
        shell = NULL;
        s->dropped++;
    }
    s->any_taken = s->any_taken || shell;
    s->facts.frames_dropped = s->dropped;
    s->facts.captured = s->newest_captured;
    int err = shell ? 0 : s->thread_result ? s->thread_result : MIEN_EAGAIN;
    pthread_mutex_unlock(&s->lock);
    if (late)
        shell_put(late);
    return err < 0 ? err : lend(s, f, shell, index, time);
}

int mn_source_poll(struct mn_source *s, mien_frame *f)
{
    return read_newest(s, f, false);
}

int mn_source_next(struct mn_source *s, mien_picture *p, int64_t *index, double *time, void **out)
{
    struct shell *shell = NULL;
    int err = next(s, &shell, time, index);
    if (err == 0)
        describe(s, shell->frame, p);
    *out = shell;
    return err;
}

void mn_source_return(void *shell)
{
    shell_put(shell);
}

void mn_source_ahead(struct mn_source *s, int most, const atomic_bool *enough)
{
    enum { BYTES = 32 << 20 };
    int n = 0;
    if (s->threaded || s->child)
        return;
    for (int64_t size = 0; n < most && n < MN_SOURCE_AHEAD && s->ahead_end == 0; n++) {
        int64_t now = (int64_t)s->facts.width * s->facts.height * 3 / 2;
        if (atomic_load(enough) || (size += now) > BYTES)
            return;
        s->ahead_end = next(s, &s->ahead[n].shell, &s->ahead[n].time, &s->ahead[n].index);
        s->ahead_count += s->ahead_end == 0;
    }
}

int mn_source_read(struct mn_source *s, mien_frame *f)
{
    if (s->threaded)
        return read_newest(s, f, true);
    if (s->child)
        return mn_isolated_read(s->child, f, &s->facts);
    struct shell *shell = NULL;
    double time;
    int64_t index;
    int err = s->ahead_end;
    if (s->ahead_count) {
        err = 0;
        shell = s->ahead[s->ahead_first].shell;
        time = s->ahead[s->ahead_first].time;
        index = s->ahead[s->ahead_first++].index;
        s->ahead_count--;
    } else if (err == 0) {
        err = next(s, &shell, &time, &index);
    }
    if (err < 0)
        return err;
    mn_rate_add(&s->rate, mn_now());
    return lend(s, f, shell, index, time);
}

void mn_source_stop(struct mn_source *s)
{
    if (!s->threaded || s->joined)
        return;
    atomic_store(&s->thread_stop, true);
    pthread_join(s->thread, NULL);
    s->joined = true;
    if (s->newest) {
        shell_put(s->newest);
        s->newest = NULL;
        s->dropped++;
    }
    s->facts.frames_dropped = s->dropped;
}

struct mn_rate mn_source_rate(struct mn_source *s)
{
    pthread_mutex_lock(&s->lock);
    struct mn_rate rate = s->rate;
    pthread_mutex_unlock(&s->lock);
    return rate;
}

const struct mn_source_facts *mn_source_facts(struct mn_source *s)
{
    return &s->facts;
}

int mn_source_verdict(struct mn_source *s, bool stopped_early)
{
    if (s->child)
        return mn_isolated_verdict(s->child, stopped_early, &s->facts);
    const struct mn_source_facts *f = &s->facts;
    if (f->frames_decoded == 0 && !stopped_early && !(is_stream(s) && s->read_error))
        return mn_fail(MIEN_EDAMAGED, "%s holds no picture that can be decoded; copy or record it "
                                      "again", s->name);
    if (is_stream(s) && s->read_error)
        return mn_fail(MIEN_EDAMAGED, "%s broke off after %lld frames: %s; their rows are kept, check "
                                      "the source and run it again", s->name,
                       (long long)f->frames_decoded, s->read_error_text);
    if (is_stream(s) && f->live) /* what was lost on the way is counted, and no surprise */
        return 0;
    if (f->damage[0] && s->read_error && is_pattern(s->name))
        return mn_fail(MIEN_EDAMAGED, "%s: after %lld pictures the next number is missing or damaged; "
                                      "their rows are kept, number the pictures without gaps for "
                                      "the rest", s->name, (long long)f->frames_decoded);
    if (f->damage[0])
        return mn_fail(MIEN_EDAMAGED, "%s is damaged: %s; the rows of all %lld decoded frames are "
                                      "kept, copy it again for the rest", s->name, f->damage,
                       (long long)f->frames_decoded);
    if (f->size_changes)
        return mn_fail(MIEN_ESIZECHANGE, "%s changes its picture size: %lld frames were scaled to "
                                         "the first size, %d x %d; all rows are there, split the "
                                         "video if you need the other scale", s->name,
                       (long long)f->size_changes, f->width, f->height);
    if (f->times_irregular && !s->any_stored)
        return mn_fail(MIEN_ETIMESTAMPS, "%s has no timestamps; they were counted from its frame "
                                         "rate, %g; all rows are there, put it into a container "
                                         "such as .mp4 if that is not right", s->name,
                       1 / s->step);
    if (f->times_irregular)
        return mn_fail(MIEN_ETIMESTAMPS, "%s: %lld timestamps are missing, negative or not "
                                         "increasing; all rows are there with the times as stored, "
                                         "remux it if you need others", s->name,
                       (long long)f->times_irregular);
    return 0;
}

int mn_source_open(struct mn_source **out, const char *name, const struct mn_source_options *o)
{
    *out = NULL;
    enum kind kind;
    int err = 0;
    if (o->fd > 0) /* who opened it knew what it was */
        kind = FILE_KIND;
    else
        err = classify(name, o, &kind);
    if (err < 0)
        return err;
    struct mn_source *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->fresh, NULL);
    s->o = *o;
    s->name = strdup(name);
    s->facts.name = s->name;
    av_log_set_callback(log_ffmpeg);
    struct stat st;
    if (s->name && o->isolate && kind == FILE_KIND && stat(name, &st) == 0 && S_ISREG(st.st_mode)) {
        s->facts.name = s->name;
        err = mn_isolated_open(&s->child, name, o, &s->facts);
        if (err < 0)
            mn_source_close(&s);
        *out = s;
        return err;
    }
    s->packet = av_packet_alloc();
    s->decoded = av_frame_alloc();
    s->shells = calloc(MAX_SHELLS, sizeof(*s->shells));
    if (!s->name || !s->packet || !s->decoded || !s->shells)
        err = MIEN_ENOMEM;
    if (err == 0)
        err = open_format(s, kind);
    if (err == 0)
        err = open_stream(s, kind);
    if (err == 0 && s->facts.live) {
        s->threaded = pthread_create(&s->thread, NULL, live_main, s) == 0;
        err = s->threaded ? 0 : MIEN_ENOMEM;
    }
    if (err < 0)
        mn_source_close(&s);
    *out = s;
    return err;
}

void mn_source_close(struct mn_source **ps)
{
    struct mn_source *s = *ps;
    if (!s)
        return;
    mn_source_stop(s);
    mn_isolated_close(&s->child);
    for (int i = 0; i < s->num_shells; i++)
        av_frame_free(&s->shells[i].frame);
    free(s->shells);
    av_frame_free(&s->decoded);
    av_packet_free(&s->packet);
    avcodec_free_context(&s->codec);
    avformat_close_input(&s->format);
    if (s->io)
        av_freep(&s->io->buffer);
    avio_context_free(&s->io);
    sws_freeContext(s->sws);
    av_buffer_pool_uninit(&s->buffers);
    pthread_cond_destroy(&s->fresh);
    pthread_mutex_destroy(&s->lock);
    free(s->name);
    free(s);
    *ps = NULL;
}
