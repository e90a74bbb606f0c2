/* The video stream of an open input: its codec, and what is known about it. */
#include <libavutil/pixdesc.h>

#include "io/msg.h"
#include "source/ffmpeg/state.h"

static const AVStream *stream_of(const struct mn_decoder *d)
{
    return d->format->streams[d->stream];
}

static int report_no_stream(const struct mn_decoder *d, int error)
{
    if (error == AVERROR_DECODER_NOT_FOUND)
        return mn_fail(MIEN_ENOTMEDIA,
                       "%s is coded in a format that this FFmpeg cannot decode; convert it, for "
                       "example with ffmpeg -i",
                       d->name);
    return mn_fail(MIEN_ENOVIDEO, "%s contains no video (%s); check that it is the right file",
                   d->name, d->format->nb_streams ? "sound or data only" : "no streams");
}

/* Finds the video stream and discards the others. */
static int choose_stream(struct mn_decoder *d, const AVCodec **codec)
{
    int i = av_find_best_stream(d->format, AVMEDIA_TYPE_VIDEO, -1, -1, codec, 0);
    if (i >= 0 && (d->format->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC))
        i = AVERROR_STREAM_NOT_FOUND; /* the cover of a song */
    if (i < 0)
        return report_no_stream(d, i);
    d->stream = i;
    for (unsigned k = 0; k < d->format->nb_streams; k++)
        if ((int)k != i)
            d->format->streams[k]->discard = AVDISCARD_ALL;
    return 0;
}

static int check_stream_size(const struct mn_decoder *d)
{
    const AVCodecParameters *par = stream_of(d)->codecpar;
    if (par->width == 0 && d->o.kind == MN_KIND_FILE && mn_av_looks_like_media(d) && par->codec_id)
        return mn_fail(MIEN_EDIMENSIONS,
                       "%s has pictures without a size, of a size that FFmpeg refuses, or is cut "
                       "off before the first one; convert it again",
                       d->name);
    return mn_av_check_size(d->name, par->width, par->height);
}

static int start_codec(struct mn_decoder *d, const AVCodec *codec)
{
    d->codec = avcodec_alloc_context3(codec);
    if (!d->codec || avcodec_parameters_to_context(d->codec, stream_of(d)->codecpar) < 0)
        return MIEN_ENOMEM;
    d->codec->pkt_timebase = stream_of(d)->time_base;
    if (d->o.low_delay)
        d->codec->flags |= AV_CODEC_FLAG_LOW_DELAY;
    d->codec->opaque = d;
    d->codec->get_buffer2 = mn_av_get_buffer;
    d->codec->thread_count = d->o.threads > 0 ? d->o.threads : 1;
    d->codec->max_pixels = (int64_t)MIEN_MAX_AREA * 2; /* coded sizes are rounded up */
    if (avcodec_open2(d->codec, codec, NULL) < 0)
        return mn_fail(MIEN_ENOTMEDIA,
                       "%s: FFmpeg cannot start its decoder %s; convert the file, or use an "
                       "FFmpeg that can",
                       d->name, codec->name);
    return 0;
}

int mn_av_open_codec(struct mn_decoder *d)
{
    mn_av_restart_patience(d);
    int err = avformat_find_stream_info(d->format, NULL);
    if (mn_av_stopped(d))
        return MIEN_EINTERRUPTED;
    if (d->reconnecting && (d->patience.exceeded || err < 0))
        return MIEN_ENOINPUT;
    if (d->patience.exceeded)
        return mn_av_report_silence(d);
    const AVCodec *codec = NULL;
    err = choose_stream(d, &codec);
    if (err == 0)
        err = check_stream_size(d);
    return err < 0 ? err : start_codec(d, codec);
}

/* Frames that the index promises; 0 where there is none. */
static int64_t indexed_frames(const AVStream *st)
{
    int64_t samples = st->nb_frames;
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(58, 76, 100)
    const int indexed = avformat_index_get_entries_count(st);
    if (indexed > 0 && indexed < samples) /* an edit list leaves out the others */
        samples = indexed;
#endif
    return samples;
}

static void describe_length(struct mn_decoder *d)
{
    struct mn_source_facts *f = d->facts;
    const int64_t samples = indexed_frames(stream_of(d));
    if (d->format->start_time != AV_NOPTS_VALUE)
        f->start_time = (double)d->format->start_time / AV_TIME_BASE;
    if (d->format->duration > 0)
        f->duration = (double)d->format->duration / AV_TIME_BASE;
    if (f->still && d->o.kind == MN_KIND_FILE)
        f->frames_expected = 1;
    else if (samples > 0)
        f->frames_expected = samples;
    else if (f->duration > 0 && f->frame_rate > 0)
        f->frames_expected = (int64_t)(f->duration * f->frame_rate + 0.5);
    /* the index of an MP4 counts the packets; other containers only estimate */
    if (strstr(f->container, "mp4"))
        d->packets_expected = samples;
}

static void warn_of_camera_size(const struct mn_decoder *d)
{
    const AVCodecParameters *par = stream_of(d)->codecpar;
    int width = par->width, height = par->height;
    if (d->o.kind == MN_KIND_CAMERA && d->o.camera_size)
        sscanf(d->o.camera_size, "%dx%d", &width, &height);
    if (width != par->width || height != par->height)
        mn_msg(MIEN_LOG_WARNING,
               "camera %s delivers pictures of %d x %d, not %s; v4l2-ctl --list-formats-ext lists "
               "the sizes it supports",
               d->name, par->width, par->height, d->o.camera_size);
}

void mn_av_describe_stream(struct mn_decoder *d)
{
    const AVStream *st = stream_of(d);
    const AVCodecParameters *par = st->codecpar;
    struct mn_source_facts *f = d->facts;
    f->container = d->format->iformat->name;
    f->codec = d->codec->codec->name;
    const char *pix = av_get_pix_fmt_name((enum AVPixelFormat)par->format);
    f->pixel_format = pix ? pix : "unknown";
    AVRational rate = av_guess_frame_rate(d->format, d->format->streams[d->stream], NULL);
    f->frame_rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    d->status.frame_interval = f->frame_rate > 0 ? 1 / f->frame_rate : 1.0 / 30;
    f->time_num = st->time_base.num;
    f->time_den = st->time_base.den;
    bool picture = !strcmp(f->container, "image2") || strstr(f->container, "_pipe");
    f->still = f->still || (picture && d->o.kind == MN_KIND_FILE);
    f->matrix = par->color_space;
    f->primaries = par->color_primaries;
    f->transfer = par->color_trc;
    describe_length(d);
    mn_av_set_turn(d, d->o.rotate >= 0 ? mn_av_turn_by_degrees(d->o.rotate)
                                       : mn_av_turn_by_matrix(mn_av_stream_matrix(st), d->name));
    mn_av_set_size(d, par->width, par->height);
    warn_of_camera_size(d);
}
