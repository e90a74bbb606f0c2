/* What the files of this folder share: the source, and what each does for the others. FFmpeg is
 * known here and in cli/sink/video.c alone. */
#ifndef MN_CLI_SOURCE_FFMPEG_INSIDE_H
#define MN_CLI_SOURCE_FFMPEG_INSIDE_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "source/source.h"

#define MN_AV_SHELLS 2048

/* A picture on loan. Shells are recycled, so that lending costs no allocation. */
struct shell {
    struct mn_source *source;
    AVFrame *frame;
};

/* Where a pixel goes: X = a x + c y, Y = b x + d y, each -1, 0 or 1, shifted so that the result
 * begins at 0. A quarter turn, a mirror image, or both. */
struct orientation {
    int a, b, c, d;
};

struct mn_source {
    struct mn_source_facts facts;
    struct orientation turn;
    struct mn_source_options o;
    char *name;
    AVFormatContext *format;
    AVCodecContext *codec;
    int stream;
    AVPacket *packet;
    AVFrame *decoded;
    bool flushing, ended;
    int64_t packets, packets_expected;
    bool read_error;
    char read_error_text[120];
    double patience;  /* seconds that a stream may be silent; 0: as long as it likes */
    double deadline;  /* mn_now() when that is over; of the thread that reads */
    bool silent;      /* it was */
    bool again;       /* the stream was lost and is opened once more, by the thread that reads */
    double shift;     /* what its times are then moved by, to go on */
    bool rejoined;    /* shift is to be found out with the next picture */
    double last_seen; /* mn_now() at the last picture */

    int coded_width, coded_height; /* of the first frame: all others are brought to it */
    double last_time;
    double step;               /* seconds between frames where times are missing */
    bool any_time, any_stored; /* a time, a time from the container */

    struct { /* decoded before anybody asked; of the thread that reads */
        struct shell *shell;
        int64_t index;
        double time;
    } ahead[MN_SOURCE_AHEAD];
    int ahead_first, ahead_count;
    int ahead_end; /* what came after them: an error, or MIEN_EEOF; 0: nothing yet */

    struct mn_isolated *child; /* a process does all of it; the rest is unused */
    AVIOContext *io;           /* the file that was opened for us; NULL: FFmpeg opens it */
    mien_pipeline *memory;     /* pictures are put into its buffers; NULL: into FFmpeg's own */
    struct SwsContext *sws;
    AVBufferPool *buffers; /* converted or rotated pictures */
    int buffer_size;

    pthread_mutex_t lock; /* the rest */
    struct shell *shells;
    struct shell *free[MN_AV_SHELLS];
    int num_free, num_shells;

    /* live: a thread reads, the newest picture waits here */
    bool threaded;
    atomic_bool thread_stop;
    pthread_t thread;
    pthread_cond_t fresh;
    struct shell *newest;
    int64_t dropped; /* copied to the facts by the reading side */
    double newest_time, newest_captured;
    int64_t newest_index;
    bool any_taken;
    int thread_result; /* 0 while it runs */
    bool joined;
    bool paced;       /* pictures are held back until their time */
    double pace_base; /* mn_now() minus presentation time */
    bool pace_known;
    double packet_came; /* mn_now() */
    struct mn_rate rate;
};

static inline bool mn_av_stopped(struct mn_source *s)
{
    return (s->o.stop && *s->o.stop) || atomic_load(&s->thread_stop);
}

/* Something came, or is to come from now on. */
static inline void mn_av_expect(struct mn_source *s)
{
    s->deadline = mn_now() + s->patience;
}

/* Cameras and what comes over a network: what is lost there is lost, and no copy is better. */
static inline bool mn_av_is_stream(const struct mn_source *s)
{
    return s->patience > 0;
}

/* name.c */
enum mn_av_kind { MN_AV_FILE, MN_AV_PATTERN, MN_AV_URL, MN_AV_GRAPH, MN_AV_CAMERA };
/* Also checks a file before FFmpeg sees it. */
int mn_av_classify(const char *name, const struct mn_source_options *o, enum mn_av_kind *kind);
bool mn_av_is_pattern(const char *name);
bool mn_av_is_number(const char *name);

/* open.c */
int mn_av_interrupted(void *source); /* FFmpeg asks while it waits */
int mn_av_open_format(struct mn_source *s, enum mn_av_kind kind);
/* Finds the pictures in what was opened, and what decodes them. */
int mn_av_open_decoder(struct mn_source *s, enum mn_av_kind kind, const AVCodec **found);
/* The same, and fills in the facts. */
int mn_av_open_stream(struct mn_source *s, enum mn_av_kind kind);

/* picture.c */
int mn_av_get_buffer(AVCodecContext *codec, AVFrame *f, int flags);
const int32_t *mn_av_stream_matrix(const AVStream *st);
struct orientation mn_av_by_degrees(int clockwise);
struct orientation mn_av_by_matrix(const int32_t *m, const char *name);
void mn_av_set_turn(struct mn_source *s, struct orientation t);
int mn_av_check_size(const char *name, int w, int h);
void mn_av_set_size(struct mn_source *s, int w, int h);
/* Turns s->decoded into a shell that can be lent. */
int mn_av_settle(struct mn_source *s, struct shell **out);
void mn_av_shell_put(void *shell);
void mn_av_describe(const struct mn_source *s, const AVFrame *f, mien_picture *p);

/* read.c */
/* The next picture, ready to be lent. */
int mn_av_next(struct mn_source *s, struct shell **out, double *time, int64_t *index);
int mn_av_lend(struct mn_source *s, mien_frame *f, struct shell *shell, int64_t index, double time);

/* live.c */
void *mn_av_live_main(void *source);
/* The newest picture of the reading thread. */
int mn_av_newest(struct mn_source *s, mien_frame *f, bool wait);

#endif
