#include "io/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"

/* --------------------------------------------------------------------------------- shared ---- */

int mn_atomic_file_error(const char *path, int errnum, const char *cure)
{
    if (errnum == EINTR && mn_signal_received)
        return MIEN_EINTERRUPTED;
    if (errnum == EPIPE)
        return MIEN_EOUTPUT;
    if (errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG)
        return mn_fail(MIEN_EFULL, "%s: no space left; free some or %s", path, cure);
    return mn_fail(MIEN_EOUTPUT, "%s cannot be written: %s; %s", path, strerror(errnum), cure);
}

static int fail(const struct mn_atomic_file *f, const char *path, int errnum)
{
    return mn_atomic_file_error(path, errnum, f->download ? MN_CURE_MODELS : MN_CURE_OUTPUT);
}

/* Content and length; the time of the last change does not matter. */
static int system_sync(int fd)
{
#if defined(_POSIX_SYNCHRONIZED_IO) && _POSIX_SYNCHRONIZED_IO > 0
    return fdatasync(fd);
#else
    return fsync(fd);
#endif
}

int mn_atomic_file_sync(int fd, int (*sync)(int fd))
{
    int errnum = (sync ? sync : system_sync)(fd) < 0 ? errno : 0;
    bool no_disk = errnum == EINVAL || errnum == ENOTSUP || errnum == EROFS;
    return no_disk || errnum == EINTR ? 0 : errnum;
}

