/* ONNX Runtime through its C interface, loaded at run time.
 *
 * The interface is an append-only table of functions whose positions never change, so we declare
 * the slice we use by position instead of depending on a header of one version; version 17 of the
 * table holds all of it. The shared library is found in $MIEN_ONNXRUNTIME, beside the program, or
 * where the system keeps libraries. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/child.h"
#include "base/denormal.h"
#include "base/mem.h"
#include "infer/engine.h"
#include "infer/onnx.h"
#include "infer/runtime.h"

#define API_VERSION 17

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

enum {
    LOG_FATAL = 4,
    OPTIMISE_NOTHING = 0,
    OPTIMISE_ALL = 99,
    ELEMENT_FLOAT = 1,
    ONNX_TENSOR = 1,
    ALLOC_ARENA = 1
};
enum { CODE_NO_SUCH_FILE = 3 };
enum { LEARN_SIDE = 64 }; /* pixels; of a network of any size, to learn what comes out of it */

/* slot, name, arguments: those that return a status, NULL when all went well */
#define CALLS(X)                                                                                \
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

#define RELEASES(X)                      \
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

typedef void (*slot)(void);

struct ort_api_base {
    const slot *(*get_api)(uint32_t version);
    const char *(*version)(void);
};

static struct {
    int error; /* 0 once loaded */
    char message[600];
    char path[512];
    const char *version;
    int (*error_code)(const ort_status *);
    const char *(*error_message)(const ort_status *);
#define FIELD(n, name, args) ort_status *(*name)args;
    CALLS(FIELD)
#undef FIELD
#define FIELD(n, name, type) void (*name)(type *);
    RELEASES(FIELD)
#undef FIELD
} ort;

static pthread_once_t once = PTHREAD_ONCE_INIT;

#if defined(__APPLE__)
#define LIBRARY "libonnxruntime.dylib"
#else
#define LIBRARY "libonnxruntime.so.1"
#endif

static void *open_library(void)
{
    const char *user = getenv("MIEN_ONNXRUNTIME");
    if (user && *user) {
        snprintf(ort.path, sizeof(ort.path), "%s", user);
        return dlopen(user, RTLD_NOW | RTLD_LOCAL);
    }
    static const char *const beside[] = {"../build-deps/lib", "../lib/mien", "../../lib/mien",
                                         "../mien",           "mien",        "."};
    char dir[400];
    if (mn_own_folder(dir, sizeof(dir)) == 0)
        for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
            snprintf(ort.path, sizeof(ort.path), "%s/%s/%s", dir, beside[i], LIBRARY);
            if (access(ort.path, R_OK) == 0)
                return dlopen(ort.path, RTLD_NOW | RTLD_LOCAL);
        }
    snprintf(ort.path, sizeof(ort.path), "libonnxruntime.so");
    void *lib = dlopen(ort.path, RTLD_NOW | RTLD_LOCAL);
    if (lib)
        return lib;
    snprintf(ort.path, sizeof(ort.path), "%s", LIBRARY);
    return dlopen(ort.path, RTLD_NOW | RTLD_LOCAL);
}

static void load(void)
{
    ort.error = MIEN_ENORUNTIME;
    /* Some builds of the runtime report usage to their maker unless told not to before they load.
     * Nothing of ours leaves the machine. */
    setenv("ORT_DISABLE_TELEMETRY", "1", 1);
    void *lib = open_library(); /* stays loaded: the runtime does not survive being unloaded */
    if (!lib) {
        const char *why = dlerror();
        snprintf(ort.message, sizeof(ort.message),
                 "cannot load ONNX Runtime (%s); run make setup, install it, or set "
                 "MIEN_ONNXRUNTIME to its library",
                 why ? why : "not found");
        return;
    }
    const struct ort_api_base *(*get_base)(void);
    *(void **)&get_base = dlsym(lib, "OrtGetApiBase");
    const struct ort_api_base *base = get_base ? get_base() : NULL;
    if (!base) {
        snprintf(ort.message, sizeof(ort.message), "%s is not ONNX Runtime", ort.path);
        return;
    }
    ort.version = base->version();
    const slot *table = base->get_api(API_VERSION);
    if (!table) {
        snprintf(ort.message, sizeof(ort.message), "%s is ONNX Runtime %s; 1.17 or newer is needed",
                 ort.path, ort.version);
        return;
    }
    ort.error_code = (int (*)(const ort_status *))table[1];
    ort.error_message = (const char *(*)(const ort_status *))table[2];
#define LOAD(n, name, args) ort.name = (ort_status * (*)args) table[n];
    CALLS(LOAD)
#undef LOAD
#define LOAD(n, name, type) ort.name = (void (*)(type *))table[n];
    RELEASES(LOAD)
#undef LOAD
    ort.error = 0;
}

