/* Reads one result beside its labels, frame by frame. */
#ifndef MN_CLI_COLLECT_H
#define MN_CLI_COLLECT_H

#include "evaluate/channels.h"
#include "evaluate/labels.h"

/* The labels of one face in one frame, and what the tool measured there. */
struct mn_labelled {
    double label[MN_CHANNELS]; /* NAN: none */
    double tool[MN_CHANNELS];
    bool measured;                      /* the tool has a face there that it trusts */
    const struct mn_channels *channels; /* of the tool */
};

struct mn_collect_counts {
    int64_t frames, measured, absent; /* labelled faces; absent: the result lacks the frame */
    int64_t others;                   /* trusted faces that no label is about */
};

/* Calls `each` for every labelled face of a recording, in the order of frames. Labels without
 * face_id are about the only face of a frame; of several about the one nearest to labelled
 * landmarks, else about the person who is in most frames. 0 or a reported code, MIEN_EINTERRUPTED.
 */
int mn_collect(const char *result, const struct mn_labels *labels,
               const struct mn_recording *recording, struct mn_collect_counts *counts,
               int (*each)(void *ctx, const struct mn_labelled *l), void *ctx);

#endif
