/* The options that subcommands share: one table for parsing, help and tests. */
#ifndef MN_CLI_OPTIONS_H
#define MN_CLI_OPTIONS_H

#include <mien/mien.h>
#include <stdbool.h>
#include <stdio.h>

#include "sink/sink.h"

enum mn_progress_mode { MN_PROGRESS_AUTO, MN_PROGRESS_BAR, MN_PROGRESS_JSON, MN_PROGRESS_NONE };

struct mn_options {
    mien_settings settings;
    /* in and out */
    const char *output; /* -o */
    const char *csv;    /* run --csv */
    const char *video;  /* --video; run --output */
    const char *source; /* run --source */
    /* run: names for sinks of these roles; rows and videos are named by the job */
    const char *sink[MN_SINK_ROLES];
    const char *stats; /* run: a file */
    const char *camera_size;
    double timeout;   /* seconds without a sign from a stream */
    double reconnect; /* seconds in which a lost one may come back */
    bool view, realtime, latency;
    int64_t frame_skip, log_every;
    const char *format; /* csv, jsonl */
    bool force, resume;
    const char *summary; /* extract: a file */
    const char *landmarks_from;
    bool openface;            /* --columns openface */
    int person;               /* -1: everybody */
    int rotate;               /* -1 auto */
    bool isolate, no_isolate; /* --isolate-decoder, --no-isolate-decoder; settled by the parser */
    bool tagged_colour;
    double fps;
    double start;       /* seconds */
    int64_t max_frames; /* 0 = all */
    enum mn_progress_mode progress;
    bool help;
    /* bench */
    const char *exec_list, *workers_list;
    int repeat;
    bool json;
    /* what is not an option */
    struct mn_wakeup *wakeup;        /* run: rung by the source */
    uint64_t recipe;                 /* extract: mn_recipe_hash */
    struct mn_progress_batch *batch; /* extract: several inputs; or NULL */
    int num_inputs;
    char **inputs; /* into argv */
};

/* Subcommands, as bits: which of them take an option. */
enum { MN_EXTRACT = 1, MN_RUN = 2, MN_BENCH = 4, MN_COLUMNS = 8 };

/* Reads argv[1..]. 0, or MIEN_EINVAL with one sentence said. argv may be reordered. */
int mn_options_parse(struct mn_options *o, int command, int argc, char **argv);

/* The options of a subcommand, one a line. */
void mn_options_help(FILE *file, int command);

/* "sequential", "threads" or "processes". */
const char *mn_exec_name(enum mien_exec exec);

/* Name of the i-th option of the table without dashes, NULL past the end, and who takes it: for
 * the test that compares the manual pages with the table. */
const char *mn_option_name(int i, int *commands);

#endif
