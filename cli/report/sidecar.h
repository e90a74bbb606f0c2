/* The sidecar of a result: RESULT.meta.json describes how it was made. While the result is
 * incomplete, or when it stays so, the name is RESULT.meta.json.partial. */
#ifndef MN_CLI_SIDECAR_H
#define MN_CLI_SIDECAR_H

#include "options.h"
#include "run/run.h"
#include "run/tally.h"

/* Name of the sidecar of a result file, malloced; NULL for streams (mn_path_is_stream) or without
 * memory. */
char *mn_sidecar_name(const char *result);

/* Writes it. err: the outcome of the run; verdict: the verdict of the source on its input. Returns
 * the error of writing, after reporting it. */
int mn_sidecar_write(const char *result, const struct mn_options *o, const struct mn_run *run,
                     const struct mn_tally *t, int err, int verdict);

/* Marks that a result is being made, before it exists: a partial sidecar with the recipe alone. A
 * result without a sidecar, but with this mark, is one whose process was killed between the two.
 * Returns the error of writing, after reporting it. */
int mn_sidecar_begin(const char *result, uint64_t recipe);

/* Was a result of this recipe begun, and not finished? */
bool mn_sidecar_begun(const char *result, uint64_t recipe);

/* Facts from the sidecar of a complete result. */
struct mn_sidecar {
    bool complete; /* false: the input was damaged */
    int status;    /* outcome of the run: 0, or an error that leaves a complete result */
    uint64_t recipe;
    int64_t bytes;        /* of the input */
    int64_t result_bytes; /* -1: not known */
    int64_t frames, with_face, rows, people, milliseconds;
};

/* false: there is no sidecar of ours. */
bool mn_sidecar_read(struct mn_sidecar *s, const char *result);

/* The whole sidecar, malloced and ended by 0; NULL: there is none, or it is longer than 1 MB. */
char *mn_sidecar_text(const char *result);

/* The path of the input as the run got it, unescaped; "" if it is not known. */
void mn_sidecar_input(const char *result, char *path, size_t size);

#endif
