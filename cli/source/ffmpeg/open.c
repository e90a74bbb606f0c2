/* From a name to a decoder: formats, protocols, devices, and the sentences for what cannot be
 * opened. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libavutil/pixdesc.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef MN_HAVE_AVDEVICE
#include <libavdevice/version.h>
#endif

#include "io/msg.h"
#include "source/ffmpeg/inside.h"

/* FFmpeg asks while it waits. */
int mn_av_interrupted(void *opaque)
{
    struct mn_source *s = opaque;
    s->silent = s->silent || (s->patience > 0 && mn_now() > s->deadline);
    return s->silent || mn_av_stopped(s);
}

static int say_silent(const struct mn_source *s)
{
    return mn_fail(MIEN_ENOINPUT,
                   "%s: nothing came from there for %g seconds; check address and "
                   "network, or wait longer with --timeout",
                   s->name, s->patience);
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
    void *lib =
        dlopen(name, RTLD_NOW | RTLD_LOCAL); /* stays: its formats are registered for good */
    if (lib)
        *(void **)&register_all = dlsym(lib, "avdevice_register_all");
    if (register_all)
        register_all();
    return register_all != NULL;
#else
    return false;
#endif
}

static bool media_magic(const unsigned char b[12])
{
    return !memcmp(b + 4, "ftyp", 4) || !memcmp(b, "RIFF", 4) ||
           !memcmp(b, "\x1a\x45\xdf\xa3", 4) || !memcmp(b, "\x30\x26\xb2\x75", 4) ||
           !memcmp(b, "\xff\xd8\xff", 3) || !memcmp(b, "\x89PNG", 4);
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
    const char *cure =
        error == ENOENT ? "ls /dev/video* shows which there are"
        : error == EACCES || error == EPERM
            ? "give yourself access to it, usually by joining the group video"
        : error == EBUSY ? "another program uses it; check which, and end it"
        : error == ENODEV || error == ENOTTY || error == EINVAL
            ? "it takes no pictures; many cameras have two devices, try the other number"
            : "check its cable, and that nobody else uses it";
    return mn_fail(MIEN_ENOINPUT, "camera %s: %s; %s", device, strerror(error), cure);
}

/* What is asked of a camera. It may give something else. Large raw pictures are more than most
 * cables carry: for these cameras have JPEG, which FFmpeg would only take where there is nothing
 * else. */
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

