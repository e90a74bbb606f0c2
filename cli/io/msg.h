/* Messages for the user: "mien: sentence" on standard error. Any thread may call these functions.
 */
#ifndef MN_CLI_MSG_H
#define MN_CLI_MSG_H

#include <mien/mien.h>
#include <stdbool.h>

/* Messages above the level are dropped. The default is MIEN_LOG_WARNING. */
void mn_msg_set_level(enum mien_log_level level);
enum mien_log_level mn_msg_level(void);

void mn_msg(enum mien_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reports an error and returns its code, so that a check is one statement:
 *     return mn_fail(MIEN_EEXISTS, "%s exists; use --force to replace it", path); */
int mn_fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints a line that the user requested, whatever the level. */
void mn_msg_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For mien_settings.log; ctx is not used. */
void mn_msg_callback(void *ctx, enum mien_log_level level, const char *message);

/* Copies the first error reported from now on into text as well; NULL ends that. There is one such
 * buffer for the whole process. */
void mn_msg_capture(char *text, size_t size);

/* Holds back the messages of the calling thread. mn_msg_flush_deferred ends that and prints them,
 * or discards them. For work that is done before it is known whether its result is needed. */
void mn_msg_defer(void);
void mn_msg_flush_deferred(bool print_them);

/* While muted, all messages are dropped: those that result from cleaning up after an error that was
 * reported already. */
void mn_msg_mute(bool mute);

/* Passes messages to this function instead of standard error, for a process that may not write.
 * text: one line without its line feed. NULL ends that. */
void mn_msg_redirect(void (*to)(enum mien_log_level level, const char *text));

/* `wipe` is called before each write to the terminal, to remove a progress line; NULL: none. */
void mn_msg_on_print(void (*wipe)(void));

#endif
