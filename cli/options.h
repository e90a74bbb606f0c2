/* The values of all options, whichever command they belong to. The options themselves are rows of
 * option_table.c. */
#ifndef MN_CLI_OPTIONS_H
#define MN_CLI_OPTIONS_H

#include <mien/mien.h>
#include <stdbool.h>
#include <stdio.h>

#include "evaluate/evaluate_rules.h"
#include "events/event_rules.h"
#include "optparse.h"
#include "sink/sink.h"

enum mn_progress_mode { MN_PROGRESS_AUTO, MN_PROGRESS_BAR, MN_PROGRESS_JSON, MN_PROGRESS_NONE };

struct mn_options {
    mien_settings settings;
    bool help;
    int log_level; /* enum mien_log_level */

    /* input */
    const char *source; /* run --source */
    const char *landmarks_from;
    int rotate;               /* degrees clockwise; -1: as the file states */
    int tagged_colour;        /* 1: the stream's colour matrix */
    double fps;               /* of numbered pictures and cameras; 0: not given */
    double start;             /* seconds */
    int64_t max_frames;       /* 0: all */
    bool isolate, no_isolate; /* --isolate-decoder, --no-isolate-decoder */

    /* live sources */
    const char *camera_size;
    double timeout;   /* seconds without data after which a source ends */
    double reconnect; /* seconds for which a lost stream is retried */
    bool view, realtime, latency;
    int web_port;           /* 0: no live page */
    const char *recordings; /* a folder; NULL: the current one */
    int64_t frame_skip, log_every;

    /* output */
    const char *output; /* extract -o */
    const char *csv;    /* run --csv */
    const char *video;  /* --video; run --output */
    int anonymise;      /* enum mn_hide */
    /* run: names for sinks of these roles; rows and videos are named by the job */
    const char *sink[MN_SINK_ROLES];
    const char *stats;   /* run: a file */
    const char *format;  /* of rows; NULL: by extension */
    const char *summary; /* extract, report: a file */
    bool force, resume;
    int openface; /* 1: --columns openface */
    bool claimed_only;
    int person;   /* -1: all */
    int progress; /* enum mn_progress_mode */

    /* extract: jobs and their limits; 0 or NULL: none */
    int jobs; /* -1: auto; 0: one input after the other in this process */
    int retries;
    const char *shard;
    bool claim;
    double grace; /* seconds; 0: not given */
    const char *job_timeout;
    double max_memory; /* MB */
    int64_t max_pixels;
    double max_duration; /* seconds */

    int array, cpus; /* slurm */
    const char *slurm_time, *slurm_mem, *slurm_partition, *slurm_account;
    bool submit;
    bool mixed;                  /* merge */
    bool thumbnails;             /* report */
    int summary_by;              /* merge: 1: person; 0: not */
    int table_format;            /* compare: enum mn_compare_format; evaluate: the same order */
    const char *tolerance;       /* compare */
    int match_by_place;          /* compare: 1: yes */
    const char *labels, *people; /* evaluate */
    int labels_format;           /* evaluate: 1 + row of mn_label_format_at; 0: auto */
    struct mn_evaluate_rules evaluate_rules;
    struct mn_event_rules event_rules; /* events, report */
    bool event_lids;                   /* events: AU45 from the lids */
    const char *event_rows;            /* events */

    /* bench, columns, models */
    const char *exec_list, *workers_list;
    int repeat;
    bool json, all;
    const char *from;
    const char *without, *accept_licence;

    /* not options */
    struct mn_wakeup *wakeup;        /* run: rung by the source */
    uint64_t recipe;                 /* extract: mn_recipe_hash */
    struct mn_progress_batch *batch; /* extract: several inputs; or NULL */
    int num_inputs;
    char **inputs; /* into argv */
    int num_words;
    char **words; /* the command line as it was, or NULL; words[0] is the command */
};

/* Analyses that no output shows: OpenFace's table has no column for the gaze network, which then
 * runs only if --analysis names it or the video shows it. */
unsigned mn_options_unwritten(const struct mn_options *o);

/* The two parts of the table. */
extern const struct mn_opt mn_option_table[], mn_option_results[];
extern const int mn_num_option_rows, mn_num_option_results;

/* Row i of the table; NULL past the end. */
const struct mn_opt *mn_options_row(int i);

/* Sets every option to its default. */
void mn_options_init(struct mn_options *o);

/* Reads argv[1..] as the options and operands of a command ("extract", "models list"). 0, or
 * MIEN_EINVAL, reported. argv is reordered and must outlive *o. */
int mn_options_parse(struct mn_options *o, const char *command, int argc, char **argv);

/* Option i of a command; NULL past the end. */
const struct mn_opt *mn_options_at(const char *command, int i);

/* The options of a command, one a line. */
void mn_options_help(FILE *file, const char *command);

#endif
