/* Identifies a model file by its content, whatever its name. */
#ifndef MN_CLI_MODEL_FILE_H
#define MN_CLI_MODEL_FILE_H

#include <mien/mien.h>
#include <mien/models.h>
#include <stdbool.h>

#include "io/path.h"

enum mn_model_file_state {
    MN_MODEL_MISSING,
    MN_MODEL_UNREADABLE,
    MN_MODEL_UNKNOWN,
    MN_MODEL_KNOWN
};

struct mn_model_file {
    enum mn_model_file_state state;
    const mien_model_info *entry; /* KNOWN: the registry entry with this digest; else NULL */
    char sha256[65];              /* KNOWN, UNKNOWN: the digest; "" if too large for a model */
};

/* Reads and hashes a file. */
struct mn_model_file mn_model_file_probe(const char *path);

/* The digest, or why there is none, for a message. */
const char *mn_model_file_digest(const struct mn_model_file *f);

/* Does a file with the content of `entry` (may be NULL) serve as `wanted`? Another version of the
 * same file does: a folder holds only one file of that name. */
bool mn_model_file_matches(const mien_model_info *entry, const mien_model_info *wanted);

/* Where the file of an entry should be: in `folder`, or among the built-in models; "" if those are
 * not installed. 0, or MIEN_EINVAL, reported, if the path is too long. */
int mn_model_file_path(char path[MN_PATH_SIZE], const char *folder, const mien_model_info *entry);

/* The first row of the registry with the same file as row i. Rows share a file where it exists in
 * several versions; one probe serves all of them. */
int mn_model_file_first_row(int i);

#endif
