/* How measurements agree with labels. Everything is computed from sums that can be added, so people
 * can be drawn again without their frames.
 *
 * A kind says which sums there are and which metrics come from them; an item is one thing of a kind
 * that is scored (an action unit, gaze). The metrics of a kind are a table. */
#ifndef MN_CLI_SCORES_H
#define MN_CLI_SCORES_H

#include <stdbool.h>

enum { MN_SCORES_SUMS = 4096 }; /* most sums of a kind */

struct mn_metric {
    const char *name, *meaning;
    double (*of)(const double *sums); /* NAN: not defined */
};

struct mn_kind {
    const char *name;
    int num_sums, num_metrics;
    const struct mn_metric *metric;
};

/* Action units: agreement of presence and of intensity. */
extern const struct mn_kind mn_kind_unit;

/* Angles between directions of gaze, in degrees. */
extern const struct mn_kind mn_kind_gaze;

/* Mean distances of landmarks, in percent of the distance of the outer eye corners. */
extern const struct mn_kind mn_kind_landmarks;

/* An error above this many percent is a failure. */
#define MN_SCORES_FAILURE 8.0

/* What is known of one frame. A frame without a face adds what the tool says by not measuring: unit
 * absent with intensity 0, gaze into the camera, landmarks that failed. */
struct mn_unit_frame {
    bool measured; /* the tool has a face there */
    bool has_presence, has_intensity;
    bool label_present, tool_present;
    double label, tool; /* intensities */
};

void mn_scores_unit(double *sums, const struct mn_unit_frame *f);

/* Angles in degrees. */
void mn_scores_gaze(double *sums, bool measured, double label_yaw, double label_pitch,
                    double tool_yaw, double tool_pitch);

/* error: in percent; of a frame that is not measured it does not count. */
void mn_scores_landmarks(double *sums, bool measured, double error);

/* Number of frames that the sums contain, of both sorts. */
double mn_scores_frames(const double *sums);

#endif
