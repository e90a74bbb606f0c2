/* What the program ends with: a distinct status for each kind of failure. */
#ifndef MN_CLI_EXIT_STATUS_H
#define MN_CLI_EXIT_STATUS_H

#include <stdio.h>

/* A code of the program only: the work is done except for optional parts, as reported. */
#define MN_EINCOMPLETE (-100)

/* A code of the program only: an input exceeds a limit that the user set. */
#define MN_ELIMIT (-101)

/* A code of the program only: a batch ended early because of a signal, and can be submitted
 * again. */
#define MN_ERESUBMIT (-102)

/* A code of the program only: two results differ by more than the limits of the user. */
#define MN_EDIFFERENT (-103)

/* Name and sentence of a MIEN_* code or one of those; static. */
const char *mn_error_name(int error);
const char *mn_error_text(int error);

/* The exit status for a MIEN_* code or that one: 0 for success, else 1 to 255. */
int mn_exit_status(int error);

/* Writes one line for each error, "MIEN_EINVAL -2 2 bad argument or option": name, code, exit
 * status, sentence. The tests read it (mien --dump-errors). */
void mn_exit_status_dump(FILE *file);

/* One line for each exit status, for people. */
void mn_exit_status_explain(FILE *file);

#endif
