/* Messages to the person at the terminal: "mien: sentence" on standard error. Any thread. */
#ifndef MN_CLI_SAY_H
#define MN_CLI_SAY_H

#include <mien/mien.h>
#include <stdbool.h>

/* Messages above the level are dropped. Default MIEN_LOG_WARNING. */
void mn_say_level(enum mien_log_level level);
enum mien_log_level mn_say_get_level(void);

void mn_say(enum mien_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says an error and returns the code, so that detecting and passing on is one line:
 *     return mn_fail(MIEN_EEXISTS, "%s exists; use --force to replace it", path); */
int mn_fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line that was asked for, whatever the level. */
void mn_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For mien_settings.log; ctx unused. */
void mn_say_log(void *ctx, enum mien_log_level level, const char *message);

/* The first error said from now on is noted in text as well; NULL: no more. One thread at a time.
 */
void mn_say_note(char *text, size_t size);

/* This thread's messages are kept from now on; then they are said, or forgotten, and the next ones
 * are said at once again. For what is done before it is known whether anybody wants it. */
void mn_say_keep(void);
void mn_say_kept(bool wanted);

/* Errors until the next call are not said: what cleaning up after a failure runs into. */
void mn_say_hush(bool hush);

/* Messages go there and not to standard error: of a process that may not write. text: one line,
 * without its end. */
void mn_say_relay(void (*relay)(enum mien_log_level level, const char *text));

/* Called before anything is written to the terminal, to wipe a progress line; NULL = nothing. */
void mn_say_before(void (*wipe)(void));

#endif
