#include "models/download.h"

#include <errno.h>
#include <fcntl.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/msg.h"
#include "io/path.h"

bool mn_download_is_address(const char *from)
{
    return strstr(from, "://") != NULL;
}

bool mn_download_ends_all(int err)
{
    return err == MIEN_EOUTPUT || err == MIEN_EFULL || err == MIEN_EINTERRUPTED ||
           err == MIEN_ENOMEM || err == MIEN_ENOTBUILT || err == MIEN_EINVAL;
}

int mn_download_make_folders(const char *folder)
{
    char path[MN_PATH_SIZE];
    int err = mn_path_join_into(path, folder, "");
    if (err < 0)
        return err;
    for (char *c = path + 1; *c; c++) {
        if (*c != '/')
            continue;
        *c = 0;
        if (mkdir(path, 0777) < 0) {
            int errnum = errno; /* not always EEXIST where the parent is read-only */
            struct stat st;
            if (stat(path, &st) < 0)
                return mn_atomic_file_error(path, errnum, MN_CURE_MODELS);
            if (!S_ISDIR(st.st_mode))
                return mn_atomic_file_error(path, ENOTDIR, MN_CURE_MODELS);
        }
        *c = '/';
    }
    return 0;
}

int mn_download_pause(double seconds, const struct mn_watch *watch, int64_t have, int64_t total)
{
    const double step = 0.05;
    for (; seconds > 0; seconds -= step) {
        if (!watch->go_on(watch->ctx, have, total))
            return MIEN_EINTERRUPTED;
        double s = seconds < step ? seconds : step;
        nanosleep(&(struct timespec){.tv_nsec = (long)(s * 1e9)}, NULL);
    }
    return 0;
}

struct waiting {
    const char *target;
    const struct mn_watch *watch;
    bool reported;
};

static int wait_for_lock(void *ctx)
{
    struct waiting *w = ctx;
    if (!w->reported)
        mn_msg(MIEN_LOG_WARNING, "another mien is downloading %s; waiting for it", w->target);
    w->reported = true;
    return mn_download_pause(0.1, w->watch, 0, 0);
}

int mn_download_open(struct mn_download *d, const char *target, const struct mn_watch *watch)
{
    struct waiting w = {.target = target, .watch = watch};
    d->meta = mn_path_with_suffix(target, ".part.meta");
    int err = d->meta ? mn_atomic_file_continue(&d->file, target, wait_for_lock, &w) : MIEN_ENOMEM;
    if (err < 0) {
        free(d->meta);
        d->meta = NULL;
    }
    return err;
}

int mn_download_drop(struct mn_download *d)
{
    unlink(d->meta);
    return mn_atomic_file_truncate(&d->file);
}

static int copy_all(struct mn_download *d, int fd, const char *from, const struct mn_watch *watch)
{
    char block[1 << 14];
    int64_t have = 0;
    for (;;) {
        ssize_t n = read(fd, block, sizeof(block));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mn_fail(MIEN_ENOMODEL, "%s cannot be read: %s", from, strerror(errno));
        if (n == 0)
            return 0;
        int err = mn_atomic_file_write(&d->file, block, (size_t)n, have);
        have += n;
        if (err < 0)
            return err;
        if (!watch->go_on(watch->ctx, have, 0))
            return MIEN_EINTERRUPTED;
    }
}

int mn_download_copy(struct mn_download *d, const char *from, const struct mn_watch *watch)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return mn_fail(MIEN_ENOMODEL, "%s cannot be read: %s", from, strerror(errno));
    int err = mn_download_drop(d);
    if (err == 0)
        err = copy_all(d, fd, from, watch);
    close(fd);
    return err;
}

int mn_download_commit(struct mn_download *d)
{
    int err = mn_atomic_file_commit(&d->file);
    if (err == 0)
        unlink(d->meta);
    return err;
}

void mn_download_close(struct mn_download *d)
{
    if (mn_atomic_file_close(&d->file) && d->meta)
        unlink(d->meta);
    free(d->meta);
    d->meta = NULL;
}
