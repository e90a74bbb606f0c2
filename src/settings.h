/* The settings as a table: ranges, text form, and copies of structs of another size. */
#ifndef MN_SETTINGS_H
#define MN_SETTINGS_H

#include <mien/mien.h>

#include "base/log.h"

/* Copies the caller's settings, which may be of an older or newer library. Fields that an older,
 * smaller struct lacks are 0. MIEN_EINVAL with mien_last_message set (nothing is logged yet): size
 * was never set, or a newer struct uses fields that this library does not know; *out is usable all
 * the same. */
int mn_settings_copy(mien_settings *out, const mien_settings *in);

/* 0, or MIEN_EINVAL after one message that names setting, value and range. */
int mn_settings_check(const mien_settings *s, struct mn_log *log);

#endif
