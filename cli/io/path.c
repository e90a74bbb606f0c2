#include "io/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/msg.h"

const char *mn_path_last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Length of a folder's name without the slashes at its end; "/" stays. */
static size_t without_slashes(const char *folder)
{
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    return n;
}

char *mn_path_join(const char *folder, const char *name)
{
    size_t n = without_slashes(folder), size = n + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%.*s%s%s", (int)n, folder, n && folder[n - 1] != '/' ? "/" : "",
                 name);
    return path;
}

int mn_path_join_into(char path[MN_PATH_SIZE], const char *folder, const char *name)
{
    size_t n = strlen(folder);
    const char *slash = n && folder[n - 1] == '/' ? "" : "/";
    if (snprintf(path, MN_PATH_SIZE, "%s%s%s", folder, slash, name) < MN_PATH_SIZE)
        return 0;
    return mn_fail(MIEN_EINVAL, "the path to %s is too long; use a folder with a shorter path",
                   name);
}

char *mn_path_in_folder(const char *folder, const char *name, const char *extension)
{
    name = mn_path_last_part(name);
    const char *dot = strrchr(name, '.');
    size_t n = without_slashes(folder);
    size_t stem = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    size_t size = n + 1 + stem + strlen(extension) + 1;
    char *path = malloc(size);
    if (!path)
        return NULL;
    snprintf(path, size, "%.*s/%.*s%s", (int)n, folder, (int)stem, name, extension);
    for (char *p = path + n + 1; *p; p++)
        if (*p == '%' || *p == ':') /* from a sequence's pattern or a filter graph */
            *p = '_';
    return path;
}

const char *mn_path_below(const char *folder, const char *path)
{
    size_t n = without_slashes(folder);
    if (strncmp(folder, path, n) != 0)
        return path;
    return n == 0 || folder[n - 1] == '/' ? path + n : path[n] == '/' ? path + n + 1 : path;
}

char *mn_path_with_suffix(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *s = malloc(size);
    if (s)
        snprintf(s, size, "%s%s", path, suffix);
    return s;
}

char *mn_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

bool mn_path_is_folder(const char *path)
{
    struct stat st;
    size_t n = strlen(path);
    return (n && path[n - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

bool mn_path_is_stream(const char *path)
{
    struct stat st;
    return !strcmp(path, "-") || !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6) ||
           (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}