static int ort_load(struct mn_log *log)
{
    pthread_once(&once, load);
    if (ort.error)
        mn_error(log, "%s", ort.message);
    return ort.error;
}

int mn_runtime_version(char *buf, size_t size)
{
    pthread_once(&once, load);
    if (ort.error)
        snprintf(buf, size, "%s", ort.message);
    else
        snprintf(buf, size, "ONNX Runtime %s (%s)", ort.version, ort.path);
    return ort.error;
}

/* true if s is an error; its message is copied to buf and it is released. */
static bool failed(ort_status *s, char *buf, size_t size)
{
    if (!s)
        return false;
    snprintf(buf, size, "%s", ort.error_message(s));
    for (char *p = buf; *p; p++)
        if (*p == '\n')
            *p = ' ';
    ort.release_status(s);
    return true;
}

struct engine {
    struct mn_engine base;
    ort_env *env;
    ort_memory *memory;
    int intra_op;
    const struct provider *provider;
};

struct model {
    struct mn_model base;
    ort_session *session;
    char *input_name, *output_name[MN_MAX_OUTPUTS];
};

struct runner {
    struct mn_runner base;
    ort_value *input, *output[MN_MAX_OUTPUTS];
};

/* What users call it, and what the runtime does; cuda has calls of its own. */
static const struct provider {
    const char *name, *generic;
    const char *listed; /* as the runtime lists what is compiled in */
} providers[] = {
    {"cpu", NULL, "CPUExecutionProvider"},
    {"cuda", NULL, "CUDAExecutionProvider"},
    {"coreml", "CoreML", "CoreMLExecutionProvider"},
    {"openvino", "OpenVINO", "OpenVINOExecutionProvider"},
    {"xnnpack", "XNNPACK", "XnnpackExecutionProvider"},
    {"dml", "DML", "DmlExecutionProvider"},
    {"qnn", "QNN", "QNNExecutionProvider"},
    {"webgpu", "WebGPU", "WebGpuExecutionProvider"},
};
#define NUM_PROVIDERS (sizeof(providers) / sizeof(providers[0]))

static bool append_cuda(ort_options *o, char *why, size_t size)
{
    ort_cuda_options *cuda = NULL;
    if (failed(ort.create_cuda_options(&cuda), why, size))
        return false;
    /* an exhaustive search per shape would cost seconds at every start */
    const char *key = "cudnn_conv_algo_search", *value = "HEURISTIC";
    bool ok = !failed(ort.update_cuda_options(cuda, &key, &value, 1), why, size) &&
              !failed(ort.append_cuda(o, cuda), why, size);
    ort.release_cuda_options(cuda);
    return ok;
}

static bool append(ort_options *o, const struct provider *p, char *why, size_t size)
{
    if (!strcmp(p->name, "cuda"))
        return append_cuda(o, why, size);
    if (p->generic)
        return !failed(ort.append_provider(o, p->generic, NULL, NULL, 0), why, size);
    return true; /* the CPU is always there */
}

