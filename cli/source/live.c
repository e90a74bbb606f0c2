/* A live source: a thread reads without pause, and the newest picture waits to be taken. A picture
 * that is not taken in time is replaced by a newer one. Streams that are lost are tried again. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "io/msg.h"
#include "source/ffmpeg/decoder.h"
#include "source/source.h"

struct live {
    struct mn_source base;
    struct mn_decoder *decoder;
    const atomic_int *stop; /* of the options */
    struct mn_wakeup *wakeup;
    double timeout;   /* seconds, of an attempt to reconnect; at most the time left */
    double reconnect; /* seconds; 0: not at all */
    double interval;  /* seconds between two frames */
    bool paced;       /* the input could wait: pictures are held back until their times */
    double pace_base; /* of the reading thread: mn_now() minus presentation time; NAN unknown */

    pthread_t thread;
    bool joined;
    atomic_bool thread_stop;

    pthread_mutex_t lock; /* the rest */
    pthread_cond_t fresh;
    struct mn_decoded newest; /* loan NULL: none */
    double newest_captured;   /* mn_now() */
    int64_t dropped;          /* copied to the facts by the side that takes */
    bool any_taken;
    int result; /* of the thread; 0 while it runs */
    struct mn_rate rate;
};

static bool stopped(void *ctx)
{
    struct live *s = ctx;
    return (s->stop && *s->stop) || atomic_load(&s->thread_stop);
}

/* ------------------------------------------------------------------- the reading thread ---- */

/* In slices, because a signal cannot wake this thread. */
static void sleep_until(struct live *s, double until)
{
    double left;
    while ((left = until - mn_now()) > 0 && !stopped(s)) {
        left = left < 0.02 ? left : 0.02;
        struct timespec t = {0, (long)(left * 1e9)};
        nanosleep(&t, NULL);
    }
}

/* Holds a picture back until its time. */
static void pace(struct live *s, double time)
{
    if (isnan(s->pace_base))
        s->pace_base = mn_now() - time;
    sleep_until(s, s->pace_base + time);
}

/* A stream is lost: tries it again, at growing intervals, until `reconnect` seconds after its last
 * packet. 0: it continues. */
static int reconnect(struct live *s)
{
    enum { LONGEST_PAUSE = 5 }; /* seconds */
    const struct mn_decoder_status *status = mn_decoder_status(s->decoder);
    const double lost = status->packet_came, end = lost + s->reconnect;
    const char *name = s->base.facts.name, *why = status->read_error;
    mn_msg(MIEN_LOG_WARNING, "%s: lost after %lld frames%s%s; trying again for %g seconds", name,
           (long long)s->base.facts.frames_decoded, why[0] ? ": " : "", why, s->reconnect);
    for (double pause = 0.25; mn_now() < end; pause = fmin(2 * pause, LONGEST_PAUSE)) {
        mn_decoder_disconnect(s->decoder);
        sleep_until(s, fmin(mn_now() + pause, end));
        if (stopped(s))
            return MIEN_EINTERRUPTED;
        const double left = fmax(0.1, end - mn_now());
        if (mn_decoder_reconnect(s->decoder, fmin(s->timeout, left)) < 0)
            continue;
        s->base.facts.reconnects++;
        mn_msg(MIEN_LOG_WARNING, "%s: back after %.1f seconds", name, mn_now() - lost);
        return 0;
    }
    if (stopped(s))
        return MIEN_EINTERRUPTED;
    char reason[80];
    snprintf(reason, sizeof(reason), "it did not come back within %g seconds", s->reconnect);
    mn_decoder_give_up(s->decoder, reason);
    return MIEN_EEOF;
}

/* The next picture, at its time. */
static int next(struct live *s, struct mn_decoded *out)
{
    int err;
    do {
        err = mn_decoder_next(s->decoder, out);
        if (err != MIEN_EEOF || s->reconnect <= 0 || mn_decoder_status(s->decoder)->packets == 0)
            break;
        err = reconnect(s);
    } while (err == 0);
    if (err == 0 && s->paced)
        pace(s, out->time);
    return err;
}

static void *read_main(void *arg)
{
    struct live *s = arg;
    int err = 0;
    while (err == 0 && !atomic_load(&s->thread_stop)) {
        struct mn_decoded picture = {.loan = NULL};
        err = next(s, &picture);
        const double packet_came = mn_decoder_status(s->decoder)->packet_came;
        struct mn_av_loan *old = NULL;
        pthread_mutex_lock(&s->lock);
        if (err < 0) {
            s->result = err;
        } else {
            old = s->newest.loan;
            s->newest = picture;
            s->newest_captured = s->paced ? mn_now() : packet_came;
            s->dropped += old != NULL;
            mn_rate_add(&s->rate, mn_now());
        }
        pthread_cond_signal(&s->fresh);
        pthread_mutex_unlock(&s->lock);
        if (s->wakeup)
            mn_wakeup_ring(s->wakeup);
        if (old)
            mn_decoder_return(old);
    }
    return NULL;
}

