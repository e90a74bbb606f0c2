/* OpenFace 2.2's models as a set. */
#ifndef MN_CLI_OPENFACE22_H
#define MN_CLI_OPENFACE22_H

#include "models/set_table.h"

extern const struct mn_model_set mn_openface22;

#endif
