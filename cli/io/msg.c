#include "io/msg.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum mien_log_level limit = MIEN_LOG_WARNING;
static void (*on_print)(void);
static void (*redirected)(enum mien_log_level level, const char *text);
static bool muted;
static char *captured;
static size_t captured_size;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of captured and standard error */
static _Thread_local struct {
    bool on;
    char lines[4000]; /* messages that do not fit are dropped */
    size_t used;
} deferred;

void mn_msg_set_level(enum mien_log_level level)
{
    limit = level;
}

enum mien_log_level mn_msg_level(void)
{
    return limit;
}

void mn_msg_mute(bool mute)
{
    muted = mute;
}

void mn_msg_capture(char *text, size_t size)
{
    pthread_mutex_lock(&lock);
    captured = text;
    captured_size = size;
    if (text)
        *text = 0;
    pthread_mutex_unlock(&lock);
}

void mn_msg_redirect(void (*to)(enum mien_log_level level, const char *text))
{
    redirected = to;
}

void mn_msg_on_print(void (*wipe)(void))
{
    on_print = wipe;
}

static void print(const char *lines)
{
    pthread_mutex_lock(&lock);
    if (on_print)
        on_print();
    fputs(lines, stderr);
    pthread_mutex_unlock(&lock);
}

static void print_or_defer(const char *line)
{
    if (!deferred.on) {
        print(line);
    } else if (strlen(line) < sizeof(deferred.lines) - deferred.used) {
        strcpy(deferred.lines + deferred.used, line);
        deferred.used += strlen(line);
    }
}

__attribute__((format(printf, 2, 0))) static void report(enum mien_log_level level,
                                                         const char *format, va_list args)
{
    if (level > limit || muted)
        return;
    char text[1200];
    vsnprintf(text, sizeof(text), format, args);
    for (char *p = text; *p; p++) /* the name of a file must not control the terminal */
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    pthread_mutex_lock(&lock);
    if (level == MIEN_LOG_ERROR && captured && !*captured)
        snprintf(captured, captured_size, "%s", text);
    pthread_mutex_unlock(&lock);
    if (redirected) {
        redirected(level, text);
        return;
    }
    char line[sizeof(text) + 20];
    snprintf(line, sizeof(line), "mien: %s%s\n", level == MIEN_LOG_WARNING ? "warning: " : "",
             text);
    print_or_defer(line);
}

void mn_msg_defer(void)
{
    deferred.on = true;
    deferred.used = 0;
}

void mn_msg_flush_deferred(bool print_them)
{
    if (print_them && deferred.used)
        print(deferred.lines);
    deferred.on = false;
    deferred.used = 0;
}

void mn_msg(enum mien_log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(level, format, args);
    va_end(args);
}

int mn_fail(int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(MIEN_LOG_ERROR, format, args);
    va_end(args);
    return error;
}

void mn_msg_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(MIEN_LOG_ERROR, format, args); /* no level drops errors; they have no prefix */
    va_end(args);
}

void mn_msg_callback(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    mn_msg(level, "%s", message);
}
