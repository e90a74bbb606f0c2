#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct mn_log_kept *keeper;

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

static void say(struct mn_log *log, enum mien_log_level level, const char *text)
{
    pthread_mutex_lock(&log->lock);
    log->fn(log->ctx, level, text);
    pthread_mutex_unlock(&log->lock);
}

void mn_log(struct mn_log *log, enum mien_log_level level, const char *format, ...)
{
    if (!log || !log->fn)
        return;
    char text[sizeof(keeper->message[0].text)];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!keeper) {
        say(log, level, text);
    } else if (keeper->num < MN_LOG_KEPT) {
        int i = keeper->num++;
        keeper->message[i].log = log;
        keeper->message[i].level = level;
        memcpy(keeper->message[i].text, text, sizeof(text));
    }
}

void mn_log_keep(struct mn_log_kept *kept)
{
    if (kept)
        kept->num = 0;
    keeper = kept;
}

void mn_log_say(struct mn_log_kept *kept)
{
    for (int i = 0; i < kept->num; i++)
        say(kept->message[i].log, kept->message[i].level, kept->message[i].text);
    kept->num = 0;
}
