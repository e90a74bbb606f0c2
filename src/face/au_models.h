/* OpenFace's 35 linear models of action units, from the files of its AU_predictors folder: 17
 * intensities (support vector regression) and 18 presences (support vector machines).
 *
 * Each model is a weight vector w over the features x of a face (4464 of FHOG, then displacement
 * and parameters of its shape). Per face only the 35 products x.w are kept, because subtracting the
 * training mean, or later a person's median, only shifts them by constants.
 *
 * A list must name a file for each model, or "-" where there is none (an extension to OpenFace's
 * format, for smaller sets). Without a model the intensity is 0 and the unit is never present.
 *
 * The file defines what class a score means: for most presences a positive score means "absent".
 *
 * Mien's own files can hold both models of a unit in one (an extension as well): the unit is
 * present where its corrected intensity is high enough. For videos they can also hold a model of
 * the level: how strong the unit is in the person's median face, for people who smile most of the
 * time. */
#ifndef MN_FACE_AU_MODELS_H
#define MN_FACE_AU_MODELS_H

#include <mien/mien.h>
#include <stdbool.h>

#include "base/file.h"
#include "base/log.h"
#include "face/kernels.h"

/* Their numbers are public: mien_au_intensity_unit, mien_au_presence_unit. */
#define MN_AU_INTENSITIES MIEN_AU_INTENSITIES
#define MN_AU_PRESENCES MIEN_AU_PRESENCES
#define MN_AU_MODELS (MN_AU_INTENSITIES + MN_AU_PRESENCES)

/* Intensities first, then presences, in the order of these functions. */
struct mn_au_model {
    bool dynamic; /* the person's median is subtracted */
    double bias;  /* includes the training mean */
    double
        cutoff; /* dynamic intensities: share of frames in which the unit is taken to be at rest */
    bool above, otherwise; /* presences: the class for a score > 0, and for others */
    bool decides;   /* intensities: about the presence of the same unit, which has no model */
    double present; /* if so: the corrected intensity from which the unit is present */
    bool has_level; /* dynamic intensities */
    double level_bias, level_most;
};

/* Read-only once loaded; threads may share it. */
struct mn_au_models {
    struct mn_au_model model[MN_AU_MODELS];
    int features;
    float *weights;                  /* features x MN_PRODUCT_COLUMNS; the last column is 0 */
    float *level_weights;            /* of the levels, likewise; NULL: no model has one */
    char *pdm_path, *triangles_path; /* the files that the main file names */
};

/* folder: AU_predictors. statics: the models for single pictures rather than those for video. 0, or
 * MIEN_ENOMODEL, MIEN_EBADMODEL or MIEN_ENOMEM, logged; *out is NULL then. */
int mn_au_models_load(struct mn_au_models **out, const char *folder, bool statics,
                      struct mn_log *log);
void mn_au_models_close(struct mn_au_models **m);

/* Scores from the products of the models with the features and with the median (NULL: nothing is
 * subtracted). */
void mn_au_scores(const struct mn_au_models *m, const double *product, const double *median,
                  double score[MN_AU_MODELS]);

/* How strong each unit is in the median face, from the products of level_weights with it (NULL:
 * unknown); 0 for models without a level. */
void mn_au_levels(const struct mn_au_models *m, const double *product,
                  float level[MN_AU_INTENSITIES]);

/* Bit i is mien_au_presence_unit(i); only of units that have a model of their presence. */
uint32_t mn_au_presences(const struct mn_au_models *m, const double score[MN_AU_MODELS]);

/* The same with the units that are present by their corrected intensity. */
uint32_t mn_au_add_present(const struct mn_au_models *m, const float intensity[MN_AU_INTENSITIES],
                           uint32_t presences);

#endif
