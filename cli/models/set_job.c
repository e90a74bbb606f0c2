#include "models/set_job.h"

#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/exit_status.h"
#include "io/msg.h"

static bool included(const struct mn_set_job *j, int i)
{
    return j->parts >> j->set->files[i].part & 1;
}

static bool blocked(const struct mn_set_job *j, int i)
{
    return j->state[i] == MN_MODEL_UNREADABLE || (j->state[i] == MN_MODEL_UNKNOWN && !j->force);
}

bool mn_set_job_wants(const struct mn_set_job *j, int i)
{
    return included(j, i) && j->state[i] != MN_MODEL_KNOWN && !blocked(j, i);
}

static int report_blocked(const struct mn_set_job *j, int i)
{
    char path[MN_PATH_SIZE];
    int err = mn_model_set_path(path, j->set, &j->set->files[i], j->folder);
    if (err < 0)
        return err;
    if (j->state[i] == MN_MODEL_UNREADABLE)
        return mn_fail(MIEN_EEXISTS,
                       "%s exists and cannot be read; remove it, or choose another folder with "
                       "--models",
                       path);
    return mn_fail(MIEN_EEXISTS,
                   "%s exists and is damaged or another file; use --force to replace it", path);
}

int mn_set_job_begin(struct mn_set_job *j)
{
    const struct mn_model_set *s = j->set;
    j->state = calloc((size_t)s->num_files, sizeof(*j->state));
    if (!j->state)
        return mn_fail(MIEN_ENOMEM, "out of memory");
    int err = mn_model_set_survey(s, j->folder, j->state);
    if (err < 0) {
        free(j->state);
        return err;
    }
    for (int i = 0; i < s->num_files; i++) {
        if (!included(j, i))
            continue;
        j->present += j->state[i] == MN_MODEL_KNOWN;
        if (blocked(j, i))
            j->error = report_blocked(j, i);
        j->wanted += mn_set_job_wants(j, i);
        j->bytes += mn_set_job_wants(j, i) ? s->files[i].size : 0;
    }
    return 0;
}

void mn_set_job_cancel(struct mn_set_job *j)
{
    free(j->state);
    j->state = NULL;
}

static int make_parent(const char *path)
{
    char *parent = mn_path_folder(path);
    int err = parent ? mn_download_make_folders(parent) : MIEN_ENOMEM;
    free(parent);
    return err;
}

int mn_set_job_open(struct mn_set_job *j, int i, struct mn_download *part,
                    const struct mn_watch *watch, bool *done)
{
    char path[MN_PATH_SIZE];
    const struct mn_model_set_file *f = &j->set->files[i];
    *done = false;
    int err = mn_model_set_path(path, j->set, f, j->folder);
    if (err == 0)
        err = make_parent(path);
    if (err == 0)
        err = mn_download_open(part, path, watch);
    if (err < 0)
        return err;
    *done = mn_model_set_probe(f, path) == MN_MODEL_KNOWN;
    if (*done) {
        j->state[i] = MN_MODEL_KNOWN;
        err = mn_download_drop(part);
        mn_download_close(part);
    }
    return err;
}

int mn_set_job_commit(struct mn_set_job *j, int i, struct mn_download *part)
{
    if (mn_model_set_probe(&j->set->files[i], part->file.partial) != MN_MODEL_KNOWN) {
        int err = mn_download_drop(part);
        return err < 0 ? err : MIEN_EBADMODEL;
    }
    int err = mn_download_commit(part);
    if (err == 0)
        j->state[i] = MN_MODEL_KNOWN;
    return err;
}

static void print_parts(const struct mn_set_job *j)
{
    const char *separator = "";
    for (int i = 0; i < j->set->num_parts; i++) {
        if (!(j->parts >> i & 1))
            continue;
        const struct mn_model_set_count c = mn_model_set_tally(j->set, 1u << i, j->state);
        printf("%s%s %d of %d", separator, j->set->parts[i].name, c.there, c.total);
        separator = ", ";
    }
}

/* Files of parts that must be complete: the optional ones only if nothing else was requested. */
static struct mn_model_set_count tally_required(const struct mn_set_job *j)
{
    const unsigned required = j->parts & ~mn_model_set_optional(j->set);
    return mn_model_set_tally(j->set, required ? required : j->parts, j->state);
}

static int fail_incomplete(const struct mn_set_job *j, const char *how)
{
    const struct mn_model_set_count c = tally_required(j);
    if (c.there < c.total)
        return mn_fail(MIEN_ENOMODEL, "%s is not complete: %d of %d files could not be %s",
                       j->set->name, c.total - c.there, c.total, how);
    return mn_fail(MN_EINCOMPLETE,
                   "%s can be used, but files of an optional part could not be %s; run it again "
                   "later, or leave the part out with --without",
                   j->set->name, how);
}

int mn_set_job_end(struct mn_set_job *j, const char *how, int error)
{
    const struct mn_model_set *s = j->set;
    const struct mn_model_set_count all = mn_model_set_tally(s, j->parts, j->state);
    printf("%s/%s: %d of %d files there (", j->folder, s->folder, all.there, all.total);
    print_parts(j);
    printf("); %d %s and verified\n", all.there - j->present, how);
    fflush(stdout);
    if (!mn_download_ends_all(error) && j->error == 0 && all.there < all.total) {
        int incomplete = fail_incomplete(j, how);
        error = error == 0 || incomplete == MN_EINCOMPLETE ? incomplete : error;
    }
    mn_set_job_cancel(j);
    return j->error < 0 && error == 0 ? j->error : error;
}
