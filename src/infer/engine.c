#include "infer/engine.h"

#include <string.h>

#define MAX_ELEMENTS ((int64_t)1 << 28) /* 1 GiB of float32: far above any tensor of ours */

int mn_engine_open(struct mn_engine **out, const char *provider, const char *role, int intra_op,
                   struct mn_log *log)
{
    *out = NULL;
    const struct mn_engine_info *info = &mn_engine_ort;
    if (provider && !strcmp(provider, mn_engine_stub.name))
        info = &mn_engine_stub;
    else if (provider && !strcmp(provider, mn_engine_remote.name))
        info = &mn_engine_remote;
    return info->open(out, provider ? provider : "cpu", role, intra_op > 0 ? intra_op : 1, log);
}

void mn_engine_close(struct mn_engine **e)
{
    if (*e)
        (*e)->info->close(*e);
    *e = NULL;
}

int mn_model_open(struct mn_model **out, struct mn_engine *e, const struct mn_model_source *s)
{
    *out = NULL;
    return e->info->model_open(out, e, s);
}

void mn_model_close(struct mn_model **m)
{
    if (*m)
        (*m)->engine->info->model_close(*m);
    *m = NULL;
}

int mn_runner_open(struct mn_runner **out, struct mn_model *m)
{
    *out = NULL;
    return m->engine->info->runner_open(out, m);
}

int mn_runner_run(struct mn_runner *r)
{
    return r->model->engine->info->run(r);
}

int mn_runner_resize(struct mn_runner *r, int width, int height, int64_t rows)
{
    const struct mn_engine_info *info = r->model->engine->info;
    return info->resize && r->model->any_size ? info->resize(r, width, height, rows)
                                              : MIEN_EINTERNAL;
}

void mn_runner_close(struct mn_runner **r)
{
    if (*r)
        (*r)->model->engine->info->runner_close(*r);
    *r = NULL;
}

size_t mn_shape_count(const struct mn_shape *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->num_dims; i++) {
        if (s->dim[i] < 1 || s->dim[i] > MAX_ELEMENTS / n)
            return 0;
        n *= s->dim[i];
    }
    return (size_t)n;
}
