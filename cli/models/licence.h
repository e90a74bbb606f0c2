/* The licence of a set is accepted before its files are fetched. */
#ifndef MN_CLI_LICENCE_H
#define MN_CLI_LICENCE_H

#include "models/model_set.h"

/* accepted: the value of --accept-licence, or NULL. Without it the question is put on a terminal.
 * 0: accepted; MIEN_EINVAL, reported: not; MIEN_EINTERRUPTED, not reported. */
int mn_licence_accept(const struct mn_model_set *set, const char *accepted);

#endif
