/* Networks: load a model, run it on tensors. mn_engines is the table of what can run them; a new
 * engine is a file with its mn_engine_info and a row there.
 *
 * engine: one per pipeline and provider. model: one per file, shared by all workers, read-only
 * after opening. runner: one per worker and model, with its own input and output buffers; running
 * it allocates nothing. All tensors are float32, row-major. */
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
    const char *output_name[MN_MAX_OUTPUTS]; /* the model's; NULL: it has none */
    bool any_size; /* runners may be resized; input and output are those of a small one, or still
                      free */
};

struct mn_runner {
    struct mn_model *model;
    float *input;
    size_t input_count; /* floats */
    float *output[MN_MAX_OUTPUTS];
    size_t output_count[MN_MAX_OUTPUTS];
};

/* A model file, for an engine to open. */
struct mn_model_source {
    const char *label; /* for messages */
    const char *role;  /* for messages; the stub engine answers by role */
    const void *data;
    size_t size;
    struct mn_shape input; /* wanted input; free dimensions of the file are pinned to it. -n: n
                              where the file leaves the dimension free, else the file's own */
    bool sizes_vary; /* free dimensions are likely: a session that only reads the shapes need not
                        be prepared to run */
    bool any_size;   /* leave height and width free, if they are */
    struct mn_shape last; /* if outputs have this shape (-1: any), only the last of them is
                             computed: the model then has one output. num_dims 0: no such rule */
};

struct mn_engine {
    const struct mn_engine_info *info;
    struct mn_log *log;
    const char *provider; /* the one that runs; static string */
    bool any_size;        /* one model can serve every size with it (mn_runner_resize) */
};

struct mn_engine_info {
    const char *name;
    bool needs_files; /* models are files to be found and verified */
    bool runs_here;   /* models have outputs and runners in this process */

    bool (*knows)(const char *provider); /* whether the provider loads here or not; NULL: none */
    /* Comma-separated names of the providers that load on this machine; NULL: none to list. */
    int (*providers)(char *buf, size_t size);
    /* One line about the library behind the engine, or why it does not load; NULL: no library. */
    int (*version)(char *buf, size_t size);

    /* mn_engine_open sets (*out)->info. */
    int (*open)(struct mn_engine **out, const char *provider, const char *role, int intra_op,
                struct mn_log *log);
    void (*close)(struct mn_engine *e);
    /* Reads the input's shape from a model file without opening it; -1: free. False: unknown. NULL:
     * never known. Whether other networks are needed may depend on it, so that it must be the shape
     * that model_open finds. */
    bool (*read_input)(const void *data, size_t size, struct mn_shape *input);
    int (*model_open)(struct mn_model **out, struct mn_engine *e, const struct mn_model_source *s);
    void (*model_close)(struct mn_model *m);
    int (*runner_open)(struct mn_runner **out, struct mn_model *m);
    int (*run)(struct mn_runner *r);
    void (*runner_close)(struct mn_runner *r);
    /* NULL: no model is of any size */
    int (*resize)(struct mn_runner *r, int width, int height, int64_t rows);
};

/* Those that a provider's name selects, in order of preference; NULL-ended. */
extern const struct mn_engine_info *const mn_engines[];

/* Stands in for the engine of another process: its models have the input's shape (read_input of
 * that engine) and no runners. Selected by no provider. */
extern const struct mn_engine_info mn_engine_remote;

/* The engine that runs on this provider; NULL: there is no such provider. */
const struct mn_engine_info *mn_engine_for(const char *provider);

/* The providers that load on this machine, of all engines, comma-separated. 0, or the first
 * engine's error where none loads. */
int mn_engine_providers(char *buf, size_t size);

/* The libraries behind the engines, or why they do not load, in one line. Errors as above. */
int mn_engine_version(char *buf, size_t size);

/* provider: one that info knows; with the remote engine, the one of the other process. role: the
 * only one that the engine is for, named in messages; NULL: any. MIEN_ENORUNTIME, MIEN_EPROVIDER.
 */
int mn_engine_open(struct mn_engine **out, const struct mn_engine_info *info, const char *provider,
                   const char *role, int intra_op, struct mn_log *log);
void mn_engine_close(struct mn_engine **e);

/* MIEN_EBADMODEL when the engine cannot read it, MIEN_EMODELROLE when its input cannot take the
 * wanted shape, MIEN_EPROVIDER when the provider refuses. s->data is needed only during the call.
 */
int mn_model_open(struct mn_model **out, struct mn_engine *e, const struct mn_model_source *s);
void mn_model_close(struct mn_model **m);

int mn_runner_open(struct mn_runner **out, struct mn_model *m);
/* Computes the outputs from the input. 0 or MIEN_EENGINE. One thread at a time for each runner;
 * runners of one model may run in parallel. */
int mn_runner_run(struct mn_runner *r);
void mn_runner_close(struct mn_runner **r);
/* Only with a model of any size: sets height and width of the input, and the number of rows
 * (second dimension) of each output. Buffers move and lose their contents. After an error the
 * runner can only be closed. */
int mn_runner_resize(struct mn_runner *r, int width, int height, int64_t rows);

/* Number of elements; 0 if a dimension is free or the product is out of bounds. */
size_t mn_shape_count(const struct mn_shape *s);

#endif