static int make_options(ort_options **out, int intra_op, int optimisation, char *why, size_t size)
{
    *out = NULL;
    if (failed(ort.create_options(out), why, size))
        return -1;
    /* No spinning: idle workers leave their core to the decoder. No memory patterns: a planned
     * block for each concurrent run would double the arena and gains nothing measurable. */
    if (failed(ort.set_log_level(*out, LOG_FATAL), why, size) ||
        failed(ort.set_optimisation(*out, optimisation), why, size) ||
        failed(ort.set_intra_op(*out, intra_op), why, size) ||
        failed(ort.set_inter_op(*out, 1), why, size) ||
        failed(ort.no_memory_pattern(*out), why, size) ||
        failed(ort.config(*out, "session.intra_op.allow_spinning", "0"), why, size) ||
        failed(ort.config(*out, "session.inter_op.allow_spinning", "0"), why, size) ||
        failed(ort.config(*out, "session.set_denormal_as_zero", "1"), why,
               size) || /* its threads */
        failed(ort.config(*out, "session.use_env_allocators", "1"), why, size)) {
        ort.release_options(*out);
        *out = NULL;
        return -1;
    }
    return 0;
}

/* One arena for all networks: what the detector has freed serves the gaze network, instead of each
 * keeping its own peak. It begins with more than most need, and splits what is free rather than
 * give away more than was asked for: pages that nobody touches cost nothing, while of pieces made
 * to measure for one network the next can use few (49 instead of 41 MB for a worker with the gaze
 * network of the standard set). */
static bool make_arena(ort_env *env, const ort_memory *memory, char *why, size_t size)
{
    enum { DOUBLING = 0, FIRST = 32 << 20, GIVEN_AWAY = 64 << 10 };
    ort_arena *arena = NULL;
    if (failed(ort.create_arena(0, DOUBLING, FIRST, GIVEN_AWAY, &arena), why, size))
        return false;
    /* refused when an earlier pipeline of this process made it: the environment is one and the
     * same, and so is its arena */
    failed(ort.register_arena(env, memory, arena), why, size);
    ort.release_arena(arena);
    return true;
}

static void engine_close(struct mn_engine *base)
{
    struct engine *e = (struct engine *)base;
    if (e->memory)
        ort.release_memory(e->memory);
    if (e->env)
        ort.release_env(e->env);
    free(e);
}

static const struct provider *provider_of(const char *name)
{
    for (size_t i = 0; i < NUM_PROVIDERS; i++)
        if (!strcmp(providers[i].name, name))
            return &providers[i];
    return NULL;
}

bool mn_runtime_knows(const char *provider)
{
    return provider_of(provider) != NULL;
}

static int engine_open(struct mn_engine **out, const char *name, const char *role, int intra_op,
                       struct mn_log *log)
{
    const struct provider *p = provider_of(name);
    if (!p) {
        mn_error(log, "no execution provider is called %s; mien --version lists those that load",
                 name);
        return MIEN_EINVAL;
    }
    int err = ort_load(log);
    if (err < 0)
        return err;

    struct engine *e = mn_alloc(1, sizeof(*e));
    if (!e)
        return MIEN_ENOMEM;
    e->base.info = &mn_engine_ort;
    e->base.log = log;
    e->base.provider = p->name;
    e->provider = p;
    e->intra_op = intra_op;

    char why[400];
    /* LOG_FATAL: what goes wrong comes back as a status; the runtime's own lines would land in
     * the user's terminal. */
    if (failed(ort.create_env(LOG_FATAL, "mien", &e->env), why, sizeof(why)) ||
        failed(ort.cpu_memory(ALLOC_ARENA, 0, &e->memory), why, sizeof(why)) ||
        !make_arena(e->env, e->memory, why, sizeof(why))) {
        mn_error(log, "ONNX Runtime does not start: %s", why);
        engine_close(&e->base);
        return MIEN_ENORUNTIME;
    }
    ort_options *o;
    if (make_options(&o, intra_op, OPTIMISE_ALL, why, sizeof(why)) < 0 ||
        !append(o, p, why, sizeof(why))) {
        mn_error(log, "execution provider %s cannot be used%s%s: %s; use --provider %s%scpu", name,
                 role ? " for " : "", role ? role : "", why, role ? role : "", role ? "=" : "");
        if (o)
            ort.release_options(o);
        engine_close(&e->base);
        return MIEN_EPROVIDER;
    }
    ort.release_options(o);
    *out = &e->base;
    return 0;
}

