/* From a picture and 68 landmarks to action units, cut where order begins to matter:
 *
 *   any order, any thread     mn_au_measure: fit, aligned face, FHOG, products with the 35 models,
 *                             bin numbers for the medians -> struct mn_au_features (10 kB, no
 *                             pointers), which travels with the frame
 *   in frame order, one place mn_au_person_add: medians of this person, prediction
 *   at the end                mn_au_person_finish, mn_au_person_get: post-processing
 *
 * The FHOG itself (4464 floats) need not travel: the medians only want its bins, the models only
 * its products. mn_au_measure depends on nothing but its arguments, so results are the same bytes
 * for any number of workers. */
#ifndef MN_FACE_AU_CHAIN_H
#define MN_FACE_AU_CHAIN_H

#include "face/au_models.h"
#include "face/au_post.h"
#include "face/fhog.h"
#include "face/median.h"

#define MN_AU_FEATURES (MN_FHOG_SIZE + 3 * MN_FACE_POINTS + MN_PDM_MAX_MODES) /* at most */

/* Models and tables: read-only once open, shared by all threads. */
struct mn_au {
    struct mn_au_models *models;
    struct mn_pdm *pdm;
    struct mn_triangles triangles;
    struct mn_fhog_table *fhog;
    const struct mn_face_kernels *kernels;
    struct mn_median_spec shape_spec;
    int features;
    bool statics; /* the models for single images */
};

/* folder: OpenFace's AU_predictors. 0, or an error, logged, and *out is NULL. */
int mn_au_open(struct mn_au **out, const char *folder, bool statics, struct mn_log *log);
void mn_au_close(struct mn_au **au);

/* --------------------------------------------------------------------------- any order ---- */

struct mn_au_features {
    struct mn_pdm_fit fit;
    double product[MN_PRODUCT_COLUMNS];
    uint16_t bin[MN_AU_FEATURES];
};

/* Scratch of one thread, about 1.3 MB. */
struct mn_au_worker;

int mn_au_worker_open(struct mn_au_worker **out, const struct mn_au *au);
void mn_au_worker_close(struct mn_au_worker **w);

/* landmarks: 68 x, then 68 y, pixels. 0, or MIEN_EINVAL when they cannot be a face (not finite, in
 * one place, ...): then *out says nothing. The picture must have passed mn_picture_check. */
int mn_au_measure(struct mn_au_worker *w, const mien_picture *pic,
                  const float landmarks[2 * MN_FACE_POINTS], struct mn_au_features *out);

/* Single images: the static models' raw answer, clamped. */
void mn_au_predict_still(const struct mn_au *au, const struct mn_au_features *f,
                         struct mn_au_values *out);

/* ---------------------------------------------------------------------------- in order ---- */

/* One person; 4 to 6 MB, mostly histograms, until finished. */
struct mn_au_person;

/* live: values come corrected from mn_au_person_add, and no history is kept. */
int mn_au_person_open(struct mn_au_person **out, const struct mn_au *au, bool live);
void mn_au_person_close(struct mn_au_person **p);

/* Frame `index` of the video, 0-based, ascending, counting every frame analysed, shows the person;
 * frames where it is not seen are left out. *out: what can be said now. Medians move at even
 * indices only (so in OpenFace); before the first of those the face itself counts as neutral.
 * 0, MIEN_EINVAL (index not ascending) or MIEN_ENOMEM. */
int mn_au_person_add(struct mn_au_person *p, int64_t index, const struct mn_au_features *f,
                     struct mn_au_values *out);

/* -------------------------------------------------------------------------- at the end ---- */

/* Not live: no more frames; the video had `length`. Frees the histograms. A person that left long
 * ago can be finished early only if `length` is known. */
int mn_au_person_finish(struct mn_au_person *p, int64_t length);

/* Not live: lets go of the histograms of a person that will hardly come back. If it does, its
 * neutral face is found anew, and counts for the whole video in the end. */
void mn_au_person_leave(struct mn_au_person *p);

/* After finish: final values of any frame of the video. */
void mn_au_person_get(const struct mn_au_person *p, int64_t index, struct mn_au_values *out);

#endif
