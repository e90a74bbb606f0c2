/* From a picture and 68 landmarks to action units, in three steps that differ in the order they
 * need:
 *
 *   any order, any thread     mn_au_measure: fit, aligned face, FHOG, products with the 35 models,
 *                             bin numbers for the medians -> struct mn_au_features (10 kB, no
 *                             pointers), which travels with the frame
 *   in frame order, one place mn_au_person_add: medians of this person, prediction
 *   at the end                mn_au_person_finish, mn_au_person_get: post-processing
 *
 * The FHOG itself (4464 floats) need not travel: the medians need only its bins, the models only
 * its products. mn_au_measure depends on its arguments only, so results have the same bytes with
 * any number of workers. */
#ifndef MN_FACE_AU_CHAIN_H
#define MN_FACE_AU_CHAIN_H

#include "face/au_models.h"
#include "face/au_post.h"
#include "face/fhog.h"
#include "face/median.h"

#define MN_AU_FEATURES \
    (MN_FHOG_SIZE + 3 * MN_FACE_POINTS + MN_PDM_MAX_MODES) /* the most there can be */

/* Models and tables: read-only once open; threads may share them. */
struct mn_au {
    struct mn_au_models *models;
    struct mn_pdm *pdm;
    struct mn_triangles triangles;
    struct mn_fhog_table *fhog;
    const struct mn_face_kernels *kernels;
    struct mn_median_spec shape_spec;
    int features;
    bool statics; /* the models for single pictures */
};

/* folder: OpenFace's AU_predictors. 0, or an error, logged; *out is NULL then. */
int mn_au_open(struct mn_au **out, const char *folder, bool statics, struct mn_log *log);
void mn_au_close(struct mn_au **au);

/* --------------------------------------------------------------------------- any order ---- */

struct mn_au_features {
    struct mn_pdm_fit fit;
    double product[MN_PRODUCT_COLUMNS];
    uint16_t bin[MN_AU_FEATURES];
};

/* Scratch memory for one thread, about 1.3 MB. */
struct mn_au_worker;

int mn_au_worker_open(struct mn_au_worker **out, const struct mn_au *au);
void mn_au_worker_close(struct mn_au_worker **w);

/* landmarks: 68 x, then 68 y, pixels. The picture must have passed mn_picture_check. 0, or
 * MIEN_EINVAL if the landmarks cannot be a face (not finite, all in one place, ...); *out is
 * meaningless then. */
int mn_au_measure(struct mn_au_worker *w, const mien_picture *pic,
                  const float landmarks[2 * MN_FACE_POINTS], struct mn_au_features *out);

/* Single pictures: the raw prediction of the static models, clamped. */
void mn_au_predict_still(const struct mn_au *au, const struct mn_au_features *f,
                         struct mn_au_values *out);

/* ---------------------------------------------------------------------------- in order ---- */

/* The state of one person: 4 to 6 MB until finished, mostly histograms. */
struct mn_au_person;

/* live: mn_au_person_add returns corrected values, and no history is kept. */
int mn_au_person_open(struct mn_au_person **out, const struct mn_au *au, bool live);
void mn_au_person_close(struct mn_au_person **p);

/* Adds frame `index` of the video (0-based, ascending, counting every frame analysed), which shows
 * the person; frames without the person are not added. *out: the prediction as of this frame.
 * Medians are updated at even indices only, as in OpenFace; before the first update the face itself
 * counts as neutral. 0, MIEN_EINVAL (index not ascending) or MIEN_ENOMEM. */
int mn_au_person_add(struct mn_au_person *p, int64_t index, const struct mn_au_features *f,
                     struct mn_au_values *out);

/* -------------------------------------------------------------------------- at the end ---- */

/* Not live: ends the video, which had `length` frames, and releases the histograms. A person that
 * left long ago can be finished early only if `length` is known. */
int mn_au_person_finish(struct mn_au_person *p, int64_t length);

/* Not live: releases the histograms of a person who will probably not come back. If the person
 * does, the neutral face is determined again from then on, and in the end counts for the whole
 * video. */
void mn_au_person_leave(struct mn_au_person *p);

/* After finish: the final values of any frame of the video. */
void mn_au_person_get(const struct mn_au_person *p, int64_t index, struct mn_au_values *out);

#endif
