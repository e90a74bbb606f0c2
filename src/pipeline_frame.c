/* Frames as the caller sees them: pictures go in, faces come out. */
#include <math.h>
#include <mien/mien.h>
#include <string.h>

#include "image/picture.h"
#include "base/log.h"
#include "image/frame.h"
#include "stage/work.h"

int mien_frame_wrap(mien_frame *frame, const mien_picture *picture, int64_t index, double time,
                    void (*release)(void *ctx), void *ctx)
{
    struct mn_frame *f = (struct mn_frame *)frame;
    if (!f || !picture)
        return mn_log_fail_null();
    int err = mn_picture_check(picture);
    if (err == MIEN_EDIMENSIONS)
        return mn_log_fail(err,
                           "pictures of %d x %d pixels are refused; up to %d on a side and %d "
                           "in all are allowed",
                           picture->width, picture->height, MIEN_MAX_SIDE, MIEN_MAX_AREA);
    if (err < 0)
        return mn_log_fail(err, "mien_frame_wrap: format, planes or strides of the picture are "
                                "not usable");
    if (!isfinite(time))
        return mn_log_fail(MIEN_EINVAL, "mien_frame_wrap: time is not a number");
    if (f->release)
        f->release(f->release_ctx);
    f->release = release;
    f->release_ctx = ctx;
    f->pub.picture = *picture;
    f->pub.index = index;
    f->pub.time = time;
    return 0;
}

const mien_face *mien_frame_face(const mien_frame *frame, int i)
{
    const struct mn_frame *f = (const struct mn_frame *)frame;
    return f && i >= 0 && i < f->pub.num_faces ? &f->faces[i] : NULL;
}

static int check_faces(const mien_external_face *faces, int n)
{
    if (n < 0 || n > MIEN_FACES_LIMIT)
        return mn_log_fail(MIEN_EINVAL, "mien_frame_set_faces: %d faces; 0 to %d are allowed", n,
                           MIEN_FACES_LIMIT);
    for (int i = 0; i < n; i++) {
        if (i && faces[i].id <= faces[i - 1].id)
            return mn_log_fail(MIEN_EINVAL,
                               "mien_frame_set_faces: id %d follows id %d; ids must "
                               "ascend",
                               (int)faces[i].id, (int)faces[i - 1].id);
        for (int k = 0; k < MIEN_FACE_LANDMARKS; k++)
            if (!isfinite(faces[i].landmark[k][0]) || !isfinite(faces[i].landmark[k][1]))
                return mn_log_fail(MIEN_EINVAL,
                                   "mien_frame_set_faces: landmark %d of face %d is "
                                   "not a number",
                                   k, i);
    }
    return 0;
}

/* face is zeroed. Its box is what the landmarks span. */
static void fill_face(mien_face *face, const mien_external_face *from)
{
    const float sure = from->landmark_confidence;
    float *b = face->box;
    face->id = from->id;
    face->confidence = from->confidence;
    face->has = MIEN_LANDMARKS;
    face->landmark_confidence = sure > 0 ? fminf(sure, 1) : -1;
    face->landmark_success = !(sure > 0 && sure <= 0.5f);
    memcpy(face->landmark, from->landmark, sizeof(face->landmark));
    b[0] = b[2] = from->landmark[0][0];
    b[1] = b[3] = from->landmark[0][1];
    for (int k = 1; k < MIEN_FACE_LANDMARKS; k++) {
        b[0] = fminf(b[0], from->landmark[k][0]);
        b[1] = fminf(b[1], from->landmark[k][1]);
        b[2] = fmaxf(b[2], from->landmark[k][0]);
        b[3] = fmaxf(b[3], from->landmark[k][1]);
    }
}

int mien_frame_set_faces(mien_frame *frame, const mien_external_face *faces, int n)
{
    struct mn_frame *f = (struct mn_frame *)frame;
    if (!f || (!faces && n))
        return mn_log_fail_null();
    int err = check_faces(faces, n);
    if (err < 0)
        return err;
    f->work->external = 1;
    f->num_faces = 0;
    for (int i = 0; i < n; i++)
        fill_face(mn_work_add_face(f), &faces[i]);
    return 0;
}
