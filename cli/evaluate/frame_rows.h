/* Reads a result frame by frame: all its rows with one frame number, which must not decrease. */
#ifndef MN_CLI_FRAME_ROWS_H
#define MN_CLI_FRAME_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "table/reader.h"

enum { MN_FRAME_ROWS = 1024 }; /* most rows of a frame */

struct mn_frame_rows {
    struct mn_reader *reader;
    const char *path; /* borrowed */
    int num_columns;
    int frame_column, person_column, success_column; /* -1: the result has none */
    int64_t frame;                                   /* of the rows */
    int n;                                           /* rows; 0: none yet, or the end */
    double *row; /* room for `room` rows of num_columns values */
    int room;
    double *ahead; /* the row after them, if has_ahead */
    bool has_ahead, ended;
};

/* 0 or a reported code: those of mn_reader_open; MIEN_EDAMAGED without the column frame. The caller
 * calls mn_frame_rows_close in any case. */
int mn_frame_rows_open(struct mn_frame_rows *f, const char *path);
void mn_frame_rows_close(struct mn_frame_rows *f);

/* Reads the next frame. 1; 0: the end; or a reported code. */
int mn_frame_rows_next(struct mn_frame_rows *f);

const double *mn_frame_rows_at(const struct mn_frame_rows *f, int i);

/* The person of row i; without such a column 0; negative: no face. */
int64_t mn_frame_rows_person(const struct mn_frame_rows *f, int i);

/* Does row i describe a face (success, if there is such a column)? */
bool mn_frame_rows_trusted(const struct mn_frame_rows *f, int i);

/* The row of a person; -1: there is none. */
int mn_frame_rows_find(const struct mn_frame_rows *f, int64_t person);

#endif
