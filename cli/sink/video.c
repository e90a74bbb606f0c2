/* An annotated copy of the video, encoded through FFmpeg.
 *
 * Every frame keeps its own presentation time, so a video of variable rate stays one, and a time in
 * the copy is the time in the rows. FFmpeg writes through our own file, so that the .partial name,
 * the lock and the words for a full disk are those of every other output. */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/mathematics.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/atomic_file.h"
#include "io/msg.h"
#include "io/durable.h"
#include "sink/overlay.h"
#include "sink/sink.h"

#define THREADS 2 /* the networks need the other cores */
#define WRITE_BUFFER (256 * 1024)
#define LONGEST_LEAD                                                           \
    60 /* seconds after the start that was asked for; a first time beyond is a \
          broadcast clock, not a pause */

/* In order of preference. */
static const struct encoder {
    const char *name, *options;
    const char
        *live;     /* options that hold no picture back: what is held back dies with the program */
    int max_ticks; /* per second, that the format of its bits can say */
} encoders[] = {
    {"libx264", "preset=veryfast,crf=20", "preset=veryfast,crf=20,tune=zerolatency", INT_MAX},
    {"mpeg4", "flags=+qscale,global_quality=354", /* quantiser 3 times FF_QP2LAMBDA */
     "flags=+qscale,global_quality=354", 65535},
};

/* What must survive a crash or a power cut is written in pieces that can be played by themselves,
 * of a second at most, and each is sent on to the disk (durable.h); Matroska is made of such pieces
 * anyway. Names the container does not know are passed over. */
#define PIECES                                                                   \
    "movflags=empty_moov+default_base_moof+frag_keyframe,frag_duration=1000000," \
    "cluster_time_limit=1000"

struct video {
    struct mn_sink sink;
    struct mn_atomic_file out;
    struct mn_durable *durable; /* live */
    int write_error;            /* errno of the first write that failed */
    int err;                    /* said already; nothing more is encoded */

    struct mn_stream stream; /* of the present input */
    bool fresh;              /* no frame of this input yet */

    AVFormatContext *format; /* from here on: once the first picture has come */
    AVStream *track;
    AVCodecContext *encoder;
    AVFrame *picture;
    AVPacket *packet;
    bool header;

    /* in ticks of the encoder */
    int64_t shift; /* added to the times of this input */
    int64_t last;  /* time of the last frame */
    int64_t gap;   /* how long a frame lasts that has no next one */
    int64_t step;  /* smallest distance that the file can tell apart */
    bool rate_known;
};

/* ---------------------------------------------------------------------------------- file ---- */

#if LIBAVFORMAT_VERSION_MAJOR >= 61
typedef const uint8_t written;
#else
typedef uint8_t written;
#endif

