/* From packets to decoded pictures and their times. */
#include <math.h>
#include <time.h>

#include "source/ffmpeg/state.h"

/* When the stream should end according to its header, seconds; 0 without reliable information.
 * Matroska stores it as a tag "HH:MM:SS.frac"; the length of the whole file is not usable, because
 * the sound may be longer than the video. */
static double expected_end(const struct mn_decoder *d)
{
    const AVStream *st = d->format->streams[d->stream];
    const AVDictionaryEntry *tag = av_dict_get(st->metadata, "DURATION", NULL, 0);
    int hours, minutes;
    double seconds;
    if (tag && sscanf(tag->value, "%d:%d:%lf", &hours, &minutes, &seconds) == 3)
        return hours * 3600.0 + minutes * 60.0 + seconds;
    if (d->format->nb_streams == 1 && strstr(d->facts->container, "matroska"))
        return d->facts->start_time + d->facts->duration;
    return 0;
}

static void note_damage(struct mn_decoder *d, const char *what)
{
    struct mn_source_facts *f = d->facts;
    if (!f->damage[0])
        snprintf(f->damage, sizeof(f->damage), "%s after frame %lld", what,
                 (long long)f->frames_decoded);
}

/* The JPEG decoder fills missing parts with grey and reports nothing. A complete picture ends with
 * its end marker, in the second half at least (that of a thumbnail is near the beginning; cameras
 * append other data). */
static bool jpeg_is_complete(const AVPacket *p)
{
    for (int i = p->size - 2; i >= p->size / 2; i--)
        if (p->data[i] == 0xff && p->data[i + 1] == 0xd9)
            return true;
    return false;
}

/* A camera has no picture yet. FFmpeg offers no way to wait for the next one. */
static void nap(void)
{
    const struct timespec t = {0, 2000000};
    nanosleep(&t, NULL);
}

/* Reading has ended, at the end of the input or with an error: the codec delivers the pictures that
 * it still holds. */
static void flush(struct mn_decoder *d, int err, bool late)
{
    char *text = d->status.read_error;
    const size_t size = sizeof(d->status.read_error);
    if (err != AVERROR_EOF) {
        av_strerror(err, text, size);
        if (late)
            snprintf(text, size, "no data arrived for %g seconds", d->patience.seconds);
        note_damage(d, mn_av_is_stream(d) ? text : "the rest of the file cannot be read");
    }
    d->flushing = true;
    avcodec_send_packet(d->codec, NULL);
}

/* Hands a packet of the video stream to the codec. */
static void send_packet(struct mn_decoder *d)
{
    const AVPacket *p = d->packet;
    d->status.packet_came = mn_now();
    d->status.packets++;
    mn_av_restart_patience(d);
    /* a transport stream marks every gap in reception; only the decoder can tell whether a gap did
     * harm */
    if ((p->flags & AV_PKT_FLAG_CORRUPT) && strcmp(d->facts->container, "mpegts"))
        note_damage(d, "the data is cut short");
    if (d->facts->still && d->codec->codec_id == AV_CODEC_ID_MJPEG && !jpeg_is_complete(p))
        note_damage(d, "the picture is cut off");
    int err = avcodec_send_packet(d->codec, p);
    if (err < 0 && err != AVERROR(EAGAIN) && err != AVERROR_EOF) {
        d->facts->packets_damaged++;
        note_damage(d, "data that cannot be decoded");
    }
}

/* Reads one packet, and hands it to the codec if it is of the video stream. 0, or
 * MIEN_EINTERRUPTED. */
