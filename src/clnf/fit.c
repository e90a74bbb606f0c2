#include "clnf/clnf.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "clnf/rlms.h"

#define TOO_SMALL 0.25 /* pixels per millimetre: below this, a fit fails */
#define SMALL 0.30
#define PART_SCALE 0.9 /* share of a part's first scale: parts are fitted to larger faces only */
#define CONVERGED 0.01 /* pixels, root of the sum over all points; as in the original */
#define CONVERGED_QUICK 0.25
#define CONVINCED 0.725f

struct mn_clnf_worker {
    const struct mn_clnf *clnf;
    const struct mn_clnf_kernels *kernels;
    const struct mn_face_kernels *face_kernels;
    struct mn_grey grey;
    bool has_picture; /* false before the first picture */
    struct mn_rlms rlms;
    struct mn_pdm_fitter *face_fitter, *part_fitter[MN_CLNF_PARTS];
    struct mn_validator_scratch *validator;
    mn_clnf_watch_fn *watch;
    void *watch_ctx;
};

/* The scratch memory of a member of the team. */
static int open_networks(struct mn_clnf_worker *w, int member)
{
    if (!w->clnf->face.scale[0].cen)
        return 0;
    return mn_cen_scratch_open(&w->rlms.networks[member], w->kernels == &mn_clnf_kernels_plain
                                                              ? mn_cen_kernels_build(0)
                                                              : NULL);
}

int mn_clnf_worker_open(struct mn_clnf_worker **out, const struct mn_clnf *clnf,
                        const struct mn_clnf_kernels *kernels,
                        const struct mn_face_kernels *face_kernels)
{
    struct mn_clnf_worker *w = *out = mn_alloc(1, sizeof(*w));
    if (!w)
        return MIEN_ENOMEM;
    w->clnf = clnf;
    w->kernels = kernels ? kernels : mn_clnf_kernels_best();
    w->face_kernels = face_kernels ? face_kernels : mn_face_kernels_best();
    w->rlms.kernels = w->kernels;
    w->rlms.face_kernels = w->face_kernels;
    w->rlms.converged = CONVERGED;
    int err = mn_grey_open(&w->grey, w->kernels, w->face_kernels);
    if (err == 0)
        err = mn_pdm_fitter_open(&w->face_fitter, clnf->face.pdm, w->face_kernels);
    for (int k = 0; err == 0 && k < MN_CLNF_PARTS; k++)
        err = !clnf->part[k].pdm
                  ? 0
                  : mn_pdm_fitter_open(&w->part_fitter[k], clnf->part[k].pdm, w->face_kernels);
    if (err == 0)
        err = mn_validator_scratch_open(&w->validator);
    if (err == 0)
        err = open_networks(w, 0);
    if (err < 0)
        mn_clnf_worker_close(out);
    return err;
}

void mn_clnf_worker_close(struct mn_clnf_worker **worker)
{
    struct mn_clnf_worker *w = *worker;
    if (!w)
        return;
    mn_grey_close(&w->grey);
    mn_pdm_fitter_close(&w->face_fitter);
    for (int k = 0; k < MN_CLNF_PARTS; k++)
        mn_pdm_fitter_close(&w->part_fitter[k]);
    mn_validator_scratch_close(&w->validator);
    for (int i = 0; i < MN_TEAM_MOST; i++)
        mn_cen_scratch_close(&w->rlms.networks[i]);
    free(w);
    *worker = NULL;
}

int mn_clnf_worker_share(struct mn_clnf_worker *w, struct mn_team *team)
{
    int err = 0;
    for (int i = 1; i < mn_team_members(team) && err == 0; i++)
        err = open_networks(w, i);
    w->rlms.team = err == 0 ? team : NULL;
    return err;
}

void mn_clnf_worker_quick(struct mn_clnf_worker *w)
{
    w->rlms.converged = CONVERGED_QUICK;
    w->grey.quick = true;
}

int mn_clnf_set_picture(struct mn_clnf_worker *w, const mien_picture *pic)
{
    int err = mn_grey_set_picture(&w->grey, pic);
    w->has_picture = err == 0;
    return err;
}

/* Fits one model with the scales of `reach`. False: the face became too small; if that happened
 * before a likelihood was measured, *likelihood keeps its value. */
