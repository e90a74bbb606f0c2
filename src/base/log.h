/* Messages: one finished sentence per call, to the user's callback, and the last error's sentence
 * for mien_last_message. Any thread. */
#ifndef MN_BASE_LOG_H
#define MN_BASE_LOG_H

#include <mien/mien.h>
#include <pthread.h>

#define MN_LOG_TEXT 1024 /* bytes of a message with its final zero; the rest is cut off */

struct mn_log {
    mien_log_fn fn; /* NULL = silent */
    void *ctx;
    char last_error[MN_LOG_TEXT]; /* of any thread; "" = none yet */
    pthread_mutex_t lock;         /* one call at a time */
};

void mn_log_init(struct mn_log *log, mien_log_fn fn, void *ctx);
void mn_log_finish(struct mn_log *log);

/* An error's text also becomes mien_last_message of this thread. log may be NULL: then that is
 * all. */
void mn_log(struct mn_log *log, enum mien_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define mn_error(log, ...) mn_log(log, MIEN_LOG_ERROR, __VA_ARGS__)
#define mn_warn(log, ...) mn_log(log, MIEN_LOG_WARNING, __VA_ARGS__)
#define mn_info(log, ...) mn_log(log, MIEN_LOG_INFO, __VA_ARGS__)
#define mn_debug(log, ...) mn_log(log, MIEN_LOG_DEBUG, __VA_ARGS__)

/* For a caller's mistake: sets mien_last_message, logs nothing, returns error. */
int mn_log_fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For a caller that passed NULL where an object is needed: MIEN_EINVAL. */
#define mn_log_fail_null() mn_log_fail(MIEN_EINVAL, "%s: an argument is NULL", __func__)

/* Around a call that may fail in several places and threads: mn_log_forget at its start empties
 * mien_last_message of this thread and forgets errors of other threads. mn_log_conclude at its
 * failing end fills the message if it is still empty, with the last error that any thread logged,
 * or the code's own sentence; returns error. log may be NULL. */
void mn_log_forget(struct mn_log *log);
int mn_log_conclude(struct mn_log *log, int error);

/* Deferred messages: those of a helper thread wait until its caller knows whether they matter. */
#define MN_LOG_DEFERRED_MAX 8 /* messages; later ones are lost */

struct mn_log_deferred {
    int num;
    struct {
        struct mn_log *log;
        enum mien_log_level level;
        char text[MN_LOG_TEXT];
    } message[MN_LOG_DEFERRED_MAX];
};

/* From this call on, this thread's messages are added to *d, which is emptied first. NULL: they are
 * logged again. */
void mn_log_defer(struct mn_log_deferred *d);
/* Logs the deferred messages as if this thread had logged them now. */
void mn_log_flush(struct mn_log_deferred *d);

#endif
