/* The decoder's state, and what the files of this folder do for each other. FFmpeg is used here and
 * in cli/sink/video.c only. */
#ifndef MN_CLI_SOURCE_FFMPEG_STATE_H
#define MN_CLI_SOURCE_FFMPEG_STATE_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <mien/mien.h>
#include <pthread.h>

#include "base/clock.h"
#include "source/facts.h"
#include "source/ffmpeg/options.h"

/* A picture on loan. Loans are recycled, so that lending costs no allocation. */
struct mn_av_loan {
    struct mn_decoder *decoder;
    AVFrame *frame;
    struct mn_av_loan *next_free, *next;
};

struct mn_av_loans {
    pthread_mutex_t lock;
    struct mn_av_loan *free, *all;
};

/* Where a pixel goes: X = a x + c y, Y = b x + d y, each -1, 0 or 1, shifted so that the result
 * begins at 0. A quarter turn, a mirror image, or both. */
struct mn_av_turn {
    int a, b, c, d;
};

/* How long an input may be silent. */
struct mn_av_patience {
    double seconds;  /* 0: no limit */
    double deadline; /* mn_now() when they are over */
    bool exceeded;
};

struct mn_av_times {
    double last;          /* of the last picture, seconds */
    double last_seen;     /* mn_now() at the last picture */
    double shift;         /* added to the stream's times, so that they continue after a loss */
    bool reconnected;     /* the next picture determines shift */
    bool any, any_stored; /* there was a time; one from the container */
};

/* How pictures are brought to one size and orientation. */
struct mn_av_shape {
    struct mn_av_turn turn;
    int coded_width, coded_height; /* of the first frame: all others are scaled to it */
    struct SwsContext *sws;
    AVBufferPool *buffers; /* for converted or rotated pictures */
    int buffer_size;
};

struct mn_decoder {
    struct mn_decoder_options o;
    struct mn_source_facts *facts;
    struct mn_decoder_status status;
    char *name;
    AVFormatContext *format;
    AVIOContext *io; /* reads o.fd; NULL: FFmpeg opens the file */
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *decoded;
    int stream;
    bool flushing, ended;
    bool reconnecting;        /* failures to open are not reported */
    int64_t packets_expected; /* 0 unknown */
    struct mn_av_patience patience;
    struct mn_av_times times;
    struct mn_av_shape shape;
    struct mn_av_loans loans;
};

static inline bool mn_av_stopped(const struct mn_decoder *d)
{
    return d->o.stopped && d->o.stopped(d->o.ctx);
}

/* Something came, or is to come from now on. */
static inline void mn_av_restart_patience(struct mn_decoder *d)
{
    d->patience.deadline = mn_now() + d->patience.seconds;
}

/* A camera, or something that comes over a network: data lost there cannot be copied again. */
static inline bool mn_av_is_stream(const struct mn_decoder *d)
{
    return d->patience.seconds > 0;
}

/* input.c */
/* FFmpeg's interrupt callback: true ends its wait. */
int mn_av_interrupted(void *decoder);
/* An empty d->format. */
int mn_av_new_input(struct mn_decoder *d);
/* avformat_open_input; takes options over. An error of FFmpeg, or 0. */
int mn_av_connect(struct mn_decoder *d, const char *url, const AVInputFormat *input,
                  AVDictionary *options);
int mn_av_report_silence(const struct mn_decoder *d);

/* open.c, device.c: one opener for each kind of source */
struct mn_av_opener {
    /* Opens d->format. Returns 0 with FFmpeg's result in *result, or an error that was reported. */
    int (*open)(struct mn_decoder *d, int *result);
    /* Reports why FFmpeg could not open it. */
    int (*explain)(const struct mn_decoder *d, int result);
};
extern const struct mn_av_opener mn_av_graph, mn_av_camera;
int mn_av_open_input(struct mn_decoder *d);
/* Does the file begin like a well-known container? Then what FFmpeg cannot open is damaged. */
bool mn_av_looks_like_media(const struct mn_decoder *d);

/* stream.c */
/* Finds the video stream in what was opened, and starts its codec. */
int mn_av_open_codec(struct mn_decoder *d);
/* Fills in the facts. */
void mn_av_describe_stream(struct mn_decoder *d);

/* shape.c */
const int32_t *mn_av_stream_matrix(const AVStream *st);
struct mn_av_turn mn_av_turn_by_degrees(int clockwise);
struct mn_av_turn mn_av_turn_by_matrix(const int32_t *m, const char *name);
void mn_av_set_turn(struct mn_decoder *d, struct mn_av_turn t);
int mn_av_check_size(const char *name, int w, int h);
/* The size that all pictures of the stream are scaled to, and the turned size in the facts. */
void mn_av_set_size(struct mn_decoder *d, int w, int h);

/* buffer.c */
int mn_av_get_buffer(AVCodecContext *codec, AVFrame *f, int flags);
/* A picture of our own from the pool; its size never changes within a stream. */
int mn_av_own_frame(struct mn_decoder *d, AVFrame *out, int format, int w, int h);

/* picture.c */
/* Moves d->decoded into a loan, converted, scaled and turned as needed. */
int mn_av_finish_frame(struct mn_decoder *d, struct mn_av_loan **out);
void mn_av_return(struct mn_av_loan *loan);
void mn_av_free_loans(struct mn_av_loans *loans);
void mn_av_describe_picture(const struct mn_decoder *d, const AVFrame *f, mien_picture *p);

/* read.c */
/* The next decoded picture, in d->decoded. */
int mn_av_read(struct mn_decoder *d, int64_t *index, double *time);

#endif
