/* Measures that several columns of a row give together: gaze as a direction, landmarks as points,
 * the head as a rotation. */
#ifndef MN_CLI_DISTANCE_H
#define MN_CLI_DISTANCE_H

#include <stdbool.h>

enum { MN_DISTANCE_COLUMNS = 136 }; /* most of a measure */

struct mn_distance {
    const char *name, *unit, *meaning;
    const char *column[3]; /* names; "x_#" stands for x_0 to x_67 */
    /* Distance of two sets of values, each in the order of the columns; NAN: there is none. */
    double (*of)(const double *a, const double *b);
};

/* Row i of the table; NULL past the end. */
const struct mn_distance *mn_distance_at(int i);

/* Writes the name of column i; false past the end. */
bool mn_distance_column(const struct mn_distance *d, int i, char *name, int size);

/* Angle between two vectors, in degrees; NAN if one has no length. */
double mn_distance_angle(const double a[3], const double b[3]);

/* The unit vector of yaw and pitch in radians. */
void mn_distance_direction(double yaw, double pitch, double v[3]);

/* Mean distance of 68 points, x_0 to x_67 and then y_0 to y_67, in pixels. */
double mn_distance_points(const double *a, const double *b);

/* Distance of the outer corners of the eyes. */
double mn_distance_eyes(const double *points);

#endif
