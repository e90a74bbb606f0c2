/* The engine of a process whose networks run in worker processes. Model files are found and
 * verified as with any engine, and the input's shape is read from them; nothing is loaded. */
#include "base/mem.h"
#include "infer/engine.h"
#include "infer/onnx.h"

static int engine_open(struct mn_engine **out, const char *provider, const char *role, int intra_op,
                       struct mn_log *log)
{
    (void)role;
    (void)intra_op;
    (void)provider;
    struct mn_engine *e = mn_alloc(1, sizeof(*e));
    if (!e)
        return MIEN_ENOMEM;
    e->log = log;
    e->provider = "unknown"; /* until the workers report theirs */
    *out = e;
    return 0;
}

static void engine_close(struct mn_engine *e)
{
    free(e);
}

static int model_open(struct mn_model **out, struct mn_engine *e, const struct mn_model_source *s)
{
    struct mn_onnx_input in;
    struct mn_model *m = mn_alloc(1, sizeof(*m));
    if (!m)
        return MIEN_ENOMEM;
    m->engine = e;
    if (mn_onnx_input(s->data, s->size,
                      &in)) /* whether other networks are needed may depend on it */
        m->input = in.shape;
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