static int write_bytes(void *opaque, written *data, int size)
{
    struct video *v = opaque;
    for (int done = 0; done < size;) {
        ssize_t n = write(fileno(v->out.file), data + done, (size_t)(size - done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            v->write_error = n < 0 ? errno : EIO;
            return AVERROR(v->write_error);
        }
        done += (int)n;
    }
    v->write_error = mn_durable_note(v->durable);
    return v->write_error ? AVERROR(v->write_error) : size;
}

static int64_t seek_to(void *opaque, int64_t offset, int whence)
{
    const struct video *v = opaque;
    int fd = fileno(v->out.file);
    struct stat st;
    if (whence & AVSEEK_SIZE)
        return fstat(fd, &st) < 0 ? AVERROR(errno) : st.st_size;
    off_t at = lseek(fd, (off_t)offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : at;
}

/* Says what went wrong, once. */
static int fail(struct video *v, const char *doing, int averror)
{
    char why[AV_ERROR_MAX_STRING_SIZE];
    if (v->err)
        return v->err;
    if (v->write_error)
        return v->err = mn_atomic_file_error(v->out.path, v->write_error, MN_CURE_OUTPUT);
    if (averror == AVERROR(ENOMEM))
        return v->err = mn_fail(MIEN_ENOMEM, "%s: out of memory while %s", v->out.path, doing);
    av_strerror(averror, why, sizeof(why));
    return v->err =
               mn_fail(MIEN_EOUTPUT, "%s: FFmpeg failed while %s: %s", v->out.path, doing, why);
}

/* ---------------------------------------------------------------------------------- open ---- */

static int video_open(struct mn_sink **out, const char *path, bool force)
{
    *out = NULL;
    if (!mn_sink_matches(&mn_sink_video, path))
        return mn_fail(MIEN_EINVAL,
                       "%s: the name of a video must end in .mp4, .mkv or .mov; choose one of them",
                       path);
    struct video *v = calloc(1, sizeof(*v));
    if (!v)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
    v->sink.info = &mn_sink_video;
    int err = mn_atomic_file_open(&v->out, path, force);
    if (err < 0) {
        free(v);
        return err;
    }
    *out = &v->sink;
    return 0;
}

static int video_begin(struct mn_sink *s, const struct mn_stream *stream)
{
    struct video *v = (struct video *)s;
    v->stream = *stream;
    v->stream.input = NULL; /* the caller's */
    v->fresh = true;
    return 0;
}

/* The input's own ticks, so that no time has to be rounded: made finer if they are coarse (then
 * a repeated time can move on by little), replaced if they are finer than containers like. */
static AVRational ticks_for(const struct mn_stream *s, int most)
{
    int64_t den = s->time_num > 0 && s->time_den > 0 ? s->time_den : 90000;
    if (den > 1000000)
        den = 90000;
    while (den < 10000)
        den *= 2;
    if (den > most)
        den = 60000;
    return (AVRational){1, (int)den};
}

/* Planes that were copied keep their meaning, and a tag only where it is certain: BT.601, limited
 * range is also what the library is told when nobody knows, and without a tag a player guesses the
 * same as for the input. What the overlay converted is BT.601. */
static void tag_colours(struct video *v, const mien_picture *p)
{
    enum AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
    enum AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
    if (p->format != MIEN_I420) {
        matrix = AVCOL_SPC_SMPTE170M;
        range = AVCOL_RANGE_MPEG;
    } else {
        if (v->stream.matrix > 0 && v->stream.matrix != AVCOL_SPC_UNSPECIFIED &&
            v->stream.matrix != AVCOL_SPC_RGB)
            matrix = (enum AVColorSpace)v->stream.matrix; /* the codes are FFmpeg's own numbers */
        else if (p->matrix == MIEN_BT709)
            matrix = AVCOL_SPC_BT709;
        else if (p->matrix == MIEN_BT2020)
            matrix = AVCOL_SPC_BT2020_NCL;
        if (p->full_range)
            range = AVCOL_RANGE_JPEG;
        else if (matrix != AVCOL_SPC_UNSPECIFIED)
            range = AVCOL_RANGE_MPEG;
    }
    v->encoder->colorspace = v->picture->colorspace = matrix;
    v->encoder->color_range = v->picture->color_range = range;
    if (v->stream.primaries > 0)
        v->encoder->color_primaries = v->picture->color_primaries =
            (enum AVColorPrimaries)v->stream.primaries;
    if (v->stream.transfer > 0)
        v->encoder->color_trc = v->picture->color_trc =
            (enum AVColorTransferCharacteristic)v->stream.transfer;
}

static int open_encoder(struct video *v, const mien_picture *p)
{
    const size_t num = sizeof(encoders) / sizeof(encoders[0]);
    const AVCodec *codec = NULL;
    const struct encoder *e = encoders;
    while (e < encoders + num && !(codec = avcodec_find_encoder_by_name(e->name)))
        e++;
    if (!codec)
        return v->err = mn_fail(MIEN_ENOTBUILT,
                                "%s: this FFmpeg has no H.264 or MPEG-4 encoder; "
                                "install one with libx264",
                                v->out.path);

    v->encoder = avcodec_alloc_context3(codec);
    v->picture = av_frame_alloc();
    v->packet = av_packet_alloc();
    if (!v->encoder || !v->picture || !v->packet)
        return fail(v, "preparing", AVERROR(ENOMEM));
    AVCodecContext *c = v->encoder;
    double rate = v->stream.frame_rate;
    v->rate_known = rate > 0.01 && rate <= 1000;
    if (!v->rate_known)
        rate = 25; /* only a hint for the encoder then */
    c->width = p->width & ~1;
    c->height = p->height & ~1;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    if (v->stream.sar_num > 0)
        c->sample_aspect_ratio = (AVRational){v->stream.sar_num, v->stream.sar_den};
    c->time_base = ticks_for(&v->stream, e->max_ticks);
    c->framerate = av_d2q(rate, 100100);
    c->gop_size = rate < 6 ? 12 : rate > 125 ? 250 : (int)(2 * rate); /* seeking stays quick */
    c->thread_count = THREADS;
    if (v->format->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    tag_colours(v, p);

    AVDictionary *options = NULL;
    int err = av_dict_parse_string(&options, v->stream.live ? e->live : e->options, "=", ",", 0);
    if (err >= 0)
        err = avcodec_open2(c, codec, &options);
    av_dict_free(&options);
    if (err < 0)
        return fail(v, "opening the encoder", err);

    v->picture->format = c->pix_fmt;
    v->picture->width = c->width;
    v->picture->height = c->height;
    err = av_frame_get_buffer(v->picture, 0);
    if (err < 0)
        return fail(v, "preparing", err);
    v->gap = (int64_t)fmax(1, round(c->time_base.den / rate));
    v->last = -v->gap;
    return 0;
}

/* The container is chosen by the final name: ".partial" tells nothing. */
static int open_container(struct video *v)
{
    int err = avformat_alloc_output_context2(&v->format, NULL, NULL, v->out.path);
    if (err < 0)
        return fail(v, "choosing the container", err);
    uint8_t *buffer = av_malloc(WRITE_BUFFER);
    if (buffer)
        v->format->pb = avio_alloc_context(buffer, WRITE_BUFFER, 1, v, NULL, write_bytes, seek_to);
    if (!v->format->pb) {
        av_free(buffer);
        return fail(v, "preparing", AVERROR(ENOMEM));
    }
    return 0;
}

static int write_header(struct video *v)
{
    v->track = avformat_new_stream(v->format, NULL);
    if (!v->track)
        return fail(v, "preparing", AVERROR(ENOMEM));
    int err = avcodec_parameters_from_context(v->track->codecpar, v->encoder);
    if (err < 0)
        return fail(v, "preparing", err);
    v->track->time_base = v->encoder->time_base;
    v->track->sample_aspect_ratio = v->encoder->sample_aspect_ratio;
    if (v->rate_known)
        v->track->avg_frame_rate = v->encoder->framerate;
    AVDictionary *options = NULL;
    if (v->stream.live) {
        v->format->flags |= AVFMT_FLAG_FLUSH_PACKETS;
        if (v->out.partial) /* a pipe has no disk */
            v->durable = mn_durable_start(fileno(v->out.file), v->out.partial, NULL);
        av_dict_parse_string(&options, PIECES, "=", ",", 0);
    }
    err = avformat_write_header(v->format, &options);
    av_dict_free(&options);
    if (err < 0)
        return fail(v, "writing the header", err);
    v->header = true;
    /* the container may have chosen coarser ticks: Matroska counts milliseconds */
    v->step = av_rescale_q_rnd(1, v->track->time_base, v->encoder->time_base, AV_ROUND_UP);
    if (v->step < 1)
        v->step = 1;
    return 0;
}

/* ------------------------------------------------------------------------------- encoding ---- */

/* Increasing whatever comes in. Times before zero, which containers cannot say, move the whole
 * input; another input goes on where the last one ended. */
static int64_t time_of(struct video *v, double seconds)
{
    double ticks = seconds * v->encoder->time_base.den;
    bool first = v->last < 0;
    if (!(fabs(ticks) < 1e15)) /* also not a number */
        return v->last + v->gap;
    int64_t t = llrint(ticks);
    if (v->fresh) {
        bool lead = !v->stream.live && t >= 0 && seconds - v->stream.start <= LONGEST_LEAD;
        v->shift = !first ? v->last + v->gap - t : lead ? 0 : -t;
        v->fresh = false;
    }
    t += v->shift;
    if (!first && t < v->last + v->step)
        t = v->last + v->step;
    return t;
}

/* NULL: no more pictures, the ones on the way come out. */
static int encode(struct video *v, const AVFrame *picture)
{
    int err = avcodec_send_frame(v->encoder, picture);
    while (err >= 0) {
        err = avcodec_receive_packet(v->encoder, v->packet);
        if (err == AVERROR(EAGAIN) || err == AVERROR_EOF)
            return 0;
        if (err < 0)
            break;
        v->packet->stream_index = v->track->index;
        v->packet->duration = v->gap; /* counts only for the frame shown last */
        av_packet_rescale_ts(v->packet, v->encoder->time_base, v->track->time_base);
        err = av_interleaved_write_frame(v->format, v->packet);
    }
    return fail(v, "encoding", err);
}

static int start(struct video *v, const mien_picture *p)
{
    if (p->width < 2 || p->height < 2)
        return v->err = mn_fail(MIEN_EDIMENSIONS,
                                "%s: pictures of %d x %d pixels are too small for"
                                " a video",
                                v->out.path, p->width, p->height);
    int err = open_container(v);
    if (err == 0)
        err = open_encoder(v, p);
    if (err == 0)
        err = write_header(v);
    return err;
}

static int video_frame(struct mn_sink *s, const struct mn_result *r)
{
    const mien_frame *f = r->frame;
    struct video *v = (struct video *)s;
    const mien_picture *p = &f->picture;
    if (v->err)
        return v->err;
    if (!v->format && start(v, p) < 0)
        return v->err;
    AVFrame *to = v->picture;
    if ((p->width & ~1) != to->width || (p->height & ~1) != to->height)
        return v->err = mn_fail(MIEN_ESIZECHANGE,
                                "%s: pictures of %d x %d and now %d x %d pixels "
                                "cannot share a video",
                                v->out.path, to->width, to->height, p->width, p->height);

    int err = av_frame_make_writable(to); /* copies only if the encoder still reads it */
    if (err < 0)
        return fail(v, "encoding", err);
    struct mn_canvas canvas = {.width = to->width, .height = to->height};
    for (int i = 0; i < 3; i++) {
        canvas.plane[i] = to->data[i];
        canvas.stride[i] = to->linesize[i];
    }
    mn_canvas_copy(&canvas, p);
    mn_overlay_draw(&canvas, r, NULL);

    int64_t t = time_of(v, f->time);
    if (!v->rate_known && v->last >= 0)
        v->gap = t - v->last;
    to->pts = v->last = t;
    return encode(v, to);
}

/* Also of an incomplete video the index is written, so that the .partial file plays. */
static int video_finish(struct mn_sink *s, bool complete)
{
    struct video *v = (struct video *)s;
    if (v->header) {
        if (!v->err)
            encode(v, NULL);
        int err = av_write_trailer(v->format);
        if (err < 0)
            fail(v, "writing the index", err);
    } else if (complete && !v->err) {
        v->err = mn_fail(MIEN_EEMPTY, "%s: there was no picture to write", v->out.path);
    }
    av_packet_free(&v->packet);
    av_frame_free(&v->picture);
    avcodec_free_context(&v->encoder);
    if (v->format && v->format->pb) {
        av_freep(&v->format->pb->buffer);
        avio_context_free(&v->format->pb);
    }
    avformat_free_context(v->format);
    if (v->durable) {
        int n = mn_durable_stop(&v->durable);
        mn_msg(MIEN_LOG_DEBUG, "%s was sent on to the disk %d times", v->out.path, n);
    }

    int err = mn_atomic_file_finish(&v->out, complete && !v->err);
    if (v->err)
        err = v->err;
    free(v);
    return err;
}

const struct mn_sink_info mn_sink_video = {
    .name = "video",
    .role = MN_SINK_VIDEO,
    .extensions = {".mp4", ".mkv", ".mov"},
    .open = video_open,
    .begin = video_begin,
    .frame = video_frame,
    .finish = video_finish,
};
