/* Reads mien's JSON Lines (one object for each frame) as rows, one for each face, like those of a
 * table: the columns are those of the library, whether or not the file has them.
 *
 * The file is foreign: lines are bounded (table/lines.h), nested values are skipped without
 * recursion. Unknown members are ignored. One thread per file. */
#ifndef MN_CLI_FACE_LINES_H
#define MN_CLI_FACE_LINES_H

#include <stdbool.h>

struct mn_face_lines;

/* 0 or a reported code: those of mn_lines_open. */
int mn_face_lines_open(struct mn_face_lines **out, const char *path);

/* NULL is allowed. */
void mn_face_lines_close(struct mn_face_lines *f);

int mn_face_lines_num_columns(const struct mn_face_lines *f);

/* Has any line so far had a member for this column? */
bool mn_face_lines_has(const struct mn_face_lines *f, int column);

/* Reads a row: one value for each column, NAN if there is none. A frame without faces is one row
 * with face_id -1 (-2 if it was not analysed) and success 0. 1: a row; 0: the end; MIEN_EDAMAGED,
 * reported with the line. */
int mn_face_lines_next(struct mn_face_lines *f, double *values);

#endif
