/* The program mien-synth: rendered faces with exact labels. */
#include <errno.h>
#include <mien/mien.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "commands.h"
#include "io/exit_status.h"
#include "parse.h"

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

static const struct option {
    const char *name, *value, *what;
} options[] = {
    {"--assets", "DIR", "the MakeHuman assets; needed"},
    {"--output", "PATH", "-o: where to; needed"},
    {"--seed", "N", "what is drawn; default 1"},
    {"--count", "K", "pictures, frames of a clip, or heads of a shape model"},
    {"--first", "N", "number of the first picture; default 0"},
    {"--size", "WxH", "pixels; default 640x480"},
    {"--faces", "N", "in every picture, 0 to 6; default by lot, mostly one"},
    {"--face-height", "SHARE", "of the picture, one face in the middle; default by lot"},
    {"--format", "png|ppm|raw", "raw: frames.rgb and labels.bin in one piece each"},
    {"--same", "K", "of still: so many in a row with the same people, light and camera"},
    {"--rate", "N", "frames per second of a clip; default 25"},
    {"--jobs", "N", "-j: threads; default one for each core"},
    {"--modes", "N", "of a shape model; default 34"},
    {"--clean", NULL, "no occlusion, a good camera"},
    {"--marks", NULL, "draw the landmarks into the pictures: for looking, not for learning"},
    {"--time", NULL, "say how long rendering took"},
    {"--help", NULL, "this"},
};
#define NUM_OPTIONS (sizeof(options) / sizeof(*options))

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
    fputs("usage: mien-synth COMMAND --assets DIR -o PATH [options]\n\n"
          "Renders faces with exact labels from MakeHuman's assets.\n\n",
          file);
    for (size_t i = 0; i < NUM_COMMANDS; i++)
        fprintf(file, "  %-8s %s\n", commands[i].name, commands[i].what);
    fputc('\n', file);
    for (size_t i = 0; i < NUM_OPTIONS; i++) {
        char text[60];
        snprintf(text, sizeof(text), "%s %s", options[i].name,
                 options[i].value ? options[i].value : "");
        fprintf(file, "  %-22s %s\n", text, options[i].what);
    }
}

static int number(const char *name, const char *text, double low, double high, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end == text || *end || !(*out >= low && *out <= high))
        return sy_fail(MIEN_EINVAL, "%s wants a number from %g to %g, not '%s'", name, low, high,
                       text);
    return 0;
}

static int integer(const char *name, const char *text, double low, double high, int *out)
{
    double v;
    int err = number(name, text, low, high, &v);
    if (err == 0 && v != (double)(int)v)
        return sy_fail(MIEN_EINVAL, "%s wants a whole number, not '%s'", name, text);
    if (err == 0)
        *out = (int)v;
    return err;
}

static int size_of(const char *text, struct sy_given *g)
{
    char *end;
    long w = strtol(text, &end, 10), h = *end == 'x' ? strtol(end + 1, &end, 10) : 0;
    if (*end || w < 32 || h < 32 || w > 4096 || h > 4096 || w % 2 || h % 2)
        return sy_fail(MIEN_EINVAL, "--size wants even WxH from 32x32 to 4096x4096, not '%s'",
                       text);
    g->width = (int)w;
    g->height = (int)h;
    return 0;
}

static int format_of(const char *text, struct sy_given *g)
{
    static const char *const names[] = {"png", "ppm", "raw"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(text, names[i])) {
            g->format = i;
            return 0;
        }
    return sy_fail(MIEN_EINVAL, "--format is png, ppm or raw, not '%s'", text);
}

