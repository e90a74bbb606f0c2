/* The steps of the action unit chain with plain kernels and with the fastest ones: microseconds per
 * face. Uses a synthetic face in a synthetic 1080 x 720 picture, and the models of the shared
 * folder or of the folder given as argument. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "face/au_chain.h"

#ifndef MN_SOURCE_ROOT
#define MN_SOURCE_ROOT "."
#endif

#define W 1080
#define H 720
#define ROUNDS 40
#define TIMES 15

struct bench {
    const struct mn_au *au;
    mien_picture pic;
    float lm[136];
    struct mn_pdm_fitter *fitter;
    struct mn_aligner *aligner;
    struct mn_au_worker *worker;
    struct mn_au_person *person;
    struct mn_pdm_fit fit;
    struct mn_aligned aligned;
    float x[MN_AU_FEATURES];
    double exact[MN_AU_FEATURES];
    struct mn_au_features f;
    int64_t frame;
};

static void fit(struct bench *b)
{
    mn_pdm_fitter_run(b->fitter, b->lm, NULL, &b->fit);
}

static void align(struct bench *b)
{
    mn_align(b->aligner, &b->pic, b->lm, b->fit.tx, b->fit.ty, &b->aligned);
}

static void fhog(struct bench *b)
{
    mn_fhog(b->au->fhog, b->au->kernels, &b->aligned, b->x);
}

static void product(struct bench *b)
{
    memset(b->f.product, 0, sizeof(b->f.product));
    b->au->kernels->product(b->x, b->au->features, b->au->models->weights, b->f.product);
}

static void quantise(struct bench *b)
{
    mn_median_quantise(&mn_median_hog, b->au->kernels, b->exact, b->f.bin);
    mn_median_quantise(&b->au->shape_spec, b->au->kernels, b->exact + MN_FHOG_SIZE,
                       b->f.bin + MN_FHOG_SIZE);
}

static void measure(struct bench *b)
{
    mn_au_measure(b->worker, &b->pic, b->lm, &b->f);
}

/* Adds two frames, of which the first updates the medians. */
static void in_order(struct bench *b)
{
    struct mn_au_values v;
    b->f.bin[b->frame % MN_FHOG_SIZE] ^= 3; /* changes a bin, so that a median moves */
    mn_au_person_add(b->person, b->frame++, &b->f, &v);
    mn_au_person_add(b->person, b->frame++, &b->f, &v);
}

static const struct {
    const char *name;
    void (*run)(struct bench *b);
    int faces;
} step[] = {
    {"fit", fit, 1},           {"align and mask", align, 1}, {"fhog", fhog, 1},
    {"products", product, 1},  {"bins", quantise, 1},        {"measure (all of these)", measure, 1},
    {"in order", in_order, 2},
};
#define STEPS (int)(sizeof(step) / sizeof(step[0]))

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int open_bench(struct bench *b, const char *models, int plain)
{
    struct mn_au *au;
    setenv("MIEN_PLAIN", plain ? "1" : "0", 1);
    if (mn_au_open(&au, models, false, NULL) < 0)
        return -1;
    b->au = au;
    if (mn_pdm_fitter_open(&b->fitter, au->pdm, au->kernels) < 0 ||
        mn_aligner_open(&b->aligner, au->pdm, &au->triangles, au->kernels) < 0 ||
        mn_au_worker_open(&b->worker, au) < 0 || mn_au_person_open(&b->person, au, false) < 0)
        return -1;
    struct mn_pdm_fit at = {
        .scale = 1.9f, .rotation = {0.12f, -0.05f, 0.05f}, .tx = 560, .ty = 350};
    double shape[204], pixels[136];
    for (int k = 0; k < au->pdm->modes; k++)
        at.local[k] = (float)((k % 2 ? -0.5 : 0.5) * sqrt(au->pdm->variance[k]));
    mn_pdm_shape(au->pdm, au->kernels, at.local, shape);
    mn_pdm_project(au->pdm, &at, shape, pixels, NULL);
    for (int i = 0; i < 136; i++)
        b->lm[i] = (float)(pixels[i] + 0.8 * sin(1.7 * i));
    return 0;
}

int main(int argc, char **argv)
{
    const char *models =
        argc > 1 ? argv[1] : MN_SOURCE_ROOT "/../shared/models/openface22/AU_predictors";
    static struct bench bench[2];
    static double best[2][STEPS];
    static uint8_t y[W * H], u[W * H / 4], v[W * H / 4];
    unsigned seed = 1;
    for (int i = 0; i < W * H; i++)
        y[i] = (uint8_t)(128 + 50 * sin(i % W / 17.0) * cos(i / W / 11.0) +
                         (seed = seed * 1664525 + 1013904223) / (1u << 29));
    for (int i = 0; i < W * H / 4; i++)
        u[i] = v[i] = (uint8_t)(128 + 20 * sin(i / 97.0));
    for (int plain = 0; plain < 2; plain++) {
        struct bench *b = &bench[plain];
        b->pic = (mien_picture){MIEN_I420, MIEN_BT601, 0, W, H, {y, u, v}, {W, W / 2, W / 2}};
        if (open_bench(b, models, plain) < 0) {
            fprintf(stderr, "%s: no models here; name the AU_predictors folder as argument\n",
                    models);
            return 77;
        }
        for (int s = 0; s < STEPS; s++) {
            double time[TIMES];
            for (int t = 0; t < TIMES; t++) {
                double start = mn_now();
                for (int r = 0; r < ROUNDS; r++)
                    step[s].run(b);
                time[t] = (mn_now() - start) / ROUNDS / step[s].faces;
            }
            qsort(time, TIMES, sizeof(*time), compare);
            best[plain][s] = 1e6 * time[TIMES / 2];
        }
    }
    printf("%-20s %8s %8s   microseconds per face, median of %d; %d fit iterations\n", "",
           bench[1].au->kernels->name, bench[0].au->kernels->name, TIMES, bench[0].fit.iterations);
    for (int s = 0; s < STEPS; s++)
        printf("%-20s %8.1f %8.1f\n", step[s].name, best[1][s], best[0][s]);
    int same = !memcmp(bench[0].x, bench[1].x, sizeof(bench[0].x)) &&
               !memcmp(bench[0].f.product, bench[1].f.product, sizeof(bench[0].f.product));
    printf("%s\n", same ? "both give the same bits" : "DIFFERENT RESULTS");
    return !same;
}
