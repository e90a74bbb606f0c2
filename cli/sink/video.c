/* An annotated or anonymised copy of the video, encoded with FFmpeg.
 *
 * Every frame keeps its presentation time, so the copy of a video with variable frame rate has the
 * same rate, and times in the copy are the times in the rows. FFmpeg writes through an atomic file,
 * so that partial name, lock and errors are those of every other output. */
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
#include "sink/anonymise.h"
#include "sink/overlay.h"
#include "sink/sink.h"

#define THREADS 2 /* the networks need the other cores */
#define WRITE_BUFFER (256 * 1024)
/* Seconds from the requested start to the first frame. A longer lead is a broadcast clock, not a
 * pause. */
#define LONGEST_LEAD 60

/* In order of preference. */
static const struct encoder {
    const char *name, *options;
    const char *live; /* options without delay: a delayed picture would be lost in a crash */
    int max_ticks;    /* per second, that its bit stream can express */
} encoders[] = {
    {"libx264", "preset=veryfast,crf=20", "preset=veryfast,crf=20,tune=zerolatency", INT_MAX},
    {"mpeg4", "flags=+qscale,global_quality=354", /* quantiser 3 times FF_QP2LAMBDA */
     "flags=+qscale,global_quality=354", 65535},
};

/* A recording must survive a crash or a power failure. So it is written in fragments of at most a
 * second, which can be played without the rest, and each is synced to the disk (durable.h).
 * Matroska always consists of such fragments. A container ignores names that it does not have. */
#define FRAGMENTS                                                                \
    "movflags=empty_moov+default_base_moof+frag_keyframe,frag_duration=1000000," \
    "cluster_time_limit=1000"

struct video {
    struct mn_sink sink;
    struct mn_atomic_file out;
    struct mn_durable *durable; /* of a live source; else NULL */
    int write_error;            /* errno of the first write that failed */
    int err;                    /* reported already; nothing more is encoded */

    struct mn_stream stream; /* of the present input */
    bool fresh;              /* no frame of this input yet */

    /* open from the first picture on */
    AVFormatContext *format;
    AVStream *track;
    AVCodecContext *encoder;
    AVFrame *picture;
    AVPacket *packet;
    bool header;
    struct mn_anonymise *anonymise; /* NULL: the copy is annotated */

    /* in units of the time base of the encoder */
    int64_t shift; /* added to the times of this input */
    int64_t last;  /* time of the last frame */
    int64_t gap;   /* duration of a frame without a successor */
    int64_t step;  /* smallest difference that the container can express */
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

/* Reports the first error. */
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
    v->stream.input = NULL; /* belongs to the caller */
    v->fresh = true;
    return 0;
}

/* The time base of the input, so that no time has to be rounded. A coarse one is refined, so that a
 * repeated time can be moved by little; one that is too fine for containers is replaced. */
static AVRational time_base_for(const struct mn_stream *s, int most)
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

/* The matrix of planes that were copied, if it is certain. The codes of H.273 are FFmpeg's numbers.
 */
static enum AVColorSpace matrix_of(const struct mn_stream *s, const mien_picture *p)
{
    if (s->matrix > 0 && s->matrix != AVCOL_SPC_UNSPECIFIED && s->matrix != AVCOL_SPC_RGB)
        return (enum AVColorSpace)s->matrix;
    if (p->matrix == MIEN_BT709)
        return AVCOL_SPC_BT709;
    if (p->matrix == MIEN_BT2020)
        return AVCOL_SPC_BT2020_NCL;
    return AVCOL_SPC_UNSPECIFIED;
}

/* Planes that were copied keep their meaning, but are tagged only where it is certain: BT.601 with
 * limited range is also the library's default for an unknown input, and without a tag a player
 * assumes the same as for the input. Pictures that the canvas converted are BT.601. */
