/* Where results go. Sinks are called from one thread, in frame order. */
#ifndef MN_CLI_SINK_H
#define MN_CLI_SINK_H

#include <mien/mien.h>
#include <stdbool.h>
#include <stdint.h>

#include "report/monitor.h"
#include "sink/columns.h"
#include "sink/result.h"

/* What is known of an input once its first picture is there. */
struct mn_stream {
    const char *input;      /* as the user named it */
    int width, height;      /* of every picture of this input, rotation applied */
    double frame_rate;      /* nominal, 0 if unknown */
    double start;           /* seconds: earlier pictures were left out at the user's wish */
    int time_num, time_den; /* unit of presentation times, seconds; 0/1 if unknown */
    int sar_num, sar_den;   /* shape of a pixel, width to height; 0/1 if unknown */
    int matrix, primaries, transfer; /* colours as the input says, codes of H.273; 2 if unknown */
    bool live; /* cannot be had again: what is written must survive whatever comes */
    const struct mn_monitor *monitor; /* how fast the run is, for the window; may be NULL */
    struct mn_layout layout;          /* which columns */
};

/* What is known of a person's action units once the whole video is: 0 and *out, or an error. */
typedef int mn_final_au_fn(void *ctx, int64_t index, int32_t id, mien_au *out);

struct mn_sink;

struct mn_sink_info {
    const char *name;
    const char *extensions; /* ".csv .tsv": chooses the sink for an output name */
    const char *missing;    /* not NULL: not built in, and this sentence says why */
    /* path is checked already; force as in mn_atomic_file_open. Says what goes wrong. */
    int (*open)(struct mn_sink **out, const char *path, bool force);
    int (*begin)(struct mn_sink *s, const struct mn_stream *stream);
    int (*frame)(struct mn_sink *s, const struct mn_result *r);
    /* The stream has ended: values that are known only now replace those written. NULL: has none.
     * Rows that went to a pipe stay as they are. */
    int (*revise)(struct mn_sink *s, mn_final_au_fn *final, void *ctx);
    /* complete: the result may take its final name. Closes and frees in any case. */
    int (*finish)(struct mn_sink *s, bool complete);
};

struct mn_sink {
    const struct mn_sink_info *info;
};

extern const struct mn_sink_info mn_sink_csv, mn_sink_jsonl, mn_sink_video, mn_sink_send,
    mn_sink_display;

/* The sink for rows: by format name ("csv", "jsonl") or else by the extension of path; NULL if
 * neither tells. */
const struct mn_sink_info *mn_sink_for(const char *format, const char *path);

#endif
