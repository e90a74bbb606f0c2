/* Reads from an ONNX file, before an engine opens it, the shape of its input and the names of the
 * free dimensions. With these the engine can pin them in its first session and needs no second one.
 * A hint only: the engine itself decides whether the file is a model. */
#ifndef MN_INFER_ONNX_H
#define MN_INFER_ONNX_H

#include "infer/engine.h"

#define MN_ONNX_NAME 64

struct mn_onnx_input {
    struct mn_shape shape;                /* -1: free */
    char name[MN_MAX_DIMS][MN_ONNX_NAME]; /* of a free dimension; "": unnamed */
};

/* Describes the graph's first input. False: none was found; *in is undefined. */
bool mn_onnx_input(const void *data, size_t size, struct mn_onnx_input *in);

#endif
