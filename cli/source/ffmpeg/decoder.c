#include "source/ffmpeg/decoder.h"

#include "io/msg.h"
#include "source/ffmpeg/state.h"

static void log_ffmpeg(void *ctx, int level, const char *format, va_list args)
{
    if (level > AV_LOG_ERROR || mn_msg_level() < MIEN_LOG_DEBUG)
        return;
    char line[500];
    int prefix = 1;
    av_log_format_line2(ctx, level, format, args, line, sizeof(line), &prefix);
    line[strcspn(line, "\n")] = 0;
    mn_msg(MIEN_LOG_DEBUG, "FFmpeg: %s", line);
}

void mn_decoder_redirect_log(void)
{
    av_log_set_callback(log_ffmpeg);
}

void mn_decoder_version(char *buf, size_t size)
{
    const unsigned c = avcodec_version(), f = avformat_version(), s = swscale_version();
    snprintf(buf, size,
             "FFmpeg %s (libavcodec %u.%u.%u, libavformat %u.%u.%u, libswscale %u.%u.%u)",
             av_version_info(), c >> 16, c >> 8 & 255, c & 255, f >> 16, f >> 8 & 255, f & 255,
             s >> 16, s >> 8 & 255, s & 255);
}

int mn_decoder_open(struct mn_decoder **out, const char *name, const struct mn_decoder_options *o,
                    struct mn_source_facts *facts)
{
    struct mn_decoder *d = calloc(1, sizeof(*d));
    *out = NULL;
    if (!d)
        return MIEN_ENOMEM;
    pthread_mutex_init(&d->loans.lock, NULL);
    d->o = *o;
    d->facts = facts;
    d->name = strdup(name);
    d->facts->name = d->name;
    d->packet = av_packet_alloc();
    d->decoded = av_frame_alloc();
    int err = d->name && d->packet && d->decoded ? 0 : MIEN_ENOMEM;
    if (err == 0)
        err = mn_av_open_input(d);
    if (err == 0)
        err = mn_av_open_codec(d);
    if (err == 0)
        mn_av_describe_stream(d);
    else
        mn_decoder_close(&d);
    *out = d;
    return err;
}

void mn_decoder_close(struct mn_decoder **pd)
{
    struct mn_decoder *d = *pd;
    if (!d)
        return;
    mn_av_free_loans(&d->loans);
    av_frame_free(&d->decoded);
    av_packet_free(&d->packet);
    mn_decoder_disconnect(d);
    if (d->io)
        av_freep(&d->io->buffer);
    avio_context_free(&d->io);
    sws_freeContext(d->shape.sws);
    av_buffer_pool_uninit(&d->shape.buffers);
    pthread_mutex_destroy(&d->loans.lock);
    free(d->name);
    free(d);
    *pd = NULL;
}

void mn_decoder_set_memory(struct mn_decoder *d, const struct mn_decoder_memory *memory)
{
    d->o.memory = *memory;
}

int mn_decoder_next(struct mn_decoder *d, struct mn_decoded *out)
{
    double t0 = mn_now();
    int err = mn_av_read(d, &out->index, &out->time);
    if (err == 0)
        err = mn_av_finish_frame(d, &out->loan);
    if (err < 0)
        return err;
    mn_av_describe_picture(d, out->loan->frame, &out->picture);
    d->facts->decode_seconds += mn_now() - t0;
    return 0;
}

void mn_decoder_return(struct mn_av_loan *loan)
{
    mn_av_return(loan);
}

static void release(void *loan)
{
    mn_av_return(loan);
}

int mn_decoder_lend(const struct mn_decoded *picture, mien_frame *f)
{
    int err = mien_frame_wrap(f, &picture->picture, picture->index, picture->time, release,
                              picture->loan);
    if (err < 0)
        mn_av_return(picture->loan);
    return err;
}

void mn_decoder_disconnect(struct mn_decoder *d)
{
    avcodec_free_context(&d->codec);
    avformat_close_input(&d->format);
}

int mn_decoder_reconnect(struct mn_decoder *d, double timeout)
{
    const double patience = d->o.timeout;
    d->patience.exceeded = d->flushing = d->ended = false;
    d->status.read_error[0] = 0;
    d->o.timeout = timeout;
    d->reconnecting = true;
    int err = mn_av_open_input(d);
    if (err == 0)
        err = mn_av_open_codec(d);
    d->reconnecting = false;
    d->o.timeout = d->patience.seconds = patience;
    d->times.reconnected = err == 0;
    return err;
}

void mn_decoder_give_up(struct mn_decoder *d, const char *reason)
{
    d->ended = true;
    snprintf(d->status.read_error, sizeof(d->status.read_error), "%s", reason);
}

const struct mn_decoder_status *mn_decoder_status(const struct mn_decoder *d)
{
    return &d->status;
}

/* ------------------------------------------------------------------------------- verdict ---- */

static int report_no_pictures(const struct mn_decoder *d)
{
    if (!strcmp(d->name, "-"))
        return mn_fail(MIEN_EDAMAGED,
                       "-: no picture of standard input could be decoded; a pipe cannot go back to "
                       "the index that some files keep at their end, so name the file itself");
    return mn_fail(MIEN_EDAMAGED,
                   "%s contains no picture that can be decoded; copy or record it again", d->name);
}

static int report_damage(const struct mn_decoder *d)
{
    const struct mn_source_facts *f = d->facts;
    if (d->status.read_error[0] && mn_kind_is_pattern(d->name))
        return mn_fail(MIEN_EDAMAGED,
                       "%s: after %lld pictures the next number is missing or damaged; their rows "
                       "are kept, number the pictures without gaps for the rest",
                       d->name, (long long)f->frames_decoded);
    return mn_fail(MIEN_EDAMAGED,
                   "%s is damaged: %s; the rows of all %lld decoded frames are kept, copy it again "
                   "for the rest",
                   d->name, f->damage, (long long)f->frames_decoded);
}

static int report_times(const struct mn_decoder *d)
{
    if (!d->times.any_stored)
        return mn_fail(MIEN_ETIMESTAMPS,
                       "%s has no timestamps; they were counted from its frame rate, %g; all rows "
                       "are kept, put it into a container such as .mp4 if that is not right",
                       d->name, 1 / d->status.frame_interval);
    return mn_fail(MIEN_ETIMESTAMPS,
                   "%s: %lld timestamps are missing, negative or not increasing; all rows are kept "
                   "with the times as stored, remux it if you need others",
                   d->name, (long long)d->facts->times_irregular);
}

int mn_decoder_verdict(const struct mn_decoder *d, bool stopped_early)
{
    const struct mn_source_facts *f = d->facts;
    const bool stream = mn_av_is_stream(d), broke_off = stream && d->status.read_error[0];
    if (f->frames_decoded == 0 && !stopped_early && (!broke_off || !strcmp(d->name, "-")))
        return report_no_pictures(d);
    if (broke_off)
        return mn_fail(MIEN_EDAMAGED,
                       "%s broke off after %lld frames: %s; their rows are kept, check the source "
                       "and run it again",
                       d->name, (long long)f->frames_decoded, d->status.read_error);
    if (stream && f->live) /* losses on the way are counted, and normal */
        return 0;
    if (f->damage[0])
        return report_damage(d);
    if (f->size_changes)
        return mn_fail(MIEN_ESIZECHANGE,
                       "%s changes its picture size: %lld frames were scaled to the first size, "
                       "%d x %d; all rows are kept, split the video if you need the other scale",
                       d->name, (long long)f->size_changes, f->width, f->height);
    return f->times_irregular ? report_times(d) : 0;
}
