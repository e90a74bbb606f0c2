#if defined(__linux__)
#define _GNU_SOURCE /* dladdr */
#include <sys/prctl.h>
#endif
#include "base/child.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0 /* then SO_NOSIGPIPE is there */
#endif

extern char **environ;

#if !defined(SOCK_CLOEXEC)
#define SOCK_CLOEXEC 0 /* then a child may inherit what another thread is just making: see starting */
#endif

/* One start at a time, so that no child gets a socket that is not yet close-on-exec. */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

/* Both ends close-on-exec, and above the numbers that the child gets: a dup2 must not hit the
 * other. */
static int socket_pair(int out[2])
{
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
        return errno;
    int err = 0;
    for (int i = 0; i < 2; i++) {
        out[i] = fcntl(fd[i], F_DUPFD_CLOEXEC, 16);
        if (out[i] < 0)
            err = errno;
        close(fd[i]);
#if defined(SO_NOSIGPIPE)
        int on = 1;
        setsockopt(out[i], SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
#endif
    }
    for (int i = 0; i < 2 && err; i++)
        if (out[i] >= 0)
            close(out[i]);
    return err;
}

static int spawn(pid_t *pid, const char *path, char *const argv[], int socket, const int extra[2])
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t held, reset;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    int err = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (!err)
        err = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    if (!err)
        err = posix_spawn_file_actions_adddup2(&files, socket, MN_CHILD_SOCKET);
    for (int i = 0; i < 2 && !err; i++)
        if (extra[i] >= 0)
            err = posix_spawn_file_actions_adddup2(&files, extra[i], MN_CHILD_EXTRA + i);
    /* blocked rather than ignored: there is no moment in which Ctrl-C could hit it */
    sigemptyset(&held);
    static const int from_terminal[] = {SIGINT, SIGHUP, SIGQUIT, SIGTSTP};
    for (size_t i = 0; i < sizeof(from_terminal) / sizeof(from_terminal[0]); i++)
        sigaddset(&held, from_terminal[i]);
    sigfillset(&reset);
    sigdelset(&reset, SIGKILL);
    sigdelset(&reset, SIGSTOP);
    posix_spawnattr_setsigmask(&attr, &held);
    posix_spawnattr_setsigdefault(&attr, &reset);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!err)
        err = posix_spawn(pid, path, &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return err;
}

static int start(struct mn_child *c, const char *path, char *const argv[], const int extra[2])
{
    int fd[2], high[2] = {-1, -1};
    *c = (struct mn_child){0, -1};
    int err = socket_pair(fd);
    if (err)
        return err;
    for (int i = 0; i < 2 && !err; i++)
        if (extra[i] >= 0) {
            high[i] = fcntl(extra[i], F_DUPFD_CLOEXEC, 16);
            err = high[i] < 0 ? errno : 0;
        }
    if (!err)
        err = spawn(&c->pid, path, argv, fd[1], high);
    for (int i = 0; i < 2; i++)
        if (high[i] >= 0)
            close(high[i]);
    close(fd[1]);
    if (err) {
        close(fd[0]);
        c->pid = 0;
        return err;
    }
    c->fd = fd[0];
    return 0;
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
        while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
            ;
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
    /* left as it is, for mn_child_end to collect */
    return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid == c->pid;
}

void mn_child_settle(pid_t parent)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t n = write(fd, "500", 3);
        (void)n;
        close(fd);
    }
#endif
    if (getppid() != parent) /* it died before we asked to be told */
        _exit(1);
}

int mn_child_send(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return -1;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

#define REST_MS 5000 /* for the rest of what has begun: the other side may have been stopped */

int mn_child_recv(int fd, void *data, size_t n, int wait_ms)
{
    char *p = data;
    for (bool begun = false; n; begun = true) {
        struct pollfd poller = {fd, POLLIN, 0};
        int ready = wait_ms < 0 ? 1 : poll(&poller, 1, begun ? REST_MS : wait_ms);
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

static int symbol_here;

int mn_own_folder(char *buf, size_t size)
{
    Dl_info info;
    char path[512];
    if (!dladdr(&symbol_here, &info) || !info.dli_fname)
        return -1;
    snprintf(path, sizeof(path), "%s", info.dli_fname);
#if defined(__linux__)
    if (!strchr(path, '/')) { /* found through PATH: only the kernel knows where */
        ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
        if (n <= 0)
            return -1;
        path[n] = 0;
    }
#endif
    char real[4096];
    if (!realpath(path, real))
        return -1;
    char *slash = strrchr(real, '/');
    if (!slash)
        return -1;
    *slash = 0;
    return (size_t)snprintf(buf, size, "%s", real) < size ? 0 : -1;
}
