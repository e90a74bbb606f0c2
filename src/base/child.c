#if defined(__linux__)
#define _GNU_SOURCE /* dladdr */
#endif
#include "base/child.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "base/clock.h"

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0 /* in that case SO_NOSIGPIPE exists */
#endif

extern char **environ;

#if !defined(SOCK_CLOEXEC)
#define SOCK_CLOEXEC 0 /* see `starting` for what this costs */
#endif

/* One start at a time. Otherwise, where SOCK_CLOEXEC does not exist, a child could inherit a socket
 * that another thread has just created and not yet made close-on-exec. */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

/* A close-on-exec duplicate of fd, numbered above the descriptors that a child gets, so that no
 * dup2 overwrites another one. Closes fd; -1 stays -1. */
static int raise_fd(int fd)
{
    int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 16);
    int err = errno;
    if (fd >= 0)
        close(fd);
    errno = err;
    return high;
}

static void close_all(int fd[], int n)
{
    for (int i = 0; i < n; i++)
        if (fd[i] >= 0)
            close(fd[i]);
}

/* The two ends of a socket or a pipe. 0 or an errno. */
static int open_pair(int out[2], bool socket)
{
    int fd[2], err = 0;
    if ((socket ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) : pipe(fd)) < 0)
        return errno;
    for (int i = 0; i < 2; i++) {
        out[i] = raise_fd(fd[i]);
        if (out[i] < 0)
            err = errno;
#if defined(SO_NOSIGPIPE)
        int on = 1; /* fails on a pipe, which does not need it */
        setsockopt(out[i], SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
#endif
    }
    if (err)
        close_all(out, 2);
    return err;
}

/* The descriptors that a new child needs, all raised by raise_fd. NOTHING: /dev/null; REPORT: the
 * pipe that reports a failed exec. */
enum { SOCKET, EXTRA, NOTHING = EXTRA + 2, REPORT, NUM_ENDS };

/* The child between fork and exec. It calls only async-signal-safe functions (POSIX). Does not
 * return. */
static void exec_child(pid_t parent, const char *path, char *const argv[], const int end[NUM_ENDS])
{
#if defined(__linux__)
    /* The setting survives exec. If the program itself made this call, it could be stopped before
     * it does so, and then outlive its parent. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent) /* the parent died before prctl */
        _exit(1);
    struct sigaction usual;
    memset(&usual, 0, sizeof(usual));
    usual.sa_handler = SIG_DFL;
    for (int i = 1; i < 32; i++)
        sigaction(i, &usual, NULL); /* fails for SIGKILL and SIGSTOP */
    /* Blocked rather than ignored, so that Ctrl-C cannot hit the child at any moment. */
    static const int from_terminal[] = {SIGINT, SIGHUP, SIGQUIT, SIGTSTP};
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof(from_terminal) / sizeof(from_terminal[0]); i++)
        sigaddset(&held, from_terminal[i]);
    sigprocmask(SIG_SETMASK, &held, NULL);
    bool ok = dup2(end[NOTHING], 0) >= 0 && dup2(end[NOTHING], 1) >= 0 &&
              dup2(end[SOCKET], MN_CHILD_SOCKET) >= 0;
    for (int i = 0; i < 2 && ok; i++)
        ok = end[EXTRA + i] < 0 || dup2(end[EXTRA + i], MN_CHILD_EXTRA + i) >= 0;
    if (ok)
        execve(path, argv, environ);
    int err = errno;
    ssize_t n = write(end[REPORT], &err, sizeof(err));
    (void)n;
    _exit(127);
}

/* The errno that the child reports; 0 when exec closed its end of the pipe. */
static int read_report(int fd)
{
    int err = 0;
    ssize_t n;
    do
        n = read(fd, &err, sizeof(err));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(err) ? err : 0;
}

static void collect(pid_t pid, int *status)
{
    pid_t got;
    do
        got = waitpid(pid, status, 0);
    while (got < 0 && errno == EINTR);
}

/* report: the other end of end[REPORT]. Closes all of `end`. 0 or an errno. */
static int launch(pid_t *pid, const char *path, char *const argv[], int end[NUM_ENDS], int report)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* our signal handlers must not run in the child */
    pid_t parent = getpid(), child = fork();
    int err = child < 0 ? errno : 0;
    if (child == 0)
        exec_child(parent, path, argv, end);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close_all(end, NUM_ENDS);
    if (!err)
        err = read_report(report);
    if (err && child > 0)
        collect(child, NULL);
    *pid = err ? 0 : child;
    return err;
}

