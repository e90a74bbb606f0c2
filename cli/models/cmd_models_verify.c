/* mien models verify: compares files with the registry. */
#include <errno.h>
#include <mien/mien.h>
#include <mien/models.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "io/msg.h"
#include "models/model_file.h"
#include "models/model_folder.h"
#include "models/model_set.h"
#include "options.h"

/* Damage decides the exit status, because scripts must notice it; else the first error does. */
static int worse(int err, int new_err)
{
    return err == 0 || new_err == MIEN_EBADMODEL ? new_err : err;
}

/* named: the entry that the name of the file stands for; NULL if there is none. */
static int verify_file(const char *path, const mien_model_info *named,
                       const struct mn_model_folder *folder)
{
    struct mn_model_file f = mn_model_file_probe(path);
    size_t length = strlen(path), own = f.entry ? strlen(f.entry->file) : 0;
    bool ends = own && length >= own && !strcmp(path + length - own, f.entry->file) &&
                (length == own || path[length - own - 1] == '/');
    switch (f.state) {
    case MN_MODEL_KNOWN:
        printf("%s: good, %s%s%s\n", path, f.entry->name, ends ? "" : " under another name",
               named && strcmp(f.entry->role, named->role) ? " and of another role" : "");
        return 0;
    case MN_MODEL_MISSING:
        if (!named || named->builtin)
            return mn_fail(MIEN_ENOMODEL, "%s: no such file", path);
        return mn_fail(MIEN_ENOMODEL, "%s: no such model file; run mien models pull %s --models %s",
                       path, named->name, folder->path);
    case MN_MODEL_UNREADABLE:
        return mn_fail(MIEN_ENOMODEL,
                       "%s cannot be read; it needs to be a file with read permission", path);
    case MN_MODEL_UNKNOWN:
        break;
    }
    if (named && named->builtin)
        return mn_fail(MIEN_EBADMODEL,
                       "%s is damaged: its SHA-256 is %s, not that of the built-in %s; install "
                       "mien again",
                       path, mn_model_file_digest(&f), named->name);
    if (named)
        return mn_fail(MIEN_EBADMODEL,
                       "%s is damaged: its SHA-256 is %s, which the registry does not have "
                       "for %s; run mien models pull --force %s --models %s",
                       path, mn_model_file_digest(&f), named->file, named->name, folder->path);
    return mn_fail(MIEN_EUNKNOWNMODEL,
                   "%s is not in the registry (SHA-256 %s); mien models list shows the "
                   "registry",
                   path, mn_model_file_digest(&f));
}

/* Every file of the built-in models, or those of one entry if `only` is not NULL. */
static int verify_builtin(const mien_model_info *only)
{
    char folder[MN_PATH_SIZE], path[MN_PATH_SIZE], hex[65];
    if (!mien_builtin_models_dir(folder, sizeof(folder)))
        return mn_fail(MIEN_ENOMODEL,
                       "the built-in models are not installed beside mien; install it again, or "
                       "name their folder with MIEN_BUILTIN");
    int err = 0, parts = 0;
    for (int i = 0; mien_builtin_file_at(i); i++) {
        const mien_builtin_file *f = mien_builtin_file_at(i);
        const mien_model_info *m = mien_model_find(f->name), as = {.sha256 = f->sha256};
        bool part = !m || !strcmp(m->role, "au"); /* a file of the action unit folder */
        if (only && (part ? strcmp(only->role, "au") != 0 : m != only))
            continue;
        int e = mn_path_join_into(path, folder, f->name);
        if (e == 0)
            e = mien_model_verify(&as, path, hex);
        if (e == MIEN_EBADMODEL)
            mn_fail(
                e,
                "%s is damaged: its SHA-256 is %s, not that of the built-in models; install mien "
                "again",
                path, hex[0] ? hex : "not computed, the file is too large");
        else if (e == MIEN_ENOMODEL)
            mn_fail(e, "%s is missing or cannot be read; install mien again", path);
        else if (e == 0 && !part)
            printf("%s: good, %s, built in\n", path, m->name);
        parts += e == 0 && part;
        err = e < 0 && err != MIEN_EBADMODEL ? e : err;
    }
    if (parts && err == 0)
        printf("%s/au: good, %d files, built in\n", folder, parts);
    return err;
}

/* ------------------------------------------------------------------------------- sets ---- */

static int report_damaged(const struct mn_model_set *set, const struct mn_model_set_file *f,
                          const char *folder)
{
    char path[MN_PATH_SIZE];
    int err = mn_model_set_path(path, set, f, folder);
    return err < 0 ? err
                   : mn_fail(MIEN_EBADMODEL,
                             "%s is damaged or another file; run mien models pull --force %s-%s "
                             "--models %s",
                             path, set->name, set->parts[f->part].name, folder);
}

/* The first missing file of a part, and how many others. */
static int report_missing(const struct mn_model_set *set, int part, const char *folder,
                          const enum mn_model_file_state *state)
{
    const char *first = NULL;
    int n = 0;
    for (int i = 0; i < set->num_files; i++) {
        if (set->files[i].part != part || state[i] != MN_MODEL_MISSING)
            continue;
        first = n++ ? first : set->files[i].path;
    }
    if (n == 0)
        return 0;
    return mn_fail(MIEN_ENOMODEL, "%s/%s/%s%s missing; run mien models pull %s-%s --models %s",
                   folder, set->folder, first, n > 1 ? " and others are" : " is", set->name,
                   set->parts[part].name, folder);
}

