/* Networks: load a model, run it on tensors. What runs it is a table (mn_engines).
 *
 * engine: one per pipeline and provider. model: one per file, shared by all workers, read-only
 * after opening. runner: one per worker and model, with its own input and output buffers; nothing
 * is allocated when it runs. All tensors are float32, row-major. */
#ifndef MN_INFER_ENGINE_H
#define MN_INFER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

#define MN_MAX_DIMS 4
#define MN_MAX_OUTPUTS 8

struct mn_shape {
    int num_dims;
    int64_t dim[MN_MAX_DIMS]; /* -1: free until run */
};

struct mn_engine;

struct mn_model {
    struct mn_engine *engine;
    int num_outputs;
    struct mn_shape input;
    struct mn_shape output[MN_MAX_OUTPUTS];
    bool any_size; /* runners may be resized; input and output are those of a small one, or as yet
                      free */
};

struct mn_runner {
    struct mn_model *model;
    float *input;
    size_t input_count; /* floats */
    float *output[MN_MAX_OUTPUTS];
    size_t output_count[MN_MAX_OUTPUTS];
};

/* A model file as it is handed to an engine. */
struct mn_model_source {
    const char *label; /* for messages */
    const char *role;  /* the stub engine answers by role */
    const void *data;
    size_t size;
    struct mn_shape input; /* wanted input; free dimensions of the file are pinned to it. -n: n
                              where the file leaves it free, else what the file says */
    bool sizes_vary; /* expect free dimensions: the first look at the file need not prepare a run */
    bool any_size;   /* leave height and width free, if they are */
};

struct mn_engine {
    const struct mn_engine_info *info;
    struct mn_log *log;
    const char *provider; /* the one that runs; static string */
};

struct mn_engine_info {
    const char *name;
    int (*open)(struct mn_engine **out, const char *provider, const char *role, int intra_op,
                struct mn_log *log);
    void (*close)(struct mn_engine *e);
    int (*model_open)(struct mn_model **out, struct mn_engine *e, const struct mn_model_source *s);
    void (*model_close)(struct mn_model *m);
    int (*runner_open)(struct mn_runner **out, struct mn_model *m);
    int (*run)(struct mn_runner *r);
    void (*runner_close)(struct mn_runner *r);
    int (*resize)(struct mn_runner *r, int width, int height,
                  int64_t rows); /* NULL: has no such models */
};

/* provider: "cpu", "cuda", "coreml", ... run by ONNX Runtime; "stub" by the stub engine, which
 * needs no model files; "remote": other processes run them, here they have no runners. role: the
 * only one it is for, to be named in messages; NULL: any. MIEN_ENORUNTIME, MIEN_EPROVIDER,
 * MIEN_EINVAL for an unknown name. */
int mn_engine_open(struct mn_engine **out, const char *provider, const char *role, int intra_op,
                   struct mn_log *log);
void mn_engine_close(struct mn_engine **e);

/* MIEN_EBADMODEL when the engine cannot read it, MIEN_EMODELROLE when its input cannot take the
 * wanted shape, MIEN_EPROVIDER when the provider refuses. s->data may go afterwards. */
int mn_model_open(struct mn_model **out, struct mn_engine *e, const struct mn_model_source *s);
void mn_model_close(struct mn_model **m);

int mn_runner_open(struct mn_runner **out, struct mn_model *m);
/* Input to outputs. 0 or MIEN_EENGINE. One thread per runner; runners of a model side by side. */
int mn_runner_run(struct mn_runner *r);
void mn_runner_close(struct mn_runner **r);
/* Of a model of any size: other height and width from now on, and so many rows (second dimension)
 * in each output. Buffers move and lose what they held. After an error the runner can only be
 * closed. */
int mn_runner_resize(struct mn_runner *r, int width, int height, int64_t rows);

/* Elements of a shape; 0 if a dimension is free or the product is out of bounds. */
size_t mn_shape_count(const struct mn_shape *s);

extern const struct mn_engine_info mn_engine_ort, mn_engine_stub, mn_engine_remote;

#endif
