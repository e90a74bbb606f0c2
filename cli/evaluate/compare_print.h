/* Writes a comparison: for people, as CSV, as JSON. */
#ifndef MN_CLI_COMPARE_PRINT_H
#define MN_CLI_COMPARE_PRINT_H

#include <stdio.h>

#include "evaluate/compare.h"

enum mn_compare_format { MN_COMPARE_TEXT, MN_COMPARE_CSV, MN_COMPARE_JSON };

/* all: the text has every column instead of one line for each family. */
void mn_compare_print(FILE *file, struct mn_comparison *c, enum mn_compare_format format, bool all);

#endif
