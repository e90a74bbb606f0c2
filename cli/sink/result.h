/* The result of one frame as sinks get it: the frame, and those of its faces that were requested
 * (all, or those of one person). */
#ifndef MN_CLI_RESULT_H
#define MN_CLI_RESULT_H

#include <mien/mien.h>

/* Borrowed until the sink's function returns. */
struct mn_result {
    const mien_frame *frame; /* picture, index, time and error; its own faces may be more */
    int num_faces;           /* at most MIEN_FACES_LIMIT */
    const mien_face *const *face;
};

#endif
