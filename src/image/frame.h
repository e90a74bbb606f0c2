/* A picture with what was found in it, and the fixed set of them that a pipeline owns.
 *
 * Moves of a frame: free --mn_pool_get--> caller --send--> executor --receive--> caller
 * --mn_pool_put--> free. Exactly one side holds it at any time, so its fields need no lock. */
#ifndef MN_IMAGE_FRAME_H
#define MN_IMAGE_FRAME_H

#include <mien/mien.h>
#include <pthread.h>
#include <stdbool.h>

/* A face as the detector saw it, before it is anybody's. Pixels of the picture. */
struct mn_detection {
    float box[4];
    float score;
    float point[5][2];
};

struct mn_work;

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

struct mn_pool {
    int num_frames, max_faces;
    struct mn_frame *frames;
    struct mn_frame **free; /* stack */
    void *work; /* the records of all frames, one allocation: so large that the system hands out
                   its pages, zeroed, as they are touched */
    int num_free;
    bool shared; /* the frames' arrays lie in a region */
    pthread_mutex_t lock;
};

/* work_size: bytes of a frame's work record, zeroed once. 0 or MIEN_ENOMEM. */
int mn_pool_init(struct mn_pool *pool, int num_frames, int max_faces, size_t work_size);
void mn_pool_finish(struct mn_pool *pool);

/* NULL when all are in use. */
struct mn_frame *mn_pool_get(struct mn_pool *pool);

/* Gives up the frame's picture and puts it back. Any thread. */
void mn_pool_put(struct mn_pool *pool, struct mn_frame *f);

/* 0, MIEN_EINVAL or MIEN_EDIMENSIONS. Checks what can be checked without touching pixels. */
int mn_picture_check(const mien_picture *p);

#endif
