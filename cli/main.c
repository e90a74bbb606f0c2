/* The program `mien`. */
#include <errno.h>
#include <fcntl.h>
#include <mien/models.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "batch/slot.h"
#include "command.h"
#include "completion/completion.h"
#include "dump_options.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "source/isolated/child.h"
#include "source/source.h"
#include "io/signal.h"

static void version(void)
{
    char text[700];
    printf("mien %s\n", MIEN_VERSION);
    mien_runtime_version(text, sizeof(text));
    printf("%s\n", text);
    mn_source_version(text, sizeof(text));
    printf("%s\n", text);
    /* providers that fail to load write about missing drivers to the terminal: hide that */
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
        mn_help_overview(stderr);
        return MIEN_EINVAL;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
        mn_help_overview(stdout);
        return 0;
    }
    if (!strcmp(name, "--dump-options")) /* JSON for tests and tools; not in the help */
        return mn_dump_options(stdout);
    if (!strcmp(name, "--completion"))
        return mn_completion_write(argc > 2 ? argv[2] : NULL, stdout);
    if (!strcmp(name, "--version") || !strcmp(name, "version")) {
        version();
        return 0;
    }
    if (!strcmp(name, "--dump-errors")) { /* for the tests */
        mn_exit_status_dump(stdout);
        return 0;
    }
    return mn_command_run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    if (argc > 1 && (!strcmp(argv[1], MN_DECODER_FLAG) || /* started by mien itself */
                     !strcmp(argv[1], MN_DECODER_SERVER_FLAG)))
        return mn_isolated_child_main(argc, argv);
    if (argc > 1 && !strcmp(argv[1], MN_SLOT_FLAG)) /* a job process, started by mien itself */
        return mn_slot_main(argc, argv);
    mn_signal_install();
    int err = dispatch(argc, argv);
    /* Interrupted, perhaps because the reader of the output has stopped: flushing would block
     * again, and so would exit. */
    if (err == MIEN_EINTERRUPTED && mn_signal_received)
        _exit(128 + mn_signal_received);
    if (fflush(stdout) != 0 && err == 0)
        err = errno == EPIPE ? MIEN_EOUTPUT
                             : mn_fail(MIEN_EOUTPUT, "standard output cannot be written");
#if defined(MN_SANITIZED) /* sanitizers report in exit */
    return mn_exit_status(err);
#else /* mien's own files are closed; the clean-up of the libraries would take 9 ms */
    _exit(mn_exit_status(err));
#endif
}
