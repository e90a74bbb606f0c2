#if defined(__linux__)
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#endif
#include "source/isolated/fork_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>

#define WAIT_MS 10000 /* for an answer of the server, which does little */

enum { NUM_FDS = 3 }; /* socket, two extra */

/* Descriptors travel beside one byte. */
union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int[NUM_FDS]))];
};

/* --------------------------------------------------------------------------------- parent ---- */

int mn_fork_server_start(struct mn_child *server, const char *path, char *const argv[])
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return errno;
    return mn_child_start(server, path, argv, (const int[2]){-1, -1});
}

static int send_fds(int to, const int fd[NUM_FDS])
{
    union control control;
    char byte = 0;
    struct iovec data = {&byte, 1};
    struct msghdr m = {.msg_iov = &data,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control.room)};
    memset(&control, 0, sizeof(control));
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int[NUM_FDS]));
    memcpy(CMSG_DATA(h), fd, sizeof(int[NUM_FDS]));
    return sendmsg(to, &m, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

int mn_fork_server_child(struct mn_child *server, struct mn_child *c, const int extra[2])
{
    int32_t pid = 0;
    int talk[2];
    *c = (struct mn_child){0, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk) < 0)
        return errno;
    int err = send_fds(server->fd, (const int[NUM_FDS]){talk[1], extra[0], extra[1]});
    if (!err && mn_child_recv(server->fd, &pid, sizeof(pid), WAIT_MS) != 0)
        err = EPIPE;
    if (!err && pid <= 0)
        err = EAGAIN;
    close(talk[1]);
    if (err) {
        close(talk[0]);
        return err;
    }
    *c = (struct mn_child){pid, talk[0]};
    return 0;
}

/* --------------------------------------------------------------------------------- server ---- */

static bool receive_fds(int fd[NUM_FDS])
{
    union control control;
    char byte;
    struct iovec data = {&byte, 1};
    struct msghdr m = {.msg_iov = &data,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control.room)};
    ssize_t n;
    do
        n = recvmsg(MN_CHILD_SOCKET, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    const struct cmsghdr *h = n == 1 ? CMSG_FIRSTHDR(&m) : NULL;
    if (!h || h->cmsg_type != SCM_RIGHTS || h->cmsg_len != CMSG_LEN(sizeof(int[NUM_FDS])))
        return false;
    memcpy(fd, CMSG_DATA(h), sizeof(int[NUM_FDS]));
    return true;
}

/* In the child: waits until it belongs to `parent`, and takes its descriptors. */
static void become_child(pid_t parent, int fd[NUM_FDS])
{
    for (int i = 0; getppid() != parent && i < WAIT_MS; i++)
        poll(NULL, 0, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    for (int i = 0; i < NUM_FDS; i++) /* above all numbers that are given below */
        fd[i] = fcntl(fd[i], F_DUPFD_CLOEXEC, 16);
    if (dup2(fd[0], MN_CHILD_SOCKET) < 0 || dup2(fd[1], MN_CHILD_EXTRA) < 0 ||
        dup2(fd[2], MN_CHILD_EXTRA + 1) < 0)
        _exit(1);
}

/* A fork of a fork: when the one between ends, the child belongs to the nearest subreaper, which is
 * `parent`. Returns the child's pid, or 0 in the child; negative: failed. */
static pid_t fork_for_parent(volatile pid_t *child)
{
    *child = -1;
    const pid_t between = fork();
    if (between == 0) {
        const pid_t pid = fork();
        if (pid == 0)
            return 0;
        *child = pid;
        _exit(0);
    }
    if (between > 0)
        while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
            ;
    return *child;
}

void mn_fork_server_run(pid_t parent)
{
    int fd[NUM_FDS];
    char name[16]; /* the size of names in Linux */
    prctl(PR_GET_NAME, name);
    prctl(PR_SET_NAME, "mien-forkserver"); /* ps and top distinguish it from its children */
    volatile pid_t *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    while (shared != MAP_FAILED && receive_fds(fd)) {
        const pid_t pid = fork_for_parent(shared);
        if (pid == 0) {
            munmap((void *)shared, sizeof(*shared));
            prctl(PR_SET_NAME, name);
            become_child(parent, fd);
            return;
        }
        for (int i = 0; i < NUM_FDS; i++)
            close(fd[i]);
        const int32_t answer = pid;
        if (mn_child_send(MN_CHILD_SOCKET, &answer, sizeof(answer)) < 0)
            break;
    }
    _exit(0);
}

#else

int mn_fork_server_start(struct mn_child *server, const char *path, char *const argv[])
{
    (void)server;
    (void)path;
    (void)argv;
    return ENOSYS;
}

int mn_fork_server_child(struct mn_child *server, struct mn_child *c, const int extra[2])
{
    (void)server;
    (void)c;
    (void)extra;
    return ENOSYS;
}

void mn_fork_server_run(pid_t parent)
{
    (void)parent;
    _exit(1);
}

#endif