static bool fit_model(struct mn_clnf_worker *w, const struct mn_clnf_model *m, int reach,
                      struct mn_rlms_params *s, double *likelihood)
{
    const int *window = m->rules->window[reach];
    for (int i = 0; i < m->num_scales; i++) {
        if (!window[i])
            continue;
        mn_rlms_respond(&w->rlms, m, i, window[i], s, &w->grey);
        mn_rlms_iterate(&w->rlms, m, i, true, s);
        bool last = i + 1 == m->num_scales || !window[i + 1] || s->scale < SMALL;
        mn_rlms_iterate(&w->rlms, m, i, false, s);
        if (last)
            *likelihood = mn_rlms_likelihood(&w->rlms, m, i);
        if (!(s->scale >= TOO_SMALL))
            return false;
    }
    return true;
}

/* Fits a part, always starting from its landmarks of the face. False: the face is too small for
 * parts, or its landmarks have no fit. */
static bool fit_part(struct mn_clnf_worker *w, int k, const float *face, double scale,
                     struct mn_pdm_fit *fit, float *points)
{
    const struct mn_clnf_model *m = &w->clnf->part[k];
    const int n = m->pdm->points;
    memset(points, 0, 2 * (size_t)n * sizeof(*points));
    for (int i = 0; i < m->num_pairs; i++) {
        points[m->pair[i][1]] = face[m->pair[i][0]];
        points[m->pair[i][1] + n] = face[m->pair[i][0] + MN_CLNF_POINTS];
    }
    if (mn_pdm_fitter_run(w->part_fitter[k], points, NULL, fit) < 0)
        return false;
    struct mn_rlms_params s;
    double likelihood;
    mn_rlms_params_from_fit(&s, m->pdm, fit);
    bool large = scale > PART_SCALE * (double)m->scale[0].size;
    const double usual = w->rlms.converged;
    w->rlms.converged = CONVERGED; /* eyes are small */
    if (large)
        fit_model(w, m, MN_CLNF_FAR, &s, &likelihood);
    w->rlms.converged = usual;
    mn_rlms_params_to_fit(&s, m->pdm, fit);
    mn_rlms_project(&w->rlms, m->pdm, &s, points);
    return large;
}

static bool is_finite(const struct mn_pdm *pdm, const struct mn_pdm_fit *fit)
{
    bool good = isfinite(fit->scale) && isfinite(fit->tx) && isfinite(fit->ty);
    for (int a = 0; a < 3; a++)
        good = good && isfinite(fit->rotation[a]);
    for (int k = 0; k < pdm->modes; k++)
        good = good && isfinite(fit->local[k]);
    return good;
}

static bool are_finite(const float *v, int n)
{
    bool good = true;
    for (int i = 0; i < n; i++)
        good = good && isfinite(v[i]);
    return good;
}

/* Fits the parts, puts their points back into the face and runs the validator. 0, or MIEN_EINVAL if
 * numbers are not finite. */
static int complete(struct mn_clnf_worker *w, const struct mn_rlms_params *s, bool fitted,
                    struct mn_clnf_result *out)
{
    const struct mn_clnf *c = w->clnf;
    const struct mn_pdm *pdm = c->face.pdm;
    float part[MN_CLNF_PARTS][2 * MN_PDM_MAX_POINTS];
    struct mn_pdm_fit fit[MN_CLNF_PARTS] = {0};
    bool done[MN_CLNF_PARTS], any = false;
    mn_rlms_params_to_fit(s, pdm, &out->fit);
    mn_rlms_project(&w->rlms, pdm, s, out->landmarks);
    for (int k = 0; k < MN_CLNF_PARTS; k++) {
        done[k] = c->part[k].pdm && fit_part(w, k, out->landmarks, s->scale, &fit[k], part[k]);
        any = any || done[k];
    }
    for (int k = 0; k < MN_CLNF_PARTS; k++)
        for (int i = 0; done[k] && i < c->part[k].num_pairs; i++) {
            const int *pair = c->part[k].pair[i], n = c->part[k].pdm->points;
            out->landmarks[pair[0]] = part[k][pair[1]];
            out->landmarks[pair[0] + MN_CLNF_POINTS] = part[k][pair[1] + n];
        }
    struct mn_pdm_fit merged;
    if (any && mn_pdm_fitter_run(w->face_fitter, out->landmarks, NULL, &merged) == 0) {
        out->fit = merged;
        mn_pdm_landmarks(pdm, w->face_kernels, &merged, out->landmarks);
    }
    out->has_parts = any;
    for (int e = 0; e < 2; e++) {
        out->eye[e] = fit[1 + e];
        memcpy(out->eye_landmarks[e], part[1 + e], sizeof(out->eye_landmarks[e]));
    }
    if (!is_finite(pdm, &out->fit) || !are_finite(out->landmarks, 2 * MN_CLNF_POINTS) ||
        !are_finite(out->eye_landmarks[0], 4 * MN_CLNF_EYE_POINTS)) {
        memset(out, 0, sizeof(*out));
        return MIEN_EINVAL;
    }
    out->confidence = 0;
    if (fitted)
        out->confidence = mn_validator_run(c->validator, w->validator, w->kernels, &w->grey,
                                           out->fit.rotation, out->landmarks);
    out->success = out->good = fitted && out->confidence > CONVINCED;
    return 0;
}

