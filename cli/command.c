#include "command.h"

#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"
#include "options.h"

static const struct mn_command commands[] = {
    {.name = "extract",
     .summary = "analyse videos and pictures: rows, and an annotated video",
     .usage = "[options] INPUT... -o OUT",
     .about =
         "Finds the faces in each INPUT and writes one row for each face in each frame, and one "
         "row for each frame without a face. INPUT is a video, a picture, a numbered sequence "
         "(dir/%04d.jpg) or a folder of videos. OUT is a file, or a folder that receives one "
         "file for each INPUT. The sidecar NAME.csv.meta.json beside each result NAME.csv "
         "records how the result was made.",
     .run = mn_cmd_extract,
     .operands = MN_OPERANDS_FILES},
    {.name = "run",
     .summary = "the same, live: camera, stream, filter graph or file",
     .usage = "--source SOURCE [--view] [--csv FILE] [--output VIDEO] [options]",
     .about =
         "Analyses a camera (its number; 0 is the first), a stream (rtsp://, http://), a filter "
         "graph (lavfi:testsrc) or a file until it ends, q is pressed in the window, or Ctrl-C. "
         "Live sources are never blocked: the newest frame is processed, older ones are "
         "dropped and counted.",
     .run = mn_cmd_run,
     .operands = MN_OPERANDS_FILES},
    {.name = "bench",
     .summary = "measure the speed of each stage, and what the networks alone allow",
     .usage = "[options] INPUT",
     .about = "Measures frames per second for each executor and worker count, and the floor: the "
              "rate that the same networks alone reach with the same number of threads in the same "
              "round. Efficiency is the measured rate divided by the floor. Without --max-frames "
              "the first 300 frames are measured.",
     .run = mn_cmd_bench,
     .operands = MN_OPERANDS_FILES},
    {.name = "models",
     .summary = "list, verify, fetch and remove the model files",
     .about = "Works with the registry of model files: lists them, verifies the files of this "
              "machine, fetches those that are not there, and removes them."},
    {.name = "models list",
     .usage = "[--models DIR] [--json]",
     .about = "Shows every model of the registry: role, file, licence, whether commercial use is "
              "allowed, origin, and whether the folder holds it.",
     .run = mn_cmd_models_list},
    {.name = "models verify",
     .usage = "[--models DIR] [NAME|FILE...]",
     .about = "Compares the SHA-256 of files with the registry: the files named, or the built-in "
              "models and every file of the folder that has a name of the registry.",
     .run = mn_cmd_models_verify,
     .operands = MN_OPERANDS_MODELS | MN_OPERANDS_FILES},
    {.name = "models pull",
     .usage = "[--models DIR] [--from DIR|URL] [--force] [NAME...]",
     .about =
         "Fetches the models named, or the default ones, into the folder. A file gets its name "
         "only when it is complete and its SHA-256 is right. An interrupted download continues "
         "where it stopped. openface22 is all of OpenFace's models: several files are fetched at "
         "a time, after you accept the licence.",
     .run = mn_cmd_models_pull,
     .operands = MN_OPERANDS_MODELS},
    {.name = "models import",
     .usage = "[--models DIR] [--without PART] [--force] DIR",
     .about =
         "Copies OpenFace's models from DIR, an OpenFace source tree, build or release, into the "
         "models folder. The files are found by their SHA-256, whatever their names and places.",
     .run = mn_cmd_models_import,
     .operands = MN_OPERANDS_FILES},
    {.name = "models remove",
     .usage = "[--models DIR] [--force] NAME...",
     .about = "Deletes the files of the models or sets named from the models folder. Built-in "
              "models stay.",
     .run = mn_cmd_models_remove,
     .operands = MN_OPERANDS_MODELS},
    {.name = "status",
     .summary = "show how far a batch is",
     .usage = "[--json] FOLDER",
     .about = "Reads the ledger that mien extract --jobs writes in its folder of results: how many "
              "inputs are done, running, failed or left, the rate, and the time that is left. It "
              "can be used while the batch runs, afterwards, and on another machine.",
     .run = mn_cmd_status,
     .operands = MN_OPERANDS_FILES},
    {.name = "merge",
     .summary = "make one table of many results",
     .usage = "[-o FILE.csv|.jsonl] FOLDER...",
     .about =
         "Writes all results in a folder as one table with the additional column video: the path "
         "of the result below the folder, without its extension. Results that were made with "
         "different options, models or versions are refused. With --summary-by person the table "
         "has one row for each person: frames, and means of all measures.",
     .run = mn_cmd_merge,
     .operands = MN_OPERANDS_FILES},
    {.name = "slurm",
     .summary = "write scripts for a Slurm job array",
     .usage = "FOLDER -o OUT --array N [options] [-- OPTIONS OF EXTRACT]",
     .about =
         "Writes OUT/mien-array.sh, a job array that analyses the videos of FOLDER in N parts, and "
         "OUT/mien-merge.sh, which makes one table of the results. Tasks that reach their time "
         "limit submit themselves again and continue. --submit submits both.",
     .run = mn_cmd_slurm,
     .operands = MN_OPERANDS_FILES},
    {.name = "events",
     .summary = "list when action units, blinks and gaze zones begin and end",
     .usage = "[-o FILE.csv|.eaf|.vtt] RESULT...",
     .about =
         "Finds the events in a result: onset, apex and offset of action units, blinks, and zones "
         "of gaze, for each person. RESULT is a CSV of mien or OpenFace. The extension of the output "
         "selects CSV, ELAN (.eaf) or WebVTT (.vtt); the default is CSV on standard output.",
     .run = mn_cmd_events,
     .operands = MN_OPERANDS_FILES},
    {.name = "report",
     .summary = "make a page of charts of a result, or of a folder of results",
     .usage = "[-o FILE.html] RESULT...",
     .about =
         "Writes one HTML file that shows a result in a browser, without a network connection: "
         "coverage, warnings, quality, gaze, action units and blinks over time, models and "
         "options. RESULT is a CSV of mien or OpenFace, or a folder of results: then the page "
         "compares them, and each gets a page of its own in a folder beside it.",
     .run = mn_cmd_report,
     .operands = MN_OPERANDS_FILES},
    {.name = "compare",
     .summary = "show how far two results of one video differ",
     .usage = "[options] A B",
     .about =
         "Matches the rows of two results (CSV of mien or OpenFace, or JSON Lines) by frame and "
         "person, and shows for each column how many values were compared, the mean, 95th "
         "percentile and maximum of the differences, their bias, and the correlation. Faces that "
         "only one of them has or trusts are counted. With --tolerance the exit status says "
         "whether they agree.",
     .run = mn_cmd_compare,
     .operands = MN_OPERANDS_FILES},
    {.name = "evaluate",
     .summary = "score results with labels",
     .usage = "[options] RESULTS --labels DIR",
     .about =
         "Compares results with labels that people made: action units (DISFA, DISFA+, BP4D), gaze "
         "(Gaze360, MPIIFaceGaze, Columbia), landmarks (.pts), or any table with the columns of a "
         "result. RESULTS is a folder of results, or one. Frames without a face are scored both "
         "ways, and intervals come from drawing people again, with all their frames.",
     .run = mn_cmd_evaluate,
     .operands = MN_OPERANDS_FILES},
    {.name = "columns",
     .summary = "explain the output columns",
     .usage = "[--all | --json]",
     .about = "Explains the columns that mien writes: one line for each group, and which action "
              "units are experimental; with --all or --json every column with unit, range, "
              "coordinates and meaning.",
     .run = mn_cmd_columns},
    {.name = "help",
     .summary = "explain a command or a topic",
     .usage = "[COMMAND|TOPIC]",
     .about =
         "Shows the manual page of a command or topic if standard output is a terminal and the "
         "page is installed, else a text that is built in. Without an operand it lists "
         "commands and topics.",
     .run = mn_cmd_help,
     .operands = MN_OPERANDS_TOPICS},
};
#define NUM_COMMANDS (int)(sizeof(commands) / sizeof(commands[0]))

