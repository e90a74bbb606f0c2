#include "evaluate/label_format.h"

#include <errno.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "io/msg.h"
#include "io/path.h"
#include "table/results.h"

/* The order matters: the first that takes a file decides what a folder holds. */
static const struct mn_label_format *const formats[] = {
    &mn_label_disfaplus, &mn_label_disfa, &mn_label_gazehub, &mn_label_pts,
    &mn_label_bp4d,      &mn_label_table, &mn_label_columbia};
enum { NUM_FORMATS = sizeof(formats) / sizeof(formats[0]) };

const struct mn_label_format *mn_label_format_at(int i)
{
    return i >= 0 && i < NUM_FORMATS ? formats[i] : NULL;
}

const char *mn_label_ending(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);
    return n >= m && !strcasecmp(name + n - m, ending) ? name + n - m : NULL;
}

int mn_label_field(const char **at, const char *end, const char **field)
{
    const char *s = *at;
    while (s < end && (*s == ' ' || *s == '\t' || *s == ','))
        s++;
    *field = s;
    while (s < end && *s != ' ' && *s != '\t' && *s != ',')
        s++;
    *at = s;
    return (int)(s - *field);
}

int mn_label_damaged(const char *path, int64_t line, const char *wanted)
{
    return mn_fail(MIEN_EDAMAGED, "%s: line %lld is damaged; it needs %s", path, (long long)line,
                   wanted);
}

char *mn_label_stem(const char *name)
{
    const char *last = mn_path_last_part(name), *point = strrchr(last, '.');
    return point && point > last ? strndup(last, (size_t)(point - last)) : strdup(last);
}

/* ------------------------------------------------------------------------------- reading ---- */

static const struct mn_label_format *find(const char *name)
{
    for (int i = 0; i < NUM_FORMATS; i++)
        if (!strcmp(formats[i]->name, name))
            return formats[i];
    return NULL;
}

static const char *name_of(const char *path, const char *folder)
{
    const size_t n = strlen(folder);
    return !strncmp(path, folder, n) && path[n] ? path + n + strspn(path + n, "/") : path;
}

static bool takes_any(const struct mn_label_format *f, const struct mn_results *files,
                      const char *folder)
{
    for (int i = 0; i < files->n; i++)
        if (f->takes(files->path[i], name_of(files->path[i], folder)))
            return true;
    return false;
}

static int read_files(struct mn_labels *l, const struct mn_results *files, const char *folder,
                      const struct mn_label_format *f)
{
    int err = 0;
    for (int i = 0; err == 0 && i < files->n; i++) {
        const char *name = name_of(files->path[i], folder);
        if (f->takes(files->path[i], name))
            err = f->read(l, files->path[i], name);
    }
    if (err == 0 && l->n == 0)
        return mn_fail(MIEN_EINVAL, "%s has no labels of the format %s; use --labels-format auto",
                       folder, f->name);
    return err;
}

static int read_list(struct mn_labels *l, const struct mn_results *files, const char *folder,
                     const struct mn_label_format **format)
{
    for (int i = 0; !*format && i < NUM_FORMATS; i++)
        if (takes_any(formats[i], files, folder))
            *format = formats[i];
    if (!*format)
        return mn_fail(MIEN_EINVAL,
                       "%s has no label file of a known format; mien help evaluate lists them",
                       folder);
    return read_files(l, files, folder, *format);
}

int mn_label_format_read(struct mn_labels *l, const char *folder, const char *name,
                         const struct mn_label_format **format)
{
    struct mn_results files = {0};
    *format = name ? find(name) : NULL;
    if (mn_path_is_folder(folder)) {
        int err = mn_results_list_files(&files, folder);
        if (err == 0)
            err = read_list(l, &files, folder, format);
        mn_results_free(&files);
        return err;
    }
    if (access(folder, R_OK) < 0)
        return mn_fail(MIEN_ENOINPUT, "%s cannot be read: %s; check the path", folder,
                       strerror(errno));
    char *path = (char *)folder;
    files.path = &path;
    files.n = 1;
    return read_list(l, &files, mn_path_last_part(folder), format);
}
