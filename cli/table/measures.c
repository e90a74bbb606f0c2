#include "table/measures.h"

#include <math.h>
#include <mien/mien.h>
#include <stdio.h>
#include <string.h>

#include "io/msg.h"

#define DEGREES (180 / 3.14159265358979323846)

#define UNIT(number)                                             \
    {                                                            \
        .name = "AU" #number, .from = { {"AU" #number "_r", 1} } \
    }

/* FACS numbers stand in the names, as in the columns. */
static const struct mn_measure measures[] = {
    [MN_MEASURE_SIZE] = {.name = "face_size", .from = {{"box_h", 1}}},
    [MN_MEASURE_CONFIDENCE] = {.name = "confidence", .from = {{"confidence", 1}}},
    [MN_MEASURE_LANDMARKS] = {.name = "landmark_confidence", .from = {{"landmark_confidence", 1}}},
    [MN_MEASURE_SHARPNESS] = {.name = "sharpness", .from = {{"face_sharpness", 1}}},
    [MN_MEASURE_BRIGHTNESS] = {.name = "brightness", .from = {{"face_brightness", 1}}},
    [MN_MEASURE_HEAD_YAW] = {.name = "head_yaw", .from = {{"pose_Ry", DEGREES}}},
    [MN_MEASURE_HEAD_PITCH] = {.name = "head_pitch", .from = {{"pose_Rx", -DEGREES}}},
    [MN_MEASURE_HEAD_ROLL] = {.name = "head_roll", .from = {{"pose_Rz", DEGREES}}},
    [MN_MEASURE_GAZE_YAW] = {.name = "gaze_yaw",
                             .from = {{"gaze_yaw_smooth", 1}, {"gaze_angle_x", -DEGREES}}},
    [MN_MEASURE_GAZE_PITCH] = {.name = "gaze_pitch",
                               .from = {{"gaze_pitch_smooth", 1}, {"gaze_angle_y", -DEGREES}}},
    UNIT(01),
    UNIT(02),
    UNIT(04),
    UNIT(05),
    UNIT(06),
    UNIT(07),
    UNIT(09),
    UNIT(10),
    UNIT(12),
    UNIT(14),
    UNIT(15),
    UNIT(17),
    UNIT(20),
    UNIT(23),
    UNIT(25),
    UNIT(26),
    UNIT(45),
};
_Static_assert(sizeof(measures) / sizeof(measures[0]) == MN_MEASURES, "a row for each measure");

const struct mn_measure *mn_measure_at(int i)
{
    return &measures[i];
}

int mn_measure_of_unit(int action_unit)
{
    for (int i = MN_MEASURE_UNITS; i < MN_MEASURES; i++)
        if (mn_measure_unit(i) == action_unit)
            return i;
    return -1;
}

const char *mn_measure_label(int i, char *buf, size_t size)
{
    snprintf(buf, size, "%s %s", measures[i].name, mien_au_name(mn_measure_unit(i)));
    return buf;
}

int mn_measure_unit(int i)
{
    const char *name = measures[i].name;
    return i >= MN_MEASURE_UNITS ? (name[2] - '0') * 10 + name[3] - '0' : 0;
}

/* ---------------------------------------------------------------------------------- rows ---- */

static void want(struct mn_measures *m, int i)
{
    m->slot[i] = -1;
    for (int k = 0; k < 2 && m->slot[i] < 0 && measures[i].from[k].column; k++) {
        m->slot[i] = mn_table_want(m->table, measures[i].from[k].column);
        m->scale[i] = measures[i].from[k].scale;
    }
}

int mn_measures_open(struct mn_measures *m, const char *path)
{
    memset(m, 0, sizeof(*m));
    int err = mn_table_open(&m->table, path);
    if (err < 0)
        return err;
    m->frame = mn_table_want(m->table, "frame");
    m->time = mn_table_want(m->table, "timestamp");
    m->person = mn_table_want(m->table, "face_id");
    m->success = mn_table_want(m->table, "success");
    if (m->frame < 0 || m->time < 0 || m->person < 0 || m->success < 0)
        return mn_fail(MIEN_EDAMAGED,
                       "%s is no result of mien or OpenFace: it needs the columns frame, "
                       "face_id, timestamp and success",
                       path);
    for (int i = 0; i < MN_MEASURES; i++)
        want(m, i);
    return 0;
}

void mn_measures_close(struct mn_measures *m)
{
    mn_table_close(m->table);
    m->table = NULL;
}

int mn_measures_want(struct mn_measures *m, const char *column)
{
    return m->more++ < MN_MEASURES_MORE ? mn_table_want(m->table, column) : -1;
}

bool mn_measures_has(const struct mn_measures *m, int measure)
{
    return m->slot[measure] >= 0;
}

/* A whole number that a double holds exactly, or `missing`. */
static int64_t whole(double v, int64_t missing)
{
    return v >= -1e15 && v <= 1e15 ? (int64_t)v : missing;
}

int mn_measures_next(struct mn_measures *m, struct mn_observation *o)
{
    int got = mn_table_next(m->table, m->row);
    if (got <= 0)
        return got;
    o->frame = whole(m->row[m->frame], -1);
    o->time = m->row[m->time];
    const int64_t person = whole(m->row[m->person], -1);
    o->person = person >= 0 && person <= INT32_MAX ? (int)person : -1;
    o->trusted = o->person >= 0 && m->row[m->success] >= 0.5;
    if (o->frame < m->last_frame || o->frame < 0 || !isfinite(o->time))
        return mn_fail(MIEN_EDAMAGED, "row %lld: frame or time is missing or not in order",
                       (long long)mn_table_row(m->table));
    m->last_frame = o->frame;
    for (int i = 0; i < MN_MEASURES; i++)
        o->value[i] = m->slot[i] >= 0 && o->trusted ? m->row[m->slot[i]] * m->scale[i] : NAN;
    return 1;
}