/* Reads the type of one input or output. 0, or MIEN_EMODELROLE if it is no float tensor of at
 * most MN_MAX_DIMS dimensions. names, if not NULL, receives the free dimensions' names, which
 * live as long as *type, which the caller releases. */
static int read_shape(const ort_session *s, bool is_input, size_t i, struct mn_shape *shape,
                      const char **names, ort_type **type)
{
    char why[200];
    const ort_tensor_info *info = NULL;
    int element = 0;
    size_t n = 0;
    *type = NULL;
    if (failed(is_input ? ort.input_type(s, i, type) : ort.output_type(s, i, type), why,
               sizeof(why)) ||
        failed(ort.tensor_info(*type, &info), why, sizeof(why)) || !info ||
        failed(ort.element_type(info, &element), why, sizeof(why)) || element != ELEMENT_FLOAT ||
        failed(ort.dims_count(info, &n), why, sizeof(why)) || n > MN_MAX_DIMS ||
        failed(ort.dims(info, shape->dim, n), why, sizeof(why)) ||
        (names && failed(ort.dim_names(info, names, n), why, sizeof(why))))
        return MIEN_EMODELROLE;
    shape->num_dims = (int)n;
    return 0;
}

static bool fits(const struct mn_shape *have, const struct mn_shape *want)
{
    if (have->num_dims != want->num_dims)
        return false;
    for (int i = 0; i < want->num_dims; i++)
        if (have->dim[i] != -1 && want->dim[i] > 0 && have->dim[i] != want->dim[i])
            return false;
    return true;
}

static struct mn_shape settled(const struct mn_shape *have, const struct mn_shape *want)
{
    struct mn_shape s = *want;
    for (int i = 0; i < s.num_dims; i++)
        if (s.dim[i] < 0)
            s.dim[i] = have->dim[i] > 0 ? have->dim[i] : -s.dim[i];
    return s;
}

static void model_close(struct mn_model *base)
{
    struct model *m = (struct model *)base;
    ort_allocator *alloc = NULL;
    char why[100];
    if (!failed(ort.default_allocator(&alloc), why, sizeof(why))) {
        if (m->input_name)
            failed(ort.free_string(alloc, m->input_name), why, sizeof(why));
        for (int i = 0; i < MN_MAX_OUTPUTS; i++)
            if (m->output_name[i])
                failed(ort.free_string(alloc, m->output_name[i]), why, sizeof(why));
    }
    if (m->session)
        ort.release_session(m->session);
    free(m);
}

/* Free dimensions are pinned to what they must be, which makes all shapes static. Where we cannot
 * read ourselves which there are, the session is opened once to see them, without optimising
 * anything, and then again. */
