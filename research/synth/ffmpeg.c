#include "ffmpeg.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "texture.h"

static int failed(int error, char *why, const char *path, const char *what)
{
    snprintf(why, SY_WHY, "%.250s: %s", path, what);
    return error;
}

/* --------------------------------------------------------------------------------- in ------- */

struct source {
    AVFormatContext *format;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    struct SwsContext *scale;
};

static void source_close(struct source *s)
{
    sws_freeContext(s->scale);
    av_frame_free(&s->frame);
    av_packet_free(&s->packet);
    avcodec_free_context(&s->decoder);
    avformat_close_input(&s->format);
}

static int decode_first(struct source *s, const char *path)
{
    if (avformat_open_input(&s->format, path, NULL, NULL) < 0)
        return MIEN_ENOTMEDIA;
    const AVCodec *codec = NULL;
    int stream = av_find_best_stream(s->format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (stream < 0 || !codec)
        return MIEN_ENOTMEDIA;
    s->decoder = avcodec_alloc_context3(codec);
    s->packet = av_packet_alloc();
    s->frame = av_frame_alloc();
    if (!s->decoder || !s->packet || !s->frame)
        return MIEN_ENOMEM;
    s->decoder->thread_count = 1;
    s->decoder->max_pixels = (int64_t)SY_TEXTURE_SIDE * SY_TEXTURE_SIDE;
    if (avcodec_parameters_to_context(s->decoder, s->format->streams[stream]->codecpar) < 0 ||
        avcodec_open2(s->decoder, codec, NULL) < 0)
        return MIEN_ENOTMEDIA;
    while (av_read_frame(s->format, s->packet) >= 0) {
        int err =
            s->packet->stream_index == stream ? avcodec_send_packet(s->decoder, s->packet) : 0;
        av_packet_unref(s->packet);
        if (err < 0)
            return MIEN_EDAMAGED;
        if (avcodec_receive_frame(s->decoder, s->frame) == 0)
            return 0;
    }
    avcodec_send_packet(s->decoder, NULL);
    return avcodec_receive_frame(s->decoder, s->frame) == 0 ? 0 : MIEN_EDAMAGED;
}

static int to_rgba(struct source *s, uint8_t **rgba, int *width, int *height)
{
    AVFrame *f = s->frame;
    if (f->width < 1 || f->height < 1 || f->width > SY_TEXTURE_SIDE || f->height > SY_TEXTURE_SIDE)
        return MIEN_EDIMENSIONS;
    s->scale = sws_getContext(f->width, f->height, (enum AVPixelFormat)f->format, f->width,
                              f->height, AV_PIX_FMT_RGBA, SWS_POINT, NULL, NULL, NULL);
    /* a little more than needed: swscale writes whole vectors */
    *rgba = malloc(4 * (size_t)f->width * (size_t)f->height + 64);
    if (!s->scale || !*rgba)
        return MIEN_ENOMEM;
    uint8_t *const plane[4] = {*rgba, NULL, NULL, NULL};
    const int stride[4] = {4 * f->width, 0, 0, 0};
    sws_scale(s->scale, (const uint8_t *const *)f->data, f->linesize, 0, f->height, plane, stride);
    *width = f->width;
    *height = f->height;
    return 0;
}

int sy_picture_read(const char *path, uint8_t **rgba, int *width, int *height, char *why)
{
    struct source s = {0};
    *rgba = NULL;
    av_log_set_level(AV_LOG_FATAL);
    int err = decode_first(&s, path);
    if (err == 0)
        err = to_rgba(&s, rgba, width, height);
    source_close(&s);
    if (err == 0)
        return 0;
    free(*rgba);
    *rgba = NULL;
    return failed(err, why, path, mien_strerror(err));
}

/* -------------------------------------------------------------------------------- out ------- */

struct sy_video {
    AVFormatContext *format;
    AVStream *track;
    AVCodecContext *encoder;
    AVFrame *frame;
    AVPacket *packet;
    struct SwsContext *scale;
    int64_t next;
    int header;
    char path[1000];
};

static int fill(struct SwsContext *scale, AVFrame *frame, const uint8_t *rgb, int width, int height)
{
    const uint8_t *const plane[4] = {rgb, NULL, NULL, NULL};
    const int stride[4] = {3 * width, 0, 0, 0};
    if (av_frame_make_writable(frame) < 0)
        return MIEN_ENOMEM;
    sws_scale(scale, plane, stride, 0, height, frame->data, frame->linesize);
    return 0;
}

static AVFrame *new_frame(int width, int height, enum AVPixelFormat format)
{
    AVFrame *f = av_frame_alloc();
    if (!f)
        return NULL;
    f->width = width;
    f->height = height;
    f->format = format;
    if (av_frame_get_buffer(f, 0) < 0)
        av_frame_free(&f);
    return f;
}

static int png_packet(AVCodecContext *e, AVFrame *f, AVPacket *p, const uint8_t *rgb)
{
    e->width = f->width;
    e->height = f->height;
    e->pix_fmt = AV_PIX_FMT_RGB24;
    e->time_base = (AVRational){1, 25};
    e->thread_count = 1;
    e->compression_level = 3;
    for (int y = 0; y < f->height; y++)
        memcpy(f->data[0] + (ptrdiff_t)y * f->linesize[0], rgb + 3 * (size_t)y * (size_t)f->width,
               3 * (size_t)f->width);
    if (avcodec_open2(e, e->codec, NULL) < 0 || avcodec_send_frame(e, f) < 0 ||
        avcodec_send_frame(e, NULL) < 0 || avcodec_receive_packet(e, p) < 0)
        return MIEN_EINTERNAL;
    return 0;
}

int sy_png_write(const char *path, const uint8_t *rgb, int width, int height, char *why)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    if (!codec)
        return failed(MIEN_ENOTBUILT, why, path, "FFmpeg was built without a PNG encoder");
    AVCodecContext *encoder = avcodec_alloc_context3(codec);
    AVFrame *frame = new_frame(width, height, AV_PIX_FMT_RGB24);
    AVPacket *packet = av_packet_alloc();
    int err = encoder && frame && packet ? png_packet(encoder, frame, packet, rgb) : MIEN_ENOMEM;
    if (err == 0) {
        FILE *file = fopen(path, "wb");
        int good =
            file && fwrite(packet->data, 1, (size_t)packet->size, file) == (size_t)packet->size;
        if (file && fclose(file) != 0)
            good = 0;
        if (!good)
            err = MIEN_EOUTPUT;
    }
    av_packet_free(&packet);
    av_frame_free(&frame);
    avcodec_free_context(&encoder);
    return err < 0 ? failed(err, why, path, mien_strerror(err)) : 0;
}

