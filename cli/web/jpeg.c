#include "web/jpeg.h"

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdlib.h>

#include "io/msg.h"

#define QUALITY 5 /* of FFmpeg, 2 is best: 30 kB for 640 x 360 pixels */

struct mn_jpeg {
    int height; /* of the input */
    AVCodecContext *encoder;
    AVFrame *picture;
    AVPacket *packet;
    struct SwsContext *scale;
};

static int open_encoder(struct mn_jpeg *j, int width, int height)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    if (!codec)
        return mn_fail(MIEN_ENOTBUILT,
                       "--web: this FFmpeg has no JPEG encoder; install one that has it");
    j->encoder = avcodec_alloc_context3(codec);
    j->picture = av_frame_alloc();
    j->packet = av_packet_alloc();
    if (!j->encoder || !j->picture || !j->packet)
        return MIEN_ENOMEM;
    j->encoder->width = j->picture->width = width;
    j->encoder->height = j->picture->height = height;
    j->encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
    j->picture->format = AV_PIX_FMT_YUVJ420P;
    j->picture->quality = QUALITY * FF_QP2LAMBDA;
    j->encoder->flags |= AV_CODEC_FLAG_QSCALE;
    j->encoder->global_quality = QUALITY * FF_QP2LAMBDA;
    j->encoder->time_base = (AVRational){1, 25};
    j->encoder->thread_count = 1;
    return avcodec_open2(j->encoder, codec, NULL) < 0 || av_frame_get_buffer(j->picture, 0) < 0
               ? mn_fail(MIEN_EINTERNAL,
                         "--web: FFmpeg cannot make JPEGs of %d x %d pixels; run without "
                         "--web",
                         width, height)
               : 0;
}

int mn_jpeg_open(struct mn_jpeg **out, int width, int height, double shape, int most)
{
    struct mn_jpeg *j = calloc(1, sizeof(*j));
    if (!j)
        return MIEN_ENOMEM;
    const double wide = width * shape, scale = wide > most ? most / wide : 1;
    const int w = (int)fmax(16, 2 * round(wide * scale / 2)),
              h = (int)fmax(16, 2 * round(height * scale / 2));
    j->height = height;
    int err = open_encoder(j, w, h);
    if (err == 0) {
        j->scale = sws_getContext(width, height, AV_PIX_FMT_YUV420P, w, h, AV_PIX_FMT_YUVJ420P,
                                  SWS_FAST_BILINEAR, NULL, NULL, NULL);
        err = j->scale ? 0 : MIEN_ENOMEM;
    }
    if (err < 0)
        mn_jpeg_close(&j);
    *out = j;
    return err;
}

int mn_jpeg_encode(struct mn_jpeg *j, const uint8_t *const plane[3], const int stride[3],
                   const uint8_t **data, size_t *size)
{
    if (av_frame_make_writable(j->picture) < 0)
        return MIEN_ENOMEM;
    sws_scale(j->scale, plane, stride, 0, j->height, j->picture->data, j->picture->linesize);
    j->picture->pts++;
    av_packet_unref(j->packet);
    if (avcodec_send_frame(j->encoder, j->picture) < 0 ||
        avcodec_receive_packet(j->encoder, j->packet) < 0)
        return MIEN_EINTERNAL;
    *data = j->packet->data;
    *size = (size_t)j->packet->size;
    return 0;
}

void mn_jpeg_close(struct mn_jpeg **j)
{
    if (!*j)
        return;
    sws_freeContext((*j)->scale);
    av_packet_free(&(*j)->packet);
    av_frame_free(&(*j)->picture);
    avcodec_free_context(&(*j)->encoder);
    free(*j);
    *j = NULL;
}
