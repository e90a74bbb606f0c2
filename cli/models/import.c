#include "models/import.h"

#include <dirent.h>
#include <errno.h>
#include <mien/mien.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "io/msg.h"
#include "io/signal.h"
#include "models/meter.h"
#include "models/set_job.h"

#define DEPTH 32 /* folders below each other that are searched */

struct import {
    struct mn_set_job job;
    struct mn_meter meter;
    int64_t done; /* bytes of finished files */
};

static bool watch(void *ctx, int64_t have, int64_t total)
{
    struct import *im = ctx;
    mn_meter_update(&im->meter, im->done + have, im->job.bytes);
    return !mn_signal_received;
}

static int copy(struct import *im, int i, const char *path)
{
    const struct mn_watch w = {watch, im};
    struct mn_download part;
    bool done;
    int err = mn_set_job_open(&im->job, i, &part, &w, &done);
    if (err < 0 || done)
        return err;
    err = mn_download_copy(&part, path, &w);
    if (err == 0)
        err = mn_set_job_commit(&im->job, i, &part);
    if (err == MIEN_EBADMODEL)
        err = mn_fail(err, "%s changed while it was copied; run it again", path);
    mn_download_close(&part);
    im->done += err == 0 ? im->job.set->files[i].size : 0;
    return err;
}

/* A file serves every place of the set that has its content. Only files of a size that is wanted
 * are read, once. */
static int consider(struct import *im, const char *path, int64_t size)
{
    const struct mn_model_set *s = im->job.set;
    struct mn_model_file file = {.state = MN_MODEL_MISSING};
    for (int i = 0; i < s->num_files; i++) {
        const struct mn_model_set_file *f = &s->files[i];
        if (f->size != size || !mn_set_job_wants(&im->job, i))
            continue;
        if (file.state == MN_MODEL_MISSING)
            file = mn_model_file_probe(path);
        if (strcmp(file.sha256, f->sha256) != 0)
            continue;
        int err = copy(im, i, path);
        if (err < 0)
            return err;
    }
    return 0;
}

static int search(struct import *im, const char *folder, int depth);

/* Links to files are followed, links to folders are not: they may form circles. */
static int visit(struct import *im, const char *folder, const char *name, int depth)
{
    char path[MN_PATH_SIZE];
    struct stat st;
    if (!strcmp(name, ".") || !strcmp(name, ".."))
        return 0;
    if (mn_path_join_into(path, folder, name) < 0 || lstat(path, &st) < 0)
        return 0;
    if (S_ISDIR(st.st_mode))
        return depth < DEPTH ? search(im, path, depth + 1) : 0;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    return consider(im, path, (int64_t)st.st_size);
}

static int search(struct import *im, const char *folder, int depth)
{
    int err = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && err == 0 && (e = readdir(dir));)
        err = mn_signal_received ? MIEN_EINTERRUPTED : visit(im, folder, e->d_name, depth);
    if (dir)
        closedir(dir);
    return err;
}

static int check_source(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return mn_fail(MIEN_ENOMODEL, "%s cannot be read as a folder: %s", folder, strerror(errno));
    closedir(dir);
    return 0;
}

static void report_missing(const struct mn_set_job *j, const char *source)
{
    for (int i = 0; i < j->set->num_files; i++)
        if (mn_set_job_wants(j, i))
            printf("missing: %s/%s is not in %s\n", j->set->folder, j->set->files[i].path, source);
}

int mn_import(const struct mn_import *given)
{
    struct import im = {.job = {.set = given->set,
                                .parts = given->parts,
                                .folder = given->folder,
                                .force = given->force}};
    int err = check_source(given->source);
    if (err == 0)
        err = mn_set_job_begin(&im.job);
    if (err < 0)
        return err;
    mn_meter_begin(&im.meter);
    mn_meter_restart(&im.meter, given->set->name);
    err = search(&im, given->source, 0);
    mn_meter_end();
    if (err == 0)
        report_missing(&im.job, given->source);
    return mn_set_job_end(&im.job, "copied", err);
}
