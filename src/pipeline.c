/* One pipeline owns engines, models, frames and executor. Its public functions are here. */
#include "pipeline.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <mien/models.h>
#include <pthread.h>
#include <stdio.h>

#include "base/cores.h"
#include "base/mem.h"
#include "base/team.h"
#include "exec/processes.h"
#include "exec/wire.h"
#include "pipeline_open.h"
#include "pipeline_state.h"
#include "settings.h"
#include "stage/work.h"

/* Where worker processes look at the frames. */
static int open_region(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    struct mn_region_plan plan = mn_processes_plan((uint32_t)s->frames, (uint32_t)s->workers);
    if (mn_region_create(&p->region, &plan) < 0) {
        mn_error(&p->log,
                 "no memory to share with worker processes: %s; check limits, or use "
                 "--exec threads",
                 strerror(errno));
        return MIEN_ENOMEM;
    }
    mn_region_share_pool(p->region, &p->pool);
    p->ctx.region = p->region;
    return 0;
}

/* The caller's strings need not outlive mien_open. */
static void forget_texts(mien_settings *s)
{
    const mien_setting *m;
    for (int i = 0; (m = mien_setting_at(i)); i++)
        if (m->type == MIEN_TYPE_TEXT)
            mien_settings_set(s, m->name, NULL);
}

int mien_open(mien_pipeline **out, const mien_settings *settings)
{
    mien_settings known; /* the next call reports what is wrong with them */
    mn_log_forget(NULL);
    if (out)
        *out = NULL;
    if (!out || !settings)
        return mn_log_fail(MIEN_EINVAL, "mien_open: pipeline and settings must not be NULL");
    mn_settings_copy(&known, settings);
    int err = mn_pipeline_open_parts(
        out, settings, known.exec == MIEN_PROCESSES ? MN_PROCESS_PARENT : MN_PROCESS_WHOLE);
    mien_pipeline *p = *out;
    if (!p)
        return mn_log_conclude(NULL, err);
    mien_settings *s = &p->ctx.settings;
    if (err == 0)
        err = mn_pool_init(&p->pool, s->frames, MIEN_FACES_LIMIT, mn_work_size(MIEN_FACES_LIMIT));
    if (err == 0 && s->exec == MIEN_PROCESSES) {
        mn_pipeline_name_models(p);
        err = open_region(p);
    }
    if (err == 0 && s->max_workers > 1 && p->ctx.has_refiner)
        err = mn_team_open(&p->ctx.team, s->max_workers);
    if (err == 0)
        err = mn_exec_open(&p->exec, &p->ctx);
    forget_texts(s);
    if (err == MIEN_ENOMEM)
        mn_error(&p->log, "out of memory while opening the pipeline");
    if (err < 0) {
        mn_log_conclude(&p->log, err);
        mien_close(&p);
    }
    *out = p;
    return err;
}

static_assert(MN_PROVIDERS_TEXT <= MN_WIRE_PROVIDERS, "workers report all their providers");

int mn_pipeline_for_worker(mien_pipeline **out, const mien_settings *s,
                           const struct mn_context **ctx, const char **providers)
{
    int err = mn_pipeline_open_parts(out, s, MN_PROCESS_WORKER);
    if (err < 0)
        return err;
    mien_pipeline *p = *out;
    for (int i = 0; i < MN_NUM_ROLES; i++)
        snprintf(p->running.of[i], sizeof(p->running.of[i]), "%s",
                 p->engine[i] ? p->engine[i]->provider : p->providers.of[i]);
    mn_providers_print(&p->running, p->running_text);
    *ctx = &p->ctx;
    *providers = p->running_text;
    return 0;
}

int mien_add_workers(mien_pipeline *p, int workers)
{
    if (!p)
        return mn_log_fail_null();
    mien_settings *s = &p->ctx.settings;
    if (s->exec == MIEN_PROCESSES || workers > s->max_workers)
        return mn_log_fail(MIEN_EINVAL,
                           "mien_add_workers: this pipeline can have %d; set "
                           "max_workers, and not exec to processes, before mien_open",
                           s->max_workers);
    int err = mn_exec_add_workers(p->exec, workers);
    if (err < 0)
        return mn_log_fail(err, "mien_add_workers: %s", mien_strerror(err));
    if (workers > s->workers) {
        s->workers = workers;
        s->exec = MIEN_THREADS;
    }
    return 0;
}