/* named: missing files are an error also where nothing of their part is there. */
static int verify_part(const struct mn_model_set *set, int part, const char *folder,
                       const enum mn_model_file_state *state, bool named)
{
    const struct mn_model_set_count c = mn_model_set_tally(set, 1u << part, state);
    const bool whole = c.there == c.total;
    if (c.there)
        printf("%s/%s: %s, %s-%s, %d of %d files\n", folder, set->folder,
               whole       ? "good"
               : c.damaged ? "damaged"
                           : "incomplete",
               set->name, set->parts[part].name, c.there, c.total);
    if (whole || set->parts[part].optional || (!named && c.there + c.damaged == 0))
        return 0;
    return report_missing(set, part, folder, state);
}

/* *found: is anything of these parts there? */
static int verify_set(const struct mn_model_set *set, unsigned parts, const char *folder,
                      bool named, bool *found)
{
    enum mn_model_file_state *state = calloc((size_t)set->num_files, sizeof(*state));
    if (!state)
        return mn_fail(MIEN_ENOMEM, "out of memory");
    int err = mn_model_set_survey(set, folder, state);
    const struct mn_model_set_count c = mn_model_set_tally(set, parts, state);
    *found = err == 0 && c.there + c.damaged > 0;
    for (int i = 0; i < set->num_files && err != MIEN_EINVAL && c.damaged; i++)
        if ((parts >> set->files[i].part & 1) &&
            (state[i] == MN_MODEL_UNKNOWN || state[i] == MN_MODEL_UNREADABLE))
            err = report_damaged(set, &set->files[i], folder);
    for (int i = 0; i < set->num_parts && err != MIEN_EINVAL; i++) {
        int e = parts >> i & 1 ? verify_part(set, i, folder, state, named) : 0;
        err = e < 0 ? worse(err, e) : err;
    }
    free(state);
    return err;
}

/* -------------------------------------------------------------------------------- all ---- */

/* A registry name, a file of the folder, or a path. */
static int verify_argument(const char *name, const struct mn_model_folder *folder)
{
    unsigned parts;
    bool found;
    const mien_model_info *m = mien_model_find(name);
    const struct mn_model_set *set = mn_model_set_find(name, &parts);
    if (set)
        return verify_set(set, parts, folder->path, true, &found);
    if (m && m->builtin && (folder->builtin || !folder->named))
        return verify_builtin(m);
    char path[MN_PATH_SIZE];
    int err = mn_path_join_into(path, folder->path, m ? m->file : name);
    if (err < 0)
        return err;
    if (access(path, F_OK) == 0 || (m && access(name, F_OK) < 0))
        return verify_file(path, m, folder);
    if (access(name, F_OK) < 0 && !strchr(name, '/') && !strstr(name, ".onnx"))
        return mn_fail(MIEN_EUNKNOWNMODEL,
                       "%s is neither a registered model nor a file; mien "
                       "models list names the models",
                       name);
    const char *slash = strrchr(name, '/');
    return verify_file(name, mien_model_find(slash ? slash + 1 : name), folder);
}

/* Every file of the folder that has a name of the registry. *checked counts them. */
static int verify_folder(const struct mn_model_folder *folder, int *checked)
{
    int err = 0;
    for (int i = 0; mien_model_at(i); i++) {
        const mien_model_info *m = mien_model_at(i);
        char path[MN_PATH_SIZE];
        int part;
        if (mn_model_file_first_row(i) != i || mn_model_set_of(m, &part))
            continue;
        int e = mn_path_join_into(path, folder->path, m->file);
        if (e < 0)
            return e;
        if (access(path, F_OK) < 0 && errno != EACCES)
            continue;
        ++*checked;
        e = verify_file(path, m, folder);
        err = e < 0 ? worse(err, e) : err;
    }
    for (int i = 0; mn_model_set_at(i); i++) {
        bool found;
        int e = verify_set(mn_model_set_at(i), ~0u, folder->path, false, &found);
        *checked += found;
        err = e < 0 ? worse(err, e) : err;
    }
    return err;
}

static int verify_all(const struct mn_model_folder *folder)
{
    int err = 0, checked = 0;
    if (folder->builtin || !folder->named) {
        err = verify_builtin(NULL);
        checked++;
    }
    if (!folder->builtin) {
        int e = verify_folder(folder, &checked);
        err = e < 0 ? worse(err, e) : err;
    }
    if (checked == 0 && err == 0)
        err = mn_fail(MIEN_ENOMODEL,
                      "%s holds no model of the registry; run mien models pull --models %s",
                      folder->path, folder->path);
    return err;
}

int mn_cmd_models_verify(struct mn_options *o)
{
    struct mn_model_folder folder;
    int err = mn_model_folder_resolve(&folder, o->settings.models);
    if (err < 0 || o->num_inputs == 0)
        return err < 0 ? err : verify_all(&folder);
    for (int i = 0; i < o->num_inputs; i++) {
        int e = verify_argument(o->inputs[i], &folder);
        err = e < 0 ? worse(err, e) : err;
    }
    return err;
}
