/* Sets of model files that belong together and come from the same origin under one licence. A set
 * is a table; its parts can be fetched, verified and removed one by one. */
#ifndef MN_CLI_MODEL_SET_H
#define MN_CLI_MODEL_SET_H

#include <mien/models.h>

#include "io/path.h"
#include "models/model_file.h"
#include "models/set_table.h"

/* Set i; NULL past the end. */
const struct mn_model_set *mn_model_set_at(int i);

/* The set that a name stands for, and a bit for each of its parts that the name includes: all for
 * "openface22", one for "openface22-au". NULL: no such set. */
const struct mn_model_set *mn_model_set_find(const char *name, unsigned *parts);

/* The part of a set that an entry of the registry is; NULL: none. */
const struct mn_model_set *mn_model_set_of(const mien_model_info *entry, int *part);

/* Removes from *parts those of a list "cen,mtcnn". MIEN_EINVAL, reported: not a part. */
int mn_model_set_exclude(const struct mn_model_set *set, const char *list, unsigned *parts);

/* The i-th address of a file; NULL: there is none. */
const char *mn_model_set_address(const struct mn_model_set *set, const struct mn_model_set_file *f,
                                 int i, char buf[MN_PATH_SIZE]);

/* Where the file belongs below a models folder. MIEN_EINVAL, reported: too long. */
int mn_model_set_path(char path[MN_PATH_SIZE], const struct mn_model_set *set,
                      const struct mn_model_set_file *f, const char *folder);

/* Compares a file with what it should be: MN_MODEL_KNOWN if it is that, MN_MODEL_UNKNOWN if its
 * size or its content is another. */
enum mn_model_file_state mn_model_set_probe(const struct mn_model_set_file *f, const char *path);

/* Files of a part, or of several. */
struct mn_model_set_count {
    int there, damaged, total; /* damaged: with another content, or not readable */
    int64_t bytes;             /* of all files, there or not */
};

/* Probes all files below a models folder into state[num_files]. 0, or MIEN_EINVAL, reported: the
 * folder's path is too long. */
int mn_model_set_survey(const struct mn_model_set *set, const char *folder,
                        enum mn_model_file_state *state);

struct mn_model_set_count mn_model_set_tally(const struct mn_model_set *set, unsigned parts,
                                             const enum mn_model_file_state *state);

/* The parts that are optional, or not. */
unsigned mn_model_set_optional(const struct mn_model_set *set);
unsigned mn_model_set_required(const struct mn_model_set *set);

#endif
