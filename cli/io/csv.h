/* Cells of CSV files, for the tables whose cells may be any text. (The rows of results contain
 * numbers only; sink/csv.c writes them.) */
#ifndef MN_CLI_IO_CSV_H
#define MN_CLI_IO_CSV_H

#include <stdio.h>

/* Writes a text, quoted where needed: names of files may contain any character. */
void mn_csv_text(FILE *file, const char *text);

/* Writes a comma and a number with this many decimals; only the comma if it is not finite. */
void mn_csv_number(FILE *file, double value, int decimals);

#endif
