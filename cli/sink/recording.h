/* Recordings that start and stop while a run goes on: each is a video and a table of rows. An error
 * ends the recording, not the run. */
#ifndef MN_CLI_RECORDING_H
#define MN_CLI_RECORDING_H

#include "sink/sink.h"

struct mn_recording {
    const char *folder;
    struct mn_sink *sink[2];
    int num_sinks;     /* 0: none goes on */
    char name[64];     /* of the last one, without folder and extension */
    char problem[400]; /* why the last one ended or did not begin; "": all is well */
};

/* Files get names by the local time: FOLDER/mien-20300131-174500.mp4 and .csv. Errors are reported
 * and are in r->problem. */
void mn_recording_start(struct mn_recording *r, const struct mn_stream *stream);

void mn_recording_frame(struct mn_recording *r, const struct mn_result *result);

/* The files get their final names. Nothing happens if none goes on. */
void mn_recording_stop(struct mn_recording *r);

#endif
