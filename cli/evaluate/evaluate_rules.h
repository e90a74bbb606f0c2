/* What the options of mien evaluate decide; see evaluate/evaluate.h. */
#ifndef MN_CLI_EVALUATE_RULES_H
#define MN_CLI_EVALUATE_RULES_H

#include <stdint.h>

struct mn_evaluate_rules {
    double present;      /* a labelled intensity of at least this means: present */
    double tool_present; /* the same for the tool; 0: its column AUxx_c decides */
    int resamples;       /* of people, for intervals; 0: no intervals */
    int64_t seed;        /* not below 0 */
};

#endif
