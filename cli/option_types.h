/* Types of options that only this program has. */
#ifndef MN_CLI_OPTION_TYPES_H
#define MN_CLI_OPTION_TYPES_H

#include "optparse.h"

/* const char *: the name of a sink for rows. */
extern const struct mn_opt_type mn_opt_format;

/* unsigned: MIEN_* analyses. */
extern const struct mn_opt_type mn_opt_analysis;

/* int: a flag of mien_settings. */
extern const struct mn_opt_type mn_opt_switch;

#endif
