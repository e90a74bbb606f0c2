/* A decoded picture on its way out: whose memory it lies in, its size and turn, its conversion, and
 * the shells in which it is lent. */
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <math.h>

#include "io/msg.h"
#include "source/ffmpeg/inside.h"
#include "source/isolated/isolated.h"

/* --------------------------------------------------------------- memory of the pipeline ---- */

static void give_back(void *opaque, uint8_t *data)
{
    (void)data;
    mien_buffer_put(opaque);
}

static void give_to_arena(void *opaque, uint8_t *data)
{
    mn_arena_put(opaque, data);
}

/* NULL: there is none to give, any other will do. */
static AVBufferRef *pipeline_buffer(struct mn_source *s, size_t size)
{
    mien_pipeline *p = s->memory;
    uint8_t *place = s->o.arena ? mn_arena_get(s->o.arena, size) : NULL;
    if (place) {
        AVBufferRef *at = av_buffer_create(place, size, give_to_arena, s->o.arena, 0);
        if (!at)
            mn_arena_put(s->o.arena, place);
        return at;
    }
    mien_buffer *b = p ? mien_buffer_get(p, size) : NULL;
    AVBufferRef *ref = b ? av_buffer_create(b->data, size, give_back, b, 0) : NULL;
    if (b && !ref)
        mien_buffer_put(b);
    return ref;
}

/* For av_buffer_pool_init2. */
static AVBufferRef *any_buffer(void *opaque, size_t size)
{
    AVBufferRef *ref = pipeline_buffer(opaque, size);
    return ref ? ref : av_buffer_alloc(size);
}

/* Decoders leave out what is damaged, and there stays what was there: other pictures, by chance,
 * even of other files. It is grey instead. */
#define UNKNOWN 128

/* Where the decoder writes 4:2:0 pictures, planes with the margins and alignment that it asks for.
 * What it keeps for reference are the very pictures we look at: nobody writes to them. */