static void tag_colours(struct video *v, const mien_picture *p)
{
    enum AVColorSpace matrix = AVCOL_SPC_SMPTE170M;
    enum AVColorRange range = AVCOL_RANGE_MPEG;
    if (p->format == MIEN_I420) {
        matrix = matrix_of(&v->stream, p);
        if (p->full_range)
            range = AVCOL_RANGE_JPEG;
        else if (matrix == AVCOL_SPC_UNSPECIFIED)
            range = AVCOL_RANGE_UNSPECIFIED;
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

static const struct encoder *find_encoder(const AVCodec **codec)
{
    const size_t num = sizeof(encoders) / sizeof(encoders[0]);
    for (size_t i = 0; i < num; i++) {
        *codec = avcodec_find_encoder_by_name(encoders[i].name);
        if (*codec)
            return &encoders[i];
    }
    return NULL;
}

/* Returns the frame rate, which is only a hint for the encoder if the input has none. */
static double configure(struct video *v, const struct encoder *e, const mien_picture *p)
{
    AVCodecContext *c = v->encoder;
    double rate = v->stream.frame_rate;
    v->rate_known = rate > 0.01 && rate <= 1000;
    if (!v->rate_known)
        rate = 25;
    c->width = p->width & ~1;
    c->height = p->height & ~1;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    if (v->stream.sar_num > 0)
        c->sample_aspect_ratio = (AVRational){v->stream.sar_num, v->stream.sar_den};
    c->time_base = time_base_for(&v->stream, e->max_ticks);
    c->framerate = av_d2q(rate, 100100);
    c->gop_size = rate < 6 ? 12 : rate > 125 ? 250 : (int)(2 * rate); /* for quick seeking */
    c->thread_count = THREADS;
    if (v->format->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    tag_colours(v, p);
    return rate;
}

/* The frame that every picture is drawn into. */
static int alloc_picture(struct video *v)
{
    v->picture->format = v->encoder->pix_fmt;
    v->picture->width = v->encoder->width;
    v->picture->height = v->encoder->height;
    if (v->stream.anonymise)
        v->anonymise = mn_anonymise_new((enum mn_hide)v->stream.anonymise, v->encoder->width,
                                        v->encoder->height, v->stream.frame_rate);
    if (v->stream.anonymise && !v->anonymise)
        return fail(v, "preparing", AVERROR(ENOMEM));
    int err = av_frame_get_buffer(v->picture, 0);
    return err < 0 ? fail(v, "preparing", err) : 0;
}

static int open_encoder(struct video *v, const mien_picture *p)
{
    const AVCodec *codec;
    const struct encoder *e = find_encoder(&codec);
    if (!e)
        return v->err = mn_fail(MIEN_ENOTBUILT,
                                "%s: this FFmpeg has no H.264 or MPEG-4 encoder; install one with "
                                "libx264",
                                v->out.path);
    v->encoder = avcodec_alloc_context3(codec);
    v->picture = av_frame_alloc();
    v->packet = av_packet_alloc();
    if (!v->encoder || !v->picture || !v->packet)
        return fail(v, "preparing", AVERROR(ENOMEM));
    double rate = configure(v, e, p);
    AVDictionary *options = NULL;
    int err = av_dict_parse_string(&options, v->stream.live ? e->live : e->options, "=", ",", 0);
    if (err >= 0)
        err = avcodec_open2(v->encoder, codec, &options);
    av_dict_free(&options);
    if (err < 0)
        return fail(v, "opening the encoder", err);
    v->gap = (int64_t)fmax(1, round(v->encoder->time_base.den / rate));
    v->last = -v->gap;
    return alloc_picture(v);
}

/* The final name decides the container: ".partial" means none. */
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
        if (v->out.partial) /* a pipe needs no sync */
            v->durable = mn_durable_start(fileno(v->out.file), v->out.partial, NULL);
        av_dict_parse_string(&options, FRAGMENTS, "=", ",", 0);
    }
    err = avformat_write_header(v->format, &options);
    av_dict_free(&options);
    if (err < 0)
        return fail(v, "writing the header", err);
    v->header = true;
    /* the container may have chosen a coarser time base: Matroska counts milliseconds */
    v->step = av_rescale_q_rnd(1, v->track->time_base, v->encoder->time_base, AV_ROUND_UP);
    if (v->step < 1)
        v->step = 1;
    return 0;
}

/* ------------------------------------------------------------------------------- encoding ---- */

/* The time of a frame in the copy; always later than that of the frame before. Containers have no
 * times below zero, so these move the whole input; a second input continues where the first ended.
 */
static int64_t time_of(struct video *v, double seconds)
{
    double ticks = seconds * v->encoder->time_base.den;
    bool first = v->last < 0;
    if (!(fabs(ticks) < 1e15)) /* also NaN */
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

/* picture NULL: the end, which flushes the encoder. */
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
        v->packet->duration = v->gap; /* matters only for the last frame */
        av_packet_rescale_ts(v->packet, v->encoder->time_base, v->track->time_base);
        err = av_interleaved_write_frame(v->format, v->packet);
    }
    return fail(v, "encoding", err);
}

