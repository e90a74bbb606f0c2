/* The fixed set of frames that a pipeline owns.
 *
 * Moves of a frame: free --mn_pool_get--> caller --send--> executor --receive--> caller
 * --mn_pool_put--> free. */
#ifndef MN_IMAGE_POOL_H
#define MN_IMAGE_POOL_H

#include <pthread.h>

#include "image/frame.h"

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

/* An empty frame, but for its work record, which is as it was. NULL: all are in use. */
struct mn_frame *mn_pool_get(struct mn_pool *pool);

/* Gives up the frame's picture and puts it back. Any thread. */
void mn_pool_put(struct mn_pool *pool, struct mn_frame *f);

#endif
