/* One pipeline owns engines, models, frames and executor. Its public functions are here. */
#include "pipeline.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "base/cores.h"
#include "base/mem.h"
#include "exec/processes.h"
#include "pipeline_open.h"
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

int mien_open(mien_pipeline **out, const mien_settings *settings)
{
    mien_settings known; /* the next call reports what is wrong with them */
    mn_log_forget();
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
    if (err == 0)
        err = mn_exec_open(&p->exec, s->exec, s->workers, s->frames, &p->ctx);
    /* the caller's strings end with this call */
    s->models = s->detector = s->gaze_model = s->landmark_model = s->refiner = s->au_models = NULL;
    s->provider = NULL;
    if (err == MIEN_ENOMEM)
        mn_error(&p->log, "out of memory while opening the pipeline");
    if (err < 0) {
        mn_log_conclude(&p->log, err);
        mien_close(&p);
    }
    *out = p;
    return err;
}

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

void mien_close(mien_pipeline **pp)
{
    if (!pp || !*pp)
        return;
    mien_pipeline *p = *pp;
    mn_exec_close(&p->exec);
    mn_pool_finish(&p->pool);
    mn_region_unref(&p->region);
    mn_pipeline_close_parts(p);
    mn_log_finish(&p->log);
    free(p);
    *pp = NULL;
}

int mien_acquire(mien_pipeline *p, mien_frame **out)
{
    struct mn_frame *f = mn_pool_get(&p->pool);
    if (f)
        mn_work_reset(f);
    *out = f ? &f->pub : NULL;
    return f ? 0 : MIEN_EAGAIN;
}

int mien_frame_wrap(mien_frame *frame, const mien_picture *picture, int64_t index, double time,
                    void (*release)(void *ctx), void *ctx)
{
    struct mn_frame *f = (struct mn_frame *)frame;
    int err = mn_picture_check(picture);
    if (err == 0 && !isfinite(time))
        err = MIEN_EINVAL;
    if (err < 0)
        return err;
    if (f->release)
        f->release(f->release_ctx);
    f->release = release;
    f->release_ctx = ctx;
    f->pub.picture = *picture;
    f->pub.index = index;
    f->pub.time = time;
    return 0;
}

mien_buffer *mien_buffer_get(mien_pipeline *p, size_t size)
{
    struct mn_buffer *b = p->region ? mn_buffer_get(p->region, size, true) : NULL;
    return b ? &b->pub : NULL;
}

void mien_buffer_put(mien_buffer *b)
{
    if (b)
        mn_buffer_put((struct mn_buffer *)b);
}

int mien_send(mien_pipeline *p, mien_frame **frame)
{
    if (p->ended)
        return MIEN_EINVAL;
    if (!frame) {
        p->ended = true;
        mn_exec_end(p->exec);
        return 0;
    }
    struct mn_frame *f = (struct mn_frame *)*frame;
    if (!f || f->pub.picture.width == 0)
        return MIEN_EINVAL; /* sent before, or nothing was wrapped */
    int err = p->region ? mn_region_take_in(p->region, f) : 0;
    if (err < 0)
        return err;
    *frame = NULL;
    p->frames++;
    mn_exec_send(p->exec, f);
    return 0;
}

int mien_receive(mien_pipeline *p, mien_frame **out, int wait)
{
    struct mn_frame *f;
    *out = NULL;
    int err = mn_exec_receive(p->exec, &f, wait != 0);
    if (err < 0)
        return err;
    f->pub.num_faces = f->pub.error ? 0 : f->num_faces;
    f->pub.faces = f->faces;
    *out = &f->pub;
    return 0;
}

void mien_release(mien_pipeline *p, mien_frame **f)
{
    if (f && *f)
        mn_pool_put(&p->pool, (struct mn_frame *)*f);
    if (f)
        *f = NULL;
}

int mien_reset(mien_pipeline *p)
{
    if (!mn_exec_at_end(p->exec))
        return MIEN_EINVAL;
    mn_exec_reset(p->exec);
    p->ended = false;
    return 0;
}

void mien_interrupt(mien_pipeline *p)
{
    mn_exec_interrupt(p->exec);
}

void mien_clear_stats(mien_pipeline *p)
{
    p->frames = 0;
    mn_exec_clear_stats(p->exec);
}

int mien_frame_set_faces(mien_frame *frame, const mien_external_face *faces, int n)
{
    struct mn_frame *f = (struct mn_frame *)frame;
    if (n < 0 || n > MIEN_FACES_LIMIT)
        return MIEN_EINVAL;
    for (int i = 0; i < n; i++) {
        if (i && faces[i].id <= faces[i - 1].id)
            return MIEN_EINVAL;
        for (int k = 0; k < MIEN_POINTS; k++)
            if (!isfinite(faces[i].landmark[k][0]) || !isfinite(faces[i].landmark[k][1]))
                return MIEN_EINVAL;
    }
    f->work->external = 1;
    f->num_faces = 0;
    for (int i = 0; i < n; i++) {
        mien_face *face = mn_work_add_face(f);
        face->id = faces[i].id;
        face->confidence = faces[i].confidence;
        face->has = MIEN_LANDMARKS;
        const float sure = faces[i].landmark_confidence;
        face->landmark_confidence = sure > 0 ? fminf(sure, 1) : -1;
        face->landmark_success = !(sure > 0 && sure <= 0.5f);
        memcpy(face->landmark, faces[i].landmark, sizeof(face->landmark));
        float *b = face->box; /* the box is what the points span */
        b[0] = b[2] = faces[i].landmark[0][0];
        b[1] = b[3] = faces[i].landmark[0][1];
        for (int k = 1; k < MIEN_POINTS; k++) {
            b[0] = fminf(b[0], faces[i].landmark[k][0]);
            b[1] = fminf(b[1], faces[i].landmark[k][1]);
            b[2] = fmaxf(b[2], faces[i].landmark[k][0]);
            b[3] = fmaxf(b[3], faces[i].landmark[k][1]);
        }
    }
    return 0;
}

int mien_final_au(mien_pipeline *p, int64_t index, int32_t id, mien_au *out)
{
    void *state = mn_exec_lane_state(p->exec, &mn_stage_au);
    if (!state || !mn_exec_at_end(p->exec))
        return MIEN_EINVAL;
    return mn_au_final(state, index, id, out);
}

unsigned mien_analysis_of(const mien_pipeline *p)
{
    return p->ctx.settings.analysis;
}

int mien_runtime_version(char *buf, size_t size)
{
    return mn_engine_version(buf, size);
}

int mien_runtime_providers(char *buf, size_t size)
{
    return mn_engine_providers(buf, size);
}

int mien_cores(void)
{
    return mn_cores();
}
