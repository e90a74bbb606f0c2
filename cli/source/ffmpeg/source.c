/* Reading through FFmpeg. Pictures are lent, not copied: a frame holds a reference to the
 * decoder's own buffer until it is released, and FFmpeg recycles the buffer then. */
#include <sys/stat.h>

#include "base/clock.h"
#include "io/msg.h"
#include "source/ffmpeg/inside.h"
#include "source/isolated/isolated.h"

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

void mn_source_version(char *buf, size_t size)
{
    const unsigned c = avcodec_version(), f = avformat_version(), s = swscale_version();
    snprintf(buf, size,
             "FFmpeg %s (libavcodec %u.%u.%u, libavformat %u.%u.%u, libswscale %u.%u.%u)",
             av_version_info(), c >> 16, c >> 8 & 255, c & 255, f >> 16, f >> 8 & 255, f & 255,
             s >> 16, s >> 8 & 255, s & 255);
}

int mn_source_open(struct mn_source **out, const char *name, const struct mn_source_options *o)
{
    *out = NULL;
    enum mn_av_kind kind;
    int err = 0;
    if (o->fd > 0) /* who opened it knew what it was */
        kind = MN_AV_FILE;
    else
        err = mn_av_classify(name, o, &kind);
    if (err < 0)
        return err;
    struct mn_source *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->fresh, NULL);
    s->o = *o;
    s->name = strdup(name);
    s->facts.name = s->name;
    av_log_set_callback(log_ffmpeg);
    struct stat st;
    if (s->name && o->isolate && kind == MN_AV_FILE && stat(name, &st) == 0 &&
        S_ISREG(st.st_mode)) {
        err = mn_isolated_open(&s->child, name, o, &s->facts);
        if (err < 0)
            mn_source_close(&s);
        *out = s;
        return err;
    }
    s->packet = av_packet_alloc();
    s->decoded = av_frame_alloc();
    s->shells = calloc(MN_AV_SHELLS, sizeof(*s->shells));
    if (!s->name || !s->packet || !s->decoded || !s->shells)
        err = MIEN_ENOMEM;
    if (err == 0)
        err = mn_av_open_format(s, kind);
    if (err == 0)
        err = mn_av_open_stream(s, kind);
    if (err == 0 && s->facts.live) {
        s->threaded = pthread_create(&s->thread, NULL, mn_av_live_main, s) == 0;
        err = s->threaded ? 0 : MIEN_ENOMEM;
    }
    if (err < 0)
        mn_source_close(&s);
    *out = s;
    return err;
}

void mn_source_close(struct mn_source **ps)
{
    struct mn_source *s = *ps;
    if (!s)
        return;
    mn_source_stop(s);
    mn_isolated_close(&s->child);
    for (int i = 0; i < s->num_shells; i++)
        av_frame_free(&s->shells[i].frame);
    free(s->shells);
    av_frame_free(&s->decoded);
    av_packet_free(&s->packet);
    avcodec_free_context(&s->codec);
    avformat_close_input(&s->format);
    if (s->io)
        av_freep(&s->io->buffer);
    avio_context_free(&s->io);
    sws_freeContext(s->sws);
    av_buffer_pool_uninit(&s->buffers);
    pthread_cond_destroy(&s->fresh);
    pthread_mutex_destroy(&s->lock);
    free(s->name);
    free(s);
    *ps = NULL;
}

void mn_source_decode_into(struct mn_source *s, mien_pipeline *p)
{
    if (!s->threaded) /* it has begun to read */
        s->memory = p;
}

int mn_source_next(struct mn_source *s, mien_picture *p, int64_t *index, double *time, void **out)
{
    struct shell *shell = NULL;
    int err = mn_av_next(s, &shell, time, index);
    if (err == 0)
        mn_av_describe(s, shell->frame, p);
    *out = shell;
    return err;
}

void mn_source_return(void *shell)
{
    mn_av_shell_put(shell);
}

