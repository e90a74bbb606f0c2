/* Facts about a source: what its container and stream state, and what has happened so far. */
#ifndef MN_CLI_SOURCE_FACTS_H
#define MN_CLI_SOURCE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

struct mn_source_facts {
    const char *name; /* as the user gave it */
    const char *container, *codec, *pixel_format;
    int width, height;    /* of the delivered pictures, after rotation */
    int rotation;         /* degrees clockwise that were applied, after mirroring */
    bool mirrored;        /* the file requests that left and right are exchanged */
    bool live;            /* cannot wait: frames that are not taken in time are dropped */
    bool still;           /* one picture, or pictures without times of their own */
    double frame_rate;    /* nominal, frames per second; 0 unknown */
    int sar_num, sar_den; /* shape of a delivered pixel, width to height; 0/1 unknown */
    int matrix, primaries,
        transfer;            /* colours as the stream states them, codes of H.273; 2 unknown */
    int time_num, time_den;  /* unit of presentation times, seconds */
    double start_time;       /* of the container, seconds */
    double duration;         /* seconds, 0 unknown */
    int64_t frames_expected; /* estimate, 0 unknown */

    bool isolated;    /* decoded by a separate process */
    unsigned sandbox; /* restrictions in force there: MN_SANDBOX_* */

    /* counted while the source is read */
    int64_t frames_decoded;
    int64_t frames_dropped;  /* live: a newer frame replaced them */
    int64_t packets_damaged; /* could not be decoded */
    int64_t frames_damaged;  /* decoded, with parts that the decoder had to guess */
    int64_t size_changes;    /* frames scaled back to the size of the first one */
    int64_t times_irregular; /* missing, negative, repeated or decreasing */
    double decode_seconds;   /* total */
    int64_t reconnects;      /* of a live stream, after it was lost */
    double captured;         /* live: mn_now() when the picture that was read last had arrived */
    char damage[200];        /* the first damage, in words; "" none */
};

#endif
