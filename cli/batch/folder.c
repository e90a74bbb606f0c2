#include "batch/folder.h"

#include <dirent.h>
#include <errno.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "io/msg.h"
#include "io/path.h"

#define MAX_DEPTH 64 /* of folders in folders */

static const char *const videos[] = {"3g2", "3gp",  "asf",  "avi", "divx", "dv",    "f4v",  "flv",
                                     "gif", "m2t",  "m2ts", "m2v", "m4v",  "mjpeg", "mjpg", "mkv",
                                     "mod", "mov",  "mp4",  "mpe", "mpeg", "mpg",   "mts",  "mxf",
                                     "nut", "ogm",  "ogv",  "qt",  "rm",   "rmvb",  "tod",  "ts",
                                     "vob", "webm", "wmv",  "y4m", NULL};
static const char *const stills[] = {"bmp", "jp2", "jpe", "jpeg", "jpg",  "pgm",
                                     "png", "ppm", "tif", "tiff", "webp", NULL};

static bool ends_with(const char *name, const char *const *extensions)
{
    const char *dot = strrchr(name, '.');
    for (; dot && *extensions; extensions++)
        if (!strcasecmp(dot + 1, *extensions))
            return true;
    return false;
}

static int add(struct mn_folder *f, char *path, size_t place, int64_t bytes)
{
    struct mn_folder_file *file = mn_grow(f->file, f->n, &f->room, sizeof(*file));
    if (!file)
        return MIEN_ENOMEM;
    f->file = file;
    f->file[f->n++] = (struct mn_folder_file){path, place, bytes};
    return 0;
}

struct walk {
    struct mn_folder *found;
    const char *top;
    struct stat except[2];
    bool has_except[2], pictures;
};

static int enter(struct walk *w, const char *rel, int depth);

static bool wanted(const struct walk *w, const char *rel)
{
    return ends_with(rel, videos) || (w->pictures && ends_with(rel, stills));
}

static bool is_excepted(const struct walk *w, const struct stat *st)
{
    for (int i = 0; i < 2; i++)
        if (w->has_except[i] && st->st_dev == w->except[i].st_dev &&
            st->st_ino == w->except[i].st_ino)
            return true;
    return false;
}

/* One entry of a folder. A broken link with the name of a video is listed: opening it fails and is
 * reported, so the video is not missed silently. */
static int visit(struct walk *w, const char *rel, int depth)
{
    char *path = mn_path_join(w->top, rel);
    if (!path)
        return MIEN_ENOMEM;
    struct stat st = {0}, link;
    int err = 0;
    bool gone = lstat(path, &link) < 0, broken = !gone && stat(path, &st) < 0;
    if (gone || (broken && !wanted(w, rel))) {
        /* deleted meanwhile, or not of interest */
    } else if (S_ISDIR(st.st_mode)) {
        err = is_excepted(w, &st) || S_ISLNK(link.st_mode) ? 0 : enter(w, rel, depth + 1);
    } else if ((broken || S_ISREG(st.st_mode)) && wanted(w, rel)) {
        err = add(w->found, path, strlen(path) - strlen(rel), st.st_size);
        if (err == 0)
            return 0;
    } else if (S_ISREG(st.st_mode)) {
        w->found->others++;
    }
    free(path);
    return err;
}

static int enter(struct walk *w, const char *rel, int depth)
{
    char *path = *rel ? mn_path_join(w->top, rel) : strdup(w->top);
    if (!path)
        return MIEN_ENOMEM;
    DIR *dir = depth < MAX_DEPTH ? opendir(path) : NULL;
    if (!dir) {
        w->found->unread++;
        int err =
            mn_fail(MIEN_ENOINPUT, "the folder %s cannot be read: %s; check its permissions", path,
                    depth < MAX_DEPTH ? strerror(errno) : "folders are nested too deeply");
        free(path);
        return *rel ? 0 : err;
    }
    free(path);
    int err = 0;
    for (struct dirent *e; err == 0 && (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        char *name = mn_path_join(rel, e->d_name);
        err = name ? visit(w, name, depth) : MIEN_ENOMEM;
        free(name);
    }
    closedir(dir);
    return err;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(((const struct mn_folder_file *)a)->path,
                  ((const struct mn_folder_file *)b)->path);
}

int mn_folder_list(struct mn_folder *f, const char *path, const char *const except[2],
                   bool pictures)
{
    struct walk w = {.found = f, .top = path, .pictures = pictures};
    memset(f, 0, sizeof(*f));
    for (int i = 0; i < 2; i++)
        w.has_except[i] = except[i] && stat(except[i], &w.except[i]) == 0;
    int err = enter(&w, "", 0);
    if (f->n)
        qsort(f->file, (size_t)f->n, sizeof(*f->file), by_bytes);
    return err;
}

void mn_folder_free(struct mn_folder *f)
{
    for (int i = 0; i < f->n; i++)
        free(f->file[i].path);
    free(f->file);
    memset(f, 0, sizeof(*f));
}
