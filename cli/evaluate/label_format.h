/* The formats of label files. A new one is a row in its own file, and its name in label_format.c.
 */
#ifndef MN_CLI_LABEL_FORMAT_H
#define MN_CLI_LABEL_FORMAT_H

#include <stdbool.h>

#include "evaluate/labels.h"

struct mn_label_format {
    const char *name;
    /* Is the file one of this format? name: its path below the folder of labels. */
    bool (*takes)(const char *path, const char *name);
    /* Adds the labels of a file. 0 or a reported code. */
    int (*read)(struct mn_labels *l, const char *path, const char *name);
};

extern const struct mn_label_format mn_label_disfa, mn_label_disfaplus, mn_label_bp4d,
    mn_label_gazehub, mn_label_columbia, mn_label_pts, mn_label_table;

/* Row i of the table; NULL past the end. */
const struct mn_label_format *mn_label_format_at(int i);

/* Reads all files of a folder that have the format of that name, or a single file; NULL: the first
 * format that takes a file. *format receives it. 0 or a reported code: MIEN_EINVAL if no file has
 * it, MIEN_ENOINPUT, MIEN_EDAMAGED, MIEN_ENOMEM. */
int mn_label_format_read(struct mn_labels *l, const char *folder, const char *name,
                         const struct mn_label_format **format);

/* ---------------------------------------------------------------------------- for formats ---- */

/* The rest of `name` if it ends with `ending`, upper or lower case; NULL: it does not. */
const char *mn_label_ending(const char *name, const char *ending);

/* The next field of a line at *at, up to a comma, blanks or `end`; *at moves behind it. The length;
 * 0: there is none. */
int mn_label_field(const char **at, const char *end, const char **field);

/* Reports that a line is not as it should be: MIEN_EDAMAGED. */
int mn_label_damaged(const char *path, int64_t line, const char *wanted);

/* Last part of a path without folder and extension. malloced; NULL without memory. */
char *mn_label_stem(const char *name);

#endif
