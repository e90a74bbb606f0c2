/* Reads a table of results (CSV) row by row: the one reader of the commands that work on results.
 *
 * The file is foreign: every size is bounded. Memory does not depend on the length of the file.
 * Fields that were not requested are skipped without being parsed. One thread per table. */
#ifndef MN_CLI_TABLE_H
#define MN_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mn_table;

enum { MN_TABLE_COLUMNS = 8192 }; /* most columns of a table */

/* Opens a table and reads the names of its columns. 0 or a reported code: MIEN_ENOINPUT,
 * MIEN_EISDIR, MIEN_EEMPTY, MIEN_EDAMAGED (not a table), MIEN_ENOMEM. */
int mn_table_open(struct mn_table **out, const char *path);

/* NULL is allowed. */
void mn_table_close(struct mn_table *t);

int mn_table_num_columns(const struct mn_table *t);
const char *mn_table_name(const struct mn_table *t, int column);

/* Number of the column of that name; -1: the table has none. */
int mn_table_find(const struct mn_table *t, const char *name);

/* Requests a column. Returns its slot in the values of a row: 0, 1, ... in the order of calls; -1:
 * no such column. Before the first row only. */
int mn_table_want(struct mn_table *t, const char *name);

/* Requests every column: the slot of a column is its number. 0 or a reported code: MIEN_EDAMAGED if
 * two columns have one name, MIEN_ENOMEM. */
int mn_table_want_all(struct mn_table *t);

/* Reads a row. values: one number per requested column, NAN if the field is empty or not a number.
 * 1: a row; 0: the end; MIEN_EDAMAGED, reported with the line, if the file is damaged. A last line
 * without a line feed is ignored: its writer was interrupted. */
int mn_table_next(struct mn_table *t, double *values);

/* Text of a column in the row read last, without quotes; "" if it is empty. Valid until the next
 * call. */
const char *mn_table_text(struct mn_table *t, int column);

/* The row read last as it stands in the file, without its end; and the line of the names. */
const char *mn_table_line(const struct mn_table *t, size_t *length);
const char *mn_table_head(const struct mn_table *t);

int64_t mn_table_row(const struct mn_table *t); /* rows read so far */

/* Reads a number in plain or scientific notation that ends at `end`; NAN if it is none. */
double mn_table_number(const char *text, const char *end);

#endif
