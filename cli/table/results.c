#include "table/results.h"

#include <dirent.h>
#include <errno.h>
#include <mien/mien.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/msg.h"
#include "io/path.h"

enum { MAX_DEPTH = 64 };

static bool ends_with(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);
    return n > m && !strcmp(name + n - m, ending);
}

static bool has_sidecar(const char *path)
{
    char *name = mn_path_with_suffix(path, ".meta.json");
    const bool found = name && access(name, F_OK) == 0;
    free(name);
    return found;
}

/* Takes over path. */
static int add(struct mn_results *r, char *path)
{
    char **more = mn_grow(r->path, r->n, &r->room, sizeof(*more));
    if (!more) {
        free(path);
        return MIEN_ENOMEM;
    }
    r->path = more;
    r->path[r->n++] = path;
    return 0;
}

static int walk(struct mn_results *r, const char *folder, const char *extension, int depth);

/* extension: NULL: every file, also through a link. */
static bool is_wanted(const char *path, struct stat *st, const char *extension)
{
    if (!extension && S_ISLNK(st->st_mode) && stat(path, st) == 0 && !S_ISREG(st->st_mode))
        return false;
    return S_ISREG(st->st_mode) &&
           (!extension || (ends_with(path, extension) && has_sidecar(path)));
}

/* Takes over path. */
static int visit(struct mn_results *r, char *path, const char *extension, int depth)
{
    struct stat st;
    int err = 0;
    const bool exists = lstat(path, &st) == 0;
    const bool folder = exists && S_ISDIR(st.st_mode); /* no link, so that there are no circles */
    if (exists && !folder && is_wanted(path, &st, extension))
        return add(r, path);
    if (folder && depth < MAX_DEPTH)
        err = walk(r, path, extension, depth + 1);
    free(path);
    return err;
}

static int walk(struct mn_results *r, const char *folder, const char *extension, int depth)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    int err = 0;
    if (!d)
        return mn_fail(MIEN_ENOINPUT, "%s cannot be read: %s; check the path", folder,
                       strerror(errno));
    while (err == 0 && (e = readdir(d)))
        if (e->d_name[0] != '.') {
            char *path = mn_path_join(folder, e->d_name);
            err = path ? visit(r, path, extension, depth) : MIEN_ENOMEM;
        }
    closedir(d);
    return err;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int mn_results_list_files(struct mn_results *r, const char *folder)
{
    return mn_results_list(r, folder, NULL);
}

int mn_results_list(struct mn_results *r, const char *folder, const char *extension)
{
    int err = walk(r, folder, extension, 0);
    if (err == MIEN_ENOMEM)
        mn_fail(err, "%s: out of memory for the list of results", folder);
    if (r->n)
        qsort(r->path, (size_t)r->n, sizeof(*r->path), compare);
    return err;
}

int mn_results_add(struct mn_results *r, const char *path)
{
    char *copy = strdup(path);
    return copy && add(r, copy) == 0 ? 0 : mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
}

void mn_results_free(struct mn_results *r)
{
    for (int i = 0; i < r->n; i++)
        free(r->path[i]);
    free(r->path);
    memset(r, 0, sizeof(*r));
}

char *mn_results_name(const char *path, const char *folder, const char *extension)
{
    const size_t n = strlen(folder);
    if (n && !strncmp(path, folder, n))
        path += n;
    path += strspn(path, "/");
    return strndup(path, strlen(path) - (ends_with(path, extension) ? strlen(extension) : 0));
}
