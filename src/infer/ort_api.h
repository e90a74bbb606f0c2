/* The C interface of ONNX Runtime, loaded at run time.
 *
 * The interface is an append-only table of functions whose positions never change. We declare the
 * functions we use by position instead of depending on a header of one version; version 17 of the
 * table holds all of them. The shared library is looked for in $MIEN_ONNXRUNTIME, beside the
 * program, and where the system keeps libraries. Only files named src/infer/ort* include this. */
#ifndef MN_INFER_ORT_API_H
#define MN_INFER_ORT_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

typedef struct ort_status ort_status;
typedef struct ort_env ort_env;
typedef struct ort_options ort_options;
typedef struct ort_session ort_session;
typedef struct ort_value ort_value;
typedef struct ort_memory ort_memory;
typedef struct ort_allocator ort_allocator;
typedef struct ort_type ort_type;
typedef struct ort_tensor_info ort_tensor_info;
typedef struct ort_cuda_options ort_cuda_options;
typedef struct ort_arena ort_arena;

/* Values of the interface's own enumerations. */
enum { MN_ORT_LOG_FATAL = 4 };
enum { MN_ORT_OPTIMISE_NOTHING = 0, MN_ORT_OPTIMISE_ALL = 99 };
enum { MN_ORT_ELEMENT_FLOAT = 1 };
enum { MN_ORT_ALLOC_ARENA = 1 };

/* Position, name, arguments. They return a status, which is NULL on success. */
#define MN_ORT_CALLS(X)                                                                         \
    X(3, create_env, (int level, const char *id, ort_env **out))                                \
    X(8, create_session,                                                                        \
      (const ort_env *, const void *, size_t, const ort_options *, ort_session **))             \
    X(9, run,                                                                                   \
      (ort_session *, const void *, const char *const *, const ort_value *const *, size_t,      \
       const char *const *, size_t, ort_value **))                                              \
    X(10, create_options, (ort_options **))                                                     \
    X(17, no_memory_pattern, (ort_options *))                                                   \
    X(22, set_log_level, (ort_options *, int))                                                  \
    X(23, set_optimisation, (ort_options *, int))                                               \
    X(24, set_intra_op, (ort_options *, int))                                                   \
    X(25, set_inter_op, (ort_options *, int))                                                   \
    X(30, input_count, (const ort_session *, size_t *))                                         \
    X(31, output_count, (const ort_session *, size_t *))                                        \
    X(33, input_type, (const ort_session *, size_t, ort_type **))                               \
    X(34, output_type, (const ort_session *, size_t, ort_type **))                              \
    X(36, input_name, (const ort_session *, size_t, ort_allocator *, char **))                  \
    X(37, output_name, (const ort_session *, size_t, ort_allocator *, char **))                 \
    X(49, wrap_tensor,                                                                          \
      (const ort_memory *, void *, size_t, const int64_t *, size_t, int, ort_value **))         \
    X(51, tensor_data, (ort_value *, void **))                                                  \
    X(55, tensor_info, (const ort_type *, const ort_tensor_info **))                            \
    X(60, element_type, (const ort_tensor_info *, int *))                                       \
    X(61, dims_count, (const ort_tensor_info *, size_t *))                                      \
    X(62, dims, (const ort_tensor_info *, int64_t *, size_t))                                   \
    X(63, dim_names, (const ort_tensor_info *, const char **, size_t))                          \
    X(65, value_info, (const ort_value *, ort_tensor_info **))                                  \
    X(69, cpu_memory, (int, int, ort_memory **))                                                \
    X(76, free_string, (ort_allocator *, void *))                                               \
    X(78, default_allocator, (ort_allocator **))                                                \
    X(124, pin_dim, (ort_options *, const char *, int64_t))                                     \
    X(125, providers, (char ***, int *))                                                        \
    X(126, free_providers, (char **, int))                                                      \
    X(130, config, (ort_options *, const char *, const char *))                                 \
    X(144, register_arena, (ort_env *, const ort_memory *, const ort_arena *))                  \
    X(156, create_arena, (size_t max, int extend, int first_chunk, int max_dead, ort_arena **)) \
    X(204, append_cuda, (ort_options *, const ort_cuda_options *))                              \
    X(205, create_cuda_options, (ort_cuda_options **))                                          \
    X(206, update_cuda_options,                                                                 \
      (ort_cuda_options *, const char *const *, const char *const *, size_t))                   \
    X(216, append_provider,                                                                     \
      (ort_options *, const char *, const char *const *, const char *const *, size_t))

#define MN_ORT_RELEASES(X)               \
    X(92, release_env, ort_env)          \
    X(93, release_status, ort_status)    \
    X(94, release_memory, ort_memory)    \
    X(95, release_session, ort_session)  \
    X(96, release_value, ort_value)      \
    X(98, release_type, ort_type)        \
    X(99, release_info, ort_tensor_info) \
    X(100, release_options, ort_options) \
    X(157, release_arena, ort_arena)     \
    X(208, release_cuda_options, ort_cuda_options)

/* The functions by name; valid after mn_ort_load returned 0, and constant from then on. */
struct mn_ort {
#define MN_ORT_FIELD(position, name, args) ort_status *(*name)args;
    MN_ORT_CALLS(MN_ORT_FIELD)
#undef MN_ORT_FIELD
#define MN_ORT_FIELD(position, name, type) void (*name)(type *);
    MN_ORT_RELEASES(MN_ORT_FIELD)
#undef MN_ORT_FIELD
};
extern struct mn_ort mn_ort;

/* Loads the library on the first call. 0 or MIEN_ENORUNTIME, logged. Any thread. */
int mn_ort_load(struct mn_log *log);

/* "ONNX Runtime 1.30.0 (path)" and 0, or why it cannot be loaded and MIEN_ENORUNTIME. */
int mn_ort_version(char *buf, size_t size);

/* True if s is an error. Its message is copied to `why`, in one line, and it is released. */
#define MN_ORT_WHY 400
bool mn_ort_failed(ort_status *s, char why[MN_ORT_WHY]);

#endif
