/* Follows one face from frame to frame by the rules of OpenFace 2.2. While fits succeed, each
 * starts from the previous frame's. After a failure the search is wider, and the detector runs in
 * every other frame. While there is no face to follow, the detector runs in every twelfth frame.
 * Frames must come in order. */
#ifndef MN_CLNF_TRACKER_H
#define MN_CLNF_TRACKER_H

#include "clnf/clnf.h"

struct mn_clnf_tracker {
    bool following;       /* there is a face, to be searched near its last position */
    bool good;            /* the last fit was taken for a face */
    int failures;         /* failures since the last success; -1 after a success */
    struct mn_pdm_fit at; /* start of the next fit */
    struct mn_clnf_result last;
};

void mn_clnf_tracker_reset(struct mn_clnf_tracker *t);

/* Searches the worker's picture for the face without the tracker's state, by mn_clnf_detect in a
 * box or by mn_clnf_refine from another detector's landmarks. 1: found, *out is the fit; 0: there
 * is none; or an error, which ends the step. */
typedef int mn_clnf_find_fn(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out);

/* Converts a RetinaFace box (x, y, width, height) to one for mn_clnf_detect, for use without the
 * original's own detector. The constants are the mean relation of such boxes to genuine OpenFace
 * landmarks in three clips. */
void mn_clnf_tracker_box_from_face(const float face[4], float box[4]);

/* The inverse conversion. */
void mn_clnf_tracker_face_from_box(const float box[4], float face[4]);

/* Processes the next frame, whose picture mn_clnf_set_picture gave to the worker. Any worker. find
 * NULL: there is no detector, and a lost face stays lost. out->success is the original's: also true
 * for a first detection that the validator doubts. 0 or an error; *out is complete in either case.
 */
int mn_clnf_tracker_step(struct mn_clnf_tracker *t, struct mn_clnf_worker *w, mn_clnf_find_fn *find,
                         void *ctx, struct mn_clnf_result *out);

#endif
