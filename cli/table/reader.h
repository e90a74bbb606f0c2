/* Reads a result row by row, whichever format it has: CSV of mien or OpenFace, or mien's JSON
 * Lines. Every row has a value for each column. Files are foreign; memory does not depend on their
 * length. One thread per reader. */
#ifndef MN_CLI_READER_H
#define MN_CLI_READER_H

#include <stdbool.h>
#include <stdint.h>

struct mn_reader;

/* Opens a result; a name that ends in .jsonl or .ndjson means JSON Lines. 0 or a reported code:
 * those of mn_table_open; MIEN_EDAMAGED also if a column is named twice. */
int mn_reader_open(struct mn_reader **out, const char *path);

/* NULL is allowed. */
void mn_reader_close(struct mn_reader *r);

int mn_reader_num_columns(const struct mn_reader *r);
const char *mn_reader_name(const struct mn_reader *r, int column);

/* Number of the column of that name; -1: the result has none. Names that are searched in the order
 * of the columns are found at once. */
int mn_reader_find(struct mn_reader *r, const char *name);

/* Does the result have the column? In JSON Lines: has any row so far had it? */
bool mn_reader_has(const struct mn_reader *r, int column);

/* Reads a row: one value for each column, NAN if there is none. 1: a row; 0: the end; or a
 * reported code. */
int mn_reader_next(struct mn_reader *r, double *values);

/* Text of a column in the row read last; "" in JSON Lines. Valid until the next call. */
const char *mn_reader_text(struct mn_reader *r, int column);

#endif
