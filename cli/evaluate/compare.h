/* Compares two results of one video: rows are matched by frame and person or place, then column by
 * column. Memory depends on the number of columns only. */
#ifndef MN_CLI_COMPARE_H
#define MN_CLI_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "evaluate/pairs.h"

/* A column, or a measure that is computed from several ("gaze", "landmarks"), or a family: the
 * columns x_0, x_1 ... together ("x_#"). */
struct mn_compared {
    char *name;
    const char *unit;
    const char *meaning; /* of a measure; else NULL */
    bool derived;        /* a measure: it has sizes of differences only, no bias and no r */
    bool family;
    bool absent; /* one of the results (JSON Lines) never has it: not to be shown */
    int part_of; /* of a column: the row of its family; -1: none */
    struct mn_pairs pairs;
    double least_r;               /* of a family: of its columns; else r */
    int64_t missing_a, missing_b; /* matched faces without a value */
    bool limited, exceeded;       /* by a tolerance */
};

/* Numbers of faces, except those of frames. */
struct mn_compare_counts {
    int64_t frames, frames_only_a, frames_only_b;
    int64_t frames_without_face; /* in both */
    int64_t compared;            /* trusted in both */
    int64_t only_a, only_b;
    int64_t frames_unpaired; /* with faces that only a has, and faces that only b has */
    int64_t untrusted_a, untrusted_b, untrusted_both; /* success is 0 there */
};

struct mn_comparison {
    const char *path_a, *path_b;
    struct mn_compare_counts counts;
    struct mn_compared *row; /* measures, then columns in the order of a, after their families */
    int n;
    int only_a, only_b; /* columns */
};

/* Reads both results. by_place: faces are the same if they are in the same place of the picture,
 * not if they have the same face_id. 0 or a reported code: those of mn_frame_rows_open and
 * mn_frame_rows_next, MIEN_EINTERRUPTED; MIEN_EINVAL if they have no column, or no frame, in
 * common, or no places. The caller calls mn_compare_free in any case. */
int mn_compare(struct mn_comparison *c, const char *path_a, const char *path_b, bool by_place);
void mn_compare_free(struct mn_comparison *c);

/* Faces that only one of the results has, or trusts. */
int64_t mn_compare_unmatched(const struct mn_comparison *c);

#endif
