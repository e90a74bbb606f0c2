/* Finding, verifying and opening the model file of a role. */
#ifndef MN_INFER_MODELS_H
#define MN_INFER_MODELS_H

#include <mien/models.h>

#include "base/filename.h"
#include "base/sha256.h"
#include "infer/engine.h"

/* Where model files are, and which are used when the user names none. */
struct mn_model_places {
    bool use_builtin;              /* the built-in models; otherwise those in `folder` */
    bool rendered_only;            /* of these, the ones that learned from rendered faces alone */
    char builtin[MN_FILENAME_MAX]; /* folder of the built-in models; "": not found */
    char folder[MN_FILENAME_MAX];  /* of named models that are not built in */
};

/* models: mien_settings.models. MIEN_EINVAL if the folder's name is too long, logged. */
int mn_model_places_resolve(struct mn_model_places *p, const char *models, struct mn_log *log);

/* A model in use and its file. */
struct mn_loaded {
    struct mn_model *model;
    const char *role;
    const mien_model_info *info; /* NULL: not in the registry, or the engine needs no files */
    char path[MN_FILENAME_MAX];
    char sha256[MN_SHA256_HEX];
};

struct mn_model_want {
    const char *role;      /* static */
    const char *choice;    /* registry name, file name in the folder, or path; NULL: the built-in
                              model of the role, or the first one that the folder holds, in the
                              registry's order */
    bool allow_unknown;    /* also files that the registry does not have */
    struct mn_shape input; /* as in mn_model_source */
    struct mn_shape last;  /* as in mn_model_source */
    bool sizes_vary;       /* as in mn_model_source */
    bool any_size; /* with sizes_vary: leave height and width free if file and engine allow it;
                      those of the built-in models are always left free */
};

/* MIEN_ENOMODEL, MIEN_EUNKNOWNMODEL, MIEN_EBADMODEL, MIEN_EMODELROLE, and the errors of
 * mn_model_open; all logged. */
int mn_loaded_open(struct mn_loaded *m, struct mn_engine *e, const struct mn_model_places *places,
                   const struct mn_model_want *want);
void mn_loaded_close(struct mn_loaded *m);

/* Does a model of this role exist where mn_loaded_open looks without a choice? */
bool mn_loaded_there(const char *role, const struct mn_model_places *places);

/* out = the folder of action-unit models. choice: a registry name or a folder; NULL: the built-in
 * folder, or the one below places->folder (a copy of a built-in one goes before OpenFace's). With
 * openface and no choice, OpenFace's only. MIEN_EINVAL, logged: the name is too long. */
int mn_model_au_folder(char out[MN_FILENAME_MAX], const struct mn_model_places *places,
                       const char *choice, bool openface, struct mn_log *log);

/* Compares each file of the built-in action-unit models, or of a copy, with the registry.
 * MIEN_ENOMODEL or MIEN_EBADMODEL, logged, unless allow_unknown. *builtin: the registry's entry if
 * they are built-in models, unchanged; otherwise NULL, and mn_registry_set_name knows what the
 * folder is. */
int mn_model_au_check(const char *path, bool allow_unknown, const mien_model_info **builtin,
                      struct mn_log *log);

#endif
