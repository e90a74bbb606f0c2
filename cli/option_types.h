/* Types of options that only this program has. */
#ifndef MN_CLI_OPTION_TYPES_H
#define MN_CLI_OPTION_TYPES_H

#include "optparse.h"

/* The field is a mien_settings, the row's `setting` names one of its members. The library reads,
 * prints and limits the value. The row may narrow a range by min and max, and its choices are words
 * for values of the setting ("auto=0"). 0 is refused unless it is in the range: the default of the
 * library is what an absent option means. */
extern const struct mn_opt_type mn_opt_setting;

/* The same for a setting that is a flag. */
extern const struct mn_opt_type mn_opt_setting_flag;

/* const char *: the name of a sink for rows. */
extern const struct mn_opt_type mn_opt_format;

#endif
