#include "io/signal.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The kernel delivers a signal to any thread. sig_atomic_t is not enough: it is safe only in the
 * thread that the signal interrupts. */
atomic_int mn_signal_received;
static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler must not wait for a lock");

static void on_signal(int number)
{
    if (atomic_exchange(&mn_signal_received, number))
        _exit(128 + number);
}

void mn_signal_install(void)
{
    struct sigaction a;
    memset(&a, 0, sizeof(a));
    a.sa_handler = on_signal;
    sigemptyset(&a.sa_mask);
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct sigaction old; /* ignored when the parent ignores it: nohup, a background job */
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &a, NULL);
    }
    /* a closed pipe or a file size limit must be an error of the write, not end the process */
    a.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &a, NULL);
    sigaction(SIGXFSZ, &a, NULL);
}
