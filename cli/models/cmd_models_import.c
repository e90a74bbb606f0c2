/* mien models import: takes OpenFace's models from a folder. */
#include <mien/mien.h>

#include "command.h"
#include "io/msg.h"
#include "models/import.h"
#include "models/model_folder.h"
#include "options.h"

int mn_cmd_models_import(struct mn_options *o)
{
    struct mn_model_folder folder;
    unsigned parts;
    if (o->num_inputs != 1)
        return mn_fail(MIEN_EINVAL,
                       "mien models import takes one folder, for example an OpenFace source tree");
    int err = mn_model_folder_resolve(&folder, o->settings.models);
    if (err < 0)
        return err;
    if (folder.builtin)
        return mn_fail(MIEN_EINVAL, "the folder of the built-in models takes no other files; name "
                                    "another with --models, or leave the option out");
    const struct mn_model_set *set = mn_model_set_find("openface22", &parts);
    err = mn_model_set_exclude(set, o->without, &parts);
    if (err < 0)
        return err;
    const struct mn_import im = {set, parts, folder.path, o->inputs[0], o->force};
    return mn_import(&im);
}