/* ---------------------------------------------------------------------- the taking side ---- */

/* No newer picture replaces the last one of a stream. If it waited longer for those before it than
 * two frame intervals, it is dropped as others were. */
static bool is_too_late(const struct live *s)
{
    return s->result < 0 && s->any_taken && mn_now() - s->newest_captured > 2 * s->interval;
}

static int take(struct live *s, mien_frame *f, bool wait)
{
    pthread_mutex_lock(&s->lock);
    while (wait && !s->newest.loan && s->result == 0)
        pthread_cond_wait(&s->fresh, &s->lock);
    struct mn_decoded picture = s->newest;
    struct mn_av_loan *late = NULL;
    s->newest.loan = NULL;
    if (picture.loan && is_too_late(s)) {
        late = picture.loan;
        picture.loan = NULL;
        s->dropped++;
    }
    s->any_taken = s->any_taken || picture.loan;
    s->base.facts.frames_dropped = s->dropped;
    s->base.facts.captured = s->newest_captured;
    int err = picture.loan ? 0 : s->result ? s->result : MIEN_EAGAIN;
    pthread_mutex_unlock(&s->lock);
    if (late)
        mn_decoder_return(late);
    return err < 0 ? err : mn_decoder_lend(&picture, f);
}

static int read_live(struct mn_source *base, mien_frame *f)
{
    return take((struct live *)base, f, true);
}

static int poll_live(struct mn_source *base, mien_frame *f)
{
    return take((struct live *)base, f, false);
}

static void stop_live(struct mn_source *base)
{
    struct live *s = (struct live *)base;
    if (s->joined)
        return;
    atomic_store(&s->thread_stop, true);
    pthread_join(s->thread, NULL);
    s->joined = true;
    if (s->newest.loan) {
        mn_decoder_return(s->newest.loan);
        s->newest.loan = NULL;
        s->dropped++;
    }
    base->facts.frames_dropped = s->dropped;
}

static struct mn_rate rate(struct mn_source *base)
{
    struct live *s = (struct live *)base;
    pthread_mutex_lock(&s->lock);
    struct mn_rate rate = s->rate;
    pthread_mutex_unlock(&s->lock);
    return rate;
}

static int verdict(struct mn_source *base, bool stopped_early)
{
    return mn_decoder_verdict(((struct live *)base)->decoder, stopped_early);
}

/* ------------------------------------------------------------------------- open and close ---- */

static bool serves(const struct mn_source_input *in)
{
    return in->options->realtime || mn_kind_is_live(in->kind, in->name);
}

static void free_live(struct live *s)
{
    mn_decoder_close(&s->decoder);
    pthread_cond_destroy(&s->fresh);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void close_live(struct mn_source *base)
{
    stop_live(base);
    free_live((struct live *)base);
}

static struct mn_decoder_options decoder_options(struct live *s, const struct mn_source_input *in)
{
    const struct mn_source_options *o = in->options;
    return (struct mn_decoder_options){
        .kind = in->kind,
        .rotate = o->rotate,
        .tagged_colour = o->tagged_colour,
        .fps = o->fps,
        .camera_size = o->camera_size,
        .threads = o->threads,
        .low_delay = true,
        .unbuffered = !s->paced,
        .timeout = o->timeout,
        .stopped = stopped,
        .ctx = s,
    };
}

static int open_live(struct mn_source **out, const struct mn_source_input *in)
{
    const struct mn_source_options *o = in->options;
    struct live *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->fresh, NULL);
    s->stop = o->stop;
    s->wakeup = o->wakeup;
    s->timeout = o->timeout;
    s->paced = !mn_kind_is_live(in->kind, in->name);
    s->pace_base = NAN;
    if (in->kind == MN_KIND_URL && o->timeout > 0 && !s->paced)
        s->reconnect = o->reconnect;
    s->base.facts.live = true;
    const struct mn_decoder_options d = decoder_options(s, in);
    int err = mn_decoder_open(&s->decoder, in->name, &d, &s->base.facts);
    if (err == 0)
        s->interval = mn_decoder_status(s->decoder)->frame_interval;
    if (err == 0 && pthread_create(&s->thread, NULL, read_main, s))
        err = MIEN_ENOMEM;
    if (err < 0)
        free_live(s);
    else
        *out = &s->base;
    return err;
}

const struct mn_source_info mn_source_live = {
    .name = "live",
    .serves = serves,
    .open = open_live,
    .close = close_live,
    .read = read_live,
    .verdict = verdict,
    .poll = poll_live,
    .stop = stop_live,
    .rate = rate,
};
