/* What a reader must know before trusting a result: plain sentences, from the rows and the
 * sidecar. */
#ifndef MN_CLI_WARNINGS_H
#define MN_CLI_WARNINGS_H

#include "io/json.h"
#include "page/gather.h"

/* Writes the member "warnings": an array of objects with level ("warning", "note") and text.
 * sidecar: its text, NULL: there is none. Returns the number of warnings without the notes. */
int mn_warnings_write(struct mn_json *j, const struct mn_gather *g, const char *sidecar);

#endif
