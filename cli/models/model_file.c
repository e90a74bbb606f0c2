#include "models/model_file.h"

#include <errno.h>
#include <mien/models.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/msg.h"

struct mn_found mn_look(const char *path)
{
    struct mn_found f = {.what = MN_UNKNOWN};
    /* any entry will do: only the digest counts here */
    if (mien_model_verify(mien_model_at(0), path, f.sha256) == MIEN_ENOMODEL) {
        bool absent = access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR);
        f.what = absent ? MN_MISSING : MN_UNREADABLE;
        return f;
    }
    f.is = mien_model_by_digest(f.sha256);
    if (f.is)
        f.what = MN_KNOWN;
    return f;
}

const char *mn_digest(const struct mn_found *f)
{
    return f->sha256[0] ? f->sha256 : "not computed, it is too large";
}

bool mn_serves(const mien_model_info *is, const mien_model_info *wanted)
{
    return is && !strcmp(is->role, wanted->role) && !strcmp(is->file, wanted->file);
}

int mn_place(char path[MN_PATH_SIZE], const char *folder, const mien_model_info *info)
{
    char builtin[MN_PATH_SIZE];
    path[0] = 0;
    if (!info->builtin)
        return mn_join(path, folder, info->file);
    return mien_builtin_models_dir(builtin, sizeof(builtin)) ? mn_join(path, builtin, info->file)
                                                             : 0;
}

int mn_join(char path[MN_PATH_SIZE], const char *folder, const char *file)
{
    size_t n = strlen(folder);
    const char *slash = n && folder[n - 1] == '/' ? "" : "/";
    if (snprintf(path, MN_PATH_SIZE, "%s%s%s", folder, slash, file) < MN_PATH_SIZE)
        return 0;
    return mn_fail(MIEN_EINVAL, "the path to %s is too long", file);
}
