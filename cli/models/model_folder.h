/* The folder that `mien models` works with. */
#ifndef MN_CLI_MODEL_FOLDER_H
#define MN_CLI_MODEL_FOLDER_H

#include <stdbool.h>

#include "io/path.h"

struct mn_model_folder {
    const char *path; /* never NULL; into `standard` or the option */
    bool builtin;     /* --models builtin: only the built-in models */
    bool named;       /* --models DIR */
    char standard[MN_PATH_SIZE];
};

/* models: value of --models, or NULL for the default. MIEN_EINVAL, reported, if that has no usable
 * name. */
int mn_model_folder_resolve(struct mn_model_folder *f, const char *models);

#endif
