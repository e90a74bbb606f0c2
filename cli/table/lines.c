#include "table/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/msg.h"

enum { READ_SIZE = 1 << 20 };

static int grow(struct mn_lines *l)
{
    size_t room = l->room ? l->room * 2 : 2 * READ_SIZE;
    if (l->end - l->at > MN_LINES_LONGEST)
        return mn_fail(MIEN_EDAMAGED, "%s: line %lld is longer than %d bytes; this is no table",
                       l->path, (long long)l->number + 1, MN_LINES_LONGEST);
    char *more = realloc(l->buf, room);
    if (!more)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", l->path);
    l->buf = more;
    l->room = room;
    return 0;
}

/* Reads more bytes behind those that are left. */
static int fill(struct mn_lines *l)
{
    memmove(l->buf, l->buf + l->at, l->end - l->at);
    l->end -= l->at;
    l->at = 0;
    int err = l->room - l->end < READ_SIZE ? grow(l) : 0;
    if (err < 0)
        return err;
    ssize_t n;
    do
        n = read(l->fd, l->buf + l->end, READ_SIZE);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return mn_fail(MIEN_ENOINPUT, "%s cannot be read: %s", l->path, strerror(errno));
    l->end += (size_t)n;
    l->ended = n == 0;
    return 0;
}

/* The current line is the next `length` bytes, `used` with their end. */
static int take(struct mn_lines *l, size_t length, size_t used)
{
    l->text = l->buf + l->at;
    l->length = length;
    l->at += used;
    l->number++;
    if (l->length && l->text[l->length - 1] == '\r')
        l->length--;
    return 1;
}

int mn_lines_next(struct mn_lines *l)
{
    size_t seen = 0;
    char *feed;
    while (!(feed = memchr(l->buf + l->at + seen, '\n', l->end - l->at - seen))) {
        seen = l->end - l->at;
        if (l->ended)
            return 0;
        int err = fill(l);
        if (err < 0)
            return err;
    }
    const size_t length = (size_t)(feed - (l->buf + l->at));
    return take(l, length, length + 1);
}

int mn_lines_rest(struct mn_lines *l)
{
    const size_t left = l->end - l->at;
    return left ? take(l, left, left) : 0;
}

int mn_lines_open(struct mn_lines *l, const char *path, const char *wanted)
{
    struct stat st;
    memset(l, 0, sizeof(*l));
    l->fd = -1;
    l->path = strdup(path);
    if (!l->path)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
    l->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (l->fd < 0 || fstat(l->fd, &st) < 0)
        return mn_fail(MIEN_ENOINPUT, "%s cannot be read: %s; check the path", path,
                       strerror(errno));
    if (S_ISDIR(st.st_mode))
        return mn_fail(MIEN_EISDIR, "%s is a folder; %s", path, wanted);
    return grow(l);
}

void mn_lines_close(struct mn_lines *l)
{
    if (l->fd >= 0)
        close(l->fd);
    free(l->path);
    free(l->buf);
    memset(l, 0, sizeof(*l));
    l->fd = -1;
}
