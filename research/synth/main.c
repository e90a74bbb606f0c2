/* The program mien-synth: rendered faces with exact labels. */
#include <mien/mien.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "io/exit_status.h"
#include "optparse.h"

int sy_fail(int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("mien-synth: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return error;
}

#define FIELD(type, member, c_type) MN_OPT_FIELD(type, struct sy_given, member, c_type)
#define FLAG(member) FIELD(mn_opt_flag, member, bool)
#define TEXT(member) FIELD(mn_opt_text, member, const char *)
#define INT(member, from, to) FIELD(mn_opt_int, member, int), .min = from, .max = to

/* WxH; the field is the whole struct, because two members change. */
static bool parse_size(const struct mn_opt *o, void *fields, const char *text)
{
    struct sy_given *g = fields;
    char *end;
    long w = strtol(text, &end, 10), h = *end == 'x' ? strtol(end + 1, &end, 10) : 0;
    if (*end || w < o->min || h < o->min || w > o->max || h > o->max || w % 2 || h % 2)
        return false;
    g->width = (int)w;
    g->height = (int)h;
    return true;
}

static void print_size(const struct mn_opt *o, const void *fields, char *buf, size_t size)
{
    const struct sy_given *g = fields;
    (void)o;
    snprintf(buf, size, "%dx%d", g->width, g->height);
}

static const struct mn_opt_type size_type = {"an even WxH with sides", false, parse_size,
                                             print_size, NULL};

static const struct mn_opt options[] = {
    {.name = "assets", .argument = "DIR", TEXT(assets), .help = "the MakeHuman assets; required"},
    {.name = "output",
     .letter = 'o',
     .argument = "PATH",
     TEXT(output),
     .help = "output file or folder; required"},
    {.name = "seed",
     .argument = "N",
     FIELD(mn_opt_uint64, seed, uint64_t),
     .initial = "1",
     .help = "seed of the random choices"},
    {.name = "count",
     .argument = "K",
     INT(count, 1, 100e6),
     .help = "pictures, frames of a clip, or heads of a shape model"},
    {.name = "first",
     .argument = "N",
     INT(first, 0, 1e9),
     .initial = "0",
     .help = "number of the first picture"},
    {.name = "size",
     .argument = "WxH",
     .type = &size_type,
     .min = 32,
     .max = 4096,
     .initial = "640x480",
     .help = "size of the pictures in pixels"},
    {.name = "faces",
     .argument = "N",
     INT(faces, 0, SY_FACES),
     .help = "faces in every picture, 0 to 6 (default: random, mostly one)"},
    {.name = "face-height",
     .argument = "SHARE",
     FIELD(mn_opt_float, face, float),
     .min = 0.05,
     .max = 2,
     .help = "height of one face in the middle, as a share of the picture's (default: random)"},
    {.name = "format",
     FIELD(mn_opt_choice, format, int),
     .choices = "png=0 ppm=1 raw=2",
     .initial = "png",
     .help = "raw: frames.rgb and labels.bin, one file each"},
    {.name = "same",
     .argument = "K",
     INT(same, 1, 1e6),
     .help = "still: this many pictures in a row have the same people, light and camera"},
    {.name = "rate",
     .argument = "N",
     INT(rate, 1, 240),
     .initial = "25",
     .help = "frames per second of a clip"},
    {.name = "jobs",
     .letter = 'j',
     .argument = "N",
     INT(jobs, 1, SY_MOST_JOBS),
     .help = "threads (default: one for each core)"},
    {.name = "modes",
     .argument = "N",
     INT(modes, 1, 60),
     .initial = "34",
     .help = "modes of a shape model"},
    {.name = "clean", FLAG(clean), .help = "no occlusion, and a good camera"},
    {.name = "marks",
     FLAG(marks),
     .help = "draw the landmarks into the pictures, for inspection only"},
    {.name = "time", FLAG(time), .help = "print the time that rendering took"},
    {.name = "help", .letter = 'h', FLAG(help), .help = "show this text"},
};

static struct mn_optparse parser(struct sy_given *g)
{
    return (struct mn_optparse){.table = options,
                                .n = (int)(sizeof(options) / sizeof(options[0])),
                                .program = "mien-synth",
                                .fields = g,
                                .fail = sy_fail};
}

static const struct command {
    const char *name;
    int (*run)(const struct sy_given *g);
    const char *what;
} commands[] = {
    {"still", sy_cmd_still, "pictures with labels"},
    {"clip", sy_cmd_clip, "a clip with a story, and its truth"},
    {"units", sy_cmd_units, "one picture for each action unit at full strength"},
    {"pdm", sy_cmd_pdm, "a shape model computed from rendered heads"},
};
#define NUM_COMMANDS (sizeof(commands) / sizeof(*commands))

static void help(FILE *file)
{
    const struct mn_optparse p = parser(NULL);
    fputs("usage: mien-synth COMMAND --assets DIR -o PATH [options]\n\n"
          "Renders faces with exact labels from MakeHuman's assets.\n\n",
          file);
    for (size_t i = 0; i < NUM_COMMANDS; i++)
        fprintf(file, "  %-8s %s\n", commands[i].name, commands[i].what);
    fputc('\n', file);
    mn_optparse_help(&p, file);
}

static int read_options(int argc, char **argv, struct sy_given *g)
{
    const struct mn_optparse p = parser(g);
    int operands;
    mn_optparse_init(&p);
    int err = mn_optparse(&p, argc, argv, &operands);
    if (err < 0 || g->help)
        return err;
    if (operands)
        return sy_fail(MIEN_EINVAL, "unexpected operand '%s'; mien-synth --help lists the options",
                       argv[0]);
    if (!g->assets)
        return sy_fail(MIEN_EINVAL, "--assets is missing; it names the folder with MakeHuman's "
                                    "assets");
    if (!g->output)
        return sy_fail(MIEN_EINVAL, "-o is missing; it names the output file or folder");
    return 0;
}

static int dispatch(int argc, char **argv)
{
    struct sy_given g = {.faces = -1};
    if (argc < 2) {
        help(stderr);
        return MIEN_EINVAL;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        help(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("mien-synth %s\n", MIEN_VERSION);
        return 0;
    }
    for (size_t i = 0; i < NUM_COMMANDS; i++) {
        if (strcmp(commands[i].name, argv[1]) != 0)
            continue;
        int err = read_options(argc - 1, argv + 1, &g);
        if (err < 0)
            return err;
        if (g.help) {
            help(stdout);
            return 0;
        }
        return commands[i].run(&g);
    }
    return sy_fail(MIEN_EINVAL, "unknown command '%s'; mien-synth --help lists the commands",
                   argv[1]);
}

int main(int argc, char **argv)
{
    return mn_exit_status(dispatch(argc, argv));
}
