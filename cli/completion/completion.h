/* Shell completion, generated from the tables of commands and options.
 *
 * completion.c decides what is offered, the same for all shells; bash.c, zsh.c and fish.c write it
 * in the language of their shell. A new shell is a file, its function here, a row in completion.c,
 * and the place of its file in the meson.build of the program. */
#ifndef MN_CLI_COMPLETION_H
#define MN_CLI_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

#include "command.h"
#include "optparse.h"

/* What is offered for the value of an option or for an operand. */
struct mn_offer {
    char words[1500];    /* separated by blanks; "": none */
    bool list;           /* several of the words, separated by commas */
    bool files, folders; /* names in the file system; files include folders */
};

/* Documented option i of a command; NULL past the end. */
const struct mn_opt *mn_completion_option(const struct mn_command *c, int i);

struct mn_offer mn_completion_value(const struct mn_opt *o);
struct mn_offer mn_completion_operand(const struct mn_command *c);

/* Writes text between single quotes. inner: what stands for a quote in it. */
void mn_completion_quote(FILE *file, const char *text, const char *inner);

void mn_completion_bash(FILE *file);
void mn_completion_zsh(FILE *file);
void mn_completion_fish(FILE *file);

/* Writes the completion of a shell. 0, or MIEN_EINVAL, reported: shell is NULL or another. */
int mn_completion_write(const char *shell, FILE *file);

#endif
