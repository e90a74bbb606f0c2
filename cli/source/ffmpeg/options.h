/* What a decoder is opened with, and how its reading stands. */
#ifndef MN_CLI_DECODER_OPTIONS_H
#define MN_CLI_DECODER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/kind.h"

/* Where pictures are written, if not to memory of FFmpeg. Called by the thread that reads; put also
 * by the threads that return loans. */
struct mn_decoder_memory {
    /* size bytes; *lease is handed to put. NULL: there is no room, other memory is used. */
    uint8_t *(*get)(void *ctx, size_t size, void **lease);
    void (*put)(void *lease, uint8_t *data);
    void *ctx;
};

struct mn_decoder_options {
    enum mn_source_kind kind;
    int fd;                     /* the file, already open; 0: it is opened by its name */
    int rotate;                 /* degrees clockwise: 0, 90, 180, 270; -1: as the file states */
    bool tagged_colour;         /* as in mn_source_options */
    double fps;                 /* of a sequence, 0 = 25; requested from a camera, 0 = any */
    const char *camera_size;    /* WIDTHxHEIGHT, requested from a camera; NULL: its current size */
    int threads;                /* of the codec; 0 = 1 */
    bool low_delay;             /* no picture is held back for reasons of speed */
    bool unbuffered;            /* data that was read to find the stream is old and not used */
    double timeout;             /* seconds of silence after which a URL or camera ends; 0: never */
    bool (*stopped)(void *ctx); /* true: give up, MIEN_EINTERRUPTED. NULL: never */
    void *ctx;                  /* of stopped */
    struct mn_decoder_memory memory;
};

/* How the reading stands. Belongs to the thread that reads. */
struct mn_decoder_status {
    int64_t packets;       /* of the video stream, so far */
    double packet_came;    /* mn_now() when the last of them arrived */
    double frame_interval; /* seconds between two frames, where times are missing */
    char read_error[120];  /* why reading ended before the stream did; "" it did not */
};

#endif
