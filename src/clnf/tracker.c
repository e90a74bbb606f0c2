#include "clnf/tracker.h"

#include <string.h>

#define PATIENCE 100     /* failures after which a face is no longer followed */
#define RETRY_LOST 2     /* frames between runs of the detector while a face is lost */
#define RETRY_NOTHING 12 /* the same while there is no face to follow */

/* A box from brows to chin within a RetinaFace box, as shares of its height; both are equally wide
 * (tracker.h). */
#define BOX_TOP 0.242f
#define BOX_HEIGHT 0.757f

void mn_clnf_tracker_reset(struct mn_clnf_tracker *t)
{
    *t = (struct mn_clnf_tracker){.failures = -1};
    t->at.scale = t->last.fit.scale = 1;
    t->last.likelihood = -10;
}

void mn_clnf_tracker_box_from_face(const float face[4], float box[4])
{
    box[0] = face[0];
    box[1] = face[1] + BOX_TOP * face[3];
    box[2] = face[2];
    box[3] = BOX_HEIGHT * face[3];
}

void mn_clnf_tracker_face_from_box(const float box[4], float face[4])
{
    face[2] = box[2];
    face[3] = box[3] / BOX_HEIGHT;
    face[0] = box[0];
    face[1] = box[1] - BOX_TOP * face[3];
}

static bool wants_detector(const struct mn_clnf_tracker *t)
{
    if (!t->following)
        return (t->failures + 1) % RETRY_NOTHING == 0;
    return !t->good && t->failures % RETRY_LOST == 0;
}

/* MIEN_EINVAL (numbers that are not finite) counts as a lost face. */
static int fit(struct mn_clnf_tracker *t, struct mn_clnf_worker *w)
{
    struct mn_clnf_result r;
    int err = mn_clnf_track(w, &t->at, t->good ? MN_CLNF_NEAR : MN_CLNF_FAR, &r);
    if (err < 0 && err != MIEN_EINVAL)
        return err;
    t->good = err == 0 && r.success;
    t->failures = t->good ? -1 : t->failures + 1;
    if (err == 0) {
        t->last = r;
        t->at = r.fit;
    }
    return 0;
}

static void begin_at(struct mn_clnf_tracker *t, const struct mn_clnf_result *r)
{
    bool first = !t->following;
    t->following = true;
    t->good = r->good;
    if (!first && !r->success) { /* the face keeps its last position, its eyes do not */
        t->last.confidence = r->confidence;
        t->last.success = false;
        memcpy(t->last.eye, r->eye, sizeof(r->eye));
        memcpy(t->last.eye_landmarks, r->eye_landmarks, sizeof(r->eye_landmarks));
        return;
    }
    t->last = *r;
    t->last.success = true;
    t->at = r->fit;
    t->failures = -1;
}

int mn_clnf_tracker_step(struct mn_clnf_tracker *t, struct mn_clnf_worker *w, mn_clnf_find_fn *find,
                         void *ctx, struct mn_clnf_result *out)
{
    int err = t->following ? fit(t, w) : 0;
    struct mn_clnf_result fresh;
    int found = err == 0 && find && wants_detector(t) ? find(ctx, w, &fresh) : 0;
    if (found > 0) {
        begin_at(t, &fresh);
    } else if (found < 0) {
        err = found;
    } else if (err == 0) {
        if (!t->following)
            t->failures++;
        if (t->failures > PATIENCE)
            t->following = false;
        t->last.success = t->good && t->following;
    }
    *out = t->last;
    return err;
}
