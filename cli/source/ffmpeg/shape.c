/* Size and orientation of the pictures of a stream. */
#include <math.h>

#include "io/msg.h"
#include "source/ffmpeg/state.h"

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

struct mn_av_turn mn_av_turn_by_degrees(int clockwise)
{
    switch (clockwise) {
    case 90:
        return (struct mn_av_turn){0, 1, -1, 0};
    case 180:
        return (struct mn_av_turn){-1, 0, 0, -1};
    case 270:
        return (struct mn_av_turn){0, -1, 1, 0};
    default:
        return (struct mn_av_turn){1, 0, 0, 1};
    }
}

static int sign(int32_t v)
{
    return v < 0 ? -1 : 1;
}

/* The nearest of the eight orientations; no turn when there is no sensible matrix. */
struct mn_av_turn mn_av_turn_by_matrix(const int32_t *m, const char *name)
{
    if (!m)
        return mn_av_turn_by_degrees(0);
    const double a = m[0], b = m[1], c = m[3], d = m[4];
    bool upright = fabs(a) + fabs(d) >= fabs(b) + fabs(c);
    if (fmin(fabs(a) + fabs(d), fabs(b) + fabs(c)) > 0.05 * (fabs(a) + fabs(b) + fabs(c) + fabs(d)))
        mn_msg(MIEN_LOG_WARNING,
               "%s requests a rotation that is not a quarter turn; the nearest quarter turn is "
               "applied",
               name);
    if (upright)
        return (struct mn_av_turn){sign(m[0]), 0, 0, sign(m[4])};
    return (struct mn_av_turn){0, sign(m[1]), sign(m[3]), 0};
}

void mn_av_set_turn(struct mn_decoder *d, struct mn_av_turn t)
{
    d->shape.turn = t;
    d->facts->mirrored = t.a * t.d - t.b * t.c < 0;
    if (d->facts->mirrored) { /* reported as: exchange left and right first, then rotate */
        t.a = -t.a;
        t.b = -t.b;
    }
    d->facts->rotation = t.a == 1 ? 0 : t.a == -1 ? 180 : t.b == 1 ? 90 : 270;
}

int mn_av_check_size(const char *name, int w, int h)
{
    if (w < 1 || h < 1)
        return mn_fail(MIEN_EDIMENSIONS,
                       "%s has pictures without a size; it is damaged, record or convert it again",
                       name);
    if (w > MIEN_MAX_SIDE || h > MIEN_MAX_SIDE || (int64_t)w * h > MIEN_MAX_AREA)
        return mn_fail(MIEN_EDIMENSIONS,
                       "%s has pictures of %d x %d pixels; the limit is %d a side and %d "
                       "megapixels, so scale it down first",
                       name, w, h, MIEN_MAX_SIDE, MIEN_MAX_AREA / 1000000);
    return 0;
}

void mn_av_set_size(struct mn_decoder *d, int w, int h)
{
    const AVStream *st = d->format->streams[d->stream];
    struct mn_source_facts *f = d->facts;
    bool turned = d->shape.turn.a == 0;
    d->shape.coded_width = w;
    d->shape.coded_height = h;
    f->width = turned ? h : w;
    f->height = turned ? w : h;
    AVRational sar = st->sample_aspect_ratio;
    if (sar.num <= 0 || sar.den <= 0)
        sar = st->codecpar->sample_aspect_ratio;
    bool known = sar.num > 0 && sar.den > 0;
    f->sar_num = !known ? 0 : turned ? sar.den : sar.num;
    f->sar_den = !known ? 1 : turned ? sar.num : sar.den;
}
