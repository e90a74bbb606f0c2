/* The sources of the 68 landmarks, and the choice when the settings name none. */
#ifndef MN_LANDMARK_METHOD_H
#define MN_LANDMARK_METHOD_H

#include "infer/models.h"

/* A row for each method by OpenFace's tracker; NULL for the others. */
struct mn_landmark_method {
    const char *name;     /* as --landmarks takes it */
    const char *kind;     /* of the model's files: mn_clnf_kind */
    const char *registry; /* name of the model in the registry */
    const char *control;  /* its control file below the folder of the models */
    const char *needs[8]; /* further files without which it is not chosen unless it is named */
    const char *cure;     /* when its files are missing */
};
const struct mn_landmark_method *mn_landmark_method(enum mien_landmark_method method);

/* Is the method OpenFace's tracker? */
bool mn_landmark_tracks(const mien_settings *s);

/* The method of these settings: the one that they name; else OpenFace's tracker if a folder of
 * models is chosen, nothing else asks for a network, and the folder holds the files of CE-CLM or
 * else of CLNF; else a network. networks_exist: false for the stub provider. */
enum mien_landmark_method mn_landmark_method_choose(const mien_settings *s,
                                                    const struct mn_model_places *places,
                                                    bool networks_exist);

#endif
