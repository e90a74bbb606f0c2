#if defined(__linux__)
#define _GNU_SOURCE /* memfd_create, seals */
#endif
#include "base/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#define SEALS (F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

static int anonymous(void)
{
    return memfd_create("mien-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static int seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, SEALS);
}

static int is_sealed(int fd)
{
    int have = fcntl(fd, F_GET_SEALS);
    return have >= 0 && (have & SEALS) == SEALS;
}
#else
/* The name exists only between the two calls. */
static int anonymous(void)
{
    char name[32];
    static int count;
    snprintf(name, sizeof(name), "/mien-%ld-%d", (long)getpid(), count++);
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd >= 0) {
        shm_unlink(name);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return fd;
}

static int seal(int fd)
{
    return 0;
}

static int is_sealed(int fd)
{
    return 1;
}
#endif

static int map(struct mn_shared *s, bool write)
{
    const int rights = PROT_READ | (write ? PROT_WRITE : 0);
    void *p = mmap(NULL, s->size, rights, MAP_SHARED | MAP_NORESERVE, s->fd, 0);
    if (p == MAP_FAILED)
        return -1;
    s->base = p;
#if defined(MADV_DONTDUMP)
    madvise(p, s->size, MADV_DONTDUMP); /* faces must not end up in crash dumps */
#endif
    return 0;
}

int mn_shared_create(struct mn_shared *s, size_t size)
{
    *s = (struct mn_shared){NULL, size, anonymous()};
    if (s->fd >= 0 && ftruncate(s->fd, (off_t)size) == 0 && seal(s->fd) == 0 && map(s, true) == 0)
        return 0;
    int err = errno;
    mn_shared_close(s);
    errno = err;
    return -1;
}

int mn_shared_attach(struct mn_shared *s, int fd, bool write)
{
    struct stat st;
    *s = (struct mn_shared){NULL, 0, fd};
    int err = fstat(fd, &st) < 0 ? errno : st.st_size <= 0 || !is_sealed(fd) ? EPROTO : 0;
    if (!err) {
        s->size = (size_t)st.st_size;
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        err = map(s, write) < 0 ? errno : 0;
    }
    if (!err)
        return 0;
    mn_shared_close(s);
    errno = err;
    return -1;
}

void mn_shared_close(struct mn_shared *s)
{
    if (s->base)
        munmap(s->base, s->size);
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct mn_shared){NULL, 0, -1};
}
