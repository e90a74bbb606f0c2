/* Following one face from frame to frame by OpenFace 2.2's rules: from the frame before while that
 * goes well, with a wider search after a failure, by the detector every other frame of a failure
 * and every twelfth while there is nothing to follow. Frames come in order. */
#ifndef MN_CLNF_TRACKER_H
#define MN_CLNF_TRACKER_H

#include "clnf/clnf.h"

struct mn_clnf_tracker {
    bool following;       /* there is a face to look for near where it was */
    bool good;            /* the last fit was taken for a face */
    int failures;         /* since the last success; -1 after one */
    struct mn_pdm_fit at; /* where the next fit begins */
    struct mn_clnf_result last;
};

void mn_clnf_tracker_reset(struct mn_clnf_tracker *t);

/* Looks for the face afresh in the picture that the worker looks at, by mn_clnf_detect in a box or
 * by mn_clnf_refine from another detector's points. 1 found, *out is the fit; 0 there is none; or
 * an error, which ends the step. */
typedef int mn_clnf_find_fn(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out);

/* A stand-in where the original's own detector is not: from a RetinaFace box (x, y, width, height)
 * to one for mn_clnf_detect, by the mean relation of such boxes to genuine landmarks in three
 * clips. */
void mn_clnf_tracker_box_from_face(const float face[4], float box[4]);

/* The other way. */
void mn_clnf_tracker_face_from_box(const float box[4], float face[4]);

/* The next frame. Any worker, after mn_clnf_set_picture. find NULL: no detector, what is lost stays
 * lost. out->success is the original's: also true for a first detection that the validator doubts.
 * 0 or an error; out is whole in either case. */
int mn_clnf_tracker_step(struct mn_clnf_tracker *t, struct mn_clnf_worker *w, mn_clnf_find_fn *find,
                         void *ctx, struct mn_clnf_result *out);

#endif