static int video_start(struct sy_video *f, int width, int height, int rate)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    if (!codec)
        codec = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
    if (!codec)
        return MIEN_ENOTBUILT;
    if (avformat_alloc_output_context2(&f->format, NULL, NULL, f->path) < 0 || !f->format)
        return MIEN_EINVAL;
    f->track = avformat_new_stream(f->format, NULL);
    f->encoder = avcodec_alloc_context3(codec);
    f->frame = new_frame(width, height, AV_PIX_FMT_YUV420P);
    f->packet = av_packet_alloc();
    f->scale = sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, AV_PIX_FMT_YUV420P,
                              SWS_BILINEAR, NULL, NULL, NULL);
    if (!f->track || !f->encoder || !f->frame || !f->packet || !f->scale)
        return MIEN_ENOMEM;
    f->encoder->width = width;
    f->encoder->height = height;
    f->encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    f->encoder->time_base = (AVRational){1, rate};
    f->encoder->framerate = (AVRational){rate, 1};
    f->encoder->thread_count = 1; /* the same bytes on any machine */
    f->encoder->gop_size = 2 * rate;
    if (codec->id == AV_CODEC_ID_MPEG4) {
        f->encoder->flags |= AV_CODEC_FLAG_QSCALE;
        f->encoder->global_quality = 3 * FF_QP2LAMBDA;
    } else {
        av_opt_set(f->encoder->priv_data, "crf", "23", 0);
        av_opt_set(f->encoder->priv_data, "preset", "medium", 0);
    }
    if (f->format->oformat->flags & AVFMT_GLOBALHEADER)
        f->encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    f->format->flags |= AVFMT_FLAG_BITEXACT;
    f->track->time_base = f->encoder->time_base;
    if (avcodec_open2(f->encoder, codec, NULL) < 0 ||
        avcodec_parameters_from_context(f->track->codecpar, f->encoder) < 0)
        return MIEN_EINTERNAL;
    if (avio_open(&f->format->pb, f->path, AVIO_FLAG_WRITE) < 0)
        return MIEN_EOUTPUT;
    if (avformat_write_header(f->format, NULL) < 0)
        return MIEN_EOUTPUT;
    f->header = 1;
    return 0;
}

static void video_free(struct sy_video **video)
{
    struct sy_video *f = *video;
    *video = NULL;
    if (!f)
        return;
    sws_freeContext(f->scale);
    av_packet_free(&f->packet);
    av_frame_free(&f->frame);
    avcodec_free_context(&f->encoder);
    if (f->format && f->format->pb)
        avio_closep(&f->format->pb);
    avformat_free_context(f->format);
    free(f);
}

int sy_video_open(struct sy_video **out, const char *path, int width, int height, int rate,
                  char *why)
{
    struct sy_video *f = calloc(1, sizeof(*f));
    *out = NULL;
    if (!f)
        return failed(MIEN_ENOMEM, why, path, "out of memory");
    av_log_set_level(AV_LOG_FATAL);
    snprintf(f->path, sizeof(f->path), "%s", path);
    int err = video_start(f, width, height, rate);
    if (err < 0) {
        video_free(&f);
        return failed(err, why, path, mien_strerror(err));
    }
    *out = f;
    return 0;
}

/* NULL: the end. */
static int encode(struct sy_video *f, AVFrame *frame)
{
    if (avcodec_send_frame(f->encoder, frame) < 0)
        return MIEN_EINTERNAL;
    while (avcodec_receive_packet(f->encoder, f->packet) == 0) {
        f->packet->duration = 1;
        av_packet_rescale_ts(f->packet, f->encoder->time_base, f->track->time_base);
        if (av_interleaved_write_frame(f->format, f->packet) < 0)
            return MIEN_EOUTPUT;
    }
    return 0;
}

int sy_video_add(struct sy_video *f, const uint8_t *rgb, char *why)
{
    int err = fill(f->scale, f->frame, rgb, f->frame->width, f->frame->height);
    f->frame->pts = f->next++;
    if (err == 0)
        err = encode(f, f->frame);
    return err < 0 ? failed(err, why, f->path, mien_strerror(err)) : 0;
}

int sy_video_close(struct sy_video **video, char *why)
{
    struct sy_video *f = *video;
    if (!f)
        return 0;
    int err = encode(f, NULL);
    if (err == 0 && av_write_trailer(f->format) < 0)
        err = MIEN_EOUTPUT;
    if (err == 0 && avio_closep(&f->format->pb) < 0)
        err = MIEN_EOUTPUT;
    if (err < 0)
        failed(err, why, f->path, mien_strerror(err));
    video_free(video);
    return err;
}
