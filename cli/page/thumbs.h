/* The pictures of a report, from the video that the sidecar names. */
#ifndef MN_CLI_THUMBS_H
#define MN_CLI_THUMBS_H

#include "io/json.h"
#include "page/thumb_choice.h"
#include "sink/hide.h"

/* Decodes the chosen frames, up to the last of them, and makes them 320 pixels wide; faces are
 * hidden before. 0 or a reported code: the result has no boxes, or the video is not there any
 * more. */
int mn_thumbs_make(struct mn_thumbs *t, const struct mn_gather *g, const char *result,
                   enum mn_hide how);

/* Writes the member "thumbnails". */
void mn_thumbs_write(struct mn_json *j, const struct mn_thumbs *t, double start);

#endif