void mien_close(mien_pipeline **pp)
{
    if (!pp || !*pp)
        return;
    mien_pipeline *p = *pp;
    mn_exec_close(&p->exec);
    mn_team_close(&p->ctx.team);
    mn_pool_finish(&p->pool);
    mn_region_unref(&p->region);
    mn_pipeline_close_parts(p);
    mn_log_finish(&p->log);
    free(p);
    *pp = NULL;
}

int mien_acquire(mien_pipeline *p, mien_frame **out)
{
    if (out)
        *out = NULL;
    if (!p || !out)
        return mn_log_fail_null();
    struct mn_frame *f = mn_pool_get(&p->pool);
    if (f)
        mn_work_reset(f);
    *out = f ? &f->pub : NULL;
    return f ? 0 : MIEN_EAGAIN;
}

mien_buffer *mien_buffer_get(mien_pipeline *p, size_t size)
{
    struct mn_buffer *b = p && p->region ? mn_region_buffer_get(p->region, size, true) : NULL;
    return b ? &b->pub : NULL;
}

void mien_buffer_put(mien_buffer *b)
{
    if (b)
        mn_region_buffer_put((struct mn_buffer *)b);
}

int mien_send(mien_pipeline *p, mien_frame **frame)
{
    if (!p)
        return mn_log_fail_null();
    if (p->ended)
        return mn_log_fail(MIEN_EINVAL, "mien_send: the stream has ended; call mien_reset first");
    if (!frame) {
        p->ended = true;
        mn_exec_end(p->exec);
        return 0;
    }
    struct mn_frame *f = (struct mn_frame *)*frame;
    if (!f || f->pub.picture.width == 0)
        return mn_log_fail(MIEN_EINVAL, "mien_send: the frame has no picture; call mien_acquire "
                                        "and mien_frame_wrap first");
    int err = p->region ? mn_region_take_in(p->region, f) : 0;
    if (err < 0)
        return mn_log_fail(err, "mien_send: the picture cannot be copied: %s", mien_strerror(err));
    *frame = NULL;
    p->frames++;
    p->in_stream++;
    mn_exec_send(p->exec, f);
    return 0;
}

int mien_receive(mien_pipeline *p, mien_frame **out, int wait)
{
    struct mn_frame *f;
    if (out)
        *out = NULL;
    if (!p || !out)
        return mn_log_fail_null();
    int err = mn_exec_receive(p->exec, &f, wait != 0);
    if (err < 0)
        return err;
    f->pub.num_faces = f->pub.error ? 0 : f->num_faces;
    *out = &f->pub;
    return 0;
}

void mien_release(mien_pipeline *p, mien_frame **f)
{
    if (p && f && *f)
        mn_pool_put(&p->pool, (struct mn_frame *)*f);
    if (f)
        *f = NULL;
}

int mien_reset(mien_pipeline *p)
{
    if (!p)
        return mn_log_fail_null();
    if (!mn_exec_at_end(p->exec))
        return mn_log_fail(MIEN_EINVAL, "mien_reset: the stream has not ended, or frames are still "
                                        "to be received");
    mn_exec_reset(p->exec);
    p->ended = false;
    p->in_stream = 0;
    return 0;
}

void mien_interrupt(mien_pipeline *p)
{
    if (p) /* safe in a signal handler, so without a message */
        mn_exec_interrupt(p->exec);
}

int mien_final_au(mien_pipeline *p, int64_t index, int32_t id, mien_au *out)
{
    if (!p || !out)
        return mn_log_fail_null();
    void *state = mn_exec_lane_state(p->exec, &mn_stage_au);
    if (!state || !mn_exec_at_end(p->exec))
        return mn_log_fail(MIEN_EINVAL, state ? "mien_final_au: the stream has not ended"
                                              : "mien_final_au: no action units are measured");
    int err = mn_au_final(state, index, id, out);
    return err < 0 ? mn_log_fail(err,
                                 "mien_final_au: no final action units of person %d in frame "
                                 "%lld",
                                 (int)id, (long long)index)
                   : 0;
}

unsigned mien_analysis_of(const mien_pipeline *p)
{
    return p ? p->ctx.settings.analysis : 0;
}

int mien_runtime_version(char *buf, size_t size)
{
    return buf && size ? mn_engine_version(buf, size) : mn_log_fail_null();
}

int mien_runtime_providers(char *buf, size_t size)
{
    return buf && size ? mn_engine_providers(buf, size) : mn_log_fail_null();
}

int mien_cores(void)
{
    return mn_cores();
}