int mn_clnf_track(struct mn_clnf_worker *w, const struct mn_pdm_fit *start,
                  enum mn_clnf_reach reach, struct mn_clnf_result *out)
{
    const struct mn_clnf_model *m = &w->clnf->face;
    memset(out, 0, sizeof(*out));
    if (!w->has_picture || !is_finite(m->pdm, start))
        return MIEN_EINVAL;
    struct mn_rlms_params s;
    double likelihood = -10;
    mn_rlms_params_from_fit(&s, m->pdm, start);
    bool fitted = fit_model(w, m, (int)reach, &s, &likelihood);
    out->likelihood = (float)likelihood;
    return complete(w, &s, fitted, out);
}

/* The original would reach this result over many frames, each starting from the previous one. Three
 * passes come close to it: the first with the widest search, parts only in the last.
 * docs/accuracy.md has what more passes bring. */
int mn_clnf_refine(struct mn_clnf_worker *w, const float landmarks[2 * MN_CLNF_POINTS],
                   struct mn_clnf_result *out)
{
    const struct mn_clnf_model *m = &w->clnf->face;
    struct mn_pdm_fit start;
    struct mn_rlms_params s;
    double likelihood;
    memset(out, 0, sizeof(*out));
    int err =
        w->has_picture ? mn_pdm_fitter_run(w->face_fitter, landmarks, NULL, &start) : MIEN_EINVAL;
    if (err < 0)
        return err;
    mn_rlms_params_from_fit(&s, m->pdm, &start);
    for (int reach = MN_CLNF_FAR; reach <= MN_CLNF_NEAR && fit_model(w, m, reach, &s, &likelihood);
         reach++)
        mn_rlms_params_to_fit(&s, m->pdm, &start);
    return mn_clnf_track(w, &start, MN_CLNF_NEAR, out);
}

/* --------------------------------------------------------------------------- detection ---- */

/* Sets s to the mean face, rotated, with scale and position such that it fills the box. */
static void params_in_box(struct mn_rlms_params *s, const struct mn_pdm *pdm, const float box[4],
                          const double euler[3])
{
    const int n = pdm->points;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    *s = (struct mn_rlms_params){.euler = {euler[0], euler[1], euler[2]}};
    mn_pdm_rotation_from_euler(s->euler, s->R);
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 2; c++) {
            const double *R = s->R + 3 * c, *M = pdm->mean;
            double v = R[0] * M[i] + R[1] * M[i + n] + R[2] * M[i + 2 * n];
            low[c] = fmin(low[c], v);
            high[c] = fmax(high[c], v);
        }
    const double w = (double)box[2], h = (double)box[3];
    s->scale = (w / (high[0] - low[0]) + h / (high[1] - low[1])) / 2;
    s->tx = (double)box[0] + w / 2 - s->scale * (low[0] + high[0]) / 2;
    s->ty = (double)box[1] + h / 2 - s->scale * (low[1] + high[1]) / 2;
}

static const double head_pose[MN_CLNF_POSES][3] = {
    {0, 0, 0},    {0, -0.5236, 0},   {0, 0.5236, 0},    {0, -0.96, 0},
    {0, 0.96, 0}, {0, 0, 0.5236},    {0, 0, -0.5236},   {0, -1.57, 0},
    {0, 1.57, 0}, {0, -1.22, 0.698}, {0, 1.22, -0.698},
};

/* The original fits parts for each pose. But it compares the whole faces' likelihoods, which are
 * known before the parts, so here parts are fitted for the winner only. A fit that stops before it
 * has a likelihood inherits the previous one, as in the original. */
static int detect_whole(struct mn_clnf_worker *w, const float box[4], int poses,
                        struct mn_clnf_result *out)
{
    const struct mn_clnf_model *m = &w->clnf->face;
    struct mn_rlms_params best = {0};
    bool best_fitted = false;
    double likelihood = -10, most = -INFINITY;
    for (int k = 0; k < poses; k++) {
        struct mn_rlms_params s;
        params_in_box(&s, m->pdm, box, head_pose[k]);
        bool fitted = fit_model(w, m, MN_CLNF_FAR, &s, &likelihood);
        if (k == 0 || likelihood > most) {
            best = s;
            best_fitted = fitted;
            most = likelihood;
        }
    }
    out->likelihood = (float)most;
    return complete(w, &best, best_fitted, out);
}

