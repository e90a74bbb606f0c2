#include "models/model_folder.h"

#include <mien/mien.h>
#include <mien/models.h>
#include <string.h>

#include "io/msg.h"

int mn_model_folder_resolve(struct mn_model_folder *f, const char *models)
{
    f->builtin =
        models && (!strcmp(models, MIEN_MODELS_BUILTIN) || !strcmp(models, MIEN_MODELS_RENDERED));
    f->named = models && !f->builtin && strcmp(models, MIEN_MODELS_STANDARD);
    f->path = f->named ? models : mien_default_models_dir(f->standard, sizeof(f->standard));
    if (!f->path)
        return mn_fail(MIEN_EINVAL, "the path of the models folder is too long; name a folder "
                                    "with --models");
    if (!*f->path)
        return mn_fail(MIEN_EINVAL, "the models folder has an empty name; name one with --models");
    return 0;
}
