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

int mn_atomic_file_error(const char *path, int errnum)
{
    if (errnum == EINTR && mn_signal_received)
        return MIEN_EINTERRUPTED;
    if (errnum == EPIPE)
        return MIEN_EOUTPUT;
    if (errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG)
        return mn_fail(MIEN_EFULL, "%s: no space left; free some or choose another place with -o",
                       path);
    return mn_fail(MIEN_EOUTPUT, "%s cannot be written: %s; choose another place with -o", path,
                   strerror(errnum));
}

int mn_atomic_file_check(const char *path, bool force)
{
    if (mn_path_is_stream(path))
        return 0;
    struct stat st;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return mn_fail(MIEN_EOUTPUT, "%s is a folder, a file name is needed here", path);
        if (!force && S_ISREG(st.st_mode))
            return mn_fail(MIEN_EEXISTS,
                           "%s exists; use --force to replace it, or another name with -o", path);
    }
    char *folder = mn_path_folder(path);
    if (!folder)
        return MIEN_ENOMEM;
    int err = 0;
    if (access(folder, W_OK | X_OK) < 0)
        err = mn_fail(MIEN_EOUTPUT,
                      "%s: the folder %s cannot be written: %s; choose another place "
                      "with -o",
                      path, folder, strerror(errno));
    free(folder);
    return err;
}

int mn_atomic_file_open(struct mn_atomic_file *o, const char *path, bool force)
{
    memset(o, 0, sizeof(*o));
    int err = mn_atomic_file_check(path, force);
    if (err < 0)
        return err;
    o->path = strdup(path);
    if (!o->path)
        return MIEN_ENOMEM;
    if (mn_path_is_stream(path)) {
        o->file = strcmp(path, "-") ? fopen(path, "we") : stdout;
        if (o->file)
            return 0;
        err = mn_atomic_file_error(path, errno);
        mn_atomic_file_finish(o, false);
        return err;
    }
    size_t size = strlen(path) + sizeof(".partial");
    o->partial = malloc(size);
    if (!o->partial) {
        mn_atomic_file_finish(o, false);
        return MIEN_ENOMEM;
    }
    snprintf(o->partial, size, "%s.partial", path);
    int fd = open(o->partial, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        err = mn_atomic_file_error(o->partial, errno);
    } else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        err = mn_fail(MIEN_EEXISTS,
                      "%s is being written by another mien; wait for it or choose "
                      "another name with -o",
                      o->partial);
    } else if (ftruncate(fd, 0) < 0 && errno != EINVAL) { /* EINVAL: a device, nothing to empty */
        err = mn_atomic_file_error(o->partial, errno);
    } else {
        o->file = fdopen(fd, "w");
        if (!o->file)
            err = mn_atomic_file_error(o->partial, errno);
    }
    if (err < 0) {
        if (fd >= 0 && !o->file)
            close(fd);
        mn_atomic_file_finish(o, false);
    }
    return err;
}

int mn_atomic_file_flush(struct mn_atomic_file *o)
{
    errno = 0;
    if (fflush(o->file) == 0 && !ferror(o->file))
        return 0;
    return mn_atomic_file_error(o->path, errno ? errno : EIO);
}

int mn_atomic_file_rewrite(struct mn_atomic_file *o, int (*line)(void *ctx, char *text, FILE *out),
                           void *ctx)
{
    if (!o->partial)
        return 0;
    int err = mn_atomic_file_flush(o);
    if (err < 0)
        return err;
    size_t size = strlen(o->partial) + sizeof(".new"), room = 0;
    char *name = malloc(size), *text = NULL;
    if (!name)
        return MIEN_ENOMEM;
    snprintf(name, size, "%s.new", o->partial);
    FILE *in = fopen(o->partial, "re"), *out = fopen(name, "we");
    if (!in || !out)
        err = mn_atomic_file_error(name, errno);
    while (err == 0 && getline(&text, &room, in) >= 0)
        err = line(ctx, text, out);
    if (err == 0 && (fflush(out) != 0 || ferror(out)))
        err = mn_atomic_file_error(o->path, errno ? errno : EIO);
    /* the lock goes with the file it was on; nobody else can have taken the new one */
    if (err == 0 && rename(name, o->partial) < 0)
        err = mn_atomic_file_error(o->path, errno);
    if (in)
        fclose(in);
    if (err == 0) {
        fclose(o->file);
        o->file = out;
    } else {
        if (out)
            fclose(out);
        unlink(name);
    }
    free(text);
    free(name);
    return err;
}

int mn_atomic_file_rename(const char *partial, const char *path)
{
    if (rename(partial, path) == 0)
        return 0;
    return mn_atomic_file_error(path, errno);
}

int mn_atomic_file_finish(struct mn_atomic_file *o, bool complete)
{
    int err = 0;
    if (o->file) {
        if (complete)
            err = mn_atomic_file_flush(o);
        /* on disk before it takes its name, so that a power cut leaves no empty result */
        if (o->file != stdout) {
            if (complete && err == 0 && o->partial && fsync(fileno(o->file)) < 0 && errno != EINVAL)
                err = mn_atomic_file_error(o->path, errno);
            if (fclose(o->file) != 0 && complete && err == 0)
                err = mn_atomic_file_error(o->path, errno);
        }
        if (complete && err == 0 && o->partial)
            err = mn_atomic_file_rename(o->partial, o->path);
    }
    free(o->path);
    free(o->partial);
    memset(o, 0, sizeof(*o));
    return err;
}