int mn_av_open_format(struct mn_source *s, enum mn_av_kind kind)
{
    const char *name = s->name, *url = name;
    char device[64], *file_url = NULL;
    const AVInputFormat *input = NULL;
    AVDictionary *options = NULL;
    bool jpeg = false;

    s->format = avformat_alloc_context();
    if (!s->format)
        return MIEN_ENOMEM;
    s->format->interrupt_callback = (AVIOInterruptCB){mn_av_interrupted, s};
    if (s->o.fd > 0 && use_open_file(s) < 0)
        return MIEN_ENOMEM;

    if (kind == MN_AV_FILE || kind == MN_AV_PATTERN) {
        /* said outright, because FFmpeg takes what stands before a colon for a protocol */
        const char *path = strcmp(name, "-") ? name : "/dev/stdin";
        file_url = malloc(strlen(path) + sizeof("file:"));
        if (!file_url)
            return MIEN_ENOMEM;
        sprintf(file_url, "file:%s", path);
        url = file_url;
    }
    switch (kind) {
    case MN_AV_FILE:
        av_dict_set(&options, "protocol_whitelist", "file", 0);
        av_dict_set(&options, "pattern_type", "none", 0); /* a % in a file's name is just that */
        s->facts.live = s->paced = s->o.realtime;
        break;
    case MN_AV_PATTERN: {
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
    case MN_AV_URL:
        avformat_network_init();
        s->patience = s->o.timeout;
        mn_av_expect(s);
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
    case MN_AV_GRAPH:
    case MN_AV_CAMERA:
        if (!load_devices())
            return mn_fail(MIEN_ENOTBUILT,
                           "%s: cameras and lavfi: need libavdevice, which is not "
                           "there or was not built in; use a file",
                           name);
        if (kind == MN_AV_GRAPH) {
            url = name + strlen("lavfi:");
            input = av_find_input_format("lavfi");
            s->facts.live = s->paced = s->o.realtime;
        } else {
            s->facts.live = true;
            s->format->flags |= AVFMT_FLAG_NONBLOCK; /* else nothing could end a wait for it */
            s->patience = s->o.timeout;
            mn_av_expect(s);
#if defined(__APPLE__)
            input = av_find_input_format("avfoundation");
            snprintf(device, sizeof(device), "%s", name);
#else
            input = av_find_input_format("v4l2");
            snprintf(device, sizeof(device), "%s%s", mn_av_is_number(name) ? "/dev/video" : "",
                     name);
            if (access(device, R_OK | W_OK) < 0)
                return say_no_camera(device, errno);
            jpeg = s->o.camera_size != NULL;
#endif
            url = device;
            ask_camera(&s->o, jpeg, &options);
        }
        if (!input)
            return mn_fail(MIEN_ENOTBUILT, "%s: this libavdevice has no such device; use a file",
                           name);
        break;
    }

    int err = avformat_open_input(&s->format, url, input, &options);
    av_dict_free(&options);
    if (err == AVERROR(EINVAL) && jpeg &&
        (s->format = avformat_alloc_context())) { /* it has none */
        s->format->interrupt_callback = (AVIOInterruptCB){mn_av_interrupted, s};
        s->format->flags |= AVFMT_FLAG_NONBLOCK;
        mn_av_expect(s);
        ask_camera(&s->o, false, &options);
        err = avformat_open_input(&s->format, url, input, &options);
        av_dict_free(&options);
    }
    free(file_url);
    if (err < 0 && mn_av_stopped(s))
        return MIEN_EINTERRUPTED;
    if (err < 0 && s->again) /* that it is gone was said */
        return MIEN_ENOINPUT;
    if (err < 0 && s->silent)
        return say_silent(s);
    if (err < 0) {
        char why[AV_ERROR_MAX_STRING_SIZE];
        av_strerror(err, why, sizeof(why));
        if (kind == MN_AV_FILE && looks_like_media(s))
            return mn_fail(MIEN_EDAMAGED,
                           "%s is damaged or cut off before its index; copy or "
                           "record it again",
                           name);
        if (kind == MN_AV_FILE)
            return mn_fail(MIEN_ENOTMEDIA,
                           "%s is not a video or picture that FFmpeg can read; "
                           "check what it is with: file '%s'",
                           name, name);
        if (kind == MN_AV_PATTERN)
            return mn_fail(MIEN_ENOINPUT,
                           "%s: no picture has such a name with a number up to 100000; "
                           "check folder and digits",
                           name);
        if (kind == MN_AV_GRAPH)
            return mn_fail(MIEN_ENOTMEDIA,
                           "%s: not a filter graph that FFmpeg can build (%s); "
                           "try lavfi:testsrc",
                           name, why);
        if (kind == MN_AV_CAMERA)
            return say_no_camera(device, AVUNERROR(err));
        return mn_fail(MIEN_ENOINPUT, "%s cannot be opened: %s; check address and network", name,
                       why);
    }
    if (kind == MN_AV_FILE && unwanted_format(s->format->iformat->name))
        return mn_fail(MIEN_ENOTMEDIA,
                       "%s is not a video but a list or text (%s); name the video "
                       "itself",
                       name, s->format->iformat->name);
    return 0;
}

/* Finds the pictures in what was opened, and what decodes them. */
int mn_av_open_decoder(struct mn_source *s, enum mn_av_kind kind, const AVCodec **found)
{
    const char *name = s->name;
    mn_av_expect(s);
    int err = avformat_find_stream_info(s->format, NULL);
    if (mn_av_stopped(s))
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
            return mn_fail(MIEN_ENOTMEDIA,
                           "%s is coded in a way this FFmpeg cannot decode; convert "
                           "it, for example with ffmpeg -i",
                           name);
        return mn_fail(MIEN_ENOVIDEO, "%s has no video in it (%s); check that it is the right file",
                       name, s->format->nb_streams ? "sound or data only" : "no streams");
    }
    s->stream = i;
    for (unsigned k = 0; k < s->format->nb_streams; k++)
        if ((int)k != i)
            s->format->streams[k]->discard = AVDISCARD_ALL;
    AVStream *st = s->format->streams[i];
    const AVCodecParameters *par = st->codecpar;
    if (par->width == 0 && kind == MN_AV_FILE && looks_like_media(s) && par->codec_id)
        return mn_fail(MIEN_EDIMENSIONS,
                       "%s has pictures of no size, of one that FFmpeg "
                       "refuses, or is cut off before the first one; convert it "
                       "again",
                       name);
    err = mn_av_check_size(name, par->width, par->height);
    if (err < 0)
        return err;

    s->codec = avcodec_alloc_context3(decoder);
    if (!s->codec || avcodec_parameters_to_context(s->codec, par) < 0)
        return MIEN_ENOMEM;
    s->codec->pkt_timebase = st->time_base;
    if (s->facts.live)
        s->codec->flags |= AV_CODEC_FLAG_LOW_DELAY;
    s->codec->opaque = s;
    s->codec->get_buffer2 = mn_av_get_buffer;
    s->codec->thread_count = s->o.threads > 0 ? s->o.threads : 1;
    s->codec->max_pixels = (int64_t)MIEN_MAX_AREA * 2; /* coded sizes are rounded up */
    if (avcodec_open2(s->codec, decoder, NULL) < 0)
        return mn_fail(MIEN_ENOTMEDIA, "%s: the decoder %s does not start", name, decoder->name);
    *found = decoder;
    return 0;
}

