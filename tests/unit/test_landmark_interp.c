/* Start positions of the landmark search between two anchors: which faces get one, and where. */
#include "drive.h"

enum { EVERY = 5 };

static void face_at(struct mn_frame *f, int32_t id, float x, float scale)
{
    mien_face *face = mn_work_add_face(f);
    struct mn_face_work *work = &f->work->face[f->num_faces - 1];
    face->id = id;
    face->has = MIEN_LANDMARKS;
    face->landmark_success = 1;
    face->landmark_confidence = 0.9f;
    work->has_fit = scale > 0;
    work->fit.face = (struct mn_pdm_fit){.scale = scale, .tx = x};
    work->fit.face.local[3] = 2 * x;
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        face->landmark[k][0] = x + (float)k;
        face->landmark[k][1] = 3 * x;
    }
}

/* A face that has only a box so far. */
static void wanted(struct mn_frame *f, int32_t id)
{
    face_at(f, id, 0, 0);
    f->faces[f->num_faces - 1].has = 0;
    f->faces[f->num_faces - 1].landmark_confidence = 0;
}

static struct mn_frame *send(struct drive *d, double time, bool awaited, const int32_t *ids)
{
    struct mn_frame *f = drive_frame(d, time);
    f->work->landmarks = awaited ? MN_LANDMARKS_AWAITED : MN_LANDMARKS_REFINED;
    for (; awaited && *ids >= 0; ids++)
        wanted(f, *ids);
    return f;
}

static void open_stage(struct drive *d)
{
    memset(d, 0, sizeof(*d));
    d->ctx.anchor_every = EVERY;
    drive_open(d, &mn_stage_landmark_interp, 12);
}

static void between(void)
{
    struct drive d;
    static const int32_t who[] = {7, 2, -1};
    open_stage(&d);
    struct mn_frame *f = send(&d, 0, false, NULL);
    face_at(f, 2, 100, 1);
    face_at(f, 7, 0, 1);
    drive_push(&d, f);
    CHECK_INT(d.num_out, 1);
    for (int k = 1; k < EVERY; k++)
        drive_push(&d, send(&d, k == 1 ? 0.5 : k, true, who)); /* one frame arrives early */
    CHECK_INT(d.num_out, 1);
    f = send(&d, EVERY, false, NULL);
    face_at(f, 7, 1, 2);
    face_at(f, 2, 200, 1);
    drive_push(&d, f);
    REQUIRE(d.num_out == EVERY + 1);
    for (int k = 1; k < EVERY; k++) {
        f = d.out[k];
        float t = k == 1 ? 0.1f : (float)k / EVERY;
        CHECK_INT(f->seq, k);
        CHECK_INT(f->work->landmarks, MN_LANDMARKS_FOUND);
        for (int i = 0; i < 2; i++) {
            const mien_face *face = &f->faces[i];
            float x = i ? 100 + 100 * t : t;
            CHECK_INT(face->id, who[i]);
            CHECK(face->has & MIEN_LANDMARKS);
            const struct mn_face_work *work = &f->work->face[i];
            CHECK_INT(work->has_fit, 1);
            CHECK_NEAR(work->fit.face.scale, i ? 1 : 1 + t, 1e-5);
            CHECK_NEAR(work->fit.face.tx, x, 1e-4);
            CHECK_NEAR(work->fit.face.local[3], 2 * x, 1e-4);
            CHECK(face->fit[0] == 0 && face->shape[3] == 0); /* results are the shape stage's */
            CHECK_NEAR(face->landmark[9][0], x + 9, 1e-4);
            CHECK_NEAR(face->landmark[9][1], 3 * x, 1e-4);
            CHECK(face->landmark_confidence < 0);
        }
    }
    CHECK_INT(d.out[EVERY]->work->landmarks, MN_LANDMARKS_REFINED);
    drive_close(&d);
}

/* Faces that one anchor lacks, or on which the refiner failed in one, are left to the network, and
 * so is everything around an anchor with an error, before the first and after the last. */
static void no_start(void)
{
    static const int32_t one[] = {3, 4, 5, -1};
    for (int way = 0; way < 6; way++) {
        struct drive d;
        open_stage(&d);
        struct mn_frame *f;
        if (way != 4) {
            f = send(&d, 0, false, NULL);
            face_at(f, 3, 10, 1);
            face_at(f, 4, 20, 1);
            if (way == 3)
                f->pub.error = MIEN_EENGINE;
            drive_push(&d, f);
        }
        drive_push(&d, send(&d, 1, true, one));
        f = send(&d, 2, false, NULL);
        face_at(f, 3, 12, 1);
        if (way != 0)
            face_at(f, 4, 22, 1);
        if (way == 1)
            f->faces[1].landmark_success = 0;
        if (way == 2)
            f->work->face[1].has_fit = 0;
        if (way != 5)
            drive_push(&d, f);
        d.stage->flush(d.state, &d.spans, drive_emit, &d);
        f = d.out[way == 4 ? 0 : 1];
        CHECK_INT(f->work->landmarks, MN_LANDMARKS_WANTED);
        CHECK_INT(!!(f->faces[0].has & MIEN_LANDMARKS), way < 3);
        CHECK(!(f->faces[1].has & MIEN_LANDMARKS));
        CHECK(!(f->faces[2].has & MIEN_LANDMARKS) && !f->work->face[2].has_fit);
        drive_close(&d);
    }
}

/* If times stand still or run backwards, the frame count decides. A reset forgets the old stream.
 */
static void odd_times(void)
{
    static const int32_t one[] = {1, -1};
    struct drive d;
    open_stage(&d);
    for (int k = 0; k <= 2; k++) {
        struct mn_frame *f = send(&d, 8 - k, k == 1, one);
        if (k != 1)
            face_at(f, 1, (float)(10 * k), 1);
        drive_push(&d, f);
    }
    REQUIRE(d.num_out == 3);
    CHECK_NEAR(d.out[1]->work->face[0].fit.face.tx, 10, 1e-4);
    d.stage->reset(d.state);
    drive_push(&d, send(&d, 9, true, one));
    struct mn_frame *f = send(&d, 10, false, NULL);
    face_at(f, 1, 5, 1);
    drive_push(&d, f);
    REQUIRE(d.num_out == 5);
    CHECK_INT(d.out[3]->work->landmarks, MN_LANDMARKS_WANTED);
    drive_close(&d);
}

int main(void)
{
    between();
    no_start();
    odd_times();
    return check_done();
}
