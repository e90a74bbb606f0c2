#include "models/model_file.h"

#include <errno.h>
#include <mien/models.h>
#include <string.h>
#include <unistd.h>

struct mn_model_file mn_model_file_probe(const char *path)
{
    struct mn_model_file f = {.state = MN_MODEL_UNKNOWN};
    /* which entry does not matter: only the digest is used here */
    if (mien_model_verify(mien_model_at(0), path, f.sha256) == MIEN_ENOMODEL) {
        bool absent = access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR);
        f.state = absent ? MN_MODEL_MISSING : MN_MODEL_UNREADABLE;
        return f;
    }
    f.entry = mien_model_by_digest(f.sha256);
    if (f.entry)
        f.state = MN_MODEL_KNOWN;
    return f;
}

const char *mn_model_file_digest(const struct mn_model_file *f)
{
    return f->sha256[0] ? f->sha256 : "not computed, the file is too large";
}

bool mn_model_file_matches(const mien_model_info *entry, const mien_model_info *wanted)
{
    return entry && !strcmp(entry->role, wanted->role) && !strcmp(entry->file, wanted->file);
}

int mn_model_file_path(char path[MN_PATH_SIZE], const char *folder, const mien_model_info *entry)
{
    char builtin[MN_PATH_SIZE];
    path[0] = 0;
    if (!entry->builtin)
        return mn_path_join_into(path, folder, entry->file);
    if (!mien_builtin_models_dir(builtin, sizeof(builtin)))
        return 0;
    return mn_path_join_into(path, builtin, entry->file);
}

int mn_model_file_first_row(int i)
{
    for (int k = 0; k < i; k++)
        if (!strcmp(mien_model_at(k)->file, mien_model_at(i)->file))
            return k;
    return i;
}
