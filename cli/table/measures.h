/* What the rows of a result measure, whichever columns hold it: mien's own, or OpenFace's.
 *
 * Angles are in degrees. Yaw is positive towards image left, pitch is positive up, roll is positive
 * clockwise in the image, for gaze and head. */
#ifndef MN_CLI_MEASURES_H
#define MN_CLI_MEASURES_H

#include <stdbool.h>
#include <stdint.h>

#include "table/table.h"

struct mn_measure {
    const char *name; /* "gaze_yaw" */
    /* The first of these columns that the table has; NULL ends them. A value is multiplied by the
     * scale beside it. */
    struct {
        const char *column;
        double scale;
    } from[2];
};

enum {
    MN_MEASURE_SIZE,
    MN_MEASURE_CONFIDENCE,
    MN_MEASURE_LANDMARKS,
    MN_MEASURE_SHARPNESS,
    MN_MEASURE_BRIGHTNESS,
    MN_MEASURE_HEAD_YAW,
    MN_MEASURE_HEAD_PITCH,
    MN_MEASURE_HEAD_ROLL,
    MN_MEASURE_GAZE_YAW,
    MN_MEASURE_GAZE_PITCH,
    MN_MEASURE_UNITS, /* the first of the action units */
    MN_MEASURES = MN_MEASURE_UNITS + 17
};

/* Measure i, 0 to MN_MEASURES - 1. */
const struct mn_measure *mn_measure_at(int i);

/* FACS number of the action unit; 0 = another measure. */
int mn_measure_unit(int i);

/* "AU12 lip corner puller", of a measure that is an action unit. Returns buf. */
const char *mn_measure_label(int i, char *buf, size_t size);

/* The measure of the intensity of an action unit; -1: there is none. */
int mn_measure_of_unit(int action_unit);

/* One row. */
struct mn_observation {
    int64_t frame;             /* from 1 */
    double time;               /* seconds */
    int person;                /* -1: no face */
    bool trusted;              /* success: the row describes a face */
    double value[MN_MEASURES]; /* NAN: not measured */
};

enum { MN_MEASURES_MORE = 8 };

struct mn_measures {
    struct mn_table *table;
    int frame, time, person, success; /* slots */
    int slot[MN_MEASURES];
    double scale[MN_MEASURES];
    int more;                                       /* columns of mn_measures_want */
    double row[MN_MEASURES + 4 + MN_MEASURES_MORE]; /* with those of the first line of slots */
    int64_t last_frame;
};

/* Opens a result. MIEN_EDAMAGED if columns that every result has are missing; otherwise the codes
 * of mn_table_open. The caller calls mn_measures_close in any case. */
int mn_measures_open(struct mn_measures *m, const char *path);
void mn_measures_close(struct mn_measures *m);

/* Requests one more column, before the first row: its place in m->row, -1: the table has none.
 * MN_MEASURES_MORE at most. */
int mn_measures_want(struct mn_measures *m, const char *column);

bool mn_measures_has(const struct mn_measures *m, int measure);

/* 1: *o is the next row; 0: the end; MIEN_EDAMAGED, reported: the file is damaged, or its frames
 * are not in order. */
int mn_measures_next(struct mn_measures *m, struct mn_observation *o);

#endif
