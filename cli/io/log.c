#include "io/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum mien_log_level limit = MIEN_LOG_WARNING;
static void (*before)(void);
static void (*relay)(enum mien_log_level level, const char *text);
static bool hushed;
static char *note;
static size_t note_size;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct {
    bool on;
    char lines[4000]; /* what does not fit is lost: it would be the end of a long story */
    size_t used;
} kept;

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

void mn_say_note(char *text, size_t size)
{
    pthread_mutex_lock(&lock);
    note = text;
    note_size = size;
    if (text)
        *text = 0;
    pthread_mutex_unlock(&lock);
}

void mn_say_relay(void (*to)(enum mien_log_level level, const char *text))
{
    relay = to;
}

void mn_say_before(void (*wipe)(void))
{
    before = wipe;
}

static void put(const char *lines)
{
    pthread_mutex_lock(&lock);
    if (before)
        before();
    fputs(lines, stderr);
    pthread_mutex_unlock(&lock);
}

__attribute__((format(printf, 2, 0))) static void say(enum mien_log_level level, const char *format,
                                                      va_list args)
{
    if (level > limit || hushed)
        return;
    char text[1200];
    vsnprintf(text, sizeof(text), format, args);
    for (char *p = text; *p; p++) /* a file's name must not steer the terminal */
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    pthread_mutex_lock(&lock);
    if (level == MIEN_LOG_ERROR && note && !*note)
        snprintf(note, note_size, "%s", text);
    pthread_mutex_unlock(&lock);
    if (relay) {
        relay(level, text);
        return;
    }
    char line[sizeof(text) + 20];
    snprintf(line, sizeof(line), "mien: %s%s\n", level == MIEN_LOG_WARNING ? "warning: " : "",
             text);
    if (!kept.on) {
        put(line);
    } else if (strlen(line) < sizeof(kept.lines) - kept.used) {
        strcpy(kept.lines + kept.used, line);
        kept.used += strlen(line);
    }
}

void mn_say_keep(void)
{
    kept.on = true;
    kept.used = 0;
}

void mn_say_kept(bool wanted)
{
    if (wanted && kept.used)
        put(kept.lines);
    kept.on = false;
    kept.used = 0;
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
