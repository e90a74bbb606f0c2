/* Limits for a comparison: "AU*_r=0.1,gaze.p95=2,unmatched=0". A name is that of a column, family
 * or measure, or a pattern of the shell; after a point follows the statistic: mean (the default),
 * p95, max, bias. `unmatched` limits the number of faces that only one result has or trusts. */
#ifndef MN_CLI_TOLERANCE_H
#define MN_CLI_TOLERANCE_H

#include "evaluate/compare.h"

struct mn_excess {
    int n;          /* exceeded limits */
    char text[200]; /* the first one, for a message */
};

/* 0, or MIEN_EINVAL, reported: the list is not of this form. NULL: no limits. */
int mn_tolerance_parse(const char *list);

/* Marks the rows that are limited and those that exceed a limit; a row without values exceeds it.
 * 0; MIEN_EINVAL, reported, if a name fits nothing, or as above. */
int mn_tolerance_check(struct mn_comparison *c, const char *list, struct mn_excess *e);

#endif
