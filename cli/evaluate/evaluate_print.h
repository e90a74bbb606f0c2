/* Writes an evaluation: for people, as CSV, as JSON, as the data of a page. */
#ifndef MN_CLI_EVALUATE_PRINT_H
#define MN_CLI_EVALUATE_PRINT_H

#include <stdio.h>

#include "evaluate/evaluation.h"

void mn_evaluate_text(FILE *file, const struct mn_evaluation *e);
void mn_evaluate_csv(FILE *file, const struct mn_evaluation *e);
void mn_evaluate_json(FILE *file, const struct mn_evaluation *e);

/* The same object on one line, for an element of a page: its strings contain no "<". */
void mn_evaluate_page_data(FILE *file, const struct mn_evaluation *e);

/* Statement i about what was done, with every threshold; "" past the end. Returns buf. */
const char *mn_evaluate_statement(const struct mn_evaluation *e, int i, char *buf, size_t size);

/* "measured" or "all". */
const char *mn_evaluate_scoring(int scoring);

#endif
