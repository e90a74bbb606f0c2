/* Where frames come from: video files, pictures, numbered sequences, streams, cameras, and filter
 * graphs of FFmpeg. All through FFmpeg, in the folder ffmpeg alone. */
#ifndef MN_CLI_SOURCE_H
#define MN_CLI_SOURCE_H

#include <mien/mien.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "io/wakeup.h"
#include "report/monitor.h"

struct mn_source;

struct mn_source_options {
    int rotate;         /* degrees clockwise: 0, 90, 180, 270; -1: as the file says */
    bool tagged_colour; /* follow the stream's colour matrix; otherwise BT.601, as OpenCV 4 does */
    double fps; /* of numbered sequences, which have no times of their own; 0 = 25. Asked of a
                   camera */
    const char *camera_size;  /* asked of a camera: WIDTHxHEIGHT; NULL: as it is set */
    int threads;              /* of the decoder */
    bool remote;              /* names with :// may be fetched */
    bool realtime;            /* whatever it is: live, its pictures come when their times say */
    struct mn_wakeup *wakeup; /* rung when a live source has a new picture or ends; may be NULL */
    bool isolate;             /* a regular file is read and decoded by a process without rights, */
    mien_pipeline *memory; /* which writes into buffers of this one, where it has any; or NULL. They
                              are lent from open to close */
    int fd;                /* in that process: the file, already open; 0: open it by its name */
    struct mn_arena *arena; /* and where pictures go */
    double
        timeout; /* seconds without a sign after which a stream or camera is given up; 0: never */
    double reconnect; /* seconds for which a lost live stream is looked for again; 0: not at all */
    const atomic_int *stop; /* becomes non-zero: give up waiting for input */
};

struct mn_source_facts {
    const char *name; /* as given */
    const char *container, *codec, *pixel_format;
    int width, height;    /* as delivered: rotated */
    int rotation;         /* degrees clockwise that were applied, after mirroring */
    bool mirrored;        /* the file asked for left and right to be exchanged */
    bool live;            /* cannot wait: frames not taken in time are dropped */
    bool still;           /* one picture, or pictures without times of their own */
    double frame_rate;    /* nominal, 0 unknown */
    int sar_num, sar_den; /* shape of a pixel as delivered, width to height; 0/1 unknown */
    int matrix, primaries, transfer; /* colours as the stream says, codes of H.273; 2 unknown */
    int time_num, time_den;          /* unit of presentation times */
    double start_time;               /* of the container, seconds */
    double duration;                 /* seconds, 0 unknown */
    int64_t frames_expected;         /* estimate, 0 unknown */

    bool isolated;    /* decoded by a process of its own */
    unsigned sandbox; /* which cannot do more than this: MN_SANDBOX_* */

    /* what has happened so far */
    int64_t frames_decoded;
    int64_t frames_dropped;  /* live: newer ones came first */
    int64_t packets_damaged; /* could not be decoded */
    int64_t frames_damaged;  /* decoded, with parts the decoder had to guess */
    int64_t size_changes;    /* frames scaled back to the first size */
    int64_t times_irregular; /* missing, negative, repeated or going back */
    double decode_seconds;   /* total */
    int64_t reconnects;      /* of a live stream, after it was lost */
    double captured;         /* live: mn_now() when the picture read last had come in */
    char damage[200];        /* first damage, in words; "" none */
};

/* Says what is wrong with a name that cannot be opened: MIEN_ENOINPUT, MIEN_EISDIR, MIEN_EEMPTY,
 * MIEN_ENOTMEDIA, MIEN_ENOVIDEO, MIEN_EDAMAGED, MIEN_EDIMENSIONS, MIEN_ENOTBUILT. */
int mn_source_open(struct mn_source **out, const char *name, const struct mn_source_options *o);

/* Frames that borrow the source's pictures must have been released before. */
void mn_source_close(struct mn_source **s);

/* Before the first read: pictures are decoded into buffers of this pipeline, where it has any; it
 * must outlive the reading. Otherwise its worker processes would need copies. */
void mn_source_decode_into(struct mn_source *s, mien_pipeline *p);

/* Lends the next picture to f. MIEN_EEOF at the end; damage and oddities do not end a stream
 * early, the facts tell of them. MIEN_EINTERRUPTED. */
int mn_source_read(struct mn_source *s, mien_frame *f);

/* Before the first read: decodes pictures in advance, `most` at most and 32 MiB, until *enough.
 * What goes wrong is told by the read that would have met it. Nothing of live sources and other
 * processes. */
#define MN_SOURCE_AHEAD 24
void mn_source_ahead(struct mn_source *s, int most, const atomic_bool *enough);

/* The same of a live source without waiting: MIEN_EAGAIN when there is no new picture. */
int mn_source_poll(struct mn_source *s, mien_frame *f);

/* Ends the reading of a live source; pictures that were not taken count as dropped. While it reads,
 * only captured and frames_dropped of the facts may be looked at, and what never changes. */
void mn_source_stop(struct mn_source *s);

/* How fast pictures came in. Any time. */
struct mn_rate mn_source_rate(struct mn_source *s);

/* For the decoder process: the next picture as it is; *shell is what to return when it may be
 * overwritten. */
int mn_source_next(struct mn_source *s, mien_picture *p, int64_t *index, double *time,
                   void **shell);
void mn_source_return(void *shell);

const struct mn_source_facts *mn_source_facts(struct mn_source *s);

/* After the run: what the exit status should tell, said in one sentence: MIEN_EDAMAGED,
 * MIEN_ESIZECHANGE, MIEN_ETIMESTAMPS, or 0. stopped_early: not read to the end, by choice. */
int mn_source_verdict(struct mn_source *s, bool stopped_early);

/* "FFmpeg libavcodec 59.37.100, libavformat ..., " for --version. */
void mn_source_version(char *buf, size_t size);

#endif