static int start(struct mn_child *c, const char *path, char *const argv[], const int extra[2])
{
    int talk[2], report[2];
    *c = (struct mn_child){0, -1};
    int err = open_pair(talk, true);
    if (err)
        return err;
    err = open_pair(report, false);
    if (err) {
        close_all(talk, 2);
        return err;
    }
    int end[NUM_ENDS] = {talk[1], -1, -1, raise_fd(open("/dev/null", O_RDWR | O_CLOEXEC)),
                         report[1]};
    if (end[NOTHING] < 0)
        err = errno;
    for (int i = 0; i < 2 && !err; i++)
        if (extra[i] >= 0) {
            end[EXTRA + i] = fcntl(extra[i], F_DUPFD_CLOEXEC, 16);
            err = end[EXTRA + i] < 0 ? errno : 0;
        }
    if (err)
        close_all(end, NUM_ENDS);
    else
        err = launch(&c->pid, path, argv, end, report[0]);
    close(report[0]);
    if (err)
        close(talk[0]);
    else
        c->fd = talk[0];
    return err;
}

int mn_child_start(struct mn_child *c, const char *path, char *const argv[], const int extra[2])
{
    pthread_mutex_lock(&starting);
    int err = start(c, path, argv, extra);
    pthread_mutex_unlock(&starting);
    return err;
}

void mn_child_end(struct mn_child *c, int *how)
{
    int status = 0;
    if (c->pid > 0) {
        kill(c->pid, SIGKILL);
        collect(c->pid, &status);
    }
    if (c->fd >= 0)
        close(c->fd);
    *c = (struct mn_child){0, -1};
    if (how)
        *how = status;
}

bool mn_child_lost(struct mn_child *c)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    if (c->pid <= 0)
        return true;
    /* WNOWAIT: mn_child_end collects the exit status */
    return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid == c->pid;
}

void mn_child_harden(pid_t parent)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__)
#if defined(__NR_close_range)
    syscall(__NR_close_range, MN_CHILD_EXTRA + 2, ~0u, 0);
#endif
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t n = write(fd, "500", 3);
        (void)n;
        close(fd);
    }
#endif
    if (getppid() != parent)
        _exit(1);
}

int mn_child_send_within(int fd, const void *data, size_t n, double seconds, const atomic_int *stop)
{
    const char *p = data;
    double since = mn_now();
    while (n) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (k > 0) {
            p += k;
            n -= (size_t)k;
            since = mn_now();
            continue;
        }
        if (k == 0 ||
            (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS))
            return -1;
        if ((stop && *stop) || mn_now() - since > seconds)
            return 1;
        poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 100);
    }
    return 0;
}

int mn_child_send(int fd, const void *data, size_t n)
{
    return mn_child_send_within(fd, data, n, INFINITY, NULL);
}

#define REST_MS \
    5000 /* ms for the rest of a message that has begun: the sender may have been stopped */

int mn_child_recv(int fd, void *data, size_t n, int wait_ms)
{
    char *p = data;
    double since = 0;
    for (bool begun = false; n; begun = true) {
        struct pollfd poller = {fd, POLLIN, 0};
        if (begun && since == 0)
            since = mn_now();
        const int rest = begun ? REST_MS - (int)fmin((mn_now() - since) * 1e3, REST_MS) : 0;
        int ready = wait_ms < 0 ? 1 : poll(&poller, 1, begun ? rest : wait_ms);
        if (ready == 0 && begun)
            return -1;
        if (!begun && (ready == 0 || (ready < 0 && errno == EINTR)))
            return 1;
        ssize_t k = recv(fd, p, n, 0);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return -1;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

int mn_child_own_program(char *buf, size_t size)
{
    const ssize_t n = readlink("/proc/self/exe", buf, size - 1);
    if (n <= 0)
        return -1;
    buf[n] = 0;
    return 0;
}

static int symbol_here;

int mn_child_own_folder(char *buf, size_t size)
{
    Dl_info info;
    char path[PATH_MAX], real[PATH_MAX];
    if (!dladdr(&symbol_here, &info) || !info.dli_fname ||
        (size_t)snprintf(path, sizeof(path), "%s", info.dli_fname) >= sizeof(path))
        return -1;
#if defined(__linux__)
    /* found through PATH: only the kernel knows the folder */
    if (!strchr(path, '/') && mn_child_own_program(path, sizeof(path)) < 0)
        return -1;
#endif
    if (!realpath(path, real))
        return -1;
    char *slash = strrchr(real, '/');
    if (!slash)
        return -1;
    *slash = 0;
    return (size_t)snprintf(buf, size, "%s", real) < size ? 0 : -1;
}
