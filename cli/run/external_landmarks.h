/* External landmarks: a table that OpenFace or an earlier run of mien wrote, read row by row. Its
 * columns are frame, x_0 to x_67, y_0 to y_67, and optionally face_id, success, confidence and
 * landmark_confidence. Rows must be in the order of frames. */
#ifndef MN_CLI_EXTERNAL_LANDMARKS_H
#define MN_CLI_EXTERNAL_LANDMARKS_H

#include <mien/mien.h>

struct mn_external_landmarks;

/* MIEN_ENOINPUT, or MIEN_EDAMAGED if the header lacks a column; reported. */
int mn_external_landmarks_open(struct mn_external_landmarks **out, const char *path);
void mn_external_landmarks_close(struct mn_external_landmarks **t);

/* Sets the faces of the frame from the rows with its number; a frame without rows gets no face.
 * Call it in the order of frames. MIEN_EDAMAGED, reported with the line, for an unreadable row. */
int mn_external_landmarks_apply(struct mn_external_landmarks *t, mien_frame *f);

#endif
