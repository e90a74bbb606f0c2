/* mien models remove: deletes files of the models folder. */
#include <errno.h>
#include <mien/mien.h>
#include <mien/models.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "io/msg.h"
#include "models/model_file.h"
#include "models/model_folder.h"
#include "models/model_set.h"
#include "options.h"

static int delete (const char *path)
{
    return unlink(path) < 0 && errno != ENOENT
               ? mn_fail(MIEN_EOUTPUT,
                         "%s cannot be removed: %s; change the permissions of its folder", path,
                         strerror(errno))
               : 0;
}

/* What a download that was interrupted has left. */
static int delete_parts(const char *path)
{
    char part[MN_PATH_SIZE];
    static const char *const suffix[] = {".part", ".part.meta"};
    int err = 0;
    for (int i = 0; i < 2 && err == 0; i++)
        if (snprintf(part, sizeof(part), "%s%s", path, suffix[i]) < (int)sizeof(part))
            err = delete (part);
    return err;
}

static int refuse(const char *path)
{
    return mn_fail(MIEN_EUNKNOWNMODEL,
                   "%s is damaged or not in the registry; use --force to remove it", path);
}

/* The folders below `folder` on the way to `path`, if they are empty now. */
static void delete_folders(const char *folder, const char *path)
{
    char name[MN_PATH_SIZE];
    snprintf(name, sizeof(name), "%s", path);
    for (char *slash; (slash = strrchr(name, '/')) && slash > name + strlen(folder);) {
        *slash = 0;
        if (rmdir(name) < 0)
            return;
    }
}

static int remove_set(const struct mn_model_set *set, unsigned parts, const char *folder,
                      bool force)
{
    int removed = 0, err = 0;
    int64_t bytes = 0;
    for (int i = 0; i < set->num_files; i++) {
        const struct mn_model_set_file *f = &set->files[i];
        char path[MN_PATH_SIZE];
        if (!(parts >> f->part & 1))
            continue;
        int e = mn_model_set_path(path, set, f, folder);
        if (e < 0)
            return e;
        const enum mn_model_file_state state = mn_model_set_probe(f, path);
        const bool there = state != MN_MODEL_MISSING;
        e = there && state != MN_MODEL_KNOWN && !force ? refuse(path) : delete (path);
        if (e == 0)
            e = delete_parts(path);
        removed += e == 0 && there;
        bytes += e == 0 && there ? f->size : 0;
        err = err == 0 ? e : err;
        delete_folders(folder, path);
    }
    printf("%s/%s: %d files removed, %.1f MB\n", folder, set->folder, removed,
           (double)bytes * 1e-6);
    return err;
}

static int remove_entry(const mien_model_info *m, const char *folder, bool force)
{
    char path[MN_PATH_SIZE];
    int err = mn_path_join_into(path, folder, m->file);
    if (err < 0)
        return err;
    const struct mn_model_file f = mn_model_file_probe(path);
    if (f.state == MN_MODEL_MISSING) {
        printf("%s: was not there\n", path);
        return delete_parts(path);
    }
    if (!mn_model_file_matches(f.entry, m) && !force)
        return refuse(path);
    err = delete (path);
    if (err == 0)
        err = delete_parts(path);
    if (err == 0)
        printf("%s: removed (%s)\n", path, f.entry ? f.entry->name : "not in the registry");
    return err;
}

static int check(const char *name)
{
    unsigned parts;
    const mien_model_info *m = mien_model_find(name);
    if (m && m->builtin)
        return mn_fail(MIEN_EINVAL, "%s is built in and cannot be removed", m->name);
    if (m || mn_model_set_find(name, &parts))
        return 0;
    return mn_fail(MIEN_EUNKNOWNMODEL,
                   "%s is not in the registry; mien models list shows the models", name);
}

int mn_cmd_models_remove(struct mn_options *o)
{
    struct mn_model_folder folder;
    int err = mn_model_folder_resolve(&folder, o->settings.models);
    if (err == 0 && folder.builtin)
        err = mn_fail(MIEN_EINVAL, "built-in models cannot be removed; name another folder with "
                                   "--models, or leave the option out");
    if (err == 0 && o->num_inputs == 0)
        err = mn_fail(MIEN_EINVAL, "mien models remove needs the name of a model or a set; mien "
                                   "models list shows them");
    for (int i = 0; i < o->num_inputs && err == 0; i++)
        err = check(o->inputs[i]);
    if (err < 0)
        return err;
    for (int i = 0; i < o->num_inputs; i++) {
        unsigned parts;
        const struct mn_model_set *set = mn_model_set_find(o->inputs[i], &parts);
        int e = set ? remove_set(set, parts, folder.path, o->force)
                    : remove_entry(mien_model_find(o->inputs[i]), folder.path, o->force);
        err = err == 0 ? e : err;
    }
    return err;
}
