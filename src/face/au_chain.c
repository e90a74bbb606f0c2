#include "face/au_chain.h"

#include <string.h>

#include "base/mem.h"

int mn_au_open(struct mn_au **out, const char *folder, bool statics, struct mn_log *log)
{
    struct mn_au *au = mn_alloc(1, sizeof(*au));
    *out = au;
    if (!au)
        return MIEN_ENOMEM;
    au->statics = statics;
    au->kernels = mn_face_kernels_best();
    au->fhog = mn_fhog_table_make();
    int err = au->fhog ? mn_au_models_load(&au->models, folder, statics, log) : MIEN_ENOMEM;
    if (err == 0)
        err = mn_pdm_load(&au->pdm, au->models->pdm_path, log);
    if (err == 0)
        err = mn_align_load_triangles(&au->triangles, au->models->triangles_path, log);
    if (err == 0) {
        int shape = au->pdm->rows + au->pdm->modes;
        au->features = MN_FHOG_SIZE + shape;
        au->shape_spec = mn_median_shape;
        au->shape_spec.dims = shape;
        if (au->pdm->points != MN_FACE_POINTS || au->models->features != au->features) {
            mn_error(
                log,
                "%s: damaged at byte %zu: %d points and %d modes do not make the %d features of "
                "the models",
                au->models->pdm_path,
                au->pdm->points != MN_FACE_POINTS ? au->pdm->points_at : au->pdm->modes_at,
                au->pdm->points, au->pdm->modes, au->models->features);
            err = MIEN_EBADMODEL;
        }
    }
    if (err < 0)
        mn_au_close(out);
    return err;
}

void mn_au_close(struct mn_au **au)
{
    if (!*au)
        return;
    mn_au_models_close(&(*au)->models);
    mn_pdm_close(&(*au)->pdm);
    free((*au)->fhog);
    free(*au);
    *au = NULL;
}

/* --------------------------------------------------------------------------- any order ---- */

struct mn_au_worker {
    const struct mn_au *au;
    struct mn_pdm_fitter *fitter;
    struct mn_aligner *aligner;
    struct mn_aligned aligned;
    float feature[MN_AU_FEATURES];
    double exact[MN_AU_FEATURES]; /* the same; the shape's values in full precision */
};

int mn_au_worker_open(struct mn_au_worker **out, const struct mn_au *au)
{
    struct mn_au_worker *w = mn_alloc(1, sizeof(*w));
    *out = w;
    if (!w)
        return MIEN_ENOMEM;
    w->au = au;
    int err = mn_pdm_fitter_open(&w->fitter, au->pdm, au->kernels);
    if (err == 0)
        err = mn_aligner_open(&w->aligner, au->pdm, &au->triangles, au->kernels);
    if (err < 0)
        mn_au_worker_close(out);
    return err;
}

void mn_au_worker_close(struct mn_au_worker **w)
{
    if (!*w)
        return;
    mn_pdm_fitter_close(&(*w)->fitter);
    mn_aligner_close(&(*w)->aligner);
    free(*w);
    *w = NULL;
}

int mn_au_measure(struct mn_au_worker *w, const mien_picture *pic,
                  const float landmarks[2 * MN_FACE_POINTS], struct mn_au_features *out)
{
    const struct mn_au *au = w->au;
    const struct mn_pdm *pdm = au->pdm;
    int err = mn_pdm_fitter_run(w->fitter, landmarks, NULL, &out->fit);
    if (err == 0)
        err = mn_align(w->aligner, pic, landmarks, out->fit.tx, out->fit.ty, &w->aligned);
    if (err < 0)
        return err;
    mn_fhog(au->fhog, au->kernels, &w->aligned, w->feature);
    for (int i = 0; i < MN_FHOG_SIZE; i++)
        w->exact[i] = (double)w->feature[i];
    double *shape = w->exact + MN_FHOG_SIZE, *modes = shape + pdm->rows;
    mn_pdm_displacement(pdm, au->kernels, out->fit.local, shape);
    for (int k = 0; k < pdm->modes; k++)
        modes[k] = (double)out->fit.local[k];
    for (int i = MN_FHOG_SIZE; i < au->features; i++)
        w->feature[i] = (float)w->exact[i];

    memset(out->product, 0, sizeof(out->product));
    au->kernels->product(w->feature, au->features, au->models->weights, out->product);
    mn_median_quantise(&mn_median_hog, au->kernels, w->exact, out->bin);
    mn_median_quantise(&au->shape_spec, au->kernels, shape, out->bin + MN_FHOG_SIZE);
    return 0;
}

