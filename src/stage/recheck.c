/* A second detection for boxes that were not detected.
 *
 * Interpolated and carried boxes are estimates. verify_landmarks checks whether the landmarks found
 * in one look like those of a face there; where they do not, the detector runs on this frame, and
 * readopt gives the face the detection that overlaps its box best. Then its landmarks are searched
 * once more. All this depends on the one frame, so any worker decides the same. A face that no
 * detection overlaps keeps box and landmarks, and landmark_success reports their quality. */
#include "base/mem.h"
#include "image/box.h"
#include "stage/stage.h"
#include "stage/work.h"

/* Overlap of a box with the box around its landmarks, below which the landmarks left it; good ones
 * have 0.45 or more: foreheads have no landmarks. */
#define SAME_PLACE 0.3f
#define WITHIN_REACH 0.1f /* overlap of an estimated box with the detection of the same face */
#define TAKEN 0.5f        /* overlap of a detection with a face that is already there */

static bool enabled(const struct mn_context *ctx)
{
    return mn_finds_landmarks(ctx) && ctx->model[MN_ROLE_DETECTOR].model != NULL;
}

static bool has_estimates(const struct mn_frame *f)
{
    return f->num_faces > 0 && !f->work->external && f->box_source != MIEN_BOX_DETECTED;
}

static bool looks_wrong(const mien_face *face)
{
    if (!(face->has & MIEN_LANDMARKS) || !face->landmark_success)
        return true;
    const float(*p)[2] = face->landmark;
    float span[4] = {p[0][0], p[0][1], p[0][0], p[0][1]};
    for (int k = 1; k < MIEN_FACE_LANDMARKS; k++)
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
        f->work->face[i].doubtful = looks_wrong(&f->faces[i]);
        f->work->doubts |= f->work->face[i].doubtful;
    }
    f->work->detect = f->work->doubts;
    return 0;
}

static bool has_doubts(const struct mn_frame *f)
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

/* The free detection that overlaps the box best; NULL: none within reach. */
static const struct mn_detection *best_detection(const struct mn_frame *f, const float box[4])
{
    const struct mn_detection *best = NULL;
    float most = WITHIN_REACH;
    for (int k = 0; k < f->num_detections; k++) {
        const struct mn_detection *d = &f->detections[k];
        float overlap = mn_box_iou(box, d->box);
        if (overlap > most && !is_taken(f, d->box)) {
            most = overlap;
            best = d;
        }
    }
    return best;
}

static int readopt(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    (void)state;
    (void)spans;
    f->work->doubts = 0;
    for (int i = 0; i < f->num_faces; i++) {
        mien_face *face = &f->faces[i];
        struct mn_face_work *work = &f->work->face[i];
        const struct mn_detection *best = work->doubtful ? best_detection(f, face->box) : NULL;
        if (!best)
            continue;
        memcpy(face->box, best->box, sizeof(face->box));
        memcpy(face->point, best->point, sizeof(face->point));
        face->confidence = best->score;
        face->box_source = MIEN_BOX_DETECTED;
        face->has &= ~(unsigned)(MIEN_LANDMARKS | MIEN_LANDMARKS98);
        work->has_fit = 0; /* or the search would begin where it was wrong */
        work->doubtful = work->has_mesh = 0;
        work->square = best->square;
        f->work->mesh = MN_MESH_WANTED;
        f->work->landmarks = MN_LANDMARKS_WANTED;
    }
    return 0;
}

const struct mn_stage mn_stage_verify_landmarks = {
    .name = "verify_landmarks",
    .order = MN_ANY_ORDER,
    .enabled = enabled,
    .wants = has_estimates,
    .run = verify,
};

const struct mn_stage mn_stage_readopt = {
    .name = "readopt",
    .order = MN_ANY_ORDER,
    .enabled = enabled,
    .wants = has_doubts,
    .run = readopt,
};
