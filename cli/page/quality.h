/* What makes a face hard to measure: the limits that a report counts and warns about. */
#ifndef MN_CLI_QUALITY_H
#define MN_CLI_QUALITY_H

#include <stdbool.h>

#include "table/measures.h"

enum { MN_QUALITY_LIMITS = 6 };

struct mn_quality_limit {
    int measure;
    double lowest, highest; /* values outside are counted */
    double share;           /* of the rows; a larger one gives a warning */
    const char *text;       /* what follows "40 % of the faces" */
};

const struct mn_quality_limit *mn_quality_limit(int i);

/* Is the value outside? Missing values are not. */
bool mn_quality_breaks(int i, const struct mn_observation *o);

#endif
