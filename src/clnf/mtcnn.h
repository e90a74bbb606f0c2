/* The face detector that OpenFace's tracker begins with, and comes back to when it is lost: MTCNN,
 * three networks in a row. The first looks for faces everywhere at many sizes, the other two sort
 * out and put right.
 *
 * Method: Zhang, Zhang, Li, Qiao, "Joint face detection and alignment using multitask cascaded
 * convolutional networks", IEEE Signal Processing Letters 2016, with OpenFace 2.2's constants and
 * roundings. A function of the picture alone. */
#ifndef MN_CLNF_MTCNN_H
#define MN_CLNF_MTCNN_H

#include <mien/mien.h>

#include "clnf/net.h"
#include "face/kernels.h"

/* Read-only once loaded; threads share it. 2 MB. */
struct mn_mtcnn;

/* path: MTCNN_detector.txt; the networks it names lie below its folder. 0, or MIEN_ENOMODEL,
 * MIEN_EBADMODEL (logged with file and byte), MIEN_ENOMEM; *out is NULL then. */
int mn_mtcnn_open(struct mn_mtcnn **out, const char *path, struct mn_log *log);
void mn_mtcnn_close(struct mn_mtcnn **m);

struct mn_mtcnn_box {
    float score;
    float x, y, w, h;
    float shift[4]; /* what the last network wants moved, in sides of the box; inside only */
    int order;      /* decides between equal scores; inside only */
};

/* Scratch of one thread, about 3 MB; no call allocates. The model must outlive it. Kernels NULL:
 * the fastest. */
struct mn_mtcnn_worker;
int mn_mtcnn_worker_open(struct mn_mtcnn_worker **out, const struct mn_mtcnn *m,
                         const struct mn_clnf_kernels *kernels,
                         const struct mn_face_kernels *face_kernels);
void mn_mtcnn_worker_close(struct mn_mtcnn_worker **w);

/* All faces of 60 pixels and more, by descending score, tight around brows, chin and cheeks. Up to
 * max of them; returns how many. */
int mn_mtcnn_run(struct mn_mtcnn_worker *w, const mien_picture *pic, struct mn_mtcnn_box *out,
                 int max);

/* The one to follow: the widest, or the one whose middle is nearest to a point (x, y). -1: there is
 * none. */
int mn_mtcnn_choose(const struct mn_mtcnn_box *boxes, int n, const float *near);

/* For tests: every list of boxes on its way. */
enum mn_mtcnn_stage { MN_MTCNN_LEVEL, MN_MTCNN_RNET_IN, MN_MTCNN_ONET_IN, MN_MTCNN_ONET_KEPT };
typedef void mn_mtcnn_watch_fn(void *ctx, enum mn_mtcnn_stage stage,
                               const struct mn_mtcnn_box *boxes, int n);
void mn_mtcnn_watch(struct mn_mtcnn_worker *w, mn_mtcnn_watch_fn *watch, void *ctx);

#endif
