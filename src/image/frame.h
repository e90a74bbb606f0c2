/* A picture with what was found in it. */
#ifndef MN_IMAGE_FRAME_H
#define MN_IMAGE_FRAME_H

#include <mien/mien.h>
#include <stdbool.h>

#include "image/box.h"

/* A face as the detector saw it, before it belongs to a person. Pixels of the picture. */
struct mn_detection {
    float box[4];
    float score;
    float point[5][2];
    struct mn_square square; /* for the face mesh, by its own points; side 0: not known */
    float flag; /* of the face mesh: is this a face, 0..1; negative: it was not asked */
};

struct mn_work;

/* Exactly one side holds a frame at any time (image/pool.h), so its fields need no lock. */
struct mn_frame {
    mien_frame pub; /* first, so that the public pointer is ours */
    void (*release)(void *ctx);
    void *release_ctx;

    uint64_t seq; /* position in the stream as sent, from 0 without gaps; set by the executor */
    int leg;      /* where the executor has it; the executor's own */
    uint32_t ran; /* legs that a worker ran in its last task, as bits; the executor's own */
    bool last;    /* of the stream; known in time only with key frames */

    int box_source; /* of all its detections: enum mien_box_source */
    int num_detections;
    struct mn_detection *detections; /* capacity: max_faces of the pool */
    int num_faces;
    mien_face *faces;     /* same capacity */
    struct mn_work *work; /* what stages hand to each other (stage/work.h); image/ only keeps it */

    int slot; /* place in its pool */
    /* Frames in shared memory: the bank that a worker writes (image/region.h). */
    mien_face *other_faces;
    struct mn_work *other_work;
};

#endif
