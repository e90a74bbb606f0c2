/* Packets to pictures with their times. */
#include <math.h>
#include <time.h>

#include "base/clock.h"
#include "source/ffmpeg/inside.h"

/* When the stream should end by what its header says of it, seconds; 0 if it says nothing that can
 * be relied on. Matroska keeps it as a tag "HH:MM:SS.frac"; the length of the whole file will not
 * do, because sound may go on longer than pictures. */
static double expected_end(const struct mn_source *s)
{
    const AVStream *st = s->format->streams[s->stream];
    const AVDictionaryEntry *tag = av_dict_get(st->metadata, "DURATION", NULL, 0);
    int hours, minutes;
    double seconds;
    if (tag && sscanf(tag->value, "%d:%d:%lf", &hours, &minutes, &seconds) == 3)
        return hours * 3600.0 + minutes * 60.0 + seconds;
    if (s->format->nb_streams == 1 && strstr(s->facts.container, "matroska"))
        return s->facts.start_time + s->facts.duration;
    return 0;
}

static void note_damage(struct mn_source *s, const char *what)
{
    if (!s->facts.damage[0])
        snprintf(s->facts.damage, sizeof(s->facts.damage), "%s after frame %lld", what,
                 (long long)s->facts.frames_decoded);
}

/* The JPEG decoder fills what is missing with grey and says nothing: a whole picture ends with its
 * end marker, in the second half at least (a thumbnail's stands near the beginning; cameras append
 * things). */
static bool jpeg_is_whole(const AVPacket *p)
{
    for (int i = p->size - 2; i >= p->size / 2; i--)
        if (p->data[i] == 0xff && p->data[i + 1] == 0xd9)
            return true;
    return false;
}

/* A camera that has nothing yet: it tells nobody when it has. */
static void nap(void)
{
    const struct timespec t = {0, 2000000};
    nanosleep(&t, NULL);
}

/* The next decoded frame in s->decoded. 0, MIEN_EEOF, MIEN_EINTERRUPTED. */
static int decode(struct mn_source *s)
{
    for (mn_av_expect(s);;) {
        int err = avcodec_receive_frame(s->codec, s->decoded);
        if (err == 0)
            return 0;
        if (err == AVERROR_EOF)
            return MIEN_EEOF;
        if (err != AVERROR(EAGAIN)) {
            s->facts.packets_damaged++;
            note_damage(s, "a picture could not be decoded");
            if (s->flushing)
                continue;
        }
        if (s->flushing)
            return MIEN_EEOF; /* a decoder that neither gives nor ends */
        err = av_read_frame(s->format, s->packet);
        bool late = mn_av_interrupted(s); /* a source that sends other things is silent, too */
        if (mn_av_stopped(s))
            return MIEN_EINTERRUPTED;
        if (err == AVERROR(EAGAIN) && !late) {
            nap();
            continue;
        }
        if (err >= 0 && late && s->packet->stream_index != s->stream) {
            av_packet_unref(s->packet);
            err = AVERROR_EXIT;
        }
        if (err < 0) {
            if (err != AVERROR_EOF) {
                s->read_error = true;
                av_strerror(err, s->read_error_text, sizeof(s->read_error_text));
                if (late)
                    snprintf(s->read_error_text, sizeof(s->read_error_text),
                             "nothing came for %g seconds", s->patience);
                note_damage(s,
                            mn_av_is_stream(s) ? s->read_error_text : "the file cannot be read on");
            }
            s->flushing = true;
            avcodec_send_packet(s->codec, NULL);
            continue;
        }
        if (s->packet->stream_index == s->stream) {
            s->packet_came = mn_now();
            s->packets++;
            mn_av_expect(s);
            /* a transport stream marks every gap in reception; whether that did harm is the
             * decoder's to say */
            if ((s->packet->flags & AV_PKT_FLAG_CORRUPT) && strcmp(s->facts.container, "mpegts"))
                note_damage(s, "the data is cut short");
            if (s->facts.still && s->codec->codec_id == AV_CODEC_ID_MJPEG &&
                !jpeg_is_whole(s->packet))
                note_damage(s, "the picture is cut off");
            err = avcodec_send_packet(s->codec, s->packet);
            if (err < 0 && err != AVERROR(EAGAIN) && err != AVERROR_EOF) {
                s->facts.packets_damaged++;
                note_damage(s, "data that cannot be decoded");
            }
        }
        av_packet_unref(s->packet);
    }
}

static double time_of(struct mn_source *s)
{
    const AVStream *st = s->format->streams[s->stream];
    int64_t pts = s->decoded->best_effort_timestamp;
    double t, now = mn_now();
    if (s->facts.still && s->facts.frames_expected == 1)
        t = 0;
    else if (pts != AV_NOPTS_VALUE)
        t = (double)pts * st->time_base.num / st->time_base.den + s->shift;
    else
        t = s->any_time ? s->last_time + s->step : 0;
    if (s->rejoined && s->any_time) { /* it may count from anywhere: the gap is as long as it was */
        double due = s->last_time + fmax(s->step, now - s->last_seen);
        s->shift += due - t;
        t = due;
    }
    s->rejoined = false;
    s->last_seen = now;
    s->any_stored = s->any_stored || pts != AV_NOPTS_VALUE;
    if (t < 0 || (s->any_time && t <= s->last_time) || (pts == AV_NOPTS_VALUE && !s->facts.still))
        s->facts.times_irregular++;
    s->any_time = true;
    s->last_time = t;
    return t;
}

/* The next picture, ready to be lent. */
int mn_av_next(struct mn_source *s, struct shell **out, double *time, int64_t *index)
{
    if (s->ended)
        return MIEN_EEOF;
    double t0 = mn_now();
    int err = decode(s);
    if (err == MIEN_EEOF) {
        s->ended = true;
        bool early = s->last_time + 3 * s->step + 0.5 < expected_end(s);
        if (s->packets < s->packets_expected || early)
            note_damage(s, "the file is cut off");
    }
    if (err < 0)
        return err;
    if (s->decoded->decode_error_flags || (s->decoded->flags & AV_FRAME_FLAG_CORRUPT)) {
        s->facts.frames_damaged++;
        note_damage(s, "a picture is damaged");
    }
    if (s->facts.frames_decoded == 0) { /* the container may have been wrong about the size */
        const AVFrameSideData *side =
            av_frame_get_side_data(s->decoded, AV_FRAME_DATA_DISPLAYMATRIX);
        if (side && s->o.rotate < 0 && !mn_av_stream_matrix(s->format->streams[s->stream]))
            mn_av_set_turn(s, mn_av_by_matrix((const int32_t *)(const void *)side->data, s->name));
        err = mn_av_check_size(s->name, s->decoded->width, s->decoded->height);
        if (err < 0)
            return err;
        mn_av_set_size(s, s->decoded->width, s->decoded->height);
    }
    *time = time_of(s);
    *index = s->facts.frames_decoded++;
    err = mn_av_settle(s, out);
    s->facts.decode_seconds += mn_now() - t0;
    return err;
}

int mn_av_lend(struct mn_source *s, mien_frame *f, struct shell *shell, int64_t index, double time)
{
    mien_picture p;
    mn_av_describe(s, shell->frame, &p);
    int err = mien_frame_wrap(f, &p, index, time, mn_av_shell_put, shell);
    if (err < 0)
        mn_av_shell_put(shell);
    return err;
}
