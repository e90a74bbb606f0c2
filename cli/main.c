/* The program `mien`: a table of subcommands. */
#include <errno.h>
#include <fcntl.h>
#include <mien/models.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "source/isolated/child.h"
#include "source/source.h"
#include "io/signal.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} commands[] = {
    {"extract", mn_cmd_extract, "videos and pictures to rows, and to an annotated video"},
    {"run", mn_cmd_run, "the same, live: camera, stream, filter graph or file"},
    {"bench", mn_cmd_bench, "how fast, stage by stage, against what the networks alone allow"},
    {"models", mn_cmd_models, "list, verify and fetch the networks"},
    {"columns", mn_cmd_columns, "explain every output column"},
};
#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *file)
{
    fputs("usage: mien COMMAND [options]\n"
          "\n"
          "Turns video of people into numbers: where they look and what their faces do.\n"
          "\n",
          file);
    for (size_t i = 0; i < NUM_COMMANDS; i++)
        fprintf(file, "  %-10s %s\n", commands[i].name, commands[i].what);
    fputs("\n"
          "mien COMMAND --help tells more; mien --version names the libraries in use.\n"
          "First steps: mien extract video.mp4 -o video.csv, then mien columns\n",
          file);
}

static void version(void)
{
    char text[700];
    printf("mien %s\n", MIEN_VERSION);
    mien_runtime_version(text, sizeof(text));
    printf("%s\n", text);
    mn_source_version(text, sizeof(text));
    printf("%s\n", text);
    /* providers that do not load complain to the terminal about drivers that nobody asked for */
    int shown = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (shown >= 0 && null >= 0)
        dup2(null, STDERR_FILENO);
    if (mien_runtime_providers(text, sizeof(text)) < 0)
        snprintf(text, sizeof(text), "none");
    if (shown >= 0 && null >= 0)
        dup2(shown, STDERR_FILENO);
    if (shown >= 0)
        close(shown);
    if (null >= 0)
        close(null);
    printf("execution providers that load: %s\n", text);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        help(stderr);
        return MIEN_EINVAL;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        help(stdout);
        return 0;
    }
    if (!strcmp(name, "--version") || !strcmp(name, "version")) {
        version();
        return 0;
    }
    if (!strcmp(name, "--dump-errors")) { /* for the tests */
        mn_exit_status_dump(stdout);
        return 0;
    }
    for (size_t i = 0; i < NUM_COMMANDS; i++)
        if (!strcmp(commands[i].name, name))
            return commands[i].run(argc - 1, argv + 1);
    return mn_fail(MIEN_EINVAL, "there is no command '%s'; mien --help lists them", name);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], MN_DECODER_FLAG)) /* started by ourselves */
        return mn_isolated_child_main(argc, argv);
    mn_signal_install();
    int err = dispatch(argc, argv);
    /* interrupted while nobody reads our output: flushing would wait again (exit would, too) */
    if (err == MIEN_EINTERRUPTED && mn_signal_received)
        _exit(128 + mn_signal_received);
    if (fflush(stdout) != 0 && err == 0)
        err = errno == EPIPE ? MIEN_EOUTPUT
                             : mn_fail(MIEN_EOUTPUT, "standard output cannot be written");
#if defined(MN_SANITIZED) /* they report at the orderly end */
    return mn_exit_status(err);
#else /* what is ours has been closed; what the libraries would tidy up takes 9 ms */
    _exit(mn_exit_status(err));
#endif
}
