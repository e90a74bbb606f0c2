/* The table of commands: dispatch, help, messages and tests read it.
 *
 * A new command is a file cmd_NAME.c, its function here, its row in command.c, a line in
 * meson.build, and rows in option_table.c if it takes options of its own. */
#ifndef MN_CLI_COMMAND_H
#define MN_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

struct mn_options;

struct mn_command {
    const char *name;    /* "extract"; "models list": a command of the group "models" */
    const char *summary; /* one line of `mien --help`; NULL for the commands of a group */
    const char *usage;   /* what follows the name in the usage line */
    const char *about;   /* a paragraph of `mien NAME --help` */
    /* 0 or a MIEN_E* code, already reported. NULL: a group. */
    int (*run)(struct mn_options *o);
    unsigned operands; /* what they name: MN_OPERANDS_... */
};

enum { MN_OPERANDS_FILES = 1, MN_OPERANDS_MODELS = 2, MN_OPERANDS_TOPICS = 4 };

int mn_cmd_extract(struct mn_options *o);
int mn_cmd_run(struct mn_options *o);
int mn_cmd_bench(struct mn_options *o);
int mn_cmd_compare(struct mn_options *o);
int mn_cmd_columns(struct mn_options *o);
int mn_cmd_merge(struct mn_options *o);
int mn_cmd_slurm(struct mn_options *o);
int mn_cmd_status(struct mn_options *o);
int mn_cmd_evaluate(struct mn_options *o);
int mn_cmd_events(struct mn_options *o);
int mn_cmd_report(struct mn_options *o);
int mn_cmd_help(struct mn_options *o);
int mn_cmd_models_list(struct mn_options *o);
int mn_cmd_models_verify(struct mn_options *o);
int mn_cmd_models_pull(struct mn_options *o);
int mn_cmd_models_import(struct mn_options *o);
int mn_cmd_models_remove(struct mn_options *o);

/* Row i of the table; NULL past the end. */
const struct mn_command *mn_command_at(int i);

/* Runs the command that argv[0] names, or prints its help. argv may be reordered. */
int mn_command_run(int argc, char **argv);

/* "list" of "models list" if that is a command of the group; else NULL. */
const char *mn_command_within(const struct mn_command *c, const struct mn_command *group);

/* Is there a command or a group of this name ("models list")? */
bool mn_command_exists(const char *name);

/* Prints the help of a command or group that exists. */
void mn_command_help(const char *name);

/* Prints commands, topics and first steps (cmd_help.c). */
void mn_help_overview(FILE *file);

/* One line for each command. */
void mn_command_summaries(FILE *file);

#endif
