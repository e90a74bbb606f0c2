/* Landmarks of an earlier run, OpenFace's or ours, read back row by row: columns frame, x_0..x_67,
 * y_0..y_67, and where there are, face_id, success, confidence. Rows must be in frame order. */
#ifndef MN_CLI_GIVEN_H
#define MN_CLI_GIVEN_H

#include <mien/mien.h>

struct mn_external_landmarks;

/* MIEN_ENOINPUT, or MIEN_EDAMAGED when the header lacks a column; one sentence. */
int mn_external_landmarks_open(struct mn_external_landmarks **out, const char *path);
void mn_external_landmarks_close(struct mn_external_landmarks **g);

/* Gives the frame the faces of its number. Frames without rows have no face. MIEN_EDAMAGED, with
 * the line, for a row that cannot be read. */
int mn_external_landmarks_apply(struct mn_external_landmarks *g, mien_frame *f);

#endif
