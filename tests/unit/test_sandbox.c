#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
/* What a process in the sandbox can still do; each attempt is made by a new child process. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "source/isolated/sandbox.h"

/* Each returns true if the action succeeded. */
static bool opens(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool writes(void)
{
    return open("/tmp/mien-test-sandbox", O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool connects(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool forks(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool executes(void)
{
    char name[] = "true";
    char *argv[] = {name, NULL};
    execv("/bin/true", argv);
    return false; /* if it succeeded, the exit status is that of `true`: 0, which counts as yes */
}

static bool eats_memory(void)
{
    void *p = mmap(NULL, (size_t)8 << 30, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p != MAP_FAILED;
}

static bool computes(void)
{
    volatile double x = 2;
    char *p = malloc(1 << 20);
    bool ok = p != NULL && sqrt(x) > 1.4;
    free(p);
    return ok;
}

static bool could(bool (*act)(void), unsigned *bits)
{
    int status, fd[2];
    REQUIRE(pipe(fd) == 0);
    pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        unsigned in_force = mn_sandbox_enter();
        if (write(fd[1], &in_force, sizeof(in_force)) < 0) /* open descriptors continue to work */
            _exit(2);
        _exit(act() ? 0 : 1);
    }
    close(fd[1]);
    REQUIRE(read(fd[0], bits, sizeof(*bits)) == (ssize_t)sizeof(*bits));
    close(fd[0]);
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(void)
{
    unsigned bits;
    char names[40];
    CHECK(could(computes, &bits));
    printf("in force here: %s\n", mn_sandbox_names(bits, names));
    if (!(bits & MN_SANDBOX_SECCOMP))
        return check_failures ? check_done()
                              : check_skip("no filter of system calls can be had here");
    CHECK(!could(opens, &bits));
    CHECK(!could(writes, &bits));
    CHECK(!could(connects, &bits));
    CHECK(!could(forks, &bits));
    CHECK(!could(executes, &bits));
    CHECK(!could(eats_memory, &bits));
    CHECK_STR(mn_sandbox_names(0, names), "none");
    CHECK_STR(mn_sandbox_names(5, names), "limits,landlock");
    return check_done();
}