int mn_av_get_buffer(AVCodecContext *codec, AVFrame *f, int flags)
{
    struct mn_source *s = codec->opaque;
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
    AVBufferRef *ref = usable ? pipeline_buffer(s, at2 + size[1]) : NULL;
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

/* ------------------------------------------------------------------------- size and turn ---- */

/* Display matrix of a stream, 9 numbers, or NULL. */
const int32_t *mn_av_stream_matrix(const AVStream *st)
{
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVPacketSideData *sd = av_packet_side_data_get(
        st->codecpar->coded_side_data, st->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return sd && sd->size >= 9 * sizeof(int32_t) ? (const int32_t *)sd->data : NULL;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(st, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
#endif
}

struct orientation mn_av_by_degrees(int clockwise)
{
    switch (clockwise) {
    case 90:
        return (struct orientation){0, 1, -1, 0};
    case 180:
        return (struct orientation){-1, 0, 0, -1};
    case 270:
        return (struct orientation){0, -1, 1, 0};
    default:
        return (struct orientation){1, 0, 0, 1};
    }
}

static int sign(int32_t v)
{
    return v < 0 ? -1 : 1;
}

/* The nearest of the eight orientations; as the picture lies when there is no sensible matrix. */
struct orientation mn_av_by_matrix(const int32_t *m, const char *name)
{
    if (!m)
        return mn_av_by_degrees(0);
    const double a = m[0], b = m[1], c = m[3], d = m[4];
    bool upright = fabs(a) + fabs(d) >= fabs(b) + fabs(c);
    if (fmin(fabs(a) + fabs(d), fabs(b) + fabs(c)) > 0.05 * (fabs(a) + fabs(b) + fabs(c) + fabs(d)))
        mn_msg(MIEN_LOG_WARNING, "%s asks for a turn that is no quarter turn; the nearest is taken",
               name);
    if (upright)
        return (struct orientation){sign(m[0]), 0, 0, sign(m[4])};
    return (struct orientation){0, sign(m[1]), sign(m[3]), 0};
}

void mn_av_set_turn(struct mn_source *s, struct orientation t)
{
    s->turn = t;
    s->facts.mirrored = t.a * t.d - t.b * t.c < 0;
    if (s->facts.mirrored) { /* told as: exchange left and right first, then turn */
        t.a = -t.a;
        t.b = -t.b;
    }
    s->facts.rotation = t.a == 1 ? 0 : t.a == -1 ? 180 : t.b == 1 ? 90 : 270;
}

int mn_av_check_size(const char *name, int w, int h)
{
    if (w < 1 || h < 1)
        return mn_fail(MIEN_EDIMENSIONS,
                       "%s has pictures of no size; it is damaged, record or "
                       "convert it again",
                       name);
    if (w > MIEN_MAX_SIDE || h > MIEN_MAX_SIDE || (int64_t)w * h > MIEN_MAX_AREA)
        return mn_fail(MIEN_EDIMENSIONS,
                       "%s has pictures of %d x %d pixels; the most is %d a side "
                       "and %d megapixels, so scale it down first",
                       name, w, h, MIEN_MAX_SIDE, MIEN_MAX_AREA / 1000000);
    return 0;
}

/* The size that all pictures of the stream are brought to. */
void mn_av_set_size(struct mn_source *s, int w, int h)
{
    bool turned = s->turn.a == 0;
    s->coded_width = w;
    s->coded_height = h;
    s->facts.width = turned ? h : w;
    s->facts.height = turned ? w : h;
    AVRational sar = s->format->streams[s->stream]->sample_aspect_ratio;
    if (sar.num <= 0 || sar.den <= 0)
        sar = s->format->streams[s->stream]->codecpar->sample_aspect_ratio;
    bool known = sar.num > 0 && sar.den > 0;
    s->facts.sar_num = !known ? 0 : turned ? sar.den : sar.num;
    s->facts.sar_den = !known ? 1 : turned ? sar.num : sar.den;
}

/* -------------------------------------------------------------------------------- shells ---- */

static struct shell *shell_get(struct mn_source *s)
{
    struct shell *shell = NULL;
    pthread_mutex_lock(&s->lock);
    if (s->num_free)
        shell = s->free[--s->num_free];
    else if (s->num_shells < MN_AV_SHELLS)
        shell = &s->shells[s->num_shells++];
    pthread_mutex_unlock(&s->lock);
    if (shell && !shell->frame) {
        shell->source = s;
        shell->frame = av_frame_alloc();
    }
    return shell && shell->frame ? shell : NULL;
}

void mn_av_shell_put(void *ctx)
{
    struct shell *shell = ctx;
    struct mn_source *s = shell->source;
    av_frame_unref(shell->frame);
    pthread_mutex_lock(&s->lock);
    s->free[s->num_free++] = shell;
    pthread_mutex_unlock(&s->lock);
}

/* ---------------------------------------------------------------------------- conversion ---- */

static bool is_i420(int format)
{
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
}

/* A frame of our own from the pool; its size never changes within a stream. */
static int own_frame(struct mn_source *s, AVFrame *out, int format, int w, int h)
{
    int size = av_image_get_buffer_size((enum AVPixelFormat)format, w, h, 32);
    if (size < 0)
        return MIEN_EDIMENSIONS;
    if (size > s->buffer_size) {
        av_buffer_pool_uninit(&s->buffers);
        s->buffers = av_buffer_pool_init2((size_t)size + 64, s, any_buffer, NULL);
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

/* Any other pixel format or size to BGR24 of the first frame's size, as OpenCV would. */
static int to_bgr(struct mn_source *s, AVFrame **frame, AVFrame *spare)
{
    AVFrame *in = *frame;
    int err = own_frame(s, spare, AV_PIX_FMT_BGR24, s->coded_width, s->coded_height);
    if (err < 0)
        return err;
    s->sws = sws_getCachedContext(s->sws, in->width, in->height, (enum AVPixelFormat)in->format,
                                  spare->width, spare->height, AV_PIX_FMT_BGR24, SWS_BICUBIC, NULL,
                                  NULL, NULL);
    if (!s->sws)
        return mn_fail(MIEN_ENOTMEDIA, "%s: its pixel format %s cannot be converted", s->name,
                       av_get_pix_fmt_name((enum AVPixelFormat)in->format));
    if (s->o.tagged_colour && in->colorspace != AVCOL_SPC_UNSPECIFIED &&
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

/* One plane of `size` byte pixels, w x h of them in the source, laid out anew. */
static void turn_plane(const uint8_t *in, int in_stride, int w, int h, int size,
                       struct orientation o, uint8_t *out, int out_stride)
{
    const int x0 = o.a < 0   ? w - 1
                   : o.c < 0 ? h - 1
                             : 0,
              y0 = o.b < 0   ? w - 1
                   : o.d < 0 ? h - 1
                             : 0;
    const ptrdiff_t step = (ptrdiff_t)o.b * out_stride + (ptrdiff_t)o.a * size;
    for (int y = 0; y < h; y++) {
        const uint8_t *p = in + (ptrdiff_t)y * in_stride;
        uint8_t *q =
            out + (ptrdiff_t)(y0 + o.d * y) * out_stride + (ptrdiff_t)(x0 + o.c * y) * size;
        for (int x = 0; x < w; x++, p += size, q += step)
            for (int k = 0; k < size; k++)
                q[k] = p[k];
    }
}

static bool turns(const struct mn_source *s)
{
    return s->turn.a != 1 || s->turn.d != 1;
}

static int turn(struct mn_source *s, AVFrame **frame, AVFrame *spare)
{
    AVFrame *in = *frame;
    int err = own_frame(s, spare, in->format, s->facts.width, s->facts.height);
    if (err < 0)
        return err;
    bool planar = is_i420(in->format);
    for (int p = 0; p < (planar ? 3 : 1); p++) {
        int w = p ? in->width / 2 : in->width, h = p ? in->height / 2 : in->height;
        turn_plane(in->data[p], in->linesize[p], w, h, planar ? 1 : 3, s->turn, spare->data[p],
                   spare->linesize[p]);
    }
    spare->colorspace = in->colorspace;
    spare->color_range = in->color_range;
    av_frame_unref(in);
    *frame = spare;
    return 0;
}

/* Turns s->decoded into a shell that can be lent. */
int mn_av_settle(struct mn_source *s, struct shell **out)
{
    struct shell *a = shell_get(s), *b = shell_get(s);
    if (!a || !b)
        return MIEN_ENOMEM;
    av_frame_move_ref(a->frame, s->decoded);
    AVFrame *frame = a->frame;
    bool other_size = frame->width != s->coded_width || frame->height != s->coded_height;
    bool odd = (frame->width | frame->height) & 1;
    int err = 0;
    if (other_size)
        s->facts.size_changes++;
    if (!is_i420(frame->format) || other_size || (odd && turns(s)))
        err = to_bgr(s, &frame, b->frame);
    if (err == 0 && turns(s))
        err = turn(s, &frame, frame == a->frame ? b->frame : a->frame);
    struct shell *keep = frame == a->frame ? a : b;
    mn_av_shell_put(keep == a ? b : a);
    if (err < 0) {
        mn_av_shell_put(keep);
        return err;
    }
    *out = keep;
    return 0;
}

void mn_av_describe(const struct mn_source *s, const AVFrame *f, mien_picture *p)
{
    memset(p, 0, sizeof(*p));
    p->format = is_i420(f->format) ? MIEN_I420 : MIEN_BGR24;
    p->width = f->width;
    p->height = f->height;
    for (int i = 0; i < 3; i++) {
        p->plane[i] = f->data[i];
        p->stride[i] = f->linesize[i];
    }
    /* OpenCV 4, through which every rival and every published number went, takes BT.601 whatever
     * the stream says, and full range from the pixel format alone. */
    p->full_range = f->format == AV_PIX_FMT_YUVJ420P;
    p->matrix = MIEN_BT601;
    if (s->o.tagged_colour) {
        p->full_range = p->full_range || f->color_range == AVCOL_RANGE_JPEG;
        if (f->colorspace == AVCOL_SPC_BT709)
            p->matrix = MIEN_BT709;
        else if (f->colorspace == AVCOL_SPC_BT2020_NCL || f->colorspace == AVCOL_SPC_BT2020_CL)
            p->matrix = MIEN_BT2020;
    }
}
