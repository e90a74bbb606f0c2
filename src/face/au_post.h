/* Correction of raw action unit predictions: OpenFace 2.2's online correction while frames arrive,
 * and its post-processing once all frames are known. OpenFace's CSV holds the latter:
 *  - the first 3000 frames with the person are predicted again with the final median;
 *  - each dynamic intensity is lowered by a low percentile of its own values, or raised to the
 * level of the median face where mien's own models know one (mn_au_levels);
 *  - all intensities are clamped to 0 .. 5 and smoothed over 3 frames, presences over 7.
 * There is one of these for each person. In the smoothing, frames without the person count as 0. */
#ifndef MN_FACE_AU_POST_H
#define MN_FACE_AU_POST_H

#include "face/au_models.h"

struct mn_au_values {
    float intensity[MN_AU_INTENSITIES]; /* 0 .. 5 */
    uint32_t presences;                 /* bit i: mien_au_presence_unit(i) */
};

/* -- live: without looking ahead -- */

/* Zeroed at first. From the tenth frame on, the intensity of the resting face is the 10th
 * percentile of the intensities so far. */
struct mn_au_online {
    uint32_t count;
    uint32_t seen[MN_AU_INTENSITIES][200];
};

/* level: of the median face (mn_au_levels); NULL: 0. It counts where it is above what the offset
 * gives. */
void mn_au_online_correct(struct mn_au_online *o, const struct mn_au_models *m,
                          const double score[MN_AU_MODELS], const float *level,
                          struct mn_au_values *out);

/* Raw predictions and levels (NULL: 0), clamped to 0 .. 5. */
void mn_au_clamp(const struct mn_au_models *m, const double score[MN_AU_MODELS], const float *level,
                 struct mn_au_values *out);

/* -- with the whole video -- */

#define MN_AU_REPREDICTED 3000 /* the number of frames with the person whose products are kept */

/* 72 bytes per frame, and 420 kB. */
struct mn_au_history;

/* repredict: with the models for video. The static ones need neither second pass nor offsets. */
int mn_au_history_open(struct mn_au_history **out, const struct mn_au_models *m, bool repredict);
void mn_au_history_close(struct mn_au_history **h);

/* Adds frame `index` (0-based, ascending), which shows the person. The frames in between take the
 * same memory. 0, MIEN_EINVAL (not ascending, or finished) or MIEN_ENOMEM. */
int mn_au_history_add(struct mn_au_history *h, int64_t index, const double *product,
                      const double score[MN_AU_MODELS]);

/* Ends the video, which had `length` frames. median: products of the models with the final median;
 * level: of that median (mn_au_levels); NULL: 0. May be called once. 0, MIEN_EINVAL or MIEN_ENOMEM.
 */
int mn_au_history_finish(struct mn_au_history *h, const double *median, const float *level,
                         int64_t length);

/* After finish: the values of any frame of the video; 0 far from frames with the person. */
void mn_au_history_get(const struct mn_au_history *h, int64_t index, struct mn_au_values *out);

/* After finish: the offset that was subtracted from each intensity. */
const float *mn_au_history_offsets(const struct mn_au_history *h);

/* Before or after finish: the current values, not smoothed. False: the person was not seen in that
 * frame. */
bool mn_au_history_raw(const struct mn_au_history *h, int64_t index, struct mn_au_values *out);

#endif
