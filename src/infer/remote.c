/* The engine of a process whose networks run in worker processes. Model files are found and
 * verified as with any engine, and the input's shape is read from them; nothing is loaded. */
#include "base/mem.h"
#include "infer/engine.h"

struct remote {
    struct mn_engine base;
    const struct mn_engine_info *engine; /* of the workers */
};

static int engine_open(struct mn_engine **out, const char *provider, const char *role, int intra_op,
                       struct mn_log *log)
{
    (void)role;
    (void)intra_op;
    struct remote *e = mn_alloc(1, sizeof(*e));
    if (!e)
        return MIEN_ENOMEM;
    e->base.log = log;
    e->base.provider = "unknown"; /* until the workers report theirs */
    e->engine = mn_engine_for(provider);
    *out = &e->base;
    return 0;
}

static void engine_close(struct mn_engine *e)
{
    free(e);
}

static int model_open(struct mn_model **out, struct mn_engine *base,
                      const struct mn_model_source *s)
{
    const struct mn_engine_info *engine = ((const struct remote *)base)->engine;
    struct mn_shape input;
    struct mn_model *m = mn_alloc(1, sizeof(*m));
    if (!m)
        return MIEN_ENOMEM;
    m->engine = base;
    if (engine->read_input && engine->read_input(s->data, s->size, &input))
        m->input = input;
    *out = m;
    return 0;
}

static void model_close(struct mn_model *m)
{
    free(m);
}

static int runner_open(struct mn_runner **out, struct mn_model *m)
{
    (void)m;
    *out = NULL;
    return MIEN_EINTERNAL;
}

static int run(struct mn_runner *r)
{
    (void)r;
    return MIEN_EINTERNAL;
}

static void runner_close(struct mn_runner *r)
{
    (void)r;
}

const struct mn_engine_info mn_engine_remote = {
    .name = "remote",
    .needs_files = true,
    .open = engine_open,
    .close = engine_close,
    .model_open = model_open,
    .model_close = model_close,
    .runner_open = runner_open,
    .run = run,
    .runner_close = runner_close,
};
