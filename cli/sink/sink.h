/* The table of sinks: where results go. Sinks are called from one thread, in frame order.
 *
 * A new sink is a file with its `mn_sink_info`, a word in MN_SINKS, and a line in meson.build. */
#ifndef MN_CLI_SINK_H
#define MN_CLI_SINK_H

#include <mien/mien.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "sink/columns.h"
#include "sink/result.h"

struct mn_monitor;

/* Facts about an input once its first picture is there. */
struct mn_stream {
    const char *input;               /* as the user named it */
    int width, height;               /* of every picture of this input, rotation applied */
    double frame_rate;               /* nominal, 0 if unknown */
    double start;                    /* seconds: pictures before this time were skipped (--start) */
    int time_num, time_den;          /* unit of presentation times, seconds; 0/1 if unknown */
    int sar_num, sar_den;            /* shape of a pixel, width to height; 0/1 if unknown */
    int matrix, primaries, transfer; /* colours of the input, codes of H.273; 2 if unknown */
    bool live; /* the input cannot be read again: a crash must not lose what was written */
    const struct mn_monitor *monitor; /* rates of the run, for the window; may be NULL */
    struct mn_layout layout;          /* which columns */
    int anonymise;                    /* videos: enum mn_hide; MN_HIDE_NONE: they are annotated */
};

/* The action units of a person after the whole video was seen: 0 and *out, or an error. */
typedef int mn_final_au_fn(void *ctx, int64_t index, int32_t id, mien_au *out);

/* What asks for a sink. Each role gives at most one open sink. */
enum mn_sink_role {
    MN_SINK_ROWS,  /* -o, --csv; several formats: --format or the extension decides */
    MN_SINK_SEND,  /* --send */
    MN_SINK_LSL,   /* --send lsl */
    MN_SINK_VIEW,  /* --view */
    MN_SINK_WEB,   /* --web; PORT:FOLDER */
    MN_SINK_VIDEO, /* --video; run --output */
    MN_SINK_ROLES
};

/* Whole objects that a sink passed on, and those it left out because its reader was busy. */
struct mn_sink_counts {
    int64_t sent, dropped;
};

struct mn_sink;

struct mn_sink_info {
    const char *name; /* of rows: the word of --format */
    enum mn_sink_role role;
    const char *extensions[4]; /* ".csv"; mien gives the first to results that it names itself */
    const char *missing;       /* not NULL: not built in, for this reason */
    bool streams;              /* results leave at once and no file stays behind */
    bool openface;             /* can write OpenFace's own table */
    /* path is checked already; force as in mn_atomic_file_open. Reports its errors. */
    int (*open)(struct mn_sink **out, const char *path, bool force);
    int (*begin)(struct mn_sink *s, const struct mn_stream *stream);
    int (*frame)(struct mn_sink *s, const struct mn_result *r);
    /* The stream has ended: final values replace those written earlier. NULL: the sink has none.
     * Rows that went to a pipe stay as they are. */
    int (*revise)(struct mn_sink *s, mn_final_au_fn *final, void *ctx);
    /* complete: the result may take its final name. Closes and frees in any case. */
    int (*finish)(struct mn_sink *s, bool complete);
    /* NULL: the sink waits for its reader and drops nothing. */
    struct mn_sink_counts (*counts)(const struct mn_sink *s);
    /* For a window; NULL for others: the rate of pictures shown, and whether the user closed it,
     * which ends the run. */
    struct mn_rate (*shown)(const struct mn_sink *s);
    bool (*quits)(const struct mn_sink *s);
};

struct mn_sink {
    const struct mn_sink_info *info;
};

/* Every sink, in the order in which they get a frame. The first one for rows is the default. */
#define MN_SINKS(X) \
    X(csv)          \
    X(jsonl) X(facemirror) X(facemirror_wrong_order) X(send) X(lsl) X(display) X(web) X(video)

#define MN_SINK_EXTERN(name) extern const struct mn_sink_info mn_sink_##name;
MN_SINKS(MN_SINK_EXTERN)
#undef MN_SINK_EXTERN

#define MN_SINK_ONE(name) +1
enum { MN_MAX_SINKS = 0 MN_SINKS(MN_SINK_ONE) }; /* a run opens each sink at most once */
#undef MN_SINK_ONE

extern const struct mn_sink_info *const mn_sinks[MN_MAX_SINKS];

/* The sinks of one run. */
struct mn_sink_request {
    const char *name[MN_SINK_ROLES]; /* a path or address; NULL: not asked for */
    const char *format;              /* of rows; NULL: the extension decides, else the default */
    bool force;                      /* replace existing files */
};

/* Opens the sinks that are asked for and appends them to open[0..*n). On an error those before it
 * stay open, for the caller to finish. Reports the error. */
int mn_sink_open_all(struct mn_sink *open[MN_MAX_SINKS], int *n, const struct mn_sink_request *r);

/* The rows sink by format name or else by the extension of path; NULL if neither decides. */
const struct mn_sink_info *mn_sink_for(const char *format, const char *path);

/* The same, with the default where neither decides. Never NULL. */
const struct mn_sink_info *mn_sink_rows(const char *format, const char *path);

/* Does path end with one of the sink's extensions (in any case)? */
bool mn_sink_matches(const struct mn_sink_info *info, const char *path);

/* The words of --format: "csv, jsonl" with separator ", ". */
const char *mn_sink_formats(char *buf, size_t size, const char *separator);

#endif
