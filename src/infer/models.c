#include "infer/models.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "infer/registry.h"

#define MAX_MODEL_BYTES ((size_t)1 << 30)

int mien_model_verify(const mien_model_info *info, const char *path, char *hex)
{
    char own[MN_SHA256_HEX];
    if (!hex)
        hex = own;
    hex[0] = 0;
    if (!info || !path)
        return mn_log_fail_null();
    struct mn_file f;
    if (mn_file_map(&f, path, MAX_MODEL_BYTES) < 0)
        return mn_log_fail(errno == EFBIG ? MIEN_EBADMODEL : MIEN_ENOMODEL, "%s: %s", path,
                           strerror(errno));
    mn_sha256_hex(f.data, f.size, hex);
    mn_file_unmap(&f);
    if (strcmp(hex, info->sha256) != 0)
        return mn_log_fail(MIEN_EBADMODEL,
                           "%s is not the model %s of the registry: its SHA-256 is %s", path,
                           info->name, hex);
    return 0;
}

/* ------------------------------------------------------------------------------- folders ---- */

static bool is_word(const char *models, const char *word)
{
    return models && !strcmp(models, word);
}

static bool is_builtin_set(const char *models)
{
    return is_word(models, MIEN_MODELS_BUILTIN) || is_word(models, MIEN_MODELS_RENDERED);
}

/* $MIEN_MODELS; NULL if it is unset or empty. */
static const char *models_variable(void)
{
    const char *models = getenv("MIEN_MODELS");
    return models && *models ? models : NULL;
}

const char *mien_default_models_dir(char *buf, size_t size)
{
    const char *dir = models_variable(), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int n;
    if (!buf)
        return NULL;
    if (dir && !is_builtin_set(dir) && !is_word(dir, MIEN_MODELS_STANDARD))
        n = snprintf(buf, size, "%s", dir);
    else if (data && *data)
        n = snprintf(buf, size, "%s/mien/models", data);
    else
        n = snprintf(buf, size, "%s/.local/share/mien/models", home && *home ? home : ".");
    return n > 0 && (size_t)n < size ? buf : NULL;
}

static bool readable(const char *path)
{
    return access(path, R_OK) == 0;
}

/* out = folder/name, if there is such a file. */
static bool file_in(char out[MN_FILENAME_MAX], const char *folder, const char *name)
{
    return mn_filename_join(out, folder, name, NULL) == 0 && readable(out);
}

static const char *copy_out(char *buf, size_t size, const char *text)
{
    int n = snprintf(buf, size, "%s", text);
    return n > 0 && (size_t)n < size ? buf : NULL;
}

const char *mien_builtin_models_dir(char *buf, size_t size)
{
    /* as seen from PREFIX/bin or PREFIX/lib, from PREFIX/lib/ARCH or PREFIX/libexec/mien, and in
     * the source tree from build and from build/tests */
    static const char *const beside[] = {"../share/mien/builtin", "../../share/mien/builtin",
                                         "../models/builtin", "../../models/builtin"};
    const char *user = getenv("MIEN_BUILTIN");
    char own[MN_FILENAME_MAX], path[MN_FILENAME_MAX], real[MN_FILENAME_MAX];
    if (!buf)
        return NULL;
    if (user && *user)
        return copy_out(buf, size, user);
    if (mn_child_own_folder(own, sizeof(own)) < 0)
        return NULL;
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
        if (file_in(path, own, beside[i]) && realpath(path, real))
            return copy_out(buf, size, real);
    return NULL;
}

int mn_model_places_resolve(struct mn_model_places *p, const char *models, struct mn_log *log)
{
    memset(p, 0, sizeof(*p));
    if (!models)
        models = models_variable();
    p->use_builtin = !models || is_builtin_set(models);
    p->rendered_only = is_word(models, MIEN_MODELS_RENDERED);
    if (!mien_builtin_models_dir(p->builtin, sizeof(p->builtin)))
        p->builtin[0] = 0;
    if (!p->use_builtin && !is_word(models, MIEN_MODELS_STANDARD))
        return mn_filename_copy(p->folder, models, log);
    if (mien_default_models_dir(p->folder, sizeof(p->folder)))
        return 0;
    mn_error(log, "the name of the models folder, from MIEN_MODELS, XDG_DATA_HOME or HOME, is too "
                  "long; give a shorter one with --models");
    return MIEN_EINVAL;
}

/* ------------------------------------------------------------------- the model of a role ---- */

static int missing_builtin(const mien_model_info *info, struct mn_log *log)
{
    if (info->rendered)
        mn_error(log,
                 "the built-in models are incomplete: %s is missing; install mien again, or set "
                 "MIEN_BUILTIN to their folder",
                 info->file);
    else
        mn_error(log,
                 "the built-in models are incomplete: %s is missing; run make setup in the source "
                 "tree and install mien again, or use --models rendered, which finds fewer faces",
                 info->file);
    return MIEN_ENOMODEL;
}

