/* A frame as a line of JSON. */
#ifndef MN_CLI_JSONL_H
#define MN_CLI_JSONL_H

#include <stdio.h>

#include "sink/columns.h"
#include "sink/result.h"

void mn_jsonl_write(FILE *file, const struct mn_layout *layout, const struct mn_result *r);

#endif
