/* An input of FFmpeg: its context, interruption, and a file that is already open. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/msg.h"
#include "source/ffmpeg/state.h"

int mn_av_interrupted(void *decoder)
{
    struct mn_decoder *d = decoder;
    struct mn_av_patience *p = &d->patience;
    p->exceeded = p->exceeded || (p->seconds > 0 && mn_now() > p->deadline);
    return p->exceeded || mn_av_stopped(d);
}

int mn_av_report_silence(const struct mn_decoder *d)
{
    return mn_fail(MIEN_ENOINPUT,
                   "%s: no data arrived for %g seconds; check address and network, or wait "
                   "longer with --timeout",
                   d->name, d->patience.seconds);
}

static int read_file(void *decoder, uint8_t *buf, int size)
{
    const struct mn_decoder *d = decoder;
    ssize_t n;
    while ((n = read(d->o.fd, buf, (size_t)size)) < 0 && errno == EINTR)
        ;
    return n > 0 ? (int)n : n == 0 ? AVERROR_EOF : AVERROR(errno);
}

static int64_t seek_file(void *decoder, int64_t offset, int whence)
{
    const struct mn_decoder *d = decoder;
    struct stat st;
    if (whence & AVSEEK_SIZE)
        return fstat(d->o.fd, &st) < 0 ? AVERROR(errno) : st.st_size;
    int64_t at = lseek(d->o.fd, (off_t)offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : at;
}

/* A process without the right to open files reads the one that was opened for it. */
static int use_open_file(struct mn_decoder *d)
{
    enum { SIZE = 65536 };
    uint8_t *buf = av_malloc(SIZE);
    d->io = buf ? avio_alloc_context(buf, SIZE, 0, d, read_file, NULL, seek_file) : NULL;
    if (!d->io) {
        av_free(buf);
        return MIEN_ENOMEM;
    }
    d->format->pb = d->io;
    return 0;
}

int mn_av_new_input(struct mn_decoder *d)
{
    d->format = avformat_alloc_context();
    if (!d->format)
        return MIEN_ENOMEM;
    d->format->interrupt_callback = (AVIOInterruptCB){mn_av_interrupted, d};
    return d->o.fd > 0 ? use_open_file(d) : 0;
}

int mn_av_connect(struct mn_decoder *d, const char *url, const AVInputFormat *input,
                  AVDictionary *options)
{
    int result = avformat_open_input(&d->format, url, input, &options);
    av_dict_free(&options);
    return result;
}
