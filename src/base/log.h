/* Messages to the user's callback: one finished sentence per call. Any thread. */
#ifndef MN_BASE_LOG_H
#define MN_BASE_LOG_H

#include <mien/mien.h>
#include <pthread.h>

struct mn_log {
    mien_log_fn fn; /* NULL = silent */
    void *ctx;
    pthread_mutex_t lock; /* one call at a time */
};

void mn_log_init(struct mn_log *log, mien_log_fn fn, void *ctx);
void mn_log_finish(struct mn_log *log);

/* log may be NULL. Messages are cut at about 1000 characters. */
void mn_log(struct mn_log *log, enum mien_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define mn_error(log, ...) mn_log(log, MIEN_LOG_ERROR, __VA_ARGS__)
#define mn_warn(log, ...) mn_log(log, MIEN_LOG_WARNING, __VA_ARGS__)
#define mn_info(log, ...) mn_log(log, MIEN_LOG_INFO, __VA_ARGS__)
#define mn_debug(log, ...) mn_log(log, MIEN_LOG_DEBUG, __VA_ARGS__)

/* What a thread has to say beside another: kept until it is known whether anybody wants to hear it.
 */
#define MN_LOG_KEPT 8 /* messages; later ones are lost */

struct mn_log_kept {
    int num;
    struct {
        struct mn_log *log;
        enum mien_log_level level;
        char text[1024];
    } message[MN_LOG_KEPT];
};

/* From now on this thread's messages go to kept, which begins empty; NULL: to whom they are for. */
void mn_log_keep(struct mn_log_kept *kept);
/* Says what was kept. */
void mn_log_say(struct mn_log_kept *kept);

#endif