static int start(struct video *v, const mien_picture *p)
{
    if (p->width < 2 || p->height < 2)
        return v->err = mn_fail(MIEN_EDIMENSIONS,
                                "%s: pictures of %d x %d pixels are too small for a video; a "
                                "video needs at least 2 x 2",
                                v->out.path, p->width, p->height);
    int err = open_container(v);
    if (err == 0)
        err = open_encoder(v, p);
    if (err == 0)
        err = write_header(v);
    return err;
}

static struct mn_canvas canvas_of(AVFrame *to)
{
    struct mn_canvas canvas = {.width = to->width, .height = to->height};
    for (int i = 0; i < 3; i++) {
        canvas.plane[i] = to->data[i];
        canvas.stride[i] = to->linesize[i];
    }
    return canvas;
}

/* Makes the frame writable: copies only while the encoder reads it. */
static int prepare(struct video *v, int64_t time)
{
    int err = av_frame_make_writable(v->picture);
    if (err < 0)
        return fail(v, "encoding", err);
    v->picture->pts = time;
    return 0;
}

static int annotate(struct video *v, const struct mn_result *r, int64_t time)
{
    int err = prepare(v, time);
    if (err < 0)
        return err;
    struct mn_canvas canvas = canvas_of(v->picture);
    mn_canvas_copy(&canvas, &r->frame->picture);
    mn_overlay_draw(&canvas, r, &v->stream.layout, NULL);
    return encode(v, v->picture);
}

/* Encodes the anonymised pictures whose delay has passed. */
static int drain(struct video *v, bool ended)
{
    struct mn_canvas from;
    int64_t time;
    int err = 0;
    while (err == 0 && mn_anonymise_take(v->anonymise, ended, &from, &time)) {
        err = prepare(v, time);
        if (err < 0)
            return err;
        const mien_picture p = {.format = MIEN_I420,
                                .width = from.width,
                                .height = from.height,
                                .plane = {from.plane[0], from.plane[1], from.plane[2]},
                                .stride = {from.stride[0], from.stride[1], from.stride[2]}};
        struct mn_canvas to = canvas_of(v->picture);
        mn_canvas_copy(&to, &p);
        err = encode(v, v->picture);
    }
    return err;
}

/* Faces of people that were not requested are hidden, too. */
static int anonymise(struct video *v, const mien_frame *f, int64_t time)
{
    const mien_face *face[MIEN_FACES_LIMIT];
    int n = 0;
    for (int i = 0; i < f->num_faces && n < MIEN_FACES_LIMIT; i++)
        face[n++] = mien_frame_face(f, i);
    struct mn_canvas canvas = mn_anonymise_next(v->anonymise);
    mn_canvas_copy(&canvas, &f->picture);
    mn_anonymise_add(v->anonymise, face, n, f->error != 0, time);
    return drain(v, false);
}

static int video_frame(struct mn_sink *s, const struct mn_result *r)
{
    struct video *v = (struct video *)s;
    const mien_picture *p = &r->frame->picture;
    if (v->err)
        return v->err;
    if (!v->format && start(v, p) < 0)
        return v->err;
    const AVFrame *to = v->picture;
    if ((p->width & ~1) != to->width || (p->height & ~1) != to->height)
        return v->err = mn_fail(MIEN_ESIZECHANGE,
                                "%s: the size of the pictures changes from %d x %d to %d x %d, but "
                                "a video has one size; split the input at the change",
                                v->out.path, to->width, to->height, p->width, p->height);
    int64_t t = time_of(v, r->frame->time);
    if (!v->rate_known && v->last >= 0)
        v->gap = t - v->last;
    v->last = t;
    return v->anonymise ? anonymise(v, r->frame, t) : annotate(v, r, t);
}

/* An incomplete video gets its index too, so that the partial file can be played. */
static int video_finish(struct mn_sink *s, bool complete)
{
    struct video *v = (struct video *)s;
    if (v->header) {
        if (!v->err && v->anonymise)
            drain(v, true);
        if (!v->err)
            encode(v, NULL);
        int err = av_write_trailer(v->format);
        if (err < 0)
            fail(v, "writing the index", err);
    } else if (complete && !v->err) {
        v->err = mn_fail(MIEN_EEMPTY, "%s: the input has no picture to write; check the input",
                         v->out.path);
    }
    mn_anonymise_free(v->anonymise);
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
        mn_msg(MIEN_LOG_DEBUG, "%s was synced to the disk %d times", v->out.path, n);
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
