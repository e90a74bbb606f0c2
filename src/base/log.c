#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct mn_log_deferred *deferred_to;
static _Thread_local char last[MN_LOG_TEXT];

const char *mien_last_message(void)
{
    return last;
}

void mn_log_init(struct mn_log *log, mien_log_fn fn, void *ctx)
{
    log->fn = fn;
    log->ctx = ctx;
    log->last_error[0] = 0;
    pthread_mutex_init(&log->lock, NULL);
}

void mn_log_finish(struct mn_log *log)
{
    pthread_mutex_destroy(&log->lock);
}

static void deliver(struct mn_log *log, enum mien_log_level level, const char *text)
{
    if (level == MIEN_LOG_ERROR)
        snprintf(last, sizeof(last), "%s", text);
    if (!log)
        return;
    pthread_mutex_lock(&log->lock);
    if (level == MIEN_LOG_ERROR)
        snprintf(log->last_error, sizeof(log->last_error), "%s", text);
    if (log->fn)
        log->fn(log->ctx, level, text);
    pthread_mutex_unlock(&log->lock);
}

void mn_log(struct mn_log *log, enum mien_log_level level, const char *format, ...)
{
    char text[MN_LOG_TEXT];
    if (level != MIEN_LOG_ERROR && (!log || !log->fn))
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!deferred_to) {
        deliver(log, level, text);
    } else if (deferred_to->num < MN_LOG_DEFERRED_MAX) {
        int i = deferred_to->num++;
        deferred_to->message[i].log = log;
        deferred_to->message[i].level = level;
        memcpy(deferred_to->message[i].text, text, sizeof(text));
    }
}

int mn_log_fail(int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(last, sizeof(last), format, args);
    va_end(args);
    return error;
}

void mn_log_forget(struct mn_log *log)
{
    last[0] = 0;
    if (!log)
        return;
    pthread_mutex_lock(&log->lock);
    log->last_error[0] = 0;
    pthread_mutex_unlock(&log->lock);
}

int mn_log_conclude(struct mn_log *log, int error)
{
    if (last[0])
        return error;
    if (log) {
        pthread_mutex_lock(&log->lock);
        snprintf(last, sizeof(last), "%s", log->last_error);
        pthread_mutex_unlock(&log->lock);
    }
    if (!last[0])
        snprintf(last, sizeof(last), "%s", mien_strerror(error));
    return error;
}

void mn_log_defer(struct mn_log_deferred *d)
{
    if (d)
        d->num = 0;
    deferred_to = d;
}

void mn_log_flush(struct mn_log_deferred *d)
{
    for (int i = 0; i < d->num; i++)
        deliver(d->message[i].log, d->message[i].level, d->message[i].text);
    d->num = 0;
}