void mn_source_ahead(struct mn_source *s, int most, const atomic_bool *enough)
{
    enum { BYTES = 32 << 20 };
    int n = 0;
    if (s->threaded || s->child)
        return;
    for (int64_t size = 0; n < most && n < MN_SOURCE_AHEAD && s->ahead_end == 0; n++) {
        int64_t now = (int64_t)s->facts.width * s->facts.height * 3 / 2;
        if (atomic_load(enough) || (size += now) > BYTES)
            return;
        s->ahead_end = mn_av_next(s, &s->ahead[n].shell, &s->ahead[n].time, &s->ahead[n].index);
        s->ahead_count += s->ahead_end == 0;
    }
}

int mn_source_read(struct mn_source *s, mien_frame *f)
{
    if (s->threaded)
        return mn_av_newest(s, f, true);
    if (s->child)
        return mn_isolated_read(s->child, f, &s->facts);
    struct shell *shell = NULL;
    double time;
    int64_t index;
    int err = s->ahead_end;
    if (s->ahead_count) {
        err = 0;
        shell = s->ahead[s->ahead_first].shell;
        time = s->ahead[s->ahead_first].time;
        index = s->ahead[s->ahead_first++].index;
        s->ahead_count--;
    } else if (err == 0) {
        err = mn_av_next(s, &shell, &time, &index);
    }
    if (err < 0)
        return err;
    mn_rate_add(&s->rate, mn_now());
    return mn_av_lend(s, f, shell, index, time);
}

struct mn_rate mn_source_rate(struct mn_source *s)
{
    pthread_mutex_lock(&s->lock);
    struct mn_rate rate = s->rate;
    pthread_mutex_unlock(&s->lock);
    return rate;
}

const struct mn_source_facts *mn_source_facts(struct mn_source *s)
{
    return &s->facts;
}

int mn_source_verdict(struct mn_source *s, bool stopped_early)
{
    if (s->child)
        return mn_isolated_verdict(s->child, stopped_early, &s->facts);
    const struct mn_source_facts *f = &s->facts;
    if (f->frames_decoded == 0 && !stopped_early && !strcmp(s->name, "-"))
        return mn_fail(
            MIEN_EDAMAGED,
            "-: no picture could be decoded from standard input; a pipe cannot go back to "
            "where such files may keep their index, so name the file itself");
    if (f->frames_decoded == 0 && !stopped_early && !(mn_av_is_stream(s) && s->read_error))
        return mn_fail(MIEN_EDAMAGED,
                       "%s holds no picture that can be decoded; copy or record it "
                       "again",
                       s->name);
    if (mn_av_is_stream(s) && s->read_error)
        return mn_fail(MIEN_EDAMAGED,
                       "%s broke off after %lld frames: %s; their rows are kept, check "
                       "the source and run it again",
                       s->name, (long long)f->frames_decoded, s->read_error_text);
    if (mn_av_is_stream(s) && f->live) /* what was lost on the way is counted, and no surprise */
        return 0;
    if (f->damage[0] && s->read_error && mn_av_is_pattern(s->name))
        return mn_fail(MIEN_EDAMAGED,
                       "%s: after %lld pictures the next number is missing or damaged; "
                       "their rows are kept, number the pictures without gaps for "
                       "the rest",
                       s->name, (long long)f->frames_decoded);
    if (f->damage[0])
        return mn_fail(MIEN_EDAMAGED,
                       "%s is damaged: %s; the rows of all %lld decoded frames are "
                       "kept, copy it again for the rest",
                       s->name, f->damage, (long long)f->frames_decoded);
    if (f->size_changes)
        return mn_fail(MIEN_ESIZECHANGE,
                       "%s changes its picture size: %lld frames were scaled to "
                       "the first size, %d x %d; all rows are there, split the "
                       "video if you need the other scale",
                       s->name, (long long)f->size_changes, f->width, f->height);
    if (f->times_irregular && !s->any_stored)
        return mn_fail(MIEN_ETIMESTAMPS,
                       "%s has no timestamps; they were counted from its frame "
                       "rate, %g; all rows are there, put it into a container "
                       "such as .mp4 if that is not right",
                       s->name, 1 / s->step);
    if (f->times_irregular)
        return mn_fail(MIEN_ETIMESTAMPS,
                       "%s: %lld timestamps are missing, negative or not "
                       "increasing; all rows are there with the times as stored, "
                       "remux it if you need others",
                       s->name, (long long)f->times_irregular);
    return 0;
}