void mn_atomic_file_sync_folder(const char *path)
{
    char *folder = mn_path_folder(path);
    int fd = folder ? open(folder, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

static int init(struct mn_atomic_file *f, const char *path, const char *suffix)
{
    *f = (struct mn_atomic_file){.fd = -1};
    f->path = strdup(path);
    f->partial = suffix ? mn_path_with_suffix(path, suffix) : NULL;
    return f->path && (f->partial || !suffix) ? 0 : MIEN_ENOMEM;
}

/* The process that had the lock before may have renamed or removed the file: then this is not the
 * partial file any more. */
static bool still_named(const struct mn_atomic_file *f)
{
    struct stat mine, named;
    return fstat(f->fd, &mine) == 0 && stat(f->partial, &named) == 0 &&
           mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

static void finish(struct mn_atomic_file *f)
{
    if (f->file && f->file != stdout)
        fclose(f->file);
    else if (f->partial && f->fd >= 0)
        close(f->fd);
    free(f->path);
    free(f->partial);
    free(f->old);
    *f = (struct mn_atomic_file){.fd = -1};
}

/* Content first, then the name: a power failure leaves no empty file under the final name. The file
 * is renamed while it is locked, so that no other process empties it in between. */
static int commit(struct mn_atomic_file *f)
{
    int errnum = mn_atomic_file_sync(f->fd, NULL);
    if (errnum)
        return fail(f, f->download ? f->partial : f->path, errnum);
    if (rename(f->partial, f->path) < 0)
        return fail(f, f->path, errno);
    if (f->download)
        mn_atomic_file_sync_folder(f->path);
    return 0;
}

/* -------------------------------------------------------------------------------- results ---- */

int mn_atomic_file_check(const char *path, bool force)
{
    if (mn_path_is_stream(path))
        return 0;
    struct stat st;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return mn_fail(MIEN_EOUTPUT, "%s is a folder, but a file name is needed here", path);
        if (!force && S_ISREG(st.st_mode))
            return mn_fail(MIEN_EEXISTS,
                           "%s exists; use --force to replace it, or another name with -o", path);
    }
    char *folder = mn_path_folder(path);
    if (!folder)
        return MIEN_ENOMEM;
    int err = 0;
    if (access(folder, W_OK | X_OK) < 0)
        err = mn_fail(MIEN_EOUTPUT, "%s: the folder %s cannot be written: %s; " MN_CURE_OUTPUT,
                      path, folder, strerror(errno));
    free(folder);
    return err;
}

static int open_stream(struct mn_atomic_file *f)
{
    f->file = strcmp(f->path, "-") ? fopen(f->path, "we") : stdout;
    return f->file ? 0 : fail(f, f->path, errno);
}

/* Empties the partial file only once it is locked: another process may be writing it. */
static int open_partial(struct mn_atomic_file *f)
{
    f->fd = open(f->partial, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (f->fd < 0)
        return fail(f, f->partial, errno);
    if (flock(f->fd, LOCK_EX | LOCK_NB) < 0 || !still_named(f))
        return mn_fail(MIEN_EEXISTS,
                       "%s is being written by another mien; wait for it or choose another name "
                       "with -o",
                       f->partial);
    if (ftruncate(f->fd, 0) < 0 && errno != EINVAL) /* EINVAL: a device, which has no length */
        return fail(f, f->partial, errno);
    f->file = fdopen(f->fd, "w");
    return f->file ? 0 : fail(f, f->partial, errno);
}

int mn_atomic_file_open(struct mn_atomic_file *f, const char *path, bool force)
{
    *f = (struct mn_atomic_file){.fd = -1};
    int err = mn_atomic_file_check(path, force);
    if (err < 0)
        return err;
    bool stream = mn_path_is_stream(path);
    err = init(f, path, stream ? NULL : ".partial");
    if (err == 0)
        err = stream ? open_stream(f) : open_partial(f);
    if (err < 0)
        finish(f);
    return err;
}

int mn_atomic_file_replace(struct mn_atomic_file *f, const char *path)
{
    *f = (struct mn_atomic_file){.fd = -1};
    int err = mn_atomic_file_check(path, true);
    if (err < 0)
        return err;
    err = init(f, path, ".partial.new");
    f->old = mn_path_with_suffix(path, ".partial");
    if (err == 0 && !f->old)
        err = MIEN_ENOMEM;
    if (err == 0)
        err = open_partial(f);
    if (err < 0)
        finish(f);
    return err;
}

/* Gives the new partial file the name of the old one. Synced, so that a power failure does not
 * leave it empty. */
static int replace_old(struct mn_atomic_file *f)
{
    int err = mn_atomic_file_flush(f);
    const int errnum = err == 0 ? mn_atomic_file_sync(f->fd, NULL) : 0;
    if (errnum || (err == 0 && rename(f->partial, f->old) < 0))
        err = fail(f, f->path, errnum ? errnum : errno);
    if (err < 0) {
        unlink(f->partial);
        return err;
    }
    free(f->partial);
    f->partial = f->old;
    f->old = NULL;
    return 0;
}

int mn_atomic_file_flush(struct mn_atomic_file *f)
{
    errno = 0;
    if (fflush(f->file) == 0 && !ferror(f->file))
        return 0;
    return fail(f, f->path, errno ? errno : EIO);
}

static int rewrite_lines(struct mn_atomic_file *f, FILE *out,
                         int (*line)(void *ctx, char *text, FILE *out), void *ctx)
{
    FILE *in = fopen(f->partial, "re");
    if (!in)
        return fail(f, f->partial, errno);
    char *text = NULL;
    size_t room = 0;
    int err = 0;
    while (err == 0 && getline(&text, &room, in) >= 0)
        err = line(ctx, text, out);
    if (err == 0 && (fflush(out) != 0 || ferror(out)))
        err = fail(f, f->path, errno ? errno : EIO);
    free(text);
    fclose(in);
    return err;
}

int mn_atomic_file_rewrite(struct mn_atomic_file *f, int (*line)(void *ctx, char *text, FILE *out),
                           void *ctx)
{
    if (!f->partial)
        return 0;
    int err = mn_atomic_file_flush(f);
    if (err < 0)
        return err;
    char *name = mn_path_with_suffix(f->partial, ".new");
    if (!name)
        return MIEN_ENOMEM;
    FILE *out = fopen(name, "we");
    err = out ? rewrite_lines(f, out, line, ctx) : fail(f, name, errno);
    /* The lock stays with the replaced file. No other process can have opened the new one before
     * it has this name. */
    if (err == 0 && rename(name, f->partial) < 0)
        err = fail(f, f->path, errno);
    if (err == 0) {
        fclose(f->file);
        f->file = out;
        f->fd = fileno(out);
    } else {
        if (out)
            fclose(out);
        unlink(name);
    }
    free(name);
    return err;
}

int mn_atomic_file_finish(struct mn_atomic_file *f, bool complete)
{
    int err = f->file && f->old && complete ? replace_old(f) : 0;
    if (f->file && complete && err == 0)
        err = mn_atomic_file_flush(f);
    if (f->file && complete && err == 0 && f->partial)
        err = commit(f);
    if (f->file && f->file != stdout && !f->partial) { /* a stream reports its last errors now */
        if (fclose(f->file) != 0 && complete && err == 0)
            err = fail(f, f->path, errno);
        f->file = NULL;
    }
    finish(f);
    return err;
}

/* ------------------------------------------------------------------------------ downloads ---- */

/* A file system without locks is no reason to refuse: the caller verifies the content. */
static int lock(struct mn_atomic_file *f, int (*wait)(void *ctx), void *ctx)
{
    int err = 0;
    while (err == 0 && flock(f->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        err = wait(ctx);
    return err;
}

int mn_atomic_file_continue(struct mn_atomic_file *f, const char *path, int (*wait)(void *ctx),
                            void *ctx)
{
    int err = init(f, path, ".part");
    f->download = true;
    while (err == 0) {
        f->fd = open(f->partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        err = f->fd < 0 ? fail(f, f->partial, errno) : lock(f, wait, ctx);
        if (err == 0 && still_named(f))
            return 0;
        if (f->fd >= 0)
            close(f->fd);
        f->fd = -1;
    }
    finish(f);
    return err;
}

int64_t mn_atomic_file_size(const struct mn_atomic_file *f)
{
    struct stat st;
    return fstat(f->fd, &st) == 0 ? (int64_t)st.st_size : 0;
}

int mn_atomic_file_write(struct mn_atomic_file *f, const char *data, size_t size, int64_t offset)
{
    while (size) {
        ssize_t n = pwrite(f->fd, data, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(f, f->partial, errno);
        data += n;
        size -= (size_t)n;
        offset += n;
    }
    return 0;
}

int mn_atomic_file_truncate(struct mn_atomic_file *f)
{
    return ftruncate(f->fd, 0) < 0 ? fail(f, f->partial, errno) : 0;
}

int mn_atomic_file_commit(struct mn_atomic_file *f)
{
    return commit(f);
}

bool mn_atomic_file_close(struct mn_atomic_file *f)
{
    bool removed = f->fd >= 0 && mn_atomic_file_size(f) == 0 && still_named(f);
    if (removed)
        unlink(f->partial);
    finish(f);
    return removed;
}
