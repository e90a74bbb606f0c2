#include "infer/engine.h"

#include <string.h>

#define MAX_ELEMENTS ((int64_t)1 << 28) /* 1 GiB of float32: far above any tensor of ours */

extern const struct mn_engine_info mn_engine_ort, mn_engine_stub;

const struct mn_engine_info *const mn_engines[] = {
    &mn_engine_ort,  /* ONNX files, on the CPU and on accelerators */
    &mn_engine_stub, /* answers from pixels without networks, for tests */
    NULL,
};

const struct mn_engine_info *mn_engine_for(const char *provider)
{
    for (int i = 0; mn_engines[i]; i++)
        if (mn_engines[i]->knows(provider))
            return mn_engines[i];
    return NULL;
}

typedef int text_fn(char *buf, size_t size);

/* Appends what `from` writes, after a separator. */
static int append(char *buf, size_t size, const char *separator, text_fn *from)
{
    size_t used = strlen(buf), start = used + (used ? strlen(separator) : 0);
    if (start + 1 >= size)
        return 0;
    int err = from(buf + start, size - start);
    if (buf[start] && used)
        memcpy(buf + used, separator, start - used);
    return err;
}

static text_fn *providers_of(const struct mn_engine_info *info)
{
    return info->providers;
}

static text_fn *version_of(const struct mn_engine_info *info)
{
    return info->version;
}

/* 0 if one engine at least has no error. */
static int join(char *buf, size_t size, const char *separator,
                text_fn *(*of)(const struct mn_engine_info *))
{
    int first = 0;
    bool any = false;
    buf[0] = 0;
    for (int i = 0; mn_engines[i]; i++) {
        text_fn *from = of(mn_engines[i]);
        if (!from)
            continue;
        int err = append(buf, size, separator, from);
        any = any || err == 0;
        first = first ? first : err;
    }
    return any ? 0 : first;
}

int mn_engine_providers(char *buf, size_t size)
{
    return join(buf, size, ", ", providers_of);
}

int mn_engine_version(char *buf, size_t size)
{
    return join(buf, size, "; ", version_of);
}

int mn_engine_open(struct mn_engine **out, const struct mn_engine_info *info, const char *provider,
                   const char *role, int intra_op, struct mn_log *log)
{
    *out = NULL;
    int err = info->open(out, provider, role, intra_op > 0 ? intra_op : 1, log);
    if (err < 0)
        return err;
    (*out)->info = info;
    return 0;
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
