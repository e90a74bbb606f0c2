/* Which columns of <mien/columns.h> a result has. */
#ifndef MN_CLI_COLUMNS_H
#define MN_CLI_COLUMNS_H

#include <mien/columns.h>
#include <mien/models.h>
#include <stdbool.h>

struct mn_layout {
    unsigned analysis; /* MIEN_* bits */
    bool openface;     /* OpenFace's columns and formats, nothing else */
    const char *au;    /* name of the models of action units; NULL: there are none */
    bool claimed_only; /* without experimental action units */
};

/* Is the action unit (0: none) experimental in this result? */
static inline bool mn_columns_experimental(const struct mn_layout *layout, int action_unit)
{
    return layout->au && mien_au_experimental(layout->au, action_unit);
}

static inline bool mn_columns_has(const struct mn_layout *layout, int i)
{
    const mien_column *c = mien_column_at(i);
    return mien_column_used(i, layout->analysis, layout->openface) &&
           !(layout->claimed_only && mn_columns_experimental(layout, c->action_unit));
}

#endif
