/* The little of a model file that is worth knowing before a runtime opens it: what shape its input
 * has, and what free dimensions are called. Then they can be pinned in the first session, and no
 * second one is needed. Advice only: the runtime has the last word. */
#ifndef MN_INFER_ONNX_H
#define MN_INFER_ONNX_H

#include "infer/engine.h"

#define MN_ONNX_NAME 64

struct mn_onnx_input {
    struct mn_shape shape;                /* -1: free */
    char name[MN_MAX_DIMS][MN_ONNX_NAME]; /* of a free dimension; "" has none */
};

/* The graph's first input. False: nothing of the kind was found; *in is undefined. */
bool mn_onnx_input(const void *data, size_t size, struct mn_onnx_input *in);

#endif