static int missing(const char *path, const char *choice, const mien_model_info *info,
                   const struct mn_model_places *p, struct mn_log *log)
{
    if (info && info->builtin)
        return missing_builtin(info, log);
    if (info)
        mn_error(log, "%s: no such model file; run mien models pull %s --models %s", path,
                 info->name, p->folder);
    else
        mn_error(log,
                 "%s is neither a registered model nor a readable file; mien models list shows the "
                 "registered models",
                 choice);
    return info || strchr(choice, '/') || strstr(choice, ".onnx") ? MIEN_ENOMODEL
                                                                  : MIEN_EUNKNOWNMODEL;
}

/* The file that `choice` means. *named: the registry entry of this name or file name; NULL: none.
 */
static int locate_choice(struct mn_loaded *m, const struct mn_model_places *p, const char *choice,
                         const mien_model_info **named, struct mn_log *log)
{
    const mien_model_info *info = mien_model_find(choice);
    int err = mn_filename_join(m->path, p->folder, info ? info->file : choice, log);
    if (err < 0)
        return err;
    bool found = readable(m->path);
    if (!found && info && info->builtin)
        found = file_in(m->path, p->builtin, info->file);
    if (!found && readable(choice))
        found = mn_filename_copy(m->path, choice, NULL) == 0;
    const char *slash = strrchr(m->path, '/');
    *named = info ? info : mien_model_find(slash ? slash + 1 : m->path);
    return found ? 0 : missing(m->path, choice, info, p, log);
}

/* The built-in model of the role; NULL: there is none. No other model stands in for its file. */
static const mien_model_info *builtin_of(const char *role, const struct mn_model_places *p)
{
    const mien_model_info *info;
    for (int i = 0; (info = mien_model_at(i)); i++)
        if (info->builtin && !strcmp(info->role, role) && (info->rendered || !p->rendered_only))
            return info;
    return NULL;
}

/* The first model of the role that the folder holds; models of its own go before copies of built-in
 * ones. NULL: none. */
static const mien_model_info *first_in_folder(const char *role, const struct mn_model_places *p,
                                              char path[MN_FILENAME_MAX])
{
    const mien_model_info *info;
    for (int builtin = 0; builtin <= 1; builtin++)
        for (int i = 0; (info = mien_model_at(i)); i++)
            if (info->builtin == builtin && !strcmp(info->role, role) &&
                file_in(path, p->folder, info->file))
                return info;
    return NULL;
}

/* NULL: no such model, or its file is missing. */
static const mien_model_info *first_there(const char *role, const struct mn_model_places *p,
                                          char path[MN_FILENAME_MAX])
{
    if (!p->use_builtin)
        return first_in_folder(role, p, path);
    const mien_model_info *info = builtin_of(role, p);
    return info && file_in(path, p->builtin, info->file) ? info : NULL;
}

static int locate(struct mn_loaded *m, const struct mn_model_places *p, const char *choice,
                  const mien_model_info **named, struct mn_log *log)
{
    if (choice)
        return locate_choice(m, p, choice, named, log);
    *named = first_there(m->role, p, m->path);
    if (*named)
        return 0;
    const mien_model_info *builtin = p->use_builtin ? builtin_of(m->role, p) : NULL;
    if (builtin)
        return missing_builtin(builtin, log);
    mn_error(log,
             "there is no %s model in %s; run mien models pull, or omit --models to use the "
             "built-in models",
             m->role, p->folder);
    return MIEN_ENOMODEL;
}

static int unknown_file(const struct mn_loaded *m, const mien_model_info *named, struct mn_log *log)
{
    if (!named || !named->sha256[0]) {
        mn_error(log,
                 "%s is not in the registry (SHA-256 %s); use --allow-unknown-models if you trust "
                 "it",
                 m->path, m->sha256);
        return MIEN_EUNKNOWNMODEL;
    }
    if (named->builtin)
        mn_error(log,
                 "%s is damaged: its SHA-256 is %s, not that of the built-in model %s; install "
                 "mien again",
                 m->path, m->sha256, named->name);
    else
        mn_error(log,
                 "%s is damaged: its SHA-256 is %s, not one that the registry has for %s; remove "
                 "the file and run mien models pull %s",
                 m->path, m->sha256, named->file, named->name);
    return MIEN_EBADMODEL;
}

static int recognise(struct mn_loaded *m, const mien_model_info *named, bool allow_unknown,
                     struct mn_log *log)
{
    m->info = mien_model_by_digest(m->sha256);
    if (m->info && strcmp(m->info->role, m->role)) {
        mn_error(log,
                 "%s is a %s model (%s), not a %s model; mien models list shows the role of each",
                 m->path, m->info->role, m->info->name, m->role);
        return MIEN_EMODELROLE;
    }
    return m->info || allow_unknown ? 0 : unknown_file(m, named, log);
}

