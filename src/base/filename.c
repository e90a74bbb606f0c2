#include "base/filename.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#if defined(PATH_MAX)
static_assert(MN_FILENAME_MAX >= PATH_MAX, "realpath writes up to PATH_MAX bytes");
#endif

/* out = the first `length` bytes of head, then separator and name. */
static int put(char out[MN_FILENAME_MAX], const char *head, size_t length, const char *separator,
               const char *name, struct mn_log *log)
{
    const size_t between = strlen(separator), rest = strlen(name);
    out[0] = 0;
    if (length >= MN_FILENAME_MAX || between + rest >= MN_FILENAME_MAX - length) {
        mn_error(log, "the file name '%.*s%s%.60s...' is too long; at most %d bytes are possible",
                 length < 60 ? (int)length : 60, head, separator, name, MN_FILENAME_MAX - 1);
        return MIEN_EINVAL;
    }
    memcpy(out, head, length);
    memcpy(out + length, separator, between);
    memcpy(out + length + between, name, rest + 1);
    return 0;
}

int mn_filename_copy(char out[MN_FILENAME_MAX], const char *path, struct mn_log *log)
{
    return put(out, "", 0, "", path, log);
}

int mn_filename_join(char out[MN_FILENAME_MAX], const char *folder, const char *name,
                     struct mn_log *log)
{
    return put(out, folder, strlen(folder), "/", name, log);
}

int mn_filename_beside(char out[MN_FILENAME_MAX], const char *file, const char *name,
                       struct mn_log *log)
{
    const char *slash = strrchr(file, '/');
    return put(out, file, slash ? (size_t)(slash + 1 - file) : 0, "", name, log);
}
