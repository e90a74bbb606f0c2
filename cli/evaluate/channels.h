/* Which columns of a result hold which channel of the labels. */
#ifndef MN_CLI_CHANNELS_H
#define MN_CLI_CHANNELS_H

#include <stdbool.h>

#include "evaluate/labels.h"
#include "table/reader.h"

struct mn_channels {
    int column[MN_CHANNELS]; /* -1: there is none */
    int angle_x, angle_y;    /* gaze_angle_x and _y, if there is no gaze_yaw; -1: there are none */
};

/* Of JSON Lines the columns that any row so far had. */
void mn_channels_find(struct mn_channels *c, struct mn_reader *r);

bool mn_channels_has(const struct mn_channels *c, int channel);
bool mn_channels_any(const struct mn_channels *c);

/* The value of every channel in a row of the reader; NAN: none. */
void mn_channels_read(const struct mn_channels *c, const double *row, double value[MN_CHANNELS]);

#endif