static int feed(struct mn_decoder *d)
{
    int err = av_read_frame(d->format, d->packet);
    bool late = mn_av_interrupted(d); /* an input that sends other data is silent, too */
    if (mn_av_stopped(d))
        return MIEN_EINTERRUPTED;
    if (err == AVERROR(EAGAIN) && !late) {
        nap();
        return 0;
    }
    if (err >= 0 && late && d->packet->stream_index != d->stream) {
        av_packet_unref(d->packet);
        err = AVERROR_EXIT;
    }
    if (err < 0) {
        flush(d, err, late);
        return 0;
    }
    if (d->packet->stream_index == d->stream)
        send_packet(d);
    av_packet_unref(d->packet);
    return 0;
}

/* The next decoded frame in d->decoded. 0, MIEN_EEOF, MIEN_EINTERRUPTED. */
static int decode(struct mn_decoder *d)
{
    for (mn_av_restart_patience(d);;) {
        int err = avcodec_receive_frame(d->codec, d->decoded);
        if (err == 0)
            return 0;
        if (err == AVERROR_EOF)
            return MIEN_EEOF;
        if (err != AVERROR(EAGAIN)) {
            d->facts->packets_damaged++;
            note_damage(d, "a picture could not be decoded");
            if (d->flushing)
                continue;
        }
        if (d->flushing)
            return MIEN_EEOF; /* a codec that neither delivers pictures nor ends */
        err = feed(d);
        if (err < 0)
            return err;
    }
}

static double time_of(struct mn_decoder *d)
{
    const AVStream *st = d->format->streams[d->stream];
    struct mn_av_times *k = &d->times;
    const double interval = d->status.frame_interval, now = mn_now();
    int64_t pts = d->decoded->best_effort_timestamp;
    double t;
    if (d->facts->still && d->facts->frames_expected == 1)
        t = 0;
    else if (pts != AV_NOPTS_VALUE)
        t = (double)pts * st->time_base.num / st->time_base.den + k->shift;
    else
        t = k->any ? k->last + interval : 0;
    if (k->reconnected && k->any) { /* its times may start anywhere: the gap is as long as it was */
        double due = k->last + fmax(interval, now - k->last_seen);
        k->shift += due - t;
        t = due;
    }
    k->reconnected = false;
    k->last_seen = now;
    k->any_stored = k->any_stored || pts != AV_NOPTS_VALUE;
    if (t < 0 || (k->any && t <= k->last) || (pts == AV_NOPTS_VALUE && !d->facts->still))
        d->facts->times_irregular++;
    k->any = true;
    k->last = t;
    return t;
}

static void end_stream(struct mn_decoder *d)
{
    d->ended = true;
    bool early = d->times.last + 3 * d->status.frame_interval + 0.5 < expected_end(d);
    if (d->status.packets < d->packets_expected || early)
        note_damage(d, "the file is cut off");
}

/* The container may have been wrong about size and orientation. */
static int measure_first_frame(struct mn_decoder *d)
{
    const AVFrame *f = d->decoded;
    const AVFrameSideData *side = av_frame_get_side_data(f, AV_FRAME_DATA_DISPLAYMATRIX);
    if (side && d->o.rotate < 0 && !mn_av_stream_matrix(d->format->streams[d->stream]))
        mn_av_set_turn(d, mn_av_turn_by_matrix((const int32_t *)(const void *)side->data, d->name));
    int err = mn_av_check_size(d->name, f->width, f->height);
    if (err == 0)
        mn_av_set_size(d, f->width, f->height);
    return err;
}

int mn_av_read(struct mn_decoder *d, int64_t *index, double *time)
{
    if (d->ended)
        return MIEN_EEOF;
    int err = decode(d);
    if (err == MIEN_EEOF)
        end_stream(d);
    if (err < 0)
        return err;
    if (d->decoded->decode_error_flags || (d->decoded->flags & AV_FRAME_FLAG_CORRUPT)) {
        d->facts->frames_damaged++;
        note_damage(d, "a picture is damaged");
    }
    if (d->facts->frames_decoded == 0)
        err = measure_first_frame(d);
    if (err < 0)
        return err;
    *time = time_of(d);
    *index = d->facts->frames_decoded++;
    return 0;
}
