/* A job slot: a process of the same program that keeps the models open and takes job after job. A
 * crash ends the slot, not the batch.
 *
 * The batch (supervisor.h) starts it as `mien MN_SLOT_FLAG PID WORKERS MOST OPTIONS...`, with the
 * options of the command line. Both sides are this program, so the messages are structs. */
#ifndef MN_CLI_SLOT_H
#define MN_CLI_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MN_SLOT_FLAG "--mn-job-slot"

enum { MN_SLOT_PATH = 4096, MN_SLOT_TEXT = 1200 };

/* Batch to slot: do this job. */
struct mn_slot_request {
    char input[MN_SLOT_PATH], rows[MN_SLOT_PATH], video[MN_SLOT_PATH]; /* video: "" = none */
    int64_t bytes;
    bool again; /* an earlier attempt crashed */
};

enum mn_slot_kind {
    MN_SLOT_READY,   /* the models are open: err is 0; or they could not be opened */
    MN_SLOT_MESSAGE, /* level, text */
    MN_SLOT_END,     /* of the job: state, err, media_seconds, text = its first error message */
};

/* Slot to batch. */
struct mn_slot_reply {
    int32_t kind, level, state, err;
    double media_seconds;
    char text[MN_SLOT_TEXT];
};

/* Shared memory: the progress of the job, written by the slot, and what the batch gives it. */
struct mn_slot_page {
    _Atomic int64_t frames, expected, media_ms; /* media_ms: duration of the video; 0: not known */
    _Atomic int32_t
        workers; /* written by the batch: how many the slot may have; 0: as it started */
};

/* The main function of the slot: argv[1] is MN_SLOT_FLAG. Returns the exit status. */
int mn_slot_main(int argc, char **argv);

#endif
