/* Live: a thread reads without pause, and the newest picture waits for whoever looks. */
#include <math.h>
#include <time.h>

#include "base/clock.h"
#include "io/msg.h"
#include "source/ffmpeg/inside.h"

/* In slices, because a signal cannot wake this thread. */
static void rest(struct mn_source *s, double until)
{
    double left;
    while ((left = until - mn_now()) > 0 && !mn_av_stopped(s)) {
        left = left < 0.02 ? left : 0.02;
        struct timespec t = {0, (long)(left * 1e9)};
        nanosleep(&t, NULL);
    }
}

/* Holds a picture back until its time has come. */
static void pace(struct mn_source *s, double time)
{
    if (!s->pace_known)
        s->pace_base = mn_now() - time;
    s->pace_known = true;
    rest(s, s->pace_base + time);
}

/* A live stream is lost: looks for it again, at longer and longer intervals, until so long after
 * its last sign. 0: it goes on. */
static int come_back(struct mn_source *s)
{
    const double end = s->packet_came + s->o.reconnect, timeout = s->o.timeout, most = 5;
    mn_msg(MIEN_LOG_WARNING, "%s: lost after %lld frames%s%s; trying again for %g seconds", s->name,
           (long long)s->facts.frames_decoded, s->read_error ? ": " : "",
           s->read_error ? s->read_error_text : "", s->o.reconnect);
    s->again = true;
    for (double pause = 0.25; mn_now() < end; pause = fmin(2 * pause, most)) {
        avcodec_free_context(&s->codec);
        avformat_close_input(&s->format);
        rest(s, fmin(mn_now() + pause, end));
        if (mn_av_stopped(s))
            return MIEN_EINTERRUPTED;
        const AVCodec *decoder;
        s->silent = false;
        s->flushing = s->ended = s->read_error = false;
        s->o.timeout = fmin(timeout, fmax(0.1, end - mn_now()));
        int err = mn_av_open_format(s, MN_AV_URL);
        err = err ? err : mn_av_open_decoder(s, MN_AV_URL, &decoder);
        s->o.timeout = s->patience = timeout;
        if (err < 0)
            continue;
        s->rejoined = true;
        s->facts.reconnects++;
        mn_msg(MIEN_LOG_WARNING, "%s: back after %.1f seconds", s->name, mn_now() - s->packet_came);
        return 0;
    }
    if (mn_av_stopped(s))
        return MIEN_EINTERRUPTED;
    s->ended = s->read_error = true;
    snprintf(s->read_error_text, sizeof(s->read_error_text),
             "it did not come back within %g seconds", s->o.reconnect);
    return MIEN_EEOF;
}

/* Live: reads without pause; a picture that was not fetched gives way to the newer one. */
void *mn_av_live_main(void *arg)
{
    struct mn_source *s = arg;
    for (;;) {
        struct shell *shell = NULL, *old = NULL;
        double time = 0;
        int64_t index = 0;
        int err = mn_av_next(s, &shell, &time, &index);
        if (err == MIEN_EEOF && s->o.reconnect > 0 && mn_av_is_stream(s) && !s->paced &&
            s->packets > 0) {
            err = come_back(s);
            if (err == 0)
                continue;
        }
        if (err == 0 && s->paced)
            pace(s, time);
        pthread_mutex_lock(&s->lock);
        if (err < 0) {
            s->thread_result = err;
        } else {
            old = s->newest;
            s->newest = shell;
            s->newest_time = time;
            s->newest_index = index;
            s->newest_captured = s->paced ? mn_now() : s->packet_came;
            s->dropped += old != NULL;
            mn_rate_add(&s->rate, mn_now());
        }
        bool stop = atomic_load(&s->thread_stop) || err < 0;
        pthread_cond_signal(&s->fresh);
        pthread_mutex_unlock(&s->lock);
        if (s->o.wakeup)
            mn_wakeup_ring(s->o.wakeup);
        if (old)
            mn_av_shell_put(old);
        if (stop)
            return NULL;
    }
}

/* No newer picture replaces the last one of a stream. When it had to wait for those before it
 * longer than it is to be late, it goes as others did. */
static bool too_late(const struct mn_source *s)
{
    return s->thread_result < 0 && s->any_taken && mn_now() - s->newest_captured > 2 * s->step;
}

/* The newest picture of the reading thread. */
int mn_av_newest(struct mn_source *s, mien_frame *f, bool wait)
{
    pthread_mutex_lock(&s->lock);
    while (wait && !s->newest && s->thread_result == 0)
        pthread_cond_wait(&s->fresh, &s->lock);
    struct shell *shell = s->newest, *late = NULL;
    double time = s->newest_time;
    int64_t index = s->newest_index;
    s->newest = NULL;
    if (shell && too_late(s)) {
        late = shell;
        shell = NULL;
        s->dropped++;
    }
    s->any_taken = s->any_taken || shell;
    s->facts.frames_dropped = s->dropped;
    s->facts.captured = s->newest_captured;
    int err = shell ? 0 : s->thread_result ? s->thread_result : MIEN_EAGAIN;
    pthread_mutex_unlock(&s->lock);
    if (late)
        mn_av_shell_put(late);
    return err < 0 ? err : mn_av_lend(s, f, shell, index, time);
}

int mn_source_poll(struct mn_source *s, mien_frame *f)
{
    return mn_av_newest(s, f, false);
}

void mn_source_stop(struct mn_source *s)
{
    if (!s->threaded || s->joined)
        return;
    atomic_store(&s->thread_stop, true);
    pthread_join(s->thread, NULL);
    s->joined = true;
    if (s->newest) {
        mn_av_shell_put(s->newest);
        s->newest = NULL;
        s->dropped++;
    }
    s->facts.frames_dropped = s->dropped;
}
