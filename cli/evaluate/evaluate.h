/* Scores results with labels. */
#ifndef MN_CLI_EVALUATE_H
#define MN_CLI_EVALUATE_H

#include "evaluate/evaluation.h"

struct mn_evaluate_input {
    const char *results, *labels;
    const char *format; /* NULL: found out */
    const char *people; /* NULL: those of the label files */
};

/* 0 or a reported code: those of mn_label_format_read and mn_pairing_open, MIEN_EINVAL if no result
 * fits a label or two fit one, MIEN_EDAMAGED, MIEN_ENOMEM, MIEN_EINTERRUPTED. The caller calls
 * mn_evaluate_free in any case. */
int mn_evaluate(struct mn_evaluation *e, const struct mn_evaluate_input *input,
                const struct mn_evaluate_rules *rules);
void mn_evaluate_free(struct mn_evaluation *e);

/* The recording i of the labels has no result. */
bool mn_evaluate_lacks(const struct mn_evaluation *e, int recording);

#endif