const struct mn_command *mn_command_at(int i)
{
    return i >= 0 && i < NUM_COMMANDS ? &commands[i] : NULL;
}

void mn_command_summaries(FILE *file)
{
    for (int i = 0; i < NUM_COMMANDS; i++)
        if (commands[i].summary)
            fprintf(file, "  %-10s %s\n", commands[i].name, commands[i].summary);
}

const char *mn_command_within(const struct mn_command *c, const struct mn_command *group)
{
    size_t n = strlen(group->name);
    return !strncmp(c->name, group->name, n) && c->name[n] == ' ' ? c->name + n + 1 : NULL;
}

/* The command of that name, or of that name within the group. */
static const struct mn_command *find(const struct mn_command *group, const char *name)
{
    for (int i = 0; i < NUM_COMMANDS; i++) {
        const char *own = group ? mn_command_within(&commands[i], group) : commands[i].name;
        if (own && !strcmp(own, name))
            return &commands[i];
    }
    return NULL;
}

static bool is_help(const char *argument)
{
    return !strcmp(argument, "--help") || !strcmp(argument, "-h");
}

static void print_help(const struct mn_command *c)
{
    printf("usage: mien %s %s\n\n", c->name, c->usage);
    mn_optparse_wrap(stdout, 0, 0, c->about);
    putchar('\n');
    mn_options_help(stdout, c->name);
}

