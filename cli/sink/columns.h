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
    int decimals;          /* 0: a whole number; -1: not one of our own table */
    int openface_decimals; /* in OpenFace's own table; -1: not one of its columns */
    unsigned analysis;     /* MIEN_* bit that it needs; 0: always there */
    bool of_frame;         /* belongs to the frame: present also in a row without a face */
    bool revised;          /* of the action units: may change once the whole video is known */
    /* false: no value here, the field stays empty. face is NULL in a row without a face. */
    bool (*value)(const mien_frame *f, const mien_face *face, int index, double *out);
    int index; /* handed to value */
};

/* All columns in order; NULL past the end. Thread-safe after the first call. */
const struct mn_column *mn_column_at(int i);

/* Of an action unit that the built-in models measure only roughly? */
bool mn_column_experimental(const struct mn_column *c);

/* Which of them a result has. */
struct mn_layout {
    unsigned analysis; /* MIEN_* bits */
    bool openface;     /* OpenFace's columns and formats, nothing else */
};
bool mn_column_used(const struct mn_column *c, const struct mn_layout *layout);

#endif
