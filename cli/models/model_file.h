/* What a model file is by its content, whatever its name promises. */
#ifndef MN_CLI_FOUND_H
#define MN_CLI_FOUND_H

#include <mien/mien.h>
#include <mien/models.h>
#include <stdbool.h>

#define MN_PATH_SIZE 2048

struct mn_found {
    enum { MN_MISSING, MN_UNREADABLE, MN_UNKNOWN, MN_KNOWN } what;
    const mien_model_info *is; /* KNOWN: the entry whose digest it has */
    char sha256[65];           /* KNOWN, UNKNOWN: its digest; "" if too large for a model */
};

struct mn_found mn_look(const char *path);

/* The digest for a message. */
const char *mn_digest(const struct mn_found *f);

/* Another version of the same file does as well: a folder holds only one under the name. is may be
 * NULL. */
bool mn_serves(const mien_model_info *is, const mien_model_info *wanted);

/* Where the entry's file should be: in folder, or among the built-in models, "" if those are
 * nowhere. MIEN_EINVAL if that is too long. */
int mn_place(char path[MN_PATH_SIZE], const char *folder, const mien_model_info *info);

/* "folder/file"; MIEN_EINVAL if that is too long. */
int mn_join(char path[MN_PATH_SIZE], const char *folder, const char *file);

#endif
