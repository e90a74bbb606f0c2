/* The models that mien knows. The lookups by name, file and digest are public (mien_model_at,
 * mien_model_find, mien_model_by_digest). Adding a model is adding a row. */
#ifndef MN_INFER_REGISTRY_H
#define MN_INFER_REGISTRY_H

#include <mien/models.h>
#include <stdbool.h>

/* The built-in list of action-unit models: its folder below the built-in models, and its name. */
#define MN_REGISTRY_AU_FOLDER "au"
#define MN_REGISTRY_AU_LIST "AU_builtin.txt"

/* Were the built-in action-unit models trained with the landmarks of the built-in landmark network,
 * and not with those of the face mesh? */
bool mn_registry_units_of_network(void);

/* Is this the name or file name of a landmark network with 98 points? NULL is not. */
bool mn_registry_has_98(const char *choice);

/* Names. */
#define MN_REGISTRY_DETECTOR "mediapipe-detector"
#define MN_REGISTRY_MESH "mediapipe-mesh"

/* Name and licence of a set of files that refer to each other, by the digest of all of them
 * (mn_dat_note). Static strings; "unregistered" and "unknown" for other digests. */
void mn_registry_set_name(const char *sha256, const char **name, const char **licence);

#endif
