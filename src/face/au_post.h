/* What becomes of raw AU predictions: OpenFace 2.2's correction while frames come in, and its
 * post-processing once all of them are known (the second is what its CSV holds):
 *  - the first 3000 frames with the person are predicted again with the final median;
 *  - each dynamic intensity is lowered by a low percentile of its own values, all are clamped to
 *    0 .. 5, and smoothed over 3 frames; presences over 7.
 * One of these for each person. Frames without the person count as 0 in the smoothing. */
#ifndef MN_FACE_AU_POST_H
#define MN_FACE_AU_POST_H

#include "face/au_models.h"

struct mn_au_values {
    float intensity[MN_AU_INTENSITIES]; /* 0 .. 5 */
    uint32_t presences;                 /* bit i: mien_au_presence_unit[i] */
};

/* -- live: without looking ahead -- */

/* Zeroed to begin with. The intensity of the resting face is taken to be the lowest tenth of what
 * was seen so far, from the tenth frame on. */
struct mn_au_online {
    uint32_t count;
    uint32_t seen[MN_AU_INTENSITIES][200];
};

void mn_au_online_correct(struct mn_au_online *o, const struct mn_au_models *m,
                          const double score[MN_AU_MODELS], struct mn_au_values *out);

/* Raw predictions clamped to 0 .. 5 and nothing else: for single images. */
void mn_au_clamp(const struct mn_au_models *m, const double score[MN_AU_MODELS],
                 struct mn_au_values *out);

/* -- with the whole video -- */

#define MN_AU_REPREDICTED 3000 /* frames with the person whose products are kept */

/* 72 bytes a frame, and 420 kB. */
struct mn_au_history;

/* repredict: with the models for video; the static ones need neither second pass nor offsets. */
int mn_au_history_open(struct mn_au_history **out, const struct mn_au_models *m, bool repredict);
void mn_au_history_close(struct mn_au_history **h);

/* Frame `index`, 0-based and ascending, shows the person; frames between cost as much as those that
 * do. 0, MIEN_EINVAL (not ascending, finished) or MIEN_ENOMEM. */
int mn_au_history_add(struct mn_au_history *h, int64_t index, const double *product,
                      const double score[MN_AU_MODELS]);

/* No more frames: the video had `length` of them. median: products of the models with the final
 * median. Once. 0, MIEN_EINVAL or MIEN_ENOMEM. */
int mn_au_history_finish(struct mn_au_history *h, const double *median, int64_t length);

/* After finish: the values of any frame of the video, 0 far from where the person was seen. */
void mn_au_history_get(const struct mn_au_history *h, int64_t index, struct mn_au_values *out);

/* After finish: what was subtracted from each intensity. */
const float *mn_au_history_offsets(const struct mn_au_history *h);

/* Before finish or after: the values as they stand, unsmoothed. False: not seen in that frame. */
bool mn_au_history_raw(const struct mn_au_history *h, int64_t index, struct mn_au_values *out);

#endif
