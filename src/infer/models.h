/* Finding, verifying and opening the model of a role. The registry itself is public
 * (mien_model_at in <mien/mien.h>). */
#ifndef MN_INFER_MODELS_H
#define MN_INFER_MODELS_H

#include <mien/models.h>

#include "base/sha256.h"
#include "infer/engine.h"

/* Where models lie, and which are meant where nobody names one. */
struct mn_places {
    bool use_builtin;   /* the built-in ones; else what folder holds */
    char builtin[1024]; /* "": not found */
    char folder[1024];  /* named models that are not built in are taken from here */
};

/* models: mien_settings.models. MIEN_EINVAL if a folder's name is too long, logged. */
int mn_places_settle(struct mn_places *p, const char *models, struct mn_log *log);

/* A model in use and where it came from. */
struct mn_loaded {
    struct mn_model *model;
    const char *role;
    const mien_model_info *info; /* NULL: not in the registry, or the stub engine */
    char path[1200];
    char sha256[MN_SHA256_HEX];
};

/* choice: registry name, file name in the folder, or path; NULL takes the built-in model of the
 * role, or the first file of the role that the folder holds, in the registry's order.
 * MIEN_ENOMODEL, MIEN_EUNKNOWNMODEL (unless allow_unknown), MIEN_EBADMODEL, MIEN_EMODELROLE and
 * those of mn_model_open. any_size: leave height and width free if file and engine allow it; those
 * of the built-in detector always are. */
int mn_loaded_open(struct mn_loaded *m, struct mn_engine *e, const char *role,
                   const struct mn_places *places, const char *choice, bool allow_unknown,
                   const struct mn_shape *input, bool any_size);
void mn_loaded_close(struct mn_loaded *m);

/* Is there a model of this role where mn_loaded_open would look unasked? */
bool mn_loaded_there(const char *role, const struct mn_places *places);

/* The folder of action-unit models that choice means: a registry name or a folder; NULL: the
 * built-in one, or the one below the folder, in OpenFace's place first. With openface only the
 * latter. */
void mn_au_folder(const struct mn_places *places, const char *choice, bool openface, char *path,
                  size_t size);

/* Is it the built-in folder, or a copy? Then every file of it is compared with the registry.
 * MIEN_ENOMODEL or, unless allow_unknown, MIEN_EBADMODEL, logged. *builtin: it is, and unchanged;
 * otherwise mn_set_name tells what it is. */
int mn_au_folder_check(const char *path, bool allow_unknown, bool *builtin, struct mn_log *log);

/* Of a set of files that name each other, by the digest of all of them (mn_dat_note). */
void mn_set_name(const char *sha256, const char **name, const char **licence);

#endif
