#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void mn_log_init(struct mn_log *log, mien_log_fn fn, void *ctx)
{
    log->fn = fn;
    log->ctx = ctx;
    pthread_mutex_init(&log->lock, NULL);
}

void mn_log_finish(struct mn_log *log)
{
    pthread_mutex_destroy(&log->lock);
}

void mn_log(struct mn_log *log, enum mien_log_level level, const char *format, ...)
{
    if (!log || !log->fn)
        return;
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    pthread_mutex_lock(&log->lock);
    log->fn(log->ctx, level, text);
    pthread_mutex_unlock(&log->lock);
}
