/* Which columns of <mien/columns.h> a result has. */
#ifndef MN_CLI_COLUMNS_H
#define MN_CLI_COLUMNS_H

#include <mien/columns.h>
#include <stdbool.h>

struct mn_layout {
    unsigned analysis; /* MIEN_* bits */
    bool openface;     /* OpenFace's columns and formats, nothing else */
};

static inline bool mn_columns_has(const struct mn_layout *layout, int i)
{
    return mien_column_used(i, layout->analysis, layout->openface);
}

#endif
