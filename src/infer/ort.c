/* The engine of ONNX Runtime: networks in ONNX files, on any of its execution providers. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/denormal.h"
#include "base/mem.h"
#include "infer/engine.h"
#include "infer/onnx.h"
#include "infer/ort_provider.h"

enum { LEARN_SIDE = 64 }; /* pixels; used with a network of any size to learn its outputs' shapes */

struct engine {
    struct mn_engine base;
    ort_env *env;
    ort_memory *memory;
    int intra_op;
    const struct mn_ort_provider *provider;
    char *name; /* of the provider, with options */
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

/* All networks share one arena: memory that the detector has freed serves the gaze network,
 * instead of each keeping its own peak. It begins with more than most need, and splits free blocks
 * rather than give away more than was asked for. Pages that are never touched cost nothing, while
 * blocks cut to the sizes of one network are of little use to the next (49 instead of 41 MB for a
 * worker with the gaze network of the standard set). */
static bool make_arena(ort_env *env, const ort_memory *memory, char why[MN_ORT_WHY])
{
    enum { DOUBLING = 0, FIRST = 32 << 20, GIVEN_AWAY = 64 << 10 };
    ort_arena *arena = NULL;
    if (mn_ort_failed(mn_ort.create_arena(0, DOUBLING, FIRST, GIVEN_AWAY, &arena), why))
        return false;
    /* refused when an earlier pipeline of this process made it: the environment is one and the
     * same, and so is its arena */
    mn_ort_failed(mn_ort.register_arena(env, memory, arena), why);
    mn_ort.release_arena(arena);
    return true;
}

static void engine_close(struct mn_engine *base)
{
    struct engine *e = (struct engine *)base;
    if (e->memory)
        mn_ort.release_memory(e->memory);
    if (e->env)
        mn_ort.release_env(e->env);
    free(e->name);
    free(e);
}

static bool knows(const char *provider)
{
    return mn_ort_provider_find(provider) != NULL;
}

static bool read_input(const void *data, size_t size, struct mn_shape *input)
{
    struct mn_onnx_input in;
    if (!mn_onnx_input(data, size, &in))
        return false;
    *input = in.shape;
    return true;
}

static int start(struct engine *e)
{
    char why[MN_ORT_WHY];
    /* MN_ORT_LOG_FATAL: errors come back as a status; the runtime's own lines would land in the
     * user's terminal. */
    if (!mn_ort_failed(mn_ort.create_env(MN_ORT_LOG_FATAL, "mien", &e->env), why) &&
        !mn_ort_failed(mn_ort.cpu_memory(MN_ORT_ALLOC_ARENA, 0, &e->memory), why) &&
        make_arena(e->env, e->memory, why))
        return 0;
    mn_error(e->base.log, "ONNX Runtime does not start: %s", why);
    return MIEN_ENORUNTIME;
}

static int check_provider(const struct engine *e, const char *role)
{
    char why[MN_ORT_WHY];
    ort_options *o;
    if (mn_ort_provider_options(&o, e->provider, mn_ort_provider_tail(e->name), e->intra_op,
                                MN_ORT_OPTIMISE_ALL, why)) {
        mn_ort.release_options(o);
        return 0;
    }
    mn_error(e->base.log,
             "execution provider %s cannot be used%s%s: %s; %sinstall %s and name its library in "
             "MIEN_ONNXRUNTIME, or use --provider %s%scpu",
             e->provider->name, role ? " for " : "", role ? role : "", mn_ort_provider_cause(why),
             *mn_ort_provider_tail(e->name) ? "check its options, " : "", e->provider->source,
             role ? role : "", role ? "=" : "");
    return MIEN_EPROVIDER;
}

static int engine_open(struct mn_engine **out, const char *provider, const char *role, int intra_op,
                       struct mn_log *log)
{
    int err = mn_ort_load(log);
    if (err < 0)
        return err;
    struct engine *e = mn_alloc(1, sizeof(*e));
    if (!e)
        return MIEN_ENOMEM;
    e->provider = mn_ort_provider_find(provider);
    e->name = strdup(provider);
    e->intra_op = intra_op;
    e->base.log = log;
    e->base.provider = e->name;
    e->base.any_size = !e->provider->append; /* other providers prefer one session for each size */
    err = e->name ? start(e) : MIEN_ENOMEM;
    if (err == 0)
        err = check_provider(e, role);
    if (err < 0) {
        engine_close(&e->base);
        return err;
    }
    *out = &e->base;
    return 0;
}

/* Reads the type of one input or output. 0, or MIEN_EMODELROLE if it is no float tensor of at
 * most MN_MAX_DIMS dimensions. names, if not NULL, receives the free dimensions' names, which
 * live as long as *type, which the caller releases. */
static int read_shape(const ort_session *s, bool is_input, size_t i, struct mn_shape *shape,
                      const char **names, ort_type **type)
{
    char why[MN_ORT_WHY];
    const ort_tensor_info *info = NULL;
    int element = 0;
    size_t n = 0;
    *type = NULL;
    if (mn_ort_failed(is_input ? mn_ort.input_type(s, i, type) : mn_ort.output_type(s, i, type),
                      why) ||
        mn_ort_failed(mn_ort.tensor_info(*type, &info), why) || !info ||
        mn_ort_failed(mn_ort.element_type(info, &element), why) ||
        element != MN_ORT_ELEMENT_FLOAT || mn_ort_failed(mn_ort.dims_count(info, &n), why) ||
        n > MN_MAX_DIMS || mn_ort_failed(mn_ort.dims(info, shape->dim, n), why) ||
        (names && mn_ort_failed(mn_ort.dim_names(info, names, n), why)))
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

/* The wanted shape, with the file's size where the caller leaves it to the file. */
static struct mn_shape resolved(const struct mn_shape *have, const struct mn_shape *want)
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
    char why[MN_ORT_WHY];
    if (!mn_ort_failed(mn_ort.default_allocator(&alloc), why)) {
        if (m->input_name)
            mn_ort_failed(mn_ort.free_string(alloc, m->input_name), why);
        for (int i = 0; i < MN_MAX_OUTPUTS; i++)
            if (m->output_name[i])
                mn_ort_failed(mn_ort.free_string(alloc, m->output_name[i]), why);
    }
    if (m->session)
        mn_ort.release_session(m->session);
    free(m);
}

static int refused(const struct engine *e, const struct mn_model_source *s, char why[MN_ORT_WHY])
{
    mn_error(e->base.log, "%s, the %s network, cannot run on %s: %s; use --provider cpu", s->label,
             s->role, e->provider->name, mn_ort_provider_cause(why));
    return MIEN_EPROVIDER;
}

static int create_session(struct model *m, const struct engine *e, const struct mn_model_source *s,
                          const ort_options *o)
{
    char why[MN_ORT_WHY];
    uint64_t before = mn_denormals_off(); /* the session would leave them off in this thread */
    bool bad = mn_ort_failed(mn_ort.create_session(e->env, s->data, s->size, o, &m->session), why);
    mn_denormals_restore(before);
    if (!bad)
        return 0;
    if (e->provider->append)
        return refused(e, s, why);
    mn_error(e->base.log,
             "%s: ONNX Runtime cannot read it as a model: %s; export it again, or use a model that "
             "mien models list names",
             s->label, why);
    return MIEN_EBADMODEL;
}

/* pin: the input's shape as the file has it; its free dimensions, called pin_names, are fixed to
 * what the source wants, which makes all shapes static. NULL: the shape is not known yet. Then a
 * session that only serves to learn it needs no optimisation. */
static int open_session(struct model *m, const struct engine *e, const struct mn_model_source *s,
                        const struct mn_shape *pin, const char *const *pin_names)
{
    char why[MN_ORT_WHY];
    ort_options *o;
    const bool final = pin || s->any_size || !s->sizes_vary;
    if (!mn_ort_provider_options(&o, e->provider, mn_ort_provider_tail(e->name), e->intra_op,
                                 final ? MN_ORT_OPTIMISE_ALL : MN_ORT_OPTIMISE_NOTHING, why))
        return refused(e, s, why);
    for (int i = 0; pin && i < pin->num_dims; i++)
        if (pin->dim[i] == -1 && pin_names[i][0] &&
            mn_ort_failed(mn_ort.pin_dim(o, pin_names[i], llabs(s->input.dim[i])), why))
            mn_debug(e->base.log, "%s: %s", s->label, why);
    int err = create_session(m, e, s, o);
    mn_ort.release_options(o);
    return err;
}

static bool has_shape(const struct model *m, size_t i, const struct mn_shape *want)
{
    struct mn_shape have;
    ort_type *type;
    int err = read_shape(m->session, false, i, &have, NULL, &type);
    if (type)
        mn_ort.release_type(type);
    if (err < 0 || have.num_dims != want->num_dims)
        return false;
    for (int k = 0; k < have.num_dims; k++)
        if (want->dim[k] >= 0 && have.dim[k] != want->dim[k])
            return false;
    return true;
}

/* The outputs that count: from *first on, the number is returned. */
static size_t choose_outputs(const struct model *m, const struct mn_model_source *s, size_t outputs,
                             size_t *first)
{
    *first = 0;
    for (size_t i = outputs; s->last.num_dims && i-- > 0;)
        if (has_shape(m, i, &s->last)) {
            *first = i;
            return 1;
        }
    return outputs;
}

static int describe_output(struct model *m, const struct mn_model_source *s, size_t from, int to,
                           ort_allocator *alloc)
{
    char why[MN_ORT_WHY];
    ort_type *type;
    int err = read_shape(m->session, false, from, &m->base.output[to], NULL, &type);
    if (type)
        mn_ort.release_type(type);
    if (err < 0) {
        mn_error(m->base.engine->log,
                 "%s: output %zu is not a float tensor, so it is no %s network; name another file",
                 s->label, from, s->role);
        return err;
    }
    if (mn_ort_failed(mn_ort.output_name(m->session, from, alloc, &m->output_name[to]), why))
        return MIEN_EENGINE;
    m->base.output_name[to] = m->output_name[to];
    return 0;
}

static int describe(struct model *m, const struct mn_model_source *s)
{
    struct mn_log *log = m->base.engine->log;
    char why[MN_ORT_WHY];
    ort_allocator *alloc = NULL;
    size_t inputs = 0, outputs = 0, first;
    if (mn_ort_failed(mn_ort.default_allocator(&alloc), why) ||
        mn_ort_failed(mn_ort.input_count(m->session, &inputs), why) ||
        mn_ort_failed(mn_ort.output_count(m->session, &outputs), why))
        return MIEN_EENGINE;
    outputs = choose_outputs(m, s, outputs, &first);
    if (inputs != 1 || outputs < 1 || outputs > MN_MAX_OUTPUTS) {
        mn_error(log,
                 "%s has %zu inputs and %zu outputs, so it is no %s network; name another file",
                 s->label, inputs, outputs, s->role);
        return MIEN_EMODELROLE;
    }
    if (mn_ort_failed(mn_ort.input_name(m->session, 0, alloc, &m->input_name), why))
        return MIEN_EENGINE;
    m->base.num_outputs = (int)outputs;
    int err = 0;
    for (size_t i = 0; i < outputs && err == 0; i++)
        err = describe_output(m, s, first + i, (int)i, alloc);
    return err;
}

/* Opens the session and learns the input's shape, *have. Usually the file itself states which
 * dimensions are free (infer/onnx.h), so that they are pinned at once. Otherwise the session is
 * opened to read them, and then a second time. */
static int open_pinned(struct model *m, const struct engine *e, const struct mn_model_source *s,
                       struct mn_shape *have)
{
    struct mn_onnx_input known;
    const char *names[MN_MAX_DIMS] = {known.name[0], known.name[1], known.name[2], known.name[3]};
    bool pinned =
        !s->any_size && mn_onnx_input(s->data, s->size, &known) && fits(&known.shape, &s->input);
    int err = open_session(m, e, s, pinned ? &known.shape : NULL, names);
    if (err < 0)
        return err;
    ort_type *type;
    err = read_shape(m->session, true, 0, have, names, &type);
    if (err == 0 && !fits(have, &s->input))
        err = MIEN_EMODELROLE;
    if (err < 0) {
        mn_error(e->base.log, "%s: its input is not that of a %s network; name another file",
                 s->label, s->role);
    } else if (s->any_size && have->dim[2] == -1 && have->dim[3] == -1) {
        m->base.any_size = true;
    } else if (mn_shape_count(have) == 0 || (s->sizes_vary && !pinned)) {
        mn_ort.release_session(m->session);
        m->session = NULL;
        err = open_session(m, e, s, have, names);
    }
    if (type)
        mn_ort.release_type(type);
    return err;
}

static int model_open(struct mn_model **out, struct mn_engine *base,
                      const struct mn_model_source *s)
{
    struct model *m = mn_alloc(1, sizeof(*m));
    if (!m)
        return MIEN_ENOMEM;
    m->base.engine = base;
    struct mn_shape have;
    int err = open_pinned(m, (const struct engine *)base, s, &have);
    if (err == 0) {
        m->base.input = resolved(&have, &s->input);
        if (m->base.any_size)
            m->base.input.dim[2] = m->base.input.dim[3] = LEARN_SIDE;
        err = describe(m, s);
    }
    if (err < 0) {
        model_close(&m->base);
        return err;
    }
    *out = &m->base;
    return 0;
}

static int wrap(ort_value **out, float **buffer, size_t count, const struct mn_shape *shape,
                const struct engine *e)
{
    char why[MN_ORT_WHY];
    *buffer = mn_alloc(count, sizeof(float));
    if (!*buffer)
        return MIEN_ENOMEM;
    if (mn_ort_failed(mn_ort.wrap_tensor(e->memory, *buffer, count * sizeof(float), shape->dim,
                                         (size_t)shape->num_dims, MN_ORT_ELEMENT_FLOAT, out),
                      why)) {
        mn_error(e->base.log, "ONNX Runtime refused a tensor: %s", why);
        return MIEN_EENGINE;
    }
    return 0;
}

static int run(struct mn_runner *base)
{
    struct runner *r = (struct runner *)base;
    struct model *m = (struct model *)base->model;
    char why[MN_ORT_WHY];
    uint64_t before = mn_denormals_off();
    ort_status *status = mn_ort.run(
        m->session, NULL, (const char *const *)&m->input_name, (const ort_value *const *)&r->input,
        1, (const char *const *)m->output_name, (size_t)m->base.num_outputs, r->output);
    mn_denormals_restore(before);
    if (mn_ort_failed(status, why)) {
        mn_error(m->base.engine->log, "a network failed to run: %s", why);
        return MIEN_EENGINE;
    }
    return 0;
}

static void release_buffers(struct runner *r)
{
    if (r->input)
        mn_ort.release_value(r->input);
    free(r->base.input);
    r->input = NULL;
    r->base.input = NULL;
    for (int i = 0; i < MN_MAX_OUTPUTS; i++) {
        if (r->output[i])
            mn_ort.release_value(r->output[i]);
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

/* Learns from one run the output shapes that stay free although the input is fixed. */
static int learn_shapes(struct runner *r)
{
    struct mn_model *m = r->base.model;
    char why[MN_ORT_WHY];
    int err = run(&r->base);
    if (err < 0)
        return err;
    for (int i = 0; i < m->num_outputs; i++) {
        ort_tensor_info *info = NULL;
        size_t n = 0;
        bool bad = mn_ort_failed(mn_ort.value_info(r->output[i], &info), why) ||
                   mn_ort_failed(mn_ort.dims_count(info, &n), why) || n > MN_MAX_DIMS ||
                   mn_ort_failed(mn_ort.dims(info, m->output[i].dim, n), why);
        if (info)
            mn_ort.release_info(info);
        mn_ort.release_value(r->output[i]);
        r->output[i] = NULL;
        if (bad)
            return MIEN_EENGINE;
        m->output[i].num_dims = (int)n;
    }
    return 0;
}

/* Workers open their runners at the same time; the first one learns for all. */
static int resolve_shapes(struct runner *r)
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
        err = resolve_shapes(r);
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
    .name = "onnxruntime",
    .needs_files = true,
    .runs_here = true,
    .knows = knows,
    .providers = mn_ort_provider_list,
    .version = mn_ort_version,
    .open = engine_open,
    .close = engine_close,
    .read_input = read_input,
    .model_open = model_open,
    .model_close = model_close,
    .runner_open = runner_open,
    .run = run,
    .runner_close = runner_close,
    .resize = resize,
};
