/* The memory that pictures are written to. */
#include <libavutil/imgutils.h>

#include "source/ffmpeg/state.h"

/* NULL: the owner of the decoder has no room, any other memory is used. */
static AVBufferRef *lent_buffer(const struct mn_decoder *d, size_t size)
{
    const struct mn_decoder_memory *m = &d->o.memory;
    void *lease = NULL;
    uint8_t *data = m->get ? m->get(m->ctx, size, &lease) : NULL;
    AVBufferRef *ref = data ? av_buffer_create(data, size, m->put, lease, 0) : NULL;
    if (data && !ref)
        m->put(lease, data);
    return ref;
}

/* For av_buffer_pool_init2. */
static AVBufferRef *any_buffer(void *decoder, size_t size)
{
    AVBufferRef *ref = lent_buffer(decoder, size);
    return ref ? ref : av_buffer_alloc(size);
}

/* Decoders leave damaged parts of a picture unwritten. Without this fill, these parts would show
 * earlier contents of the memory: other pictures, perhaps of other files. */
#define UNKNOWN 128

/* Where the decoder writes 4:2:0 pictures, as planes with the margins and alignment that it
 * requires. It keeps the same buffers for reference, so they must not be written to. */
int mn_av_get_buffer(AVCodecContext *codec, AVFrame *f, int flags)
{
    struct mn_decoder *d = codec->opaque;
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
    AVBufferRef *ref = usable ? lent_buffer(d, at2 + size[1]) : NULL;
    if (!ref) {
        int err = avcodec_default_get_buffer2(codec, f, flags);
        for (int i = 0; err >= 0 && i < AV_NUM_DATA_POINTERS && f->buf[i]; i++)
            memset(f->buf[i]->data, UNKNOWN, f->buf[i]->size);
        return err;
    }
    memset(ref->data, UNKNOWN, at2 + size[1]);
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

int mn_av_own_frame(struct mn_decoder *d, AVFrame *out, int format, int w, int h)
{
    struct mn_av_shape *s = &d->shape;
    int size = av_image_get_buffer_size((enum AVPixelFormat)format, w, h, 32);
    if (size < 0)
        return MIEN_EDIMENSIONS;
    if (size > s->buffer_size) {
        av_buffer_pool_uninit(&s->buffers);
        s->buffers = av_buffer_pool_init2((size_t)size + 64, d, any_buffer, NULL);
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
