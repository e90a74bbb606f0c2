/* From a decoded picture to one that can be lent: conversion, scaling, orientation, and loans. */
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include "io/msg.h"
#include "source/ffmpeg/state.h"

/* --------------------------------------------------------------------------------- loans ---- */

static struct mn_av_loan *new_loan(struct mn_decoder *d)
{
    struct mn_av_loan *loan = calloc(1, sizeof(*loan));
    AVFrame *frame = av_frame_alloc();
    if (!loan || !frame) {
        free(loan);
        av_frame_free(&frame);
        return NULL;
    }
    *loan = (struct mn_av_loan){.decoder = d, .frame = frame, .next = d->loans.all};
    d->loans.all = loan;
    return loan;
}

static struct mn_av_loan *take_loan(struct mn_decoder *d)
{
    pthread_mutex_lock(&d->loans.lock);
    struct mn_av_loan *loan = d->loans.free;
    if (loan)
        d->loans.free = loan->next_free;
    pthread_mutex_unlock(&d->loans.lock);
    return loan ? loan : new_loan(d);
}

void mn_av_return(struct mn_av_loan *loan)
{
    struct mn_av_loans *loans = &loan->decoder->loans;
    av_frame_unref(loan->frame);
    pthread_mutex_lock(&loans->lock);
    loan->next_free = loans->free;
    loans->free = loan;
    pthread_mutex_unlock(&loans->lock);
}

void mn_av_free_loans(struct mn_av_loans *loans)
{
    for (struct mn_av_loan *loan = loans->all, *next; loan; loan = next) {
        next = loan->next;
        av_frame_free(&loan->frame);
        free(loan);
    }
}

/* ---------------------------------------------------------------------------- conversion ---- */

static bool is_i420(int format)
{
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
}

/* Any other pixel format or size to BGR24 of the first frame's size, as OpenCV would. */
static int to_bgr(struct mn_decoder *d, AVFrame **frame, AVFrame *spare)
{
    struct mn_av_shape *s = &d->shape;
    AVFrame *in = *frame;
    int err = mn_av_own_frame(d, spare, AV_PIX_FMT_BGR24, s->coded_width, s->coded_height);
    if (err < 0)
        return err;
    s->sws = sws_getCachedContext(s->sws, in->width, in->height, (enum AVPixelFormat)in->format,
                                  spare->width, spare->height, AV_PIX_FMT_BGR24, SWS_BICUBIC, NULL,
                                  NULL, NULL);
    if (!s->sws)
        return mn_fail(MIEN_ENOTMEDIA,
                       "%s: FFmpeg cannot convert its pixel format %s; convert the video to "
                       "yuv420p",
                       d->name, av_get_pix_fmt_name((enum AVPixelFormat)in->format));
    if (d->o.tagged_colour && in->colorspace != AVCOL_SPC_UNSPECIFIED &&
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

/* One plane of w x h pixels, each of `size` bytes, in the new orientation. */
static void turn_plane(const uint8_t *in, int in_stride, int w, int h, int size,
                       struct mn_av_turn t, uint8_t *out, int out_stride)
{
    const int x0 = t.a < 0   ? w - 1
                   : t.c < 0 ? h - 1
                             : 0,
              y0 = t.b < 0   ? w - 1
                   : t.d < 0 ? h - 1
                             : 0;
    const ptrdiff_t step = (ptrdiff_t)t.b * out_stride + (ptrdiff_t)t.a * size;
    for (int y = 0; y < h; y++) {
        const uint8_t *p = in + (ptrdiff_t)y * in_stride;
        uint8_t *q =
            out + (ptrdiff_t)(y0 + t.d * y) * out_stride + (ptrdiff_t)(x0 + t.c * y) * size;
        for (int x = 0; x < w; x++, p += size, q += step)
            for (int k = 0; k < size; k++)
                q[k] = p[k];
    }
}

static bool is_turned(const struct mn_decoder *d)
{
    return d->shape.turn.a != 1 || d->shape.turn.d != 1;
}

static int turn(struct mn_decoder *d, AVFrame **frame, AVFrame *spare)
{
    AVFrame *in = *frame;
    int err = mn_av_own_frame(d, spare, in->format, d->facts->width, d->facts->height);
    if (err < 0)
        return err;
    bool planar = is_i420(in->format);
    for (int p = 0; p < (planar ? 3 : 1); p++) {
        int w = p ? in->width / 2 : in->width, h = p ? in->height / 2 : in->height;
        turn_plane(in->data[p], in->linesize[p], w, h, planar ? 1 : 3, d->shape.turn,
                   spare->data[p], spare->linesize[p]);
    }
    spare->colorspace = in->colorspace;
    spare->color_range = in->color_range;
    av_frame_unref(in);
    *frame = spare;
    return 0;
}

/* Brings *frame to the size and orientation of the stream, if it has others; spare becomes *frame,
 * or the picture goes there and back. */
static int convert(struct mn_decoder *d, AVFrame **frame, AVFrame *spare)
{
    AVFrame *in = *frame;
    const struct mn_av_shape *s = &d->shape;
    bool other_size = in->width != s->coded_width || in->height != s->coded_height;
    bool odd = (in->width | in->height) & 1;
    int err = 0;
    d->facts->size_changes += other_size;
    if (!is_i420(in->format) || other_size || (odd && is_turned(d)))
        err = to_bgr(d, frame, spare);
    if (err == 0 && is_turned(d))
        err = turn(d, frame, *frame == in ? spare : in);
    return err;
}

int mn_av_finish_frame(struct mn_decoder *d, struct mn_av_loan **out)
{
    struct mn_av_loan *a = take_loan(d), *b = take_loan(d);
    if (!a || !b) {
        if (a)
            mn_av_return(a);
        if (b)
            mn_av_return(b);
        return MIEN_ENOMEM;
    }
    av_frame_move_ref(a->frame, d->decoded);
    AVFrame *frame = a->frame;
    int err = convert(d, &frame, b->frame);
    struct mn_av_loan *keep = frame == a->frame ? a : b;
    mn_av_return(keep == a ? b : a);
    if (err < 0) {
        mn_av_return(keep);
        return err;
    }
    *out = keep;
    return 0;
}

void mn_av_describe_picture(const struct mn_decoder *d, const AVFrame *f, mien_picture *p)
{
    memset(p, 0, sizeof(*p));
    p->format = is_i420(f->format) ? MIEN_I420 : MIEN_BGR24;
    p->width = f->width;
    p->height = f->height;
    for (int i = 0; i < 3; i++) {
        p->plane[i] = f->data[i];
        p->stride[i] = f->linesize[i];
    }
    /* OpenCV 4, which the other programs and the published numbers use, assumes BT.601 whatever the
     * stream states, and full range from the pixel format alone. */
    p->full_range = f->format == AV_PIX_FMT_YUVJ420P;
    p->matrix = MIEN_BT601;
    if (d->o.tagged_colour) {
        p->full_range = p->full_range || f->color_range == AVCOL_RANGE_JPEG;
        if (f->colorspace == AVCOL_SPC_BT709)
            p->matrix = MIEN_BT709;
        else if (f->colorspace == AVCOL_SPC_BT2020_NCL || f->colorspace == AVCOL_SPC_BT2020_CL)
            p->matrix = MIEN_BT2020;
    }
}