static void print_group_help(const struct mn_command *group)
{
    const char *before = "usage:";
    for (int i = 0; i < NUM_COMMANDS; i++)
        if (mn_command_within(&commands[i], group)) {
            printf("%s mien %s %s\n", before, commands[i].name, commands[i].usage);
            before = "      ";
        }
    putchar('\n');
    mn_optparse_wrap(stdout, 0, 0, group->about);
    printf("mien %s COMMAND --help explains each.\n", group->name);
}

bool mn_command_exists(const char *name)
{
    return find(NULL, name) != NULL;
}

void mn_command_help(const char *name)
{
    const struct mn_command *c = find(NULL, name);
    if (c && c->run)
        print_help(c);
    else if (c)
        print_group_help(c);
}

/* "list, verify or pull" */
static const char *names_within(const struct mn_command *group, char *buf, size_t size)
{
    const char *pending = NULL;
    buf[0] = 0;
    for (int i = 0; i <= NUM_COMMANDS; i++) {
        const char *own = i < NUM_COMMANDS ? mn_command_within(&commands[i], group) : "";
        size_t used = strlen(buf);
        if (!own)
            continue;
        if (pending)
            snprintf(buf + used, size - used, "%s%s", !used ? "" : *own ? ", " : " or ", pending);
        pending = own;
    }
    return buf;
}

/* Parsing reorders argv. */
static char **copy_words(int argc, char **argv)
{
    char **words = calloc((size_t)argc + 1, sizeof(*words));
    if (words)
        memcpy(words, argv, (size_t)argc * sizeof(*words));
    return words;
}

int mn_command_run(int argc, char **argv)
{
    char names[200];
    const struct mn_command *c = find(NULL, argv[0]), *group = c && !c->run ? c : NULL;
    if (!c)
        return mn_fail(MIEN_EINVAL, "unknown command '%s'; mien --help lists the commands",
                       argv[0]);
    if (group && argc < 2)
        return mn_fail(MIEN_EINVAL, "mien %s needs %s; see mien %s --help", c->name,
                       names_within(c, names, sizeof(names)), c->name);
    if (group && is_help(argv[1])) {
        mn_command_help(c->name);
        return 0;
    }
    if (group) {
        c = find(group, argv[1]);
        argc--;
        argv++;
    }
    if (!c)
        return mn_fail(MIEN_EINVAL, "mien %s takes %s, not '%s'", group->name,
                       names_within(group, names, sizeof(names)), argv[0]);
    struct mn_options o;
    char **words = copy_words(argc, argv);
    int err = words ? mn_options_parse(&o, c->name, argc, argv) : MIEN_ENOMEM;
    o.num_words = argc;
    o.words = words;
    if (err == 0 && !o.help)
        err = c->run(&o);
    else if (err == 0)
        mn_command_help(c->name);
    free(words);
    return err;
}
