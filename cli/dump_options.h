/* `mien --dump-options`: the tables of commands and options as JSON, for tests and for tools that
 * make completions or forms. It is not part of the help. */
#ifndef MN_CLI_DUMP_OPTIONS_H
#define MN_CLI_DUMP_OPTIONS_H

#include <stdio.h>

int mn_dump_options(FILE *file);

#endif
