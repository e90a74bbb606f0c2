/* A frame as a bundle of Open Sound Control 1.0. */
#ifndef MN_CLI_OSC_H
#define MN_CLI_OSC_H

#include <stdio.h>

#include "sink/columns.h"
#include "sink/result.h"

/* One message for each value of the layout: /mien/NAME for those of the frame, /mien/face/ID/NAME
 * for those of a face, with a 32-bit float, or a 32-bit integer for columns of whole numbers.
 * Before them /mien/faces with the number of faces, and at the end /mien/end with the number of the
 * frame. */
void mn_osc_write(FILE *file, const struct mn_layout *layout, const struct mn_result *r);

#endif
