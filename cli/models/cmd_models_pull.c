/* mien models pull: fetches what the registry names. */
#include <mien/mien.h>

#include "command.h"
#include "io/msg.h"
#include "models/model_folder.h"
#include "models/pull.h"
#include "options.h"

int mn_cmd_models_pull(struct mn_options *o)
{
    struct mn_model_folder folder;
    int err = mn_model_folder_resolve(&folder, o->settings.models);
    if (err < 0)
        return err;
    if (folder.builtin)
        return mn_fail(MIEN_EINVAL, "the built-in models are installed with mien; name another "
                                    "folder with --models, or leave the option out");
    const struct mn_pull job = {.folder = folder.path,
                                .from = o->from,
                                .force = o->force,
                                .names = o->inputs,
                                .num_names = o->num_inputs,
                                .without = o->without,
                                .accepted = o->accept_licence};
    return mn_pull(&job);
}
