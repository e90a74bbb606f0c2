/* The one list of output columns: name, unit, range, meaning, value. The CSV header, the JSON
 * keys, `mien columns` and the manual all come from it. */
#ifndef MN_CLI_COLUMNS_H
#define MN_CLI_COLUMNS_H

#include <mien/mien.h>
#include <stdbool.h>

struct mn_column {
    const char *name;
    const char *unit, *range, *coordinates; /* "" where it has none */
    const char *meaning;
    int decimals; /* 0: a whole number */
    bool of_frame; /* belongs to the frame: present also in a row without a face */
    /* false: no value here, the field stays empty. face is NULL in a row without a face. */
    bool (*value)(const mien_frame *f, const mien_face *face, int index, double *out);
    int index; /* handed to value */
};

/* NULL past the end. */
const struct mn_column *mn_column_at(int i);

#endif
