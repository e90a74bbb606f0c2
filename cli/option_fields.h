/* Short forms for the rows of the table of options: type and field of struct mn_options. */
#ifndef MN_CLI_OPTION_FIELDS_H
#define MN_CLI_OPTION_FIELDS_H

#include "optparse.h"

#define FIELD(type, member, c_type) MN_OPT_FIELD(type, struct mn_options, member, c_type)
#define FLAG(member) FIELD(mn_opt_flag, member, bool)
#define TEXT(member) FIELD(mn_opt_text, member, const char *)
#define INT(member, from, to) FIELD(mn_opt_int, member, int), .min = from, .max = to
#define INT64(member, from, to) FIELD(mn_opt_int64, member, int64_t), .min = from, .max = to
#define REAL(member, from, to) FIELD(mn_opt_double, member, double), .min = from, .max = to
#define CHOICE(member, words) FIELD(mn_opt_choice, member, int), .choices = words
#define SETTING(name) FIELD(mn_opt_setting, settings, mien_settings), .setting = name
#define SETTING_FLAG(name) FIELD(mn_opt_setting_flag, settings, mien_settings), .setting = name

#endif
