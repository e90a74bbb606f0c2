/* Where frames come from: video files, pictures, numbered sequences, streams, cameras, and filter
 * graphs of FFmpeg. One thread opens, reads and closes a source. */
#ifndef MN_CLI_SOURCE_H
#define MN_CLI_SOURCE_H

#include <mien/mien.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"
#include "io/wakeup.h"
#include "source/facts.h"
#include "source/kind.h"

struct mn_source_options {
    int rotate;         /* degrees clockwise: 0, 90, 180, 270; -1: as the file states */
    bool tagged_colour; /* follow the stream's colour matrix; otherwise BT.601, as OpenCV 4 does */
    double fps; /* of numbered sequences, which have no times of their own; 0 = 25. Requested from
                   a camera */
    const char *camera_size;  /* requested from a camera: WIDTHxHEIGHT; NULL: its current size */
    int threads;              /* of the decoder */
    bool remote;              /* names with :// may be fetched */
    bool realtime;            /* any input is live: its pictures come at their times */
    struct mn_wakeup *wakeup; /* rung when a live source has a new picture or ends; may be NULL */
    bool isolate;          /* a separate process without rights reads and decodes regular files, */
    bool many;             /* more such files will be opened: such processes start quickly then */
    mien_pipeline *memory; /* and writes into buffers of this pipeline, where it has any; or NULL.
                              They are borrowed from open to close */
    double timeout;        /* seconds of silence after which a stream or camera ends; 0: never */
    double reconnect; /* seconds during which a lost live stream is tried again; 0: not at all */
    const atomic_int *stop; /* becomes non-zero: give up waiting for input */
};

/* ----------------------------------------------------------------------- for the program ---- */

struct mn_source;

/* Reports what is wrong with a name that cannot be opened: MIEN_ENOINPUT, MIEN_EISDIR, MIEN_EEMPTY,
 * MIEN_ENOTMEDIA, MIEN_ENOVIDEO, MIEN_EDAMAGED, MIEN_EDIMENSIONS, MIEN_ENOTBUILT. *out is NULL
 * then. */
int mn_source_open(struct mn_source **out, const char *name, const struct mn_source_options *o);

/* Frames that borrow the source's pictures must have been released before. */
void mn_source_close(struct mn_source **s);

/* Before the first read: pictures are decoded into buffers of this pipeline, where it has any; it
 * must outlive the reading. Otherwise its worker processes would need copies. */
void mn_source_decode_into(struct mn_source *s, mien_pipeline *p);

/* Lends the next picture to f. MIEN_EEOF at the end; damage and irregularities do not end a stream
 * early, the facts record them. MIEN_EINTERRUPTED. */
int mn_source_read(struct mn_source *s, mien_frame *f);

/* Before the first read: decodes pictures in advance, `most` at most and 32 MiB, until *enough. An
 * error is returned by the read that would have met it. Only files do so; elsewhere it does
 * nothing. */
#define MN_SOURCE_AHEAD 24 /* the largest `most` */
void mn_source_ahead(struct mn_source *s, int most, const atomic_bool *enough);

/* As mn_source_read, but a live source does not wait: MIEN_EAGAIN when it has no new picture. */
int mn_source_poll(struct mn_source *s, mien_frame *f);

/* Ends the reading of a live source; pictures that were not taken count as dropped. Until then only
 * captured and frames_dropped of the facts may be read, and those that never change. */
void mn_source_stop(struct mn_source *s);

/* How fast pictures came in. At any time. */
struct mn_rate mn_source_rate(struct mn_source *s);

const struct mn_source_facts *mn_source_facts(struct mn_source *s);

/* After the run: the error for the exit status, reported in one sentence: MIEN_EDAMAGED,
 * MIEN_ESIZECHANGE, MIEN_ETIMESTAMPS, or 0. stopped_early: deliberately not read to the end. */
int mn_source_verdict(struct mn_source *s, bool stopped_early);

/* "FFmpeg libavcodec 59.37.100, libavformat ..., " for --version. */
void mn_source_version(char *buf, size_t size);

/* ------------------------------------------------------------------- for implementations ---- */

/* What is to be opened. */
struct mn_source_input {
    const char *name;
    enum mn_source_kind kind;
    const struct mn_source_options *options; /* valid during open only */
};

/* An implementation of sources: a row of the table in source.c. */
struct mn_source_info {
    const char *name;
    /* Is it the right one for this input? */
    bool (*serves)(const struct mn_source_input *in);
    /* As mn_source_open: *out is set on success only. */
    int (*open)(struct mn_source **out, const struct mn_source_input *in);
    void (*close)(struct mn_source *s);
    int (*read)(struct mn_source *s, mien_frame *f);
    int (*verdict)(struct mn_source *s, bool stopped_early);
    /* NULL where there is nothing to do; poll: read, which waits for decoding only */
    int (*poll)(struct mn_source *s, mien_frame *f);
    void (*stop)(struct mn_source *s);
    void (*decode_into)(struct mn_source *s, mien_pipeline *p);
    void (*ahead)(struct mn_source *s, int most, const atomic_bool *enough);
    /* NULL: counted by source.c with each read */
    struct mn_rate (*rate)(struct mn_source *s);
};

/* The first member of every implementation. */
struct mn_source {
    const struct mn_source_info *info;
    struct mn_source_facts facts;
    struct mn_rate rate;
};

extern const struct mn_source_info mn_source_isolated, mn_source_live, mn_source_file;

#endif
