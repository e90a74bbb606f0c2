/* What the two stages that follow faces with OpenFace's tracker share. Both are called clnf; which
 * of them runs depends on the detector:
 *
 *   track_boxes.c   another detector: faces come from the stages before, with boxes
 *   track_people.c  OpenFace's own (MTCNN): the stage finds and owns the persons itself
 *
 * Each person is followed from the fit of the frame before, so frames come in order. */
#ifndef MN_STAGE_TRACK_CLNF_H
#define MN_STAGE_TRACK_CLNF_H

#include "stage/stage.h"

/* Is OpenFace's tracker in use? */
bool mn_track_clnf_enabled(const struct mn_context *ctx);

/* Head poses to try: all in a video, the frontal one in single pictures, as the original's programs
 * for videos and pictures do. */
int mn_track_clnf_poses(const struct mn_context *ctx);

/* Searches the face in a box (x, y, width, height) as mn_clnf_detect does. 1: found, 0: none, or an
 * error. */
int mn_track_clnf_search(struct mn_clnf_worker *w, const float box[4], int poses,
                         struct mn_clnf_result *out);

/* The landmarks of face i, and with clnf the fit that they came from. clnf NULL: no stage needs
 * more than landmarks. */
void mn_track_clnf_put(struct mn_frame *f, int i, const struct mn_clnf *clnf,
                       const struct mn_clnf_result *r);

#endif
