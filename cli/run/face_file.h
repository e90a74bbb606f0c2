/* The results of a run's frames in a temporary file without a name, for the second pass over a
 * video. A face takes one to two kilobytes, whatever its struct has room for. One thread. */
#ifndef MN_CLI_FACE_FILE_H
#define MN_CLI_FACE_FILE_H

#include "sink/sink.h"

struct mn_face_file;

/* beside: the file lies in the folder of this path, which has room for a video. Reports its errors.
 */
int mn_face_file_open(struct mn_face_file **out, const char *beside);
void mn_face_file_close(struct mn_face_file **f);

/* Appends a frame. 0, or MIEN_EOUTPUT, reported. */
int mn_face_file_add(struct mn_face_file *f, const struct mn_result *r);

/* After the last frame: adds the final action units of all faces, and goes back to the first frame.
 */
int mn_face_file_revise(struct mn_face_file *f, mn_final_au_fn *final, void *ctx);

/* The next frame: index, time and error in *frame (no picture), and its faces, valid until the next
 * call. MIEN_EEOF: there is none. */
int mn_face_file_next(struct mn_face_file *f, mien_frame *frame, const mien_face *const **face);

#endif
