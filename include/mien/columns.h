/* The columns in which mien writes its results: one table of names, units, ranges and meanings, and
 * the value of each column for a face. The program's CSV and JSON Lines come from it.
 *
 * Any thread. All strings are static, in English, and never NULL. */
#ifndef MIEN_COLUMNS_H
#define MIEN_COLUMNS_H

#include <mien/mien.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mien_column {
    const char *name;        /* "gaze_yaw"; unique within each of the two tables, see decimals */
    const char *unit;        /* "deg", "rad", "px", "mm", "px/mm", "s"; "" = none */
    const char *range;       /* "0..1", "1..", "0, 1"; "" = any number */
    const char *coordinates; /* axes and signs; "" = does not apply */
    const char *meaning;     /* one line */
    int decimals;            /* digits after the point in mien's own table; 0 = a whole number;
                                -1 = not a column of it */
    int openface_decimals;   /* the same in the table of OpenFace 2.2 */
    unsigned analysis;       /* MIEN_* bit that it needs; 0 = always there */
    int action_unit;         /* FACS number of the action unit; 0 = another column */
    int of_frame;            /* 1: belongs to the frame, so it has a value without a face, too */
    int revised;             /* 1: of mien_au: may change once the whole video is known */
} mien_column;

/* All columns in the order of a row; NULL past the end. */
MIEN_API const mien_column *mien_column_at(int i);

/* The value of column i for a face of frame f, as a plain number in the column's unit. face is NULL
 * for a frame without faces. f may be NULL for columns that do not belong to the frame. 1: *out has
 * the value; 0: there is none (not measured, no face, no such column) and *out is unchanged. */
MIEN_API int mien_column_value(int i, const mien_frame *f, const mien_face *face, double *out);

/* 1: a table with these analyses has column i. openface: 0 = mien's table, 1 = OpenFace's. */
MIEN_API int mien_column_used(int i, unsigned analysis, int openface);

#ifdef __cplusplus
}
#endif

#endif
