/* What a pipeline reports about itself: statistics, the times of its networks, the models in use.
 */
#include <assert.h>
#include <mien/models.h>
#include <mien/stats.h>
#include <pthread.h>

#include "base/mem.h"
#include "infer/registry.h"
#include "pipeline_state.h"

/* --------------------------------------------------------------------------- statistics ---- */

static mien_span span_of(const struct mn_exec_span *s)
{
    return (mien_span){
        .name = s->info->name,
        .network = s->info->network,
        .count = s->hist.count,
        .total = s->hist.total,
        .median = mn_hist_quantile(&s->hist, 0.5),
        .p95 = mn_hist_quantile(&s->hist, 0.95),
        .max = s->hist.max,
    };
}

static void add_exec_stats(mien_stats *out, const struct mn_exec_stats *s)
{
    for (int i = 0; i < s->num_spans; i++) {
        const int64_t count = s->span[i].hist.count;
        const enum mn_span_counts counts = s->span[i].info->counts;
        out->span[out->num_spans++] = span_of(&s->span[i]);
        if (counts == MN_COUNTS_DETECTIONS)
            out->detections += count;
        if (counts == MN_COUNTS_FACES && count > out->faces)
            out->faces = count;
    }
    for (int i = 0; i < s->num_stages; i++)
        out->stage[out->num_stages++] = (mien_stage_rate){
            .name = s->stage[i].name,
            .frames = s->stage[i].rate.count,
            .recent = mn_rate_recent(&s->stage[i].rate),
            .mean = mn_rate_mean(&s->stage[i].rate),
        };
    out->queue_mean = s->tasks ? s->queue_sum / (double)s->tasks : 0;
    out->queue_max = s->queue_max;
    out->workers = s->workers;
    out->restarts = s->restarts;
    out->quarantined = s->quarantined;
}

void mien_get_stats(mien_pipeline *p, mien_stats *out)
{
    if (!out)
        return;
    memset(out, 0, sizeof(*out));
    struct mn_exec_stats *s = p ? mn_alloc(1, sizeof(*s)) : NULL; /* large for small stacks */
    if (!s)
        return;
    mn_exec_stats(p->exec, s);
    add_exec_stats(out, s);
    free(s);
    out->frames = p->frames;
    out->frames_in_pool = p->pool.num_frames;
    out->detect_every = p->ctx.tracker_detects ? p->ctx.find_every : p->ctx.settings.detect_every;
    if (p->region) {
        pthread_mutex_lock(&p->region->lock);
        out->copied = p->region->copies;
        pthread_mutex_unlock(&p->region->lock);
    }
}

void mien_clear_stats(mien_pipeline *p)
{
    if (!p)
        return;
    p->frames = 0;
    mn_exec_clear_stats(p->exec);
}

int mien_measure_networks(mien_pipeline *p, double seconds, mien_network_time *out, int max)
{
    if (!p || (!out && max > 0))
        return mn_log_fail_null();
    double mean[MN_MAX_LEGS];
    int err = mn_exec_measure(p->exec, seconds, mean), n = 0;
    for (int i = 0; i < MN_NUM_ROLES && err == 0; i++) {
        const struct mn_stage *stage = mn_roles[i]->stage;
        const int leg = mn_exec_leg(p->exec, stage);
        if (leg < 0)
            continue;
        if (n < max)
            out[n] = (mien_network_time){
                .role = mn_roles[i]->name,
                .seconds = mean[leg],
                .per_face = stage->span[MN_SPAN_NETWORK].counts == MN_COUNTS_FACES,
            };
        n++;
    }
    return err < 0 ? err : n;
}

/* ------------------------------------------------------------------------------- models ---- */

/* The parent of worker processes learns from them which providers run; all run the same. */
static void learn_providers(mien_pipeline *p)
{
    if (p->role != MN_PROCESS_PARENT || p->running.of[0][0])
        return;
    struct mn_exec_stats *s = mn_alloc(1, sizeof(*s));
    if (!s)
        return;
    mn_exec_stats(p->exec, s);
    if (s->provider)
        mn_providers_parse(&p->running, s->provider, &p->log);
    free(s);
}

static bool use_network(const mien_pipeline *p, int role, mien_model_use *out)
{
    const struct mn_loaded *m = &p->ctx.model[role];
    if (!m->model)
        return false;
    const struct mn_engine *e = m->model->engine;
    *out = (mien_model_use){
        .role = m->role,
        .name = m->info ? m->info->name : "unregistered",
        .path = m->path,
        .sha256 = m->sha256,
        .licence = m->info ? m->info->licence : "unknown",
        .provider = e->info->runs_here ? e->provider : p->running.of[role],
    };
    return true;
}

static mien_model_use set_of(const char *role, const char *path, const char *sha256)
{
    mien_model_use use = {.role = role, .path = path, .sha256 = sha256, .provider = "mien"};
    mn_registry_set_name(sha256, &use.name, &use.licence);
    return use;
}

static bool use_mtcnn(const mien_pipeline *p, mien_model_use *out)
{
    *out = set_of("detector", p->mtcnn_path, p->mtcnn_sha256);
    return p->ctx.tracker_detects;
}

static bool use_refiner(const mien_pipeline *p, mien_model_use *out)
{
    *out = set_of("refiner", p->refiner_path, p->refiner_sha256);
    return p->ctx.has_refiner;
}

static bool use_au(const mien_pipeline *p, mien_model_use *out)
{
    const struct mn_au *au = p->ctx.au;
    if (!au)
        return false;
    *out = set_of("au", au->models->pdm_path, p->au_sha256);
    if (p->au_builtin) {
        static const char *const statics[] = {MN_REGISTRY_AU "-static",
                                              MN_REGISTRY_AU_RENDERED "-static"};
        const bool rendered = !strcmp(p->au_builtin->name, MN_REGISTRY_AU_RENDERED);
        out->name = au->statics ? statics[rendered] : p->au_builtin->name;
        out->licence = p->au_builtin->licence;
    }
    return true;
}

/* Models that no engine runs. */
static bool (*const sets[])(const mien_pipeline *, mien_model_use *) = {use_mtcnn, use_refiner,
                                                                        use_au};
#define NUM_SETS ((int)(sizeof(sets) / sizeof(sets[0])))
static_assert(MN_NUM_ROLES + NUM_SETS <= MIEN_MODELS_MAX, "raise MIEN_MODELS_MAX");

int mien_models_used(mien_pipeline *p, mien_model_use *out, int max)
{
    if (!p || (!out && max > 0))
        return mn_log_fail_null();
    int n = 0;
    learn_providers(p);
    for (int i = 0; i < MN_NUM_ROLES + NUM_SETS; i++) {
        mien_model_use use;
        if (!(i < MN_NUM_ROLES ? use_network(p, i, &use) : sets[i - MN_NUM_ROLES](p, &use)))
            continue;
        if (n < max)
            out[n] = use;
        n++;
    }
    return n;
}
