/* The models that mien knows. The lookups by name, file and digest are public (mien_model_at,
 * mien_model_find, mien_model_by_digest). Adding a model is adding a row. */
#ifndef MN_INFER_REGISTRY_H
#define MN_INFER_REGISTRY_H

#include <mien/models.h>
#include <stdbool.h>

/* Both built-in sets of action-unit models, named as in the registry: the default, for the points
 * of the face mesh, and those for the landmarks of the rendered set. */
#define MN_REGISTRY_AU "builtin-au"
#define MN_REGISTRY_AU_RENDERED "rendered-au"

/* Is this the name or file name of a landmark network with 98 points? NULL is not. */
bool mn_registry_has_98(const char *choice);

/* Names. */
#define MN_REGISTRY_DETECTOR "mediapipe-detector"
#define MN_REGISTRY_MESH "mediapipe-mesh"

/* Name and licence of a set of files that refer to each other, by the digest of all of them
 * (mn_dat_note). Static strings; "unregistered" and "unknown" for other digests. */
void mn_registry_set_name(const char *sha256, const char **name, const char **licence);

#endif
