/* What a pipeline did: times, rates, counts. */
#ifndef MIEN_STATS_H
#define MIEN_STATS_H

#include <mien/mien.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Service times of one kind of work since mien_open or mien_clear_stats. */
typedef struct mien_span {
    const char *name;               /* "detect.network" and the like; static */
    int network;                    /* 1: time inside a neural network */
    int64_t count;                  /* times that the work was done */
    double total, median, p95, max; /* seconds; median and p95 to about 3 % */
} mien_span;

#define MIEN_SPANS_MAX 24

/* Frames per second through one stage, in whatever thread or process it runs. Frames that the stage
 * has nothing to do with do not count: with detect_every 5, a fifth of them pass the detector. */
typedef struct mien_stage_rate {
    const char *name; /* "detect" and the like; static */
    int64_t frames;
    double recent, mean; /* per second: of the last 30 frames, and since the first; 0 below two */
} mien_stage_rate;

#define MIEN_STAGES_MAX 32

typedef struct mien_stats {
    int num_spans;
    mien_span span[MIEN_SPANS_MAX];
    int num_stages; /* in the order in which frames come to them */
    mien_stage_rate stage[MIEN_STAGES_MAX];
    int64_t frames, detections, faces; /* frames sent, runs of the detector, faces measured */
    double queue_mean;                 /* frames waiting for a worker, mean over tasks */
    int queue_max;
    int workers, frames_in_pool, detect_every; /* as resolved by mien_open */
    int64_t restarts;                          /* of worker processes that died or hung */
    int64_t quarantined;                       /* frames with MIEN_EWORKER */
    int64_t copied; /* pictures copied for worker processes, since mien_open */
} mien_stats;

/* Writes the statistics to *out; all 0 if p is NULL. Frames may be in flight; then the numbers are
 * those of a moment ago. */
MIEN_API void mien_get_stats(mien_pipeline *p, mien_stats *out);

/* Starts all counts and times again, except `copied`. NULL is ignored. */
MIEN_API void mien_clear_stats(mien_pipeline *p);

/* Mean time of one run of a network. */
typedef struct mien_network_time {
    const char *role; /* as in mien_model_use; static */
    double seconds;
    int per_face; /* 1: it runs once for each of mien_stats.faces, 0: for each of .detections */
} mien_network_time;

/* Measures the networks in use: all workers run them in turn, on whatever their inputs hold, for
 * about `seconds` in all. The pipeline must be idle. Returns the number of networks, and fills up
 * to `max` entries of out (the caller's; NULL if max is 0); or a negative error. A pipeline of the
 * networks alone would reach workers / sum(seconds * runs per frame) frames per second: the floor
 * that mien bench prints. */
MIEN_API int mien_measure_networks(mien_pipeline *p, double seconds, mien_network_time *out,
                                   int max);

#ifdef __cplusplus
}
#endif

#endif