static int take(const char *name, const char *value, struct sy_given *g)
{
    double v;
    int err;
    if (!strcmp(name, "--assets"))
        g->assets = value;
    else if (!strcmp(name, "--output"))
        g->output = value;
    else if (!strcmp(name, "--seed")) {
        char *end;
        errno = 0;
        g->seed = strtoull(value, &end, 10);
        if (*value == '-' || end == value || *end || errno)
            return sy_fail(MIEN_EINVAL, "--seed wants a whole number, not '%s'", value);
    } else if (!strcmp(name, "--count"))
        return integer(name, value, 1, 100e6, &g->count);
    else if (!strcmp(name, "--first"))
        return integer(name, value, 0, 1e9, &g->first);
    else if (!strcmp(name, "--size"))
        return size_of(value, g);
    else if (!strcmp(name, "--faces"))
        return integer(name, value, 0, SY_FACES, &g->faces);
    else if (!strcmp(name, "--face-height")) {
        err = number(name, value, 0.05, 2, &v);
        g->face = err == 0 ? (float)v : 0;
        return err;
    } else if (!strcmp(name, "--format"))
        return format_of(value, g);
    else if (!strcmp(name, "--same"))
        return integer(name, value, 1, 1e6, &g->same);
    else if (!strcmp(name, "--rate"))
        return integer(name, value, 1, 240, &g->rate);
    else if (!strcmp(name, "--jobs"))
        return integer(name, value, 1, SY_MOST_JOBS, &g->jobs);
    else if (!strcmp(name, "--modes"))
        return integer(name, value, 1, 60, &g->modes);
    else if (!strcmp(name, "--clean"))
        g->clean = 1;
    else if (!strcmp(name, "--marks"))
        g->marks = 1;
    else if (!strcmp(name, "--time"))
        g->time = 1;
    return 0;
}

static const struct option *find(const char *word, size_t length)
{
    if (!strcmp(word, "-o"))
        return &options[1];
    if (!strcmp(word, "-j"))
        return &options[11];
    if (!strcmp(word, "-h"))
        return &options[NUM_OPTIONS - 1];
    for (size_t i = 0; i < NUM_OPTIONS; i++)
        if (strlen(options[i].name) == length && !strncmp(options[i].name, word, length))
            return &options[i];
    return NULL;
}

static int read_options(int argc, char **argv, struct sy_given *g)
{
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i], *equals = strchr(word, '=');
        char joined[40];
        if (!strncmp(word, "-j", 2) && word[2]) { /* -j2 */
            snprintf(joined, sizeof(joined), "--jobs=%.20s", word + 2);
            word = joined;
            equals = joined + 6;
        }
        const struct option *o = find(word, equals ? (size_t)(equals - word) : strlen(word));
        if (!o)
            return sy_fail(MIEN_EINVAL, "there is no option '%s'; mien-synth --help lists them",
                           word);
        if (o == &options[NUM_OPTIONS - 1]) {
            g->help = 1;
            return 0;
        }
        const char *value = !equals ? NULL : word == joined ? argv[i] + 2 : equals + 1;
        if (o->value && !value)
            value = ++i < argc ? argv[i] : NULL;
        if (o->value && !value)
            return sy_fail(MIEN_EINVAL, "%s wants %s", o->name, o->value);
        if (!o->value && equals)
            return sy_fail(MIEN_EINVAL, "%s takes no value", o->name);
        int err = take(o->name, value, g);
        if (err < 0)
            return err;
    }
    if (!g->assets)
        return sy_fail(MIEN_EINVAL, "--assets is missing: the folder with MakeHuman's assets");
    if (!g->output)
        return sy_fail(MIEN_EINVAL, "-o is missing: where to write");
    return 0;
}

static int dispatch(int argc, char **argv)
{
    struct sy_given g = {
        .seed = 1, .width = 640, .height = 480, .faces = -1, .rate = 25, .modes = 34};
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
        int err = read_options(argc - 2, argv + 2, &g);
        if (err < 0)
            return err;
        if (g.help) {
            help(stdout);
            return 0;
        }
        return commands[i].run(&g);
    }
    return sy_fail(MIEN_EINVAL, "there is no command '%s'; mien-synth --help lists them", argv[1]);
}

int main(int argc, char **argv)
{
    return mn_exit_status(dispatch(argc, argv));
}