static int open_session(struct model *m, struct engine *e, const struct mn_model_source *s,
                        const struct mn_shape *pin, const char *const *pin_names)
{
    char why[400];
    ort_options *o;
    int optimisation = pin || s->any_size || !s->sizes_vary ? OPTIMISE_ALL : OPTIMISE_NOTHING;
    if (make_options(&o, e->intra_op, optimisation, why, sizeof(why)) < 0 ||
        !append(o, e->provider, why, sizeof(why))) {
        mn_error(e->base.log, "%s, the %s network, cannot run on %s: %s; use --provider cpu",
                 s->label, s->role, e->provider->name, why);
        if (o)
            ort.release_options(o);
        return MIEN_EPROVIDER;
    }
    for (int i = 0; pin && i < pin->num_dims; i++)
        if (pin->dim[i] == -1 && pin_names[i][0] &&
            failed(ort.pin_dim(o, pin_names[i], llabs(s->input.dim[i])), why, sizeof(why)))
            mn_debug(e->base.log, "%s: %s", s->label, why);
    uint64_t before = mn_denormals_off(); /* the session would leave them off in this thread */
    bool bad =
        failed(ort.create_session(e->env, s->data, s->size, o, &m->session), why, sizeof(why));
    mn_denormals_restore(before);
    ort.release_options(o);
    if (!bad)
        return 0;
    if (e->provider->generic || !strcmp(e->provider->name, "cuda")) {
        mn_error(e->base.log, "%s, the %s network, cannot run on %s: %s; use --provider cpu",
                 s->label, s->role, e->provider->name, why);
        return MIEN_EPROVIDER;
    }
    mn_error(e->base.log,
             "%s: ONNX Runtime cannot read it as a model: %s; export it again, or use "
             "one that mien models list names",
             s->label, why);
    return MIEN_EBADMODEL;
}

static int describe(struct model *m, const struct mn_model_source *s)
{
    struct mn_log *log = m->base.engine->log;
    char why[200];
    ort_allocator *alloc = NULL;
    size_t inputs = 0, outputs = 0;
    if (failed(ort.default_allocator(&alloc), why, sizeof(why)) ||
        failed(ort.input_count(m->session, &inputs), why, sizeof(why)) ||
        failed(ort.output_count(m->session, &outputs), why, sizeof(why)))
        return MIEN_EENGINE;
    if (inputs != 1 || outputs < 1 || outputs > MN_MAX_OUTPUTS) {
        mn_error(log, "%s has %zu inputs and %zu outputs: not a model for the role %s", s->label,
                 inputs, outputs, s->role);
        return MIEN_EMODELROLE;
    }
    if (failed(ort.input_name(m->session, 0, alloc, &m->input_name), why, sizeof(why)))
        return MIEN_EENGINE;
    m->base.num_outputs = (int)outputs;
    for (size_t i = 0; i < outputs; i++) {
        ort_type *type;
        int err = read_shape(m->session, false, i, &m->base.output[i], NULL, &type);
        if (type)
            ort.release_type(type);
        if (err < 0) {
            mn_error(log, "%s: output %zu is not a float tensor: not a model for the role %s",
                     s->label, i, s->role);
            return err;
        }
        if (failed(ort.output_name(m->session, i, alloc, &m->output_name[i]), why, sizeof(why)))
            return MIEN_EENGINE;
    }
    return 0;
}

static int model_open(struct mn_model **out, struct mn_engine *base,
                      const struct mn_model_source *s)
{
    struct engine *e = (struct engine *)base;
    struct model *m = mn_alloc(1, sizeof(*m));
    if (!m)
        return MIEN_ENOMEM;
    m->base.engine = base;
    struct mn_onnx_input known;
    bool pinned =
        !s->any_size && mn_onnx_input(s->data, s->size, &known) && fits(&known.shape, &s->input);
    struct mn_shape have;
    const char *names[MN_MAX_DIMS] = {known.name[0], known.name[1], known.name[2], known.name[3]};
    int err = open_session(m, e, s, pinned ? &known.shape : NULL, names);
    if (err < 0)
        goto fail;

    ort_type *type;
    err = read_shape(m->session, true, 0, &have, names, &type);
    if (err == 0 && !fits(&have, &s->input))
        err = MIEN_EMODELROLE;
    if (err < 0) {
        mn_error(base->log, "%s: its input is not what the role %s needs", s->label, s->role);
    } else if (s->any_size && have.dim[2] == -1 && have.dim[3] == -1) {
        m->base.any_size = true;
    } else if (mn_shape_count(&have) == 0 || (s->sizes_vary && !pinned)) {
        ort.release_session(m->session);
        m->session = NULL;
        err = open_session(m, e, s, &have, names);
    }
    if (type)
        ort.release_type(type);
    if (err < 0)
        goto fail;
    m->base.input = settled(&have, &s->input);
    if (m->base.any_size)
        m->base.input.dim[2] = m->base.input.dim[3] = LEARN_SIDE;
    err = describe(m, s);
    if (err < 0)
        goto fail;
    *out = &m->base;
    return 0;

fail:
    model_close(&m->base);
    return err;
}