int mn_loaded_open(struct mn_loaded *m, struct mn_engine *e, const struct mn_model_places *places,
                   const struct mn_model_want *want)
{
    memset(m, 0, sizeof(*m));
    m->role = want->role;
    struct mn_model_source source = {.role = want->role,
                                     .label = want->role,
                                     .input = want->input,
                                     .last = want->last,
                                     .sizes_vary = want->sizes_vary};
    if (!e->info->needs_files) {
        snprintf(m->path, sizeof(m->path), "%s", e->info->name);
        return mn_model_open(&m->model, e, &source);
    }
    const mien_model_info *named;
    int err = locate(m, places, want->choice, &named, e->log);
    if (err < 0)
        return err;
    struct mn_file f;
    if (mn_file_map(&f, m->path, MAX_MODEL_BYTES) < 0) {
        mn_error(e->log, "%s cannot be read as a model file: %s", m->path, strerror(errno));
        return MIEN_ENOMODEL;
    }
    if (f.size == 0) {
        mn_error(e->log, "%s is empty; copy or download the model file again", m->path);
        return MIEN_EBADMODEL;
    }
    mn_sha256_hex(f.data, f.size, m->sha256);
    err = recognise(m, named, want->allow_unknown, e->log);
    if (err == 0) {
        const bool builtin = m->info && m->info->builtin;
        source.label = m->path;
        source.data = f.data;
        source.size = f.size;
        source.any_size = want->sizes_vary && (builtin || (want->any_size && e->any_size));
        err = mn_model_open(&m->model, e, &source);
    }
    mn_file_unmap(&f);
    return err;
}

bool mn_loaded_there(const char *role, const struct mn_model_places *places)
{
    char path[MN_FILENAME_MAX];
    return first_there(role, places, path) != NULL;
}

void mn_loaded_close(struct mn_loaded *m)
{
    mn_model_close(&m->model);
}

/* ------------------------------------------------------------------------- action units ---- */

/* The folder that holds the list of this entry, below `below`. */
static int folder_of(char out[MN_FILENAME_MAX], const char *below, const mien_model_info *info,
                     struct mn_log *log)
{
    int err = mn_filename_join(out, below, info->file, log);
    if (err == 0)
        *strrchr(out, '/') = 0;
    return err;
}

int mn_model_au_folder(char out[MN_FILENAME_MAX], const struct mn_model_places *p,
                       const char *choice, bool openface, struct mn_log *log)
{
    const mien_model_info *info = choice ? mien_model_find(choice) : NULL;
    if (info && !strcmp(info->role, "au") && !strcmp(info->name, choice))
        return folder_of(out, info->builtin ? p->builtin : p->folder, info, log);
    if (choice)
        return mn_filename_copy(out, choice, log);
    if (p->use_builtin && !openface)
        return folder_of(out, p->builtin, builtin_of("au", p), log);
    const mien_model_info *copy = mien_model_find(MN_REGISTRY_AU_RENDERED);
    char list[MN_FILENAME_MAX];
    if (!openface && file_in(list, p->folder, copy->file))
        return folder_of(out, p->folder, copy, log);
    return mn_filename_join(out, p->folder, "openface22/AU_predictors", log);
}

/* Compares one file of the folder with the registry. */
static int check_builtin_au(const char *path, const char *name, const mien_builtin_file *builtin,
                            bool report, struct mn_log *log)
{
    char file[MN_FILENAME_MAX], hex[MN_SHA256_HEX];
    int err = mn_filename_join(file, path, strchr(builtin->name, '/') + 1, log);
    if (err < 0)
        return err;
    const mien_model_info as = {.sha256 = builtin->sha256};
    err = mien_model_verify(&as, file, hex);
    if (err == MIEN_ENOMODEL && report)
        mn_error(log,
                 "%s: no such file; the built-in action-unit models are incomplete, install "
                 "mien again",
                 file);
    else if (err < 0 && report)
        mn_error(log,
                 "%s is damaged: its SHA-256 is %s, not that of the built-in model %s; "
                 "install mien again",
                 file, hex, name);
    return err;
}

/* The built-in set whose list is in the folder; NULL: none. */
static const mien_model_info *builtin_au_in(const char *path)
{
    char list[MN_FILENAME_MAX];
    const mien_model_info *info;
    for (int i = 0; (info = mien_model_at(i)); i++)
        if (info->builtin && !strcmp(info->role, "au") &&
            file_in(list, path, strrchr(info->file, '/') + 1))
            return info;
    return NULL;
}

int mn_model_au_check(const char *path, bool allow_unknown, const mien_model_info **builtin,
                      struct mn_log *log)
{
    const mien_model_info *info = *builtin = builtin_au_in(path);
    const mien_builtin_file *file;
    for (int i = 0; *builtin && (file = mien_builtin_file_at(i)); i++) {
        const size_t prefix = (size_t)(strrchr(info->file, '/') + 1 - info->file);
        if (strncmp(file->name, info->file, prefix))
            continue;
        int err = check_builtin_au(path, info->name, file, !allow_unknown, log);
        if (err < 0 && !allow_unknown)
            return err;
        if (err < 0)
            *builtin = NULL;
    }
    return 0;
}
