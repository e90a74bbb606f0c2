/* From a name to an open input: an opener for each kind of source, and the sentences for what
 * cannot be opened. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/msg.h"
#include "source/ffmpeg/state.h"

static bool media_magic(const unsigned char b[12])
{
    return !memcmp(b + 4, "ftyp", 4) || !memcmp(b, "RIFF", 4) ||
           !memcmp(b, "\x1a\x45\xdf\xa3", 4) || !memcmp(b, "\x30\x26\xb2\x75", 4) ||
           !memcmp(b, "\xff\xd8\xff", 3) || !memcmp(b, "\x89PNG", 4);
}

bool mn_av_looks_like_media(const struct mn_decoder *d)
{
    unsigned char b[12] = {0};
    struct stat st;
    if (d->o.fd > 0)
        return pread(d->o.fd, b, sizeof(b), 0) == (ssize_t)sizeof(b) && media_magic(b);
    if (stat(d->name, &st) < 0 || !S_ISREG(st.st_mode)) /* opening a FIFO would wait */
        return false;
    int fd = open(d->name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, b, sizeof(b));
    close(fd);
    return n == (ssize_t)sizeof(b) && media_magic(b);
}

/* ----------------------------------------------------------------- files and sequences ---- */

/* The protocol is given explicitly, because FFmpeg takes the part before a colon for one. */
static int connect_file(struct mn_decoder *d, const AVInputFormat *input, AVDictionary *options,
                        int *result)
{
    const char *path = strcmp(d->name, "-") ? d->name : "/dev/stdin";
    const size_t size = strlen(path) + sizeof("file:");
    char *url = malloc(size);
    if (!url) {
        av_dict_free(&options);
        return MIEN_ENOMEM;
    }
    snprintf(url, size, "file:%s", path);
    av_dict_set(&options, "protocol_whitelist", "file", 0);
    *result = mn_av_connect(d, url, input, options);
    free(url);
    return 0;
}

static int open_file(struct mn_decoder *d, int *result)
{
    AVDictionary *options = NULL;
    av_dict_set(&options, "pattern_type", "none", 0); /* a % in the name of a file is literal */
    return connect_file(d, NULL, options, result);
}

static int explain_file(const struct mn_decoder *d, int result)
{
    (void)result;
    if (mn_av_looks_like_media(d))
        return mn_fail(MIEN_EDAMAGED,
                       "%s is damaged or cut off before its index; copy or record it again",
                       d->name);
    return mn_fail(MIEN_ENOTMEDIA,
                   "%s is not a video or picture that FFmpeg can read; check what it is with: "
                   "file '%s'",
                   d->name, d->name);
}

static int open_sequence(struct mn_decoder *d, int *result)
{
    AVDictionary *options = NULL;
    char rate[40];
    snprintf(rate, sizeof(rate), "%.6f", d->o.fps > 0 ? d->o.fps : 25.0);
    av_dict_set(&options, "framerate", rate, 0);
    av_dict_set(&options, "start_number_range", "100000", 0);
    d->facts->still = true;
    return connect_file(d, av_find_input_format("image2"), options, result);
}

static int explain_sequence(const struct mn_decoder *d, int result)
{
    (void)result;
    return mn_fail(MIEN_ENOINPUT,
                   "%s: no picture has such a name with a number up to 100000; check folder and "
                   "digits",
                   d->name);
}

/* Formats that are lists of other files, or that make pictures out of any text: neither is accepted
 * from an untrusted file. */
static bool is_unwanted(const char *format)
{
    static const char *const names[] = {"concat", "concatf", "hls", "dash", "tty",
                                        "bin",    "xbin",    "adf", "idf",  "imf"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!strcmp(format, names[i]))
            return true;
    return false;
}

/* ------------------------------------------------------------------------------- streams ---- */

static int open_url(struct mn_decoder *d, int *result)
{
    AVDictionary *options = NULL;
    avformat_network_init();
    d->patience.seconds = d->o.timeout;
    mn_av_restart_patience(d);
    av_dict_set(&options, "protocol_whitelist",
                "http,https,tcp,tls,udp,rtp,rtsp,rtmp,srt,crypto,hls", 0);
    if (d->o.unbuffered)
        d->format->flags |= AVFMT_FLAG_NOBUFFER;
    *result = mn_av_connect(d, d->name, NULL, options);
    return 0;
}

static int explain_url(const struct mn_decoder *d, int result)
{
    char why[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(result, why, sizeof(why));
    return mn_fail(MIEN_ENOINPUT, "%s cannot be opened: %s; check address and network", d->name,
                   why);
}

/* ------------------------------------------------------------------------------ the table ---- */

static const struct mn_av_opener file_opener = {open_file, explain_file};
static const struct mn_av_opener sequence_opener = {open_sequence, explain_sequence};
static const struct mn_av_opener url_opener = {open_url, explain_url};

static const struct mn_av_opener *const openers[MN_NUM_KINDS] = {
    [MN_KIND_FILE] = &file_opener,    [MN_KIND_SEQUENCE] = &sequence_opener,
    [MN_KIND_URL] = &url_opener,      [MN_KIND_GRAPH] = &mn_av_graph,
    [MN_KIND_CAMERA] = &mn_av_camera,
};

static int explain_failure(const struct mn_decoder *d, int result)
{
    if (mn_av_stopped(d))
        return MIEN_EINTERRUPTED;
    if (d->reconnecting) /* that it was lost has been reported */
        return MIEN_ENOINPUT;
    if (d->patience.exceeded)
        return mn_av_report_silence(d);
    return openers[d->o.kind]->explain(d, result);
}

int mn_av_open_input(struct mn_decoder *d)
{
    int result = 0, err = mn_av_new_input(d);
    if (err == 0)
        err = openers[d->o.kind]->open(d, &result);
    if (err < 0)
        return err;
    if (result < 0)
        return explain_failure(d, result);
    if (d->o.kind == MN_KIND_FILE && is_unwanted(d->format->iformat->name))
        return mn_fail(MIEN_ENOTMEDIA,
                       "%s is not a video but a list or text (%s); name the video itself", d->name,
                       d->format->iformat->name);
    return 0;
}