static int wrap(ort_value **out, float **buffer, size_t count, const struct mn_shape *shape,
                const struct engine *e)
{
    char why[300];
    *buffer = mn_alloc(count, sizeof(float));
    if (!*buffer)
        return MIEN_ENOMEM;
    if (failed(ort.wrap_tensor(e->memory, *buffer, count * sizeof(float), shape->dim,
                               (size_t)shape->num_dims, ELEMENT_FLOAT, out),
               why, sizeof(why))) {
        mn_error(e->base.log, "ONNX Runtime refuses a tensor: %s", why);
        return MIEN_EENGINE;
    }
    return 0;
}

static int run(struct mn_runner *base)
{
    struct runner *r = (struct runner *)base;
    struct model *m = (struct model *)base->model;
    char why[400];
    uint64_t before = mn_denormals_off();
    ort_status *status = ort.run(
        m->session, NULL, (const char *const *)&m->input_name, (const ort_value *const *)&r->input,
        1, (const char *const *)m->output_name, (size_t)m->base.num_outputs, r->output);
    mn_denormals_restore(before);
    if (failed(status, why, sizeof(why))) {
        mn_error(m->base.engine->log, "a network failed to run: %s", why);
        return MIEN_EENGINE;
    }
    return 0;
}

static void release_buffers(struct runner *r)
{
    if (r->input)
        ort.release_value(r->input);
    free(r->base.input);
    r->input = NULL;
    r->base.input = NULL;
    for (int i = 0; i < MN_MAX_OUTPUTS; i++) {
        if (r->output[i])
            ort.release_value(r->output[i]);
        free(r->base.output[i]);
        r->output[i] = NULL;
        r->base.output[i] = NULL;
    }
}

static void runner_close(struct mn_runner *base)
{
    release_buffers((struct runner *)base);
    free(base);
}

/* Output shapes that stay free although the input is fixed are learned from one run. */
static int learn_shapes(struct runner *r)
{
    struct mn_model *m = r->base.model;
    char why[200];
    int err = run(&r->base);
    if (err < 0)
        return err;
    for (int i = 0; i < m->num_outputs; i++) {
        ort_tensor_info *info = NULL;
        size_t n = 0;
        bool bad = failed(ort.value_info(r->output[i], &info), why, sizeof(why)) ||
                   failed(ort.dims_count(info, &n), why, sizeof(why)) || n > MN_MAX_DIMS ||
                   failed(ort.dims(info, m->output[i].dim, n), why, sizeof(why));
        if (info)
            ort.release_info(info);
        ort.release_value(r->output[i]);
        r->output[i] = NULL;
        if (bad)
            return MIEN_EENGINE;
        m->output[i].num_dims = (int)n;
    }
    return 0;
}

/* Workers open their runners at the same time; the first one learns for all. */
static int settle_shapes(struct runner *r)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct mn_model *m = r->base.model;
    bool known = true;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < m->num_outputs; i++)
        known = known && mn_shape_count(&m->output[i]) > 0;
    int err = known ? 0 : learn_shapes(r);
    pthread_mutex_unlock(&lock);
    return err;
}

static int runner_open(struct mn_runner **out, struct mn_model *m)
{
    struct engine *e = (struct engine *)m->engine;
    struct runner *r = mn_alloc(1, sizeof(*r));
    if (!r)
        return MIEN_ENOMEM;
    r->base.model = m;
    r->base.input_count = mn_shape_count(&m->input);
    int err = wrap(&r->input, &r->base.input, r->base.input_count, &m->input, e);
    if (err == 0)
        err = settle_shapes(r);
    for (int i = 0; err == 0 && i < m->num_outputs; i++) {
        r->base.output_count[i] = mn_shape_count(&m->output[i]);
        if (r->base.output_count[i] == 0)
            err = MIEN_EENGINE;
        else
            err =
                wrap(&r->output[i], &r->base.output[i], r->base.output_count[i], &m->output[i], e);
    }
    if (err < 0) {
        runner_close(&r->base);
        return err;
    }
    *out = &r->base;
    return 0;
}

