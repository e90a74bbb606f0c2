/* Finding, verifying and opening the model of a role. The registry itself is public
 * (mien_model_at in <mien/mien.h>). */
#ifndef MN_INFER_MODELS_H
#define MN_INFER_MODELS_H

#include "base/file.h"
#include "infer/engine.h"

/* A model in use and where it came from. */
struct mn_loaded {
    struct mn_model *model;
    const char *role;
    const mien_model_info *info; /* NULL: not in the registry, or the stub engine */
    char path[1024];
    char sha256[MN_SHA256_HEX];
};

/* dir: models folder. choice: registry name, file name in dir, or path; NULL takes the first file
 * of the role that dir holds, in the registry's order. MIEN_ENOMODEL, MIEN_EUNKNOWNMODEL (unless
 * allow_unknown), MIEN_EBADMODEL, MIEN_EMODELROLE and those of mn_model_open. */
int mn_loaded_open(struct mn_loaded *m, struct mn_engine *e, const char *role, const char *dir,
                   const char *choice, bool allow_unknown, const struct mn_shape *input);
void mn_loaded_close(struct mn_loaded *m);

/* Does dir hold a file under the name of a registered model of this role? */
bool mn_loaded_there(const char *role, const char *dir);

#endif
