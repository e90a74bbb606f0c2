#if defined(__linux__)
#define _GNU_SOURCE /* syscall */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#if defined(__has_include)
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif
#endif
#endif
#include "source/isolated/sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MEMORY ((rlim_t)4 << 30) /* private memory; shared memory does not count */

/* Sanitizers use memory that these limits count, and system calls that are not allowed here when
 * they report. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if !defined(SANITIZED)
#define SANITIZED 0
#endif

static unsigned limit(void)
{
    /* a write to standard error, which may be a file, must fail and not kill the process */
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit none = {0, 0}, memory = {MEMORY, MEMORY};
    int err = setrlimit(RLIMIT_FSIZE, &none) | setrlimit(RLIMIT_CORE, &none);
#if defined(RLIMIT_NPROC)
    err |= setrlimit(RLIMIT_NPROC, &none);
#endif
    if (!SANITIZED)
        err |= setrlimit(RLIMIT_DATA, &memory) | setrlimit(RLIMIT_NOFILE, &none);
    return err ? 0 : MN_SANDBOX_LIMITS;
}

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* All system calls that decoding needs. The others fail with EPERM and do not kill the process:
 * libraries try calls that they do not depend on. */
static const int allowed[] = {
    __NR_read,
    __NR_pread64,
    __NR_readv,
    __NR_write,
    __NR_writev,
    __NR_lseek,
    __NR_fstat,
    __NR_recvfrom,
    __NR_sendto,
    __NR_recvmsg,
    __NR_sendmsg,
    __NR_ppoll,
    __NR_close,
    __NR_mmap,
    __NR_munmap,
    __NR_mremap,
    __NR_madvise,
    __NR_mprotect,
    __NR_brk,
    __NR_futex,
    __NR_sched_yield,
    __NR_sched_getaffinity,
    __NR_getrandom,
    __NR_clock_gettime,
    __NR_clock_getres,
    __NR_clock_nanosleep,
    __NR_nanosleep,
    __NR_gettimeofday,
    __NR_rt_sigaction,
    __NR_rt_sigprocmask,
    __NR_rt_sigreturn,
    __NR_sigaltstack,
    __NR_restart_syscall,
    __NR_getpid,
    __NR_gettid,
    __NR_getppid,
    __NR_getrusage,
    __NR_uname,
    __NR_set_robust_list,
    __NR_exit,
    __NR_exit_group,
#if defined(__NR_poll)
    __NR_poll,
#endif
#if defined(__NR_rseq)
    __NR_rseq,
#endif
#if defined(__NR_membarrier)
    __NR_membarrier,
#endif
};
#define NUM_ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

#define STEP(code, k)     \
    {                     \
        (code), 0, 0, (k) \
    }
#define JUMP(code, k, yes, no)   \
    {                            \
        (code), (yes), (no), (k) \
    }

static unsigned filter(void)
{
    struct sock_filter f[NUM_ALLOWED + 8];
    unsigned n = 0;
    f[n++] =
        (struct sock_filter)STEP(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    f[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    f[n++] = (struct sock_filter)STEP(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    f[n++] = (struct sock_filter)STEP(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < NUM_ALLOWED; i++)
        f[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i],
                                          (unsigned char)(NUM_ALLOWED - i), 0);
    f[n++] = (struct sock_filter)STEP(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    f[n++] = (struct sock_filter)STEP(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {(unsigned short)n, f};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? MN_SANDBOX_SECCOMP : 0;
}
#else
static unsigned filter(void)
{
    return 0;
}
#endif

#if defined(__linux__) && defined(LANDLOCK_ACCESS_FS_EXECUTE) && \
    defined(__NR_landlock_create_ruleset)
/* A ruleset that handles all access rights and grants none. */
static unsigned landlock(void)
{
    const struct landlock_ruleset_attr all = {.handled_access_fs = (1u << 13) - 1};
    int fd = (int)syscall(__NR_landlock_create_ruleset, &all, sizeof(all.handled_access_fs), 0);
    if (fd < 0)
        return 0;
    unsigned done = syscall(__NR_landlock_restrict_self, fd, 0) == 0 ? MN_SANDBOX_LANDLOCK : 0;
    close(fd);
    return done;
}
#else
static unsigned landlock(void)
{
    return 0;
}
#endif

unsigned mn_sandbox_enter(void)
{
    unsigned done = 0;
    /* a terminal executes control sequences that are written to it, and the limit of file sizes
     * does not apply to it */
    if (!SANITIZED)
        dup2(STDOUT_FILENO, STDERR_FILENO);
#if defined(__linux__)
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        done |= landlock();
#endif
    done |= limit();
    if (!SANITIZED)
        done |= filter();
    return done;
}

const char *mn_sandbox_names(unsigned bits, char buf[40])
{
    static const char *const names[] = {"limits", "seccomp", "landlock"};
    buf[0] = 0;
    for (int i = 0; i < 3; i++)
        if (bits & 1u << i) {
            if (buf[0])
                strcat(buf, ",");
            strcat(buf, names[i]);
        }
    return buf[0] ? buf : "none";
}