static int resize(struct mn_runner *base, int width, int height, int64_t rows)
{
    struct runner *r = (struct runner *)base;
    const struct mn_model *m = base->model;
    const struct engine *e = (const struct engine *)m->engine;
    struct mn_shape in = m->input;
    in.dim[2] = height;
    in.dim[3] = width;
    release_buffers(r);
    base->input_count = mn_shape_count(&in);
    int err = wrap(&r->input, &base->input, base->input_count, &in, e);
    for (int i = 0; err == 0 && i < m->num_outputs; i++) {
        struct mn_shape out = m->output[i];
        out.dim[1] = rows;
        base->output_count[i] = mn_shape_count(&out);
        err = wrap(&r->output[i], &base->output[i], base->output_count[i], &out, e);
    }
    return err;
}

const struct mn_engine_info mn_engine_ort = {
    "onnxruntime", engine_open, engine_close, model_open, model_close,
    runner_open,   run,         runner_close, resize,
};

/* The smallest model there is (y = Identity(x), one float), as an ONNX file: ir_version 8, one
 * node, opset 13. Used to see whether a provider really makes sessions. */
static const uint8_t identity_model[] = {
    0x08, 0x08, 0x3a, 0x33, 0x0a, 0x10, 0x0a, 0x01, 'x',  0x12, 0x01, 'y',  0x22, 0x08, 'I',
    'd',  'e',  'n',  't',  'i',  't',  'y',  0x12, 0x01, 'g',  0x5a, 0x0d, 0x0a, 0x01, 'x',
    0x12, 0x08, 0x0a, 0x06, 0x08, 0x01, 0x12, 0x02, 0x0a, 0x00, 0x62, 0x0d, 0x0a, 0x01, 'y',
    0x12, 0x08, 0x0a, 0x06, 0x08, 0x01, 0x12, 0x02, 0x0a, 0x00, 0x42, 0x02, 0x10, 0x0d,
};

static bool provider_loads(const ort_env *env, const struct provider *p)
{
    char why[400];
    ort_options *o;
    if (make_options(&o, 1, OPTIMISE_ALL, why, sizeof(why)) < 0)
        return false;
    ort_session *s = NULL;
    bool ok = append(o, p, why, sizeof(why)) &&
              !failed(ort.create_session(env, identity_model, sizeof(identity_model), o, &s), why,
                      sizeof(why));
    if (s)
        ort.release_session(s);
    ort.release_options(o);
    return ok;
}

int mn_runtime_providers(char *buf, size_t size)
{
    buf[0] = 0;
    int err = ort_load(NULL);
    if (err < 0)
        return err;
    char why[200];
    ort_env *env = NULL;
    char **list = NULL;
    int count = 0;
    if (failed(ort.create_env(LOG_FATAL, "mien", &env), why, sizeof(why)))
        return MIEN_ENORUNTIME;
    if (failed(ort.providers(&list, &count), why, sizeof(why)))
        count = 0;
    for (size_t i = 0; i < NUM_PROVIDERS; i++) {
        bool listed = false;
        for (int j = 0; j < count; j++)
            listed = listed || !strcmp(list[j], providers[i].listed);
        if (!listed || !provider_loads(env, &providers[i]))
            continue;
        size_t used = strlen(buf);
        snprintf(buf + used, size - used, "%s%s", used ? ", " : "", providers[i].name);
    }
    if (list)
        failed(ort.free_providers(list, count), why, sizeof(why));
    ort.release_env(env);
    return 0;
}