int mn_av_open_stream(struct mn_source *s, enum mn_av_kind kind)
{
    const AVCodec *decoder = NULL;
    int err = mn_av_open_decoder(s, kind, &decoder);
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
    f->still = f->still || (picture && kind == MN_AV_FILE);
    int64_t samples = st->nb_frames;
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(58, 76, 100)
    const int indexed = avformat_index_get_entries_count(st);
    if (indexed > 0 && indexed < samples) /* an edit list leaves out the others */
        samples = indexed;
#endif
    if (f->still && kind == MN_AV_FILE)
        f->frames_expected = 1;
    else if (samples > 0)
        f->frames_expected = samples;
    else if (f->duration > 0 && f->frame_rate > 0)
        f->frames_expected = (int64_t)(f->duration * f->frame_rate + 0.5);
    /* an MP4's index says how many packets there are; other containers only estimate */
    if (strstr(f->container, "mp4"))
        s->packets_expected = samples;
    s->step = f->frame_rate > 0 ? 1 / f->frame_rate : 1.0 / 30;
    f->matrix = par->color_space;
    f->primaries = par->color_primaries;
    f->transfer = par->color_trc;
    mn_av_set_turn(s, s->o.rotate >= 0 ? mn_av_by_degrees(s->o.rotate)
                                       : mn_av_by_matrix(mn_av_stream_matrix(st), s->name));
    mn_av_set_size(s, par->width, par->height);
    int width = par->width, height = par->height;
    if (kind == MN_AV_CAMERA && s->o.camera_size)
        sscanf(s->o.camera_size, "%dx%d", &width, &height);
    if (width != par->width || height != par->height)
        mn_msg(MIEN_LOG_WARNING,
               "camera %s gives pictures of %d x %d, not %s; v4l2-ctl "
               "--list-formats-ext lists what it can",
               s->name, par->width, par->height, s->o.camera_size);
    return 0;
}