void mn_au_predict_still(const struct mn_au *au, const struct mn_au_features *f,
                         struct mn_au_values *out)
{
    double score[MN_AU_MODELS];
    mn_au_scores(au->models, f->product, NULL, score);
    mn_au_clamp(au->models, score, NULL, out);
}

/* ---------------------------------------------------------------------------- in order ---- */

struct mn_au_person {
    const struct mn_au *au;
    struct mn_median *hog, *shape;
    struct mn_au_online *online;       /* live */
    struct mn_au_history *history;     /* not live */
    int64_t next;                      /* the next frame's index is at least this */
    uint32_t samples;                  /* in the medians */
    double median[MN_PRODUCT_COLUMNS]; /* products of the models with the medians */
    float level[MN_AU_INTENSITIES];    /* of the median face */
    double score[MN_AU_MODELS];
    float values[MN_AU_FEATURES];
};

static int open_medians(struct mn_au_person *p)
{
    int err = mn_median_open(&p->hog, &mn_median_hog);
    p->samples = 0;
    return err < 0 ? err : mn_median_open(&p->shape, &p->au->shape_spec);
}

int mn_au_person_open(struct mn_au_person **out, const struct mn_au *au, bool live)
{
    struct mn_au_person *p = mn_alloc(1, sizeof(*p));
    *out = p;
    if (!p)
        return MIEN_ENOMEM;
    p->au = au;
    int err = open_medians(p);
    if (err == 0 && !live)
        err = mn_au_history_open(&p->history, au->models, !au->statics);
    if (err == 0 && live && !(p->online = mn_alloc(1, sizeof(*p->online))))
        err = MIEN_ENOMEM;
    if (err < 0)
        mn_au_person_close(out);
    return err;
}

void mn_au_person_leave(struct mn_au_person *p)
{
    mn_median_close(&p->hog);
    mn_median_close(&p->shape);
}

void mn_au_person_close(struct mn_au_person **p)
{
    if (!*p)
        return;
    mn_au_person_leave(*p);
    mn_au_history_close(&(*p)->history);
    free((*p)->online);
    free(*p);
    *p = NULL;
}

static void set_levels(struct mn_au_person *p)
{
    const struct mn_au *au = p->au;
    double product[MN_PRODUCT_COLUMNS] = {0};
    if (!au->models->level_weights)
        return;
    au->kernels->product(p->values, au->features, au->models->level_weights, product);
    mn_au_levels(au->models, product, p->level);
}

static int move_medians(struct mn_au_person *p, const struct mn_au_features *f)
{
    int err = mn_median_add(p->hog, f->bin);
    if (err == 0)
        err = mn_median_add(p->shape, f->bin + MN_FHOG_SIZE);
    if (err < 0)
        return err;
    mn_median_values(p->hog, p->values);
    mn_median_values(p->shape, p->values + MN_FHOG_SIZE);
    set_levels(p);
    if (p->samples++ == 0) {
        /* The median of one sample is that sample, not the middle of its bin. */
        memcpy(p->median, f->product, sizeof(p->median));
        return 0;
    }
    memset(p->median, 0, sizeof(p->median));
    p->au->kernels->product(p->values, p->au->features, p->au->models->weights, p->median);
    return 0;
}

int mn_au_person_add(struct mn_au_person *p, int64_t index, const struct mn_au_features *f,
                     struct mn_au_values *out)
{
    if (index < p->next)
        return MIEN_EINVAL;
    int err = p->hog ? 0 : open_medians(p);
    if (err == 0 && index % 2 == 0)
        err = move_medians(p, f);
    if (err < 0)
        return err;
    mn_au_scores(p->au->models, f->product, p->samples ? p->median : f->product, p->score);
    if (p->online)
        mn_au_online_correct(p->online, p->au->models, p->score, p->level, out);
    else
        mn_au_clamp(p->au->models, p->score, p->level, out);
    if (p->history)
        err = mn_au_history_add(p->history, index, f->product, p->score);
    if (err == 0)
        p->next = index + 1;
    return err;
}

int mn_au_person_finish(struct mn_au_person *p, int64_t length)
{
    mn_au_person_leave(p);
    return p->history ? mn_au_history_finish(p->history, p->median, p->level, length) : MIEN_EINVAL;
}

void mn_au_person_get(const struct mn_au_person *p, int64_t index, struct mn_au_values *out)
{
    mn_au_history_get(p->history, index, out);
}