/* A detection by CE-CLM. */
struct search {
    double likelihood; /* of the last fit that had one */
    int poses;
    struct mn_rlms_params at[MN_CLNF_POSES]; /* after the first scale */
    float score[MN_CLNF_POSES];
};

static void show(const struct mn_clnf_worker *w, int pose, int order, bool ended, double likelihood)
{
    if (w->watch)
        w->watch(w->watch_ctx, pose, order, ended, likelihood);
}

/* Fits the scales after the first, the parts, and runs the validator. */
static int finish(struct mn_clnf_worker *w, struct search *q, struct mn_rlms_params *s,
                  struct mn_clnf_result *out)
{
    memset(out, 0, sizeof(*out));
    bool fitted = fit_model(w, &w->clnf->face, MN_CLNF_REST, s, &q->likelihood);
    out->likelihood = (float)q->likelihood;
    return complete(w, s, fitted, out);
}

/* The three poses with the greatest scores, the greatest first; the number of them. */
static int best_three(const struct search *q, int out[3])
{
    int n = 0;
    for (; n < 3 && n < q->poses; n++) {
        out[n] = -1;
        for (int k = 0; k < q->poses; k++) {
            bool taken = false;
            for (int i = 0; i < n; i++)
                taken = taken || out[i] == k;
            if (!taken && (out[n] < 0 || q->score[k] > q->score[out[n]]))
                out[n] = k;
        }
    }
    return n;
}

/* No pose ended the search: the best three are completed, and the likeliest is kept. As in the
 * original, they start from the mean shape (but for the last pose), and what is reported as success
 * and confidence belongs to the last one tried. */
static int complete_best(struct mn_clnf_worker *w, struct search *q, struct mn_clnf_result *out)
{
    int pose[3];
    const int n = best_three(q, pose);
    struct mn_clnf_result tried;
    for (int i = 0; i < n; i++) {
        struct mn_rlms_params *s = &q->at[pose[i]];
        if (pose[i] != q->poses - 1)
            memset(s->local, 0, sizeof(s->local));
        int err = finish(w, q, s, &tried);
        if (err < 0)
            return err;
        show(w, pose[i], i, false, q->likelihood);
        if (i == 0 || tried.likelihood > out->likelihood)
            *out = tried;
    }
    out->success = tried.success;
    out->confidence = tried.confidence;
    return 0;
}

/* Fits the first scale for each pose, and the rest for the first pose that is likely enough. */
static int detect_in_passes(struct mn_clnf_worker *w, const float box[4], int poses,
                            struct mn_clnf_result *out)
{
    const struct mn_clnf_early *early = &w->clnf->early;
    const struct mn_clnf_model *m = &w->clnf->face;
    struct search q = {.likelihood = -10, .poses = poses};
    for (int k = 0; k < poses; k++) {
        struct mn_rlms_params *s = &q.at[k];
        params_in_box(s, m->pdm, box, head_pose[k]);
        fit_model(w, m, MN_CLNF_FIRST, s, &q.likelihood);
        const int v = w->rlms.view < MN_CLNF_EARLY_VIEWS ? w->rlms.view : 0;
        q.score[k] = (float)q.likelihood * early->weight[v] + early->bias[v];
        const bool ended = q.score[k] > early->cutoff[v];
        show(w, k, -1, ended, (double)q.score[k]);
        if (!ended)
            continue;
        int err = finish(w, &q, s, out);
        if (err == 0)
            show(w, k, 0, true, q.likelihood);
        return err;
    }
    return complete_best(w, &q, out);
}

int mn_clnf_detect(struct mn_clnf_worker *w, const float box[4], int poses,
                   struct mn_clnf_result *out)
{
    memset(out, 0, sizeof(*out));
    bool good = w->has_picture && box[2] > 0 && box[3] > 0 && poses > 0 && poses <= MN_CLNF_POSES;
    for (int k = 0; k < 4; k++)
        good = good && fabsf(box[k]) < 1e6f;
    if (!good)
        return MIEN_EINVAL;
    return w->clnf->face.rules->early ? detect_in_passes(w, box, poses, out)
                                      : detect_whole(w, box, poses, out);
}

void mn_clnf_watch(struct mn_clnf_worker *w, mn_clnf_watch_fn *watch, void *ctx)
{
    w->watch = watch;
    w->watch_ctx = ctx;
}
