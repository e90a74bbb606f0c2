/* The subcommands. argv[0] is the subcommand's name; 0 or a MIEN_E* code, already said. */
#ifndef MN_CLI_COMMANDS_H
#define MN_CLI_COMMANDS_H

int mn_cmd_extract(int argc, char **argv);
int mn_cmd_run(int argc, char **argv);
int mn_cmd_bench(int argc, char **argv);
int mn_cmd_models(int argc, char **argv);
int mn_cmd_columns(int argc, char **argv);

#endif
