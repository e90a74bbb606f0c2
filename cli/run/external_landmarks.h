/* Landmarks of an earlier run, OpenFace's or ours, read back row by row: columns frame, x_0..x_67,
 * y_0..y_67, and where there are, face_id, success, confidence. Rows must be in frame order. */
#ifndef MN_CLI_GIVEN_H
#define MN_CLI_GIVEN_H

#include <mien/mien.h>

struct mn_given;

/* MIEN_ENOINPUT, or MIEN_EDAMAGED when the header lacks a column; one sentence. */
int mn_given_open(struct mn_given **out, const char *path);
void mn_given_close(struct mn_given **g);

/* Gives the frame the faces of its number. Frames without rows have no face. MIEN_EDAMAGED, with
 * the line, for a row that cannot be read. */
int mn_given_apply(struct mn_given *g, mien_frame *f);

#endif
