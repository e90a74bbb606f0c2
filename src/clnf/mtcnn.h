/* MTCNN, the face detector with which OpenFace's tracker begins and finds a lost face again: three
 * networks in a row. The first proposes faces everywhere at many sizes, the other two reject and
 * correct proposals.
 *
 * Method: Zhang, Zhang, Li, Qiao, "Joint face detection and alignment using multitask cascaded
 * convolutional networks", IEEE Signal Processing Letters 2016, with OpenFace 2.2's constants and
 * roundings. The result depends on the picture only. */
#ifndef MN_CLNF_MTCNN_H
#define MN_CLNF_MTCNN_H

#include <mien/mien.h>

#include "clnf/net.h"
#include "face/kernels.h"

/* Read-only once loaded; threads may share it. 2 MB. */
struct mn_mtcnn;

/* path: MTCNN_detector.txt. The networks that it names must lie below its folder. 0, or
 * MIEN_ENOMODEL, MIEN_EBADMODEL (logged with file and byte) or MIEN_ENOMEM; *out is NULL then. */
int mn_mtcnn_open(struct mn_mtcnn **out, const char *path, struct mn_log *log);
void mn_mtcnn_close(struct mn_mtcnn **m);

struct mn_mtcnn_box {
    float score;
    float x, y, w, h;
    float shift[4]; /* correction of the four sides by the last network, as shares of the box;
                       internal */
    int order;      /* decides between equal scores; internal */
};

/* Scratch memory for one thread, about 3 MB; mn_mtcnn_run allocates nothing. The model must outlive
 * it. Kernels that are NULL: the fastest ones. */
struct mn_mtcnn_worker;
int mn_mtcnn_worker_open(struct mn_mtcnn_worker **out, const struct mn_mtcnn *m,
                         const struct mn_clnf_kernels *kernels,
                         const struct mn_face_kernels *face_kernels);
void mn_mtcnn_worker_close(struct mn_mtcnn_worker **w);

/* Finds all faces of at least 60 pixels, by descending score, in boxes tight around brows, chin and
 * cheeks. Returns their number, at most max. */
int mn_mtcnn_run(struct mn_mtcnn_worker *w, const mien_picture *pic, struct mn_mtcnn_box *out,
                 int max);

/* Returns the box to follow: the widest, or with `near` the one whose centre is nearest to that
 * point (x, y). -1: there is none. */
int mn_mtcnn_choose(const struct mn_mtcnn_box *boxes, int n, const float *near);

/* For tests: shows every intermediate list of boxes. */
enum mn_mtcnn_stage { MN_MTCNN_LEVEL, MN_MTCNN_RNET_IN, MN_MTCNN_ONET_IN, MN_MTCNN_ONET_KEPT };
typedef void mn_mtcnn_watch_fn(void *ctx, enum mn_mtcnn_stage stage,
                               const struct mn_mtcnn_box *boxes, int n);
void mn_mtcnn_watch(struct mn_mtcnn_worker *w, mn_mtcnn_watch_fn *watch, void *ctx);

#endif
