#include "io/signal.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The kernel hands a signal to any thread, so sig_atomic_t would not do: it promises something only
 * to the thread that is interrupted. */
atomic_int mn_stop;
static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler may not wait for a lock");

static void on_signal(int number)
{
    if (atomic_exchange(&mn_stop, number))
        _exit(128 + number);
}

void mn_stop_install(void)
{
    struct sigaction a;
    memset(&a, 0, sizeof(a));
    a.sa_handler = on_signal;
    sigemptyset(&a.sa_mask);
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct sigaction old; /* ignored by whoever started us: nohup, a script's background job */
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &a, NULL);
    }
    /* a full pipe or file limit must come back as an error of the write, not as a death */
    a.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &a, NULL);
    sigaction(SIGXFSZ, &a, NULL);
}
