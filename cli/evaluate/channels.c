#include "evaluate/channels.h"

#include <math.h>
#include <stdio.h>

#define DEGREES (180 / 3.14159265358979323846)

/* -1 also for a column that JSON Lines never have. */
static int find(struct mn_reader *r, const char *name)
{
    const int column = mn_reader_find(r, name);
    return column >= 0 && mn_reader_has(r, column) ? column : -1;
}

static void find_units(struct mn_channels *c, struct mn_reader *r)
{
    char name[24];
    for (int i = 1; i < MN_LABELS_UNITS; i++) {
        snprintf(name, sizeof(name), "AU%02d_r", i);
        c->column[MN_CHANNEL_INTENSITY + i] = find(r, name);
        snprintf(name, sizeof(name), "AU%02d_c", i);
        c->column[MN_CHANNEL_PRESENCE + i] = find(r, name);
    }
}

static void find_points(struct mn_channels *c, struct mn_reader *r)
{
    char name[24];
    for (int i = 0; i < MN_LABELS_POINTS; i++) {
        snprintf(name, sizeof(name), "x_%d", i);
        c->column[MN_CHANNEL_X + i] = find(r, name);
        snprintf(name, sizeof(name), "y_%d", i);
        c->column[MN_CHANNEL_Y + i] = find(r, name);
    }
}

void mn_channels_find(struct mn_channels *c, struct mn_reader *r)
{
    for (int i = 0; i < MN_CHANNELS; i++)
        c->column[i] = -1;
    find_units(c, r);
    find_points(c, r);
    c->column[MN_CHANNEL_GAZE_YAW] = find(r, "gaze_yaw");
    c->column[MN_CHANNEL_GAZE_PITCH] = find(r, "gaze_pitch");
    const bool own = c->column[MN_CHANNEL_GAZE_YAW] >= 0;
    c->angle_x = own ? -1 : find(r, "gaze_angle_x");
    c->angle_y = own ? -1 : find(r, "gaze_angle_y");
}

bool mn_channels_has(const struct mn_channels *c, int channel)
{
    const bool gaze = channel == MN_CHANNEL_GAZE_YAW || channel == MN_CHANNEL_GAZE_PITCH;
    return c->column[channel] >= 0 || (gaze && c->angle_x >= 0 && c->angle_y >= 0);
}

bool mn_channels_any(const struct mn_channels *c)
{
    for (int i = 0; i < MN_CHANNELS; i++)
        if (mn_channels_has(c, i))
            return true;
    return false;
}

/* OpenFace: atan2(x, -z) and atan2(y, -z) of a direction with x to image right and y down. */
static void from_angles(double ax, double ay, double *yaw, double *pitch)
{
    const double x = tan(ax), y = tan(ay);
    *yaw = -ax * DEGREES;
    *pitch = -atan2(y, hypot(x, 1)) * DEGREES;
}

void mn_channels_read(const struct mn_channels *c, const double *row, double value[MN_CHANNELS])
{
    for (int i = 0; i < MN_CHANNELS; i++)
        value[i] = c->column[i] >= 0 ? row[c->column[i]] : NAN;
    if (c->angle_x >= 0 && c->angle_y >= 0)
        from_angles(row[c->angle_x], row[c->angle_y], &value[MN_CHANNEL_GAZE_YAW],
                    &value[MN_CHANNEL_GAZE_PITCH]);
}
