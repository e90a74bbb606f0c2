/* File names in buffers of one size. */
#ifndef MN_BASE_FILENAME_H
#define MN_BASE_FILENAME_H

#include "base/log.h"

#define MN_FILENAME_MAX 4096 /* bytes, with the terminating zero */

/* out = path. 0, or MIEN_EINVAL, logged, and out is "": the name is too long. log may be NULL. */
int mn_filename_copy(char out[MN_FILENAME_MAX], const char *path, struct mn_log *log);

/* out = folder/name. Errors as above. */
int mn_filename_join(char out[MN_FILENAME_MAX], const char *folder, const char *name,
                     struct mn_log *log);

/* out = name in the folder of `file`; only the name where `file` has no folder. Errors as above. */
int mn_filename_beside(char out[MN_FILENAME_MAX], const char *file, const char *name,
                       struct mn_log *log);

#endif
