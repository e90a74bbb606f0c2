/* The account of a run beside its result: RESULT.meta.json, or RESULT.meta.json.partial while or
 * when the result is incomplete. */
#ifndef MN_CLI_SIDECAR_H
#define MN_CLI_SIDECAR_H

#include "run/loop.h"
#include "options.h"

/* Name of the sidecar of a result file, malloced; NULL for streams (mn_path_is_stream) or without
 * memory. */
char *mn_sidecar_name(const char *result);

/* What decides the numbers, as one: mien's version, models and options, but not how the work is
 * spread. Never 0. Of a pipeline as it was opened first, whatever a single picture needs later. */
uint64_t mn_sidecar_recipe(const struct mn_options *o, mien_pipeline *p);

/* What the sidecar of a finished result says. */
struct mn_account {
    bool complete; /* false: the input was damaged */
    int status; /* how the run ended: 0, or the error after which the rows are there all the same */
    uint64_t recipe;
    int64_t bytes;        /* of the input */
    int64_t result_bytes; /* -1: not known */
    int64_t frames, with_face, rows, people, milliseconds;
};

/* false: there is none, or none of ours. */
bool mn_sidecar_read(struct mn_account *a, const char *result);

/* Writes it. err: how the run ended; verdict: what the source had to say. */
int mn_sidecar_write(const char *result, const struct mn_options *o, const struct mn_loop *l,
                     int err, int verdict);

/* A table of stages: decoding, what the pipeline did, and the sinks if there are any. */
void mn_stages_print(FILE *file, const struct mn_loop *l, const mien_stats *stats);

/* That table and the queue, of a pipeline that is still open. */
void mn_stats_print(FILE *file, const struct mn_loop *l);

/* What runs the networks: "cpu", or "detect=coreml,gaze=cpu" when that differs. NULL: there is none
 * (landmarks were given). The string lives as long as pipeline and buf. */
#define MN_PROVIDERS_USED 160
const char *mn_providers_used(mien_pipeline *p, char buf[MN_PROVIDERS_USED]);

#endif
