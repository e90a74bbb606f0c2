#include "say.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

static enum mien_log_level limit = MIEN_LOG_WARNING;
static void (*before)(void);
static bool hushed;
static char *kept;
static size_t kept_size;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void mn_say_level(enum mien_log_level level)
{
    limit = level;
}

enum mien_log_level mn_say_get_level(void)
{
    return limit;
}

void mn_say_hush(bool hush)
{
    hushed = hush;
}

void mn_say_keep(char *text, size_t size)
{
    pthread_mutex_lock(&lock);
    kept = text;
    kept_size = size;
    if (text)
        *text = 0;
    pthread_mutex_unlock(&lock);
}

void mn_say_before(void (*wipe)(void))
{
    before = wipe;
}

__attribute__((format(printf, 2, 0)))
static void say(enum mien_log_level level, const char *format, va_list args)
{
    if (level > limit || hushed)
        return;
    char text[1200];
    vsnprintf(text, sizeof(text), format, args);
    for (char *p = text; *p; p++) /* a file's name must not steer the terminal */
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    pthread_mutex_lock(&lock);
    if (level == MIEN_LOG_ERROR && kept && !*kept)
        snprintf(kept, kept_size, "%s", text);
    if (before)
        before();
    fprintf(stderr, "mien: %s%s\n", level == MIEN_LOG_WARNING ? "warning: " : "", text);
    pthread_mutex_unlock(&lock);
}

void mn_say(enum mien_log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(level, format, args);
    va_end(args);
}

int mn_fail(int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(MIEN_LOG_ERROR, format, args);
    va_end(args);
    return error;
}

void mn_tell(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(MIEN_LOG_ERROR, format, args); /* the level that is always let through, without a prefix */
    va_end(args);
}

void mn_say_log(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    mn_say(level, "%s", message);
}
