/* OpenFace's 35 linear models of action units: 17 intensities (support vector regression) and 18
 * presences (support vector machines), from the files of its AU_predictors folder.
 *
 * Each is a weight vector w over the features x of a face (4464 of FHOG, then displacement and
 * parameters of its shape), so per face only the 35 products x.w are kept: subtracting the training
 * mean, or later a person's median, only shifts them by constants.
 *
 * A list must name a file for each of them, or "-" where there is none (not OpenFace's: for sets of
 * fewer models): then the intensity is 0 and the unit never present.
 *
 * What class a score means is the file's: for most presences a positive score says "absent". */
#ifndef MN_FACE_AU_MODELS_H
#define MN_FACE_AU_MODELS_H

#include <mien/mien.h>
#include <stdbool.h>

#include "base/file.h"
#include "base/log.h"
#include "face/kernels.h"

/* The units' numbers are public: mien_au_intensity_unit, mien_au_presence_unit. */
#define MN_AU_INTENSITIES MIEN_AU_INTENSITIES
#define MN_AU_PRESENCES MIEN_AU_PRESENCES
#define MN_AU_MODELS (MN_AU_INTENSITIES + MN_AU_PRESENCES)

/* Intensities first, then presences, each in the order above. */
struct mn_au_model {
    bool dynamic;  /* the person's median is subtracted */
    double bias;   /* with the training mean already taken into account */
    double cutoff; /* dynamic intensities: share of frames in which the unit is taken to rest */
    bool above, otherwise; /* presences: the class for a score > 0, and else */
};

/* Read-only once loaded; threads share it. */
struct mn_au_models {
    struct mn_au_model model[MN_AU_MODELS];
    int features;
    float *weights;                  /* features x MN_PRODUCT_COLUMNS; the last column is 0 */
    char *pdm_path, *triangles_path; /* named by the main file */
};

/* folder: AU_predictors. Static models for single images, else the set for video. 0, MIEN_ENOMODEL,
 * MIEN_EBADMODEL or MIEN_ENOMEM, logged, and *out is NULL. */
int mn_au_models_load(struct mn_au_models **out, const char *folder, bool statics,
                      struct mn_log *log);
void mn_au_models_close(struct mn_au_models **m);

/* From products with the features and with the median (NULL = nothing to subtract). */
void mn_au_scores(const struct mn_au_models *m, const double *product, const double *median,
                  double score[MN_AU_MODELS]);

/* Bit i is mien_au_presence_unit[i]. */
uint32_t mn_au_presences(const struct mn_au_models *m, const double score[MN_AU_MODELS]);

#endif
