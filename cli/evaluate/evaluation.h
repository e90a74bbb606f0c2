/* The scores of results with labels: what evaluate.c fills and evaluate_print.c writes. */
#ifndef MN_CLI_EVALUATION_H
#define MN_CLI_EVALUATION_H

#include <stdbool.h>
#include <stdint.h>

#include "evaluate/evaluate_rules.h"
#include "evaluate/label_format.h"
#include "evaluate/labels.h"
#include "evaluate/pairing.h"
#include "evaluate/scores.h"

/* Frames without a face: left out, or scored as what the tool says by not measuring (scores.h). */
enum { MN_SCORING_MEASURED, MN_SCORING_ALL, MN_SCORINGS };

struct mn_score {
    double value, low, high; /* NAN: not defined */
};

struct mn_scored_item {
    char name[32]; /* "AU12", "AU mean", "gaze", "gaze, calibrated", "landmarks" */
    const struct mn_kind *kind;
    bool mean;      /* of the items before it */
    double *sums;   /* of each person: measured, then the rest; NULL for a mean */
    int64_t frames; /* that were added */
    struct mn_score *score[MN_SCORINGS]; /* one for each metric */
};

enum { MN_EVALUATE_ITEMS = MN_LABELS_UNITS + 4 };

struct mn_evaluation {
    struct mn_evaluate_rules rules;
    const struct mn_label_format *format;
    struct mn_labels labels;
    struct mn_pairing results;
    struct mn_scored_item item[MN_EVALUATE_ITEMS];
    int num_items;
    int people;       /* with a result */
    int recordings;   /* with a result */
    int in_sequences; /* labelled pictures that are frames of a result */
    int64_t frames, frames_measured, frames_absent; /* labelled; absent: not in the result */
    int64_t other_faces;                            /* in labelled frames, not scored */
    bool unmeasured[MN_LABELS_UNITS];               /* units with labels, which the tool lacks */
    bool by_column; /* a column AUxx_c said whether a unit is present */
};

#endif
