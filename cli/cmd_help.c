/* Explains a command or a topic: by its manual page on a terminal, else by the text in the tables.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "help_topics.h"
#include "io/msg.h"
#include "options.h"

extern char **environ;

void mn_help_overview(FILE *file)
{
    fputs("usage: mien COMMAND [options]\n"
          "\n"
          "Measures faces in video: gaze, landmarks, head pose and facial action units.\n"
          "\n",
          file);
    mn_command_summaries(file);
    fputs("\nTopics of mien help TOPIC:\n\n", file);
    mn_topic_summaries(file);
    fputs(
        "\n"
        "mien help COMMAND shows the manual of a command; mien COMMAND --help lists its options;\n"
        "mien --version names the libraries in use; mien --completion bash|zsh|fish writes the\n"
        "completion of a shell.\n"
        "First steps: mien extract video.mp4 -o video.csv, then mien columns\n",
        file);
}

/* "mien-models" for "models" and "models list". */
static void page_of_command(const char *name, char *buf, size_t size)
{
    snprintf(buf, size, "mien-%.*s", (int)strcspn(name, " "), name);
}

/* Does the program `man` find the page? */
static bool has_page(char *page)
{
    char man[] = "man", where[] = "-w";
    char *argv[] = {man, where, page, NULL};
    posix_spawn_file_actions_t files;
    pid_t pid;
    int how = -1;
    if (posix_spawn_file_actions_init(&files) != 0)
        return false;
    bool started =
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO) == 0 &&
        posix_spawnp(&pid, man, &files, NULL, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&files);
    return started && waitpid(pid, &how, 0) == pid && WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

/* Becomes the program `man`, which shows the page. Returns if there is no such page. */
static void show_page(char *page)
{
    char man[] = "man";
    char *argv[] = {man, page, NULL};
    if (!has_page(page))
        return;
    signal(SIGPIPE, SIG_DFL); /* mien ignores it, and a pager must not */
    execvp(man, argv);
    signal(SIGPIPE, SIG_IGN);
}

int mn_cmd_help(struct mn_options *o)
{
    char name[60] = "", page[80] = "";
    if (!o->num_inputs) {
        mn_help_overview(stdout);
        return 0;
    }
    snprintf(name, sizeof(name), "%s%s%s", o->inputs[0], o->num_inputs > 1 ? " " : "",
             o->num_inputs > 1 ? o->inputs[1] : "");
    const struct mn_topic *topic = mn_topic_find(name);
    const bool command = mn_command_exists(name);
    if ((!topic && !command) || o->num_inputs > 2)
        return mn_fail(MIEN_EINVAL, "there is no command or topic '%s%s'; mien help lists them",
                       name, o->num_inputs > 2 ? " ..." : "");
    if (command)
        page_of_command(name, page, sizeof(page));
    else if (topic->page)
        snprintf(page, sizeof(page), "%s", topic->page);
    if (*page && isatty(STDOUT_FILENO))
        show_page(page);
    if (command)
        mn_command_help(name);
    if (command && topic)
        putchar('\n');
    if (topic)
        mn_topic_print(topic, stdout);
    return 0;
}
