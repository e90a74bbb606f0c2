/* Names of files. */
#ifndef MN_CLI_PATH_H
#define MN_CLI_PATH_H

#include <stdbool.h>

/* The last part of a path: what follows the last slash, or the whole path if nothing follows it. */
const char *mn_path_last_part(const char *path);

/* "folder/name", with one slash between them however many the folder ends with; an empty folder
 * gives `name`. malloced; NULL without memory. */
char *mn_path_join(const char *folder, const char *name);

/* The same into a buffer, whose `name` may be a path; also for addresses. MIEN_EINVAL, reported, if
 * the result is too long. */
#define MN_PATH_SIZE 2048
int mn_path_join_into(char path[MN_PATH_SIZE], const char *folder, const char *name);

/* The name of a result in `folder`: the last part of `name` with its extension replaced by
 * `extension` (".csv"). '%' and ':' become '_'. malloced; NULL without memory. */
char *mn_path_in_folder(const char *folder, const char *name, const char *extension);

/* What follows mn_path_join(folder, "") in `path`; `path` itself if it lies elsewhere. */
const char *mn_path_below(const char *folder, const char *path);

/* `path` with `suffix` at its end; malloced; NULL without memory. */
char *mn_path_with_suffix(const char *path, const char *suffix);

/* The folder that holds `path`: all before the last slash, "/" or "."; malloced; NULL without
 * memory. */
char *mn_path_folder(const char *path);

/* Is it an existing folder, or does it end with a slash? */
bool mn_path_is_folder(const char *path);

/* Is it standard output ("-"), an existing file that is not a regular one (a device or a pipe), or
 * a name below /dev or /proc? Such outputs are written directly: no partial file, no renaming, no
 * sidecar. */
bool mn_path_is_stream(const char *path);

#endif
