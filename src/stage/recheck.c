/* A second opinion on boxes that no detector has seen.
 *
 * Interpolated and carried boxes are guesses. `doubt` looks whether the landmarks found in one look
 * like those of a face; where they do not, the detector has another turn on this frame, and `adopt`
 * gives the face the detection that overlaps its guess best. Then landmarks are looked for afresh,
 * once. All from this frame alone, so any worker decides the same. A face that no detection
 * overlaps keeps box and landmarks, and landmark_success says what they are worth. */
#include "base/mem.h"
#include "image/box.h"
#include "stage/stage.h"
#include "stage/work.h"

#define SAME_PLACE                                                                   \
    0.3f /* overlap of a box with what its landmarks span, below which they left it; \
            that of good ones is 0.45 or more: foreheads have no landmarks */
#define WITHIN_REACH 0.1f /* overlap of a guess with the detection that it meant */
#define TAKEN 0.5f        /* overlap of a detection with a face that already is there */

static bool enabled(const struct mn_context *ctx)
{
    return ctx->model[MN_ROLE_LANDMARKS].model != NULL &&
           ctx->model[MN_ROLE_DETECTOR].model != NULL;
}

static bool guessed(const struct mn_frame *f)
{
    return f->num_faces > 0 && !f->work->external && f->box_source != MIEN_BOX_DETECTED;
}

static bool look_wrong(const mien_face *face)
{
    if (!(face->has & MIEN_LANDMARKS) || !face->landmark_success)
        return true;
    const float(*p)[2] = face->landmark;
    float span[4] = {p[0][0], p[0][1], p[0][0], p[0][1]};
    for (int k = 1; k < MIEN_POINTS; k++)
        for (int c = 0; c < 2; c++) {
            span[c] = p[k][c] < span[c] ? p[k][c] : span[c];
            span[2 + c] = p[k][c] > span[2 + c] ? p[k][c] : span[2 + c];
        }
    return mn_box_iou(face->box, span) < SAME_PLACE;
}

static int verify(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    (void)state;
    (void)spans;
    for (int i = 0; i < f->num_faces; i++) {
        f->work->face[i].doubtful = look_wrong(&f->faces[i]);
        f->work->doubts = f->work->doubts || f->work->face[i].doubtful;
    }
    f->work->detect = f->work->doubts;
    return 0;
}

static bool doubted(const struct mn_frame *f)
{
    return f->work->doubts;
}

static bool is_taken(const struct mn_frame *f, const float box[4])
{
    for (int i = 0; i < f->num_faces; i++)
        if (!f->work->face[i].doubtful && mn_box_iou(f->faces[i].box, box) > TAKEN)
            return true;
    return false;
}

static int readopt(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    (void)state;
    (void)spans;
    f->work->doubts = false;
    for (int i = 0; i < f->num_faces; i++) {
        mien_face *face = &f->faces[i];
        const struct mn_detection *best = NULL;
        float most = WITHIN_REACH;
        for (int k = 0; f->work->face[i].doubtful && k < f->num_detections; k++) {
            float overlap = mn_box_iou(face->box, f->detections[k].box);
            if (overlap > most && !is_taken(f, f->detections[k].box)) {
                most = overlap;
                best = &f->detections[k];
            }
        }
        if (!best)
            continue;
        memcpy(face->box, best->box, sizeof(face->box));
        memcpy(face->point, best->point, sizeof(face->point));
        face->confidence = best->score;
        face->box_source = MIEN_BOX_DETECTED;
        face->has &= ~(unsigned)MIEN_LANDMARKS;
        f->work->face[i].has_fit = 0; /* or the search would begin where it was wrong */
        f->work->face[i].doubtful = 0;
        f->work->landmarks = MN_LANDMARKS_WANTED;
    }
    return 0;
}

const struct mn_stage mn_stage_verify_landmarks = {
    .name = "verify_landmarks",
    .order = MN_ANY_ORDER,
    .enabled = enabled,
    .wants = guessed,
    .run = verify,
};

const struct mn_stage mn_stage_readopt = {
    .name = "readopt",
    .order = MN_ANY_ORDER,
    .enabled = enabled,
    .wants = doubted,
    .run = readopt,
};
