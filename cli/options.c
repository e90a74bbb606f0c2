#include "options.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"

enum type { FLAG, TEXT, WHOLE, COUNT64, REAL, FLOAT, CHOICE };

struct option {
    char letter; /* 0: none */
    const char *name, *arg;
    int commands;
    enum type type;
    size_t offset;
    double min, max;     /* numbers */
    const char *choices; /* CHOICE: "auto=-1 0=0 90=90": word and value, stored as int */
    const char *help;
};

#define AT(field) offsetof(struct mn_options, field)
#define ALL (MN_EXTRACT | MN_RUN | MN_BENCH)

/* clang-format off */
static const struct option table[] = {
    {'o', "output", "OUT", MN_EXTRACT, TEXT, AT(output), 0, 0, NULL,
     "result file, or folder for several inputs; - is standard output"},
    {0, "source", "SOURCE", MN_RUN, TEXT, AT(source), 0, 0, NULL,
     "camera number, file, URL, or lavfi:GRAPH"},
    {0, "output", "FILE", MN_RUN, TEXT, AT(video), 0, 0, NULL, "write an annotated video"},
    {0, "csv", "FILE", MN_RUN, TEXT, AT(csv), 0, 0, NULL,
     "write rows (CSV or JSON Lines by extension); - is standard output"},
    {0, "view", NULL, MN_RUN, FLAG, AT(view), 0, 0, NULL,
     "show a window: q quits, space stops a file, s steps, o overlay"},
    {0, "send", "WHERE", MN_RUN, TEXT, AT(sink[MN_SINK_SEND]), 0, 0, NULL,
     "JSON Lines to -, udp://HOST:PORT or unix:PATH, never waiting"},
    {0, "camera-size", "WxH", MN_RUN, TEXT, AT(camera_size), 0, 0, NULL,
     "ask the camera for pictures of this size, with --fps at this rate"},
    {0, "realtime", NULL, MN_RUN, FLAG, AT(realtime), 0, 0, NULL,
     "treat a file like a camera: frames come at their times"},
    {0, "timeout", "SECONDS", MN_RUN, REAL, AT(timeout), 0.1, 86400, NULL,
     "give up a stream or camera that is silent so long (default 10)"},
    {0, "reconnect", "SECONDS", MN_RUN, REAL, AT(reconnect), 0, 86400, NULL,
     "look so long for a lost live stream (default 0: not at all)"},
    {0, "latency", NULL, MN_RUN, FLAG, AT(latency), 0, 0, NULL,
     "least delay: one frame at a time, all cores inside the networks"},
    {0, "frame-skip", "N", MN_RUN, COUNT64, AT(frame_skip), 0, 1000, NULL,
     "pass over N frames after each one analysed (default 0)"},
    {0, "log-every", "N", MN_RUN, COUNT64, AT(log_every), 1, 9e15, NULL,
     "a line about rates and latency every N frames"},
    {0, "stats", "FILE", MN_RUN, TEXT, AT(stats), 0, 0, NULL,
     "write rates, latency and counts as JSON at the end"},
    {0, "format", "csv|jsonl", MN_EXTRACT | MN_RUN, TEXT, AT(format), 0, 0, NULL,
     "kind of rows; default by extension, csv in a folder and for -"},
    {0, "video", "FILE", MN_EXTRACT, TEXT, AT(video), 0, 0, NULL,
     "also write an annotated copy; a folder for several inputs"},
    {'f', "force", NULL, MN_EXTRACT | MN_RUN, FLAG, AT(force), 0, 0, NULL, "replace existing outputs"},
    {0, "resume", NULL, MN_EXTRACT, FLAG, AT(resume), 0, 0, NULL,
     "leave out inputs whose results are complete and were made alike"},
    {0, "summary", "FILE", MN_EXTRACT, TEXT, AT(summary), 0, 0, NULL,
     "a CSV with a line for each input: what became of it"},
    {0, "exec", "HOW", MN_EXTRACT | MN_RUN, CHOICE, AT(settings.exec), 0, 0, "sequential=0 threads=1 processes=2",
     "sequential, threads (default) or processes; same results"},
    {'j', "workers", "N|auto", MN_EXTRACT | MN_RUN, CHOICE, AT(settings.workers), 1, 256, "auto=0",
     "worker threads or processes; auto: as many as the cores we may use"},
    {0, "exec", "LIST", MN_BENCH, TEXT, AT(exec_list), 0, 0, NULL,
     "executors to compare, comma separated (default sequential,threads)"},
    {'j', "workers", "LIST", MN_BENCH, TEXT, AT(workers_list), 0, 0, NULL,
     "worker counts to compare, comma separated (default auto)"},
    {0, "repeat", "N", MN_BENCH, WHOLE, AT(repeat), 1, 100, NULL,
     "rounds, each with its own floor; medians are shown (default 3)"},
    {0, "json", NULL, MN_BENCH | MN_COLUMNS, FLAG, AT(json), 0, 0, NULL, "print JSON"},
    {0, "analysis", "LIST", ALL, TEXT, 0, 0, 0, NULL,
     "gaze,landmarks,pose,shape,au,eyes (default: all possible)"},
    {0, "columns", "mien|openface", MN_EXTRACT | MN_RUN, CHOICE, AT(openface), 0, 0,
     "mien=0 openface=1", "openface: exactly OpenFace 2.2's columns and formats"},
    {0, "landmarks-from", "CSV", MN_EXTRACT | MN_BENCH, TEXT, AT(landmarks_from), 0, 0, NULL,
     "68 landmarks of an earlier OpenFace or mien run"},
    {0, "landmarks", "network|clnf", ALL, CHOICE, AT(settings.landmark_method), 0, 0, "network=0 pfld=0 clnf=1",
     "68 points by the network (default), or by OpenFace's own tracker"},
    {0, "person", "ID", MN_EXTRACT | MN_RUN, WHOLE, AT(person), 0, 2e9, NULL,
     "rows and video of this face_id only (see an earlier run)"},
    {0, "static", NULL, ALL, FLAG, AT(settings.independent_frames), 0, 0, NULL,
     "frames are unrelated pictures: AUs by models for those"},
    {0, "fx", "PX", ALL, REAL, AT(settings.fx), 1, 1e6, NULL, "focal length; also --fy --cx --cy"},
    {0, "fy", "PX", ALL, REAL, AT(settings.fy), 1, 1e6, NULL, "vertical focal length (default --fx)"},
    {0, "cx", "PX", ALL, REAL, AT(settings.cx), 0, 1e6, NULL, "optical centre (default: the middle)"},
    {0, "cy", "PX", ALL, REAL, AT(settings.cy), 0, 1e6, NULL, "optical centre, vertical"},
    {0, "intra-op", "N", ALL, WHOLE, AT(settings.intra_op), 1, 256, NULL,
     "threads inside a network (default 1; more only for low latency)"},
    {0, "models", "SET|DIR", ALL, TEXT, AT(settings.models), 0, 0, NULL,
     "builtin (default), standard (from mien models pull), a folder"},
    {0, "detector", "NAME|FILE", ALL, TEXT, AT(settings.detector), 0, 0, NULL, "face detector; mtcnn: OpenFace's, the default with --landmarks clnf"},
    {0, "gaze-model", "NAME|FILE", ALL, TEXT, AT(settings.gaze_model), 0, 0, NULL,
     "gaze network to use"},
    {0, "landmark-model", "NAME|FILE", ALL, TEXT, AT(settings.landmark_model), 0, 0, NULL,
     "landmark network to use"},
    {0, "refiner", "FILE|none", ALL, TEXT, AT(settings.refiner), 0, 0, NULL,
     "OpenFace's main_clnf_general.txt sharpens landmarks; none: off"},
    {0, "au-models", "NAME|DIR", ALL, TEXT, AT(settings.au_models), 0, 0, NULL,
     "builtin-au, openface22-au, or a folder like OpenFace's"},
    {0, "allow-unknown-models", NULL, ALL, FLAG, AT(settings.allow_unknown), 0, 0, NULL,
     "use model files that the registry does not know"},
    {0, "swap-gaze-heads", NULL, ALL, FLAG, AT(settings.swap_gaze_heads), 0, 0, NULL,
     "the gaze network's first output is the vertical angle"},
    {0, "provider", "NAME", ALL, TEXT, AT(settings.provider), 0, 0, NULL,
     "cpu (default), cuda, coreml, ...; or detect=coreml,gaze=cpu"},
    {0, "detect-every", "N", ALL, WHOLE, AT(settings.detect_every), 1, 1000, NULL,
     "detect on every N-th frame (default 10; built-in landmarks: 5)"},
    {0, "detector-size", "PX|auto", ALL, CHOICE, AT(settings.detector_size), 0, 0,
     "auto=0 320=320 480=480 640=640",
     "detector input; auto: 320, 640 where needed or gaze not built in"},
    {0, "input-size", "PX", ALL, WHOLE, AT(settings.gaze_size), 96, 448, NULL,
     "gaze network's input, if its file leaves it open (default 448)"},
    {0, "max-faces", "N", ALL, WHOLE, AT(settings.max_faces), 1, MIEN_FACES_LIMIT, NULL,
     "follow at most N people at a time, largest first"},
    {0, "min-face", "PX", ALL, FLOAT, AT(settings.min_face), 0, 1e5, NULL,
     "ignore faces whose shorter side is below PX"},
    {0, "det-threshold", "S", ALL, FLOAT, AT(settings.det_threshold), 0.001, 0.999, NULL,
     "score a face must exceed (default 0.5)"},
    {0, "smooth", "SECONDS", ALL, REAL, AT(settings.smooth), 0, 3600, NULL,
     "time constant of the smoothed gaze (default 0.1; 0: none)"},
    {0, "rotate", "auto|DEG", ALL, CHOICE, AT(rotate), 0, 0, "auto=-1 0=0 90=90 180=180 270=270",
     "turn pictures clockwise; auto: as the file says"},
    {0, "color", "opencv|tagged", ALL, CHOICE, AT(tagged_colour), 0, 0, "opencv=0 tagged=1",
     "BT.601 always as OpenCV 4 (default), or the stream's matrix"},
    {0, "fps", "RATE", ALL, REAL, AT(fps), 0.001, 1e6, NULL,
     "frame rate of numbered picture sequences (default 25)"},
    {0, "start", "SECONDS", ALL, REAL, AT(start), 0, 1e9, NULL, "skip frames before this time"},
    {0, "max-frames", "N", ALL, COUNT64, AT(max_frames), 1, 9e15, NULL, "stop after N frames"},
    {0, "progress", "MODE", MN_EXTRACT | MN_RUN, CHOICE, AT(progress), 0, 0,
     "auto=0 bar=1 json=2 none=3", "auto (a bar on terminals), bar, json, none"},
    {0, "log-level", "LEVEL", ALL, TEXT, 0, 0, 0, NULL, "error, warning (default), info, debug"},
    {0, "frame-limit", "SECONDS", MN_EXTRACT | MN_RUN, REAL, AT(settings.frame_limit), 0.01, 1e5, NULL,
     "replace a worker process that takes longer for a frame (default 60)"},
    {0, "isolate-decoder", NULL, MN_EXTRACT, FLAG, AT(isolate), 0, 0, NULL,
     "decode in a process without rights (default with processes)"},
    {0, "no-isolate-decoder", NULL, MN_EXTRACT, FLAG, AT(no_isolate), 0, 0, NULL,
     "decode in the program itself (default otherwise)"},
    {'h', "help", NULL, ALL | MN_COLUMNS, FLAG, AT(help), 0, 0, NULL, "this text"},
};
/* clang-format on */
#define NUM_OPTIONS (sizeof(table) / sizeof(table[0]))

const char *mn_exec_name(enum mien_exec exec)
{
    static const char *const names[] = {"sequential", "threads", "processes"};
    return names[exec];
}

const char *mn_option_name(int i, int *commands)
{
    if (i < 0 || i >= (int)NUM_OPTIONS)
        return NULL;
    *commands = table[i].help ? table[i].commands : 0;
    return table[i].name;
}

static const struct option *find(int command, const char *name, size_t length, char letter)
{
    for (size_t i = 0; i < NUM_OPTIONS; i++) {
        const struct option *t = &table[i];
        if (!(t->commands & command))
            continue;
        if (name ? strlen(t->name) == length && !strncmp(t->name, name, length)
                 : t->letter && t->letter == letter)
            return t;
    }
    return NULL;
}

static int number(const struct option *t, const char *text, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    bool whole = t->type == WHOLE || t->type == COUNT64 || t->type == CHOICE;
    /* strtod also reads blanks, hexadecimal and names */
    bool plain = strspn(text, "0123456789.eE+-") == strlen(text);
    if (!plain || end == text || *end || errno || !isfinite(*out) || *out < t->min ||
        *out > t->max || (whole && *out != floor(*out)))
        return mn_fail(MIEN_EINVAL, "--%s takes a %snumber from %g to %g, not '%s'", t->name,
                       whole ? "whole " : "", t->min, t->max, text);
    return 0;
}

static int choose(const struct option *t, const char *text, int *out)
{
    size_t length = strlen(text);
    for (const char *p = t->choices; *p; p += *p == ' ') {
        size_t word = strcspn(p, "=");
        if (word == length && !strncmp(p, text, word)) {
            *out = atoi(p + word + 1);
            return 0;
        }
        p += strcspn(p, " ");
    }
    double v;
    if (t->max > t->min && *text < 'A') {
        int err = number(t, text, &v);
        *out = err < 0 ? 0 : (int)v;
        return err;
    }
    char words[120] = ""; /* "auto=-1 0=0" read back as "auto, 0" */
    for (const char *p = t->choices; p && *p; p += *p == ' ') {
        size_t used = strlen(words);
        snprintf(words + used, sizeof(words) - used, "%s%.*s", used ? ", " : "",
                 (int)strcspn(p, "="), p);
        p += strcspn(p, " ");
    }
    return mn_fail(MIEN_EINVAL, "--%s takes %s%s, not '%s'", t->name, words,
                   t->max > t->min ? " or a number" : "", text);
}

static int log_level(const char *text)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    for (int i = 0; i < 4; i++)
        if (!strcmp(text, names[i])) {
            mn_msg_set_level((enum mien_log_level)i);
            return 0;
        }
    return mn_fail(MIEN_EINVAL, "--log-level takes error, warning, info or debug, not '%s'", text);
}

static int analysis(unsigned *out, const char *list)
{
    static const struct {
        const char *name;
        unsigned bits;
    } known[] = {{"gaze", MIEN_GAZE}, {"landmarks", MIEN_LANDMARKS},
                 {"pose", MIEN_POSE}, {"shape", MIEN_SHAPE},
                 {"au", MIEN_AU},     {"eyes", MIEN_EYES},
                 {"all", MIEN_ALL}};
    *out = 0;
    while (*list) {
        size_t n = strcspn(list, ","), k;
        for (k = 0; k < sizeof(known) / sizeof(known[0]); k++)
            if (strlen(known[k].name) == n && !strncmp(known[k].name, list, n))
                break;
        if (k == sizeof(known) / sizeof(known[0]))
            return mn_fail(MIEN_EINVAL,
                           "--analysis takes gaze, landmarks, pose, shape, au, eyes or all, "
                           "comma separated, not '%.*s'",
                           (int)n, list);
        *out |= known[k].bits;
        list += n + (list[n] == ',');
    }
    return *out ? 0
                : mn_fail(MIEN_EINVAL, "--analysis needs at least one of gaze, landmarks, pose, "
                                       "shape, au, eyes");
}

static int store(struct mn_options *o, const struct option *t, const char *value)
{
    char *field = (char *)o + t->offset;
    double v = 0;
    int err = 0, n = 0;
    if (!strcmp(t->name, "log-level"))
        return log_level(value);
    if (!strcmp(t->name, "analysis"))
        return analysis(&o->settings.analysis, value);
    switch (t->type) {
    case FLAG:
        if (t->offset < sizeof(mien_settings)) /* the library has no bool */
            *(int *)(void *)field = 1;
        else
            *(bool *)field = true;
        return 0;
    case TEXT:
        *(const char **)(void *)field = value;
        return 0;
    case CHOICE:
        err = choose(t, value, &n);
        if (t->offset == AT(tagged_colour) || t->offset == AT(openface))
            *(bool *)field = n;
        else
            *(int *)(void *)field = n;
        return err;
    default:
        break;
    }
    err = number(t, value, &v);
    if (err < 0)
        return err;
    if (t->type == WHOLE)
        *(int *)(void *)field = (int)v;
    else if (t->type == COUNT64)
        *(int64_t *)(void *)field = (int64_t)v;
    else if (t->type == FLOAT)
        *(float *)(void *)field = (float)v;
    else
        *(double *)(void *)field = v;
    return 0;
}

int mn_options_parse(struct mn_options *o, int command, int argc, char **argv)
{
    memset(o, 0, sizeof(*o));
    mien_settings_init(&o->settings);
    o->settings.exec = MIEN_THREADS;
    o->settings.smooth = 0.1;
    o->settings.log = mn_msg_callback;
    o->rotate = -1;
    o->timeout = 10;
    o->person = -1;
    o->repeat = 3;
    o->inputs = argv;

    bool only_inputs = false;
    for (int i = 1; i < argc; i++) {
        char *a = argv[i];
        if (only_inputs || a[0] != '-' || !a[1]) {
            o->inputs[o->num_inputs++] = a; /* never overtakes i */
            continue;
        }
        if (!strcmp(a, "--")) {
            only_inputs = true;
            continue;
        }
        const struct option *t;
        const char *value = NULL;
        if (a[1] == '-') {
            size_t length = strcspn(a + 2, "=");
            t = find(command, a + 2, length, 0);
            if (a[2 + length] == '=')
                value = a + 2 + length + 1;
        } else {
            t = find(command, NULL, 0, a[1]);
            if (a[2])
                value = a + 2;
        }
        if (!t)
            return mn_fail(MIEN_EINVAL, "there is no option %s here; mien %s --help lists them", a,
                           command == MN_EXTRACT ? "extract"
                           : command == MN_RUN   ? "run"
                           : command == MN_BENCH ? "bench"
                                                 : "columns");
        if (t->type == FLAG && value)
            return mn_fail(MIEN_EINVAL, "--%s takes no value", t->name);
        if (t->type != FLAG && !value) {
            if (++i == argc)
                return mn_fail(MIEN_EINVAL, "--%s needs a value: %s", t->name, t->arg);
            value = argv[i];
        }
        int err = store(o, t, value);
        if (err < 0)
            return err;
    }
    if (o->settings.smooth == 0)
        o->settings.smooth = -1; /* off; 0 is the library's default */
    if (o->settings.fx > 0 && o->settings.fy == 0)
        o->settings.fy = o->settings.fx;
    if (o->settings.fy > 0 && o->settings.fx == 0)
        o->settings.fx = o->settings.fy;
    o->isolate = !o->no_isolate &&
                 (o->isolate || (command == MN_EXTRACT && o->settings.exec == MIEN_PROCESSES));
    if (o->landmarks_from)
        o->settings.external_landmarks = 1;
    if (o->landmarks_from && o->settings.max_faces)
        return mn_fail(
            MIEN_EINVAL,
            "with --landmarks-from the faces are those of the table; use --max-faces without it");
    bool own = !o->settings.detector || !strcmp(o->settings.detector, "mtcnn");
    if (o->openface && o->settings.landmark_method == MIEN_LANDMARK_CLNF &&
        own) { /* as FeatureExtraction does */
        o->settings.keep_lost = 1;
        o->settings.max_faces = o->settings.max_faces ? o->settings.max_faces : 1;
    }
    o->sink[MN_SINK_VIEW] = o->view ? "--view" : NULL;
    if (o->force && o->resume)
        return mn_fail(MIEN_EINVAL,
                       "--resume keeps results and --force replaces them; give one of them");
    char formats[100];
    if (o->format && !mn_sink_for(o->format, NULL))
        return mn_fail(MIEN_EINVAL, "--format takes %s, not '%s'",
                       mn_sink_formats(formats, sizeof(formats), " or "), o->format);
    return 0;
}

void mn_options_help(FILE *file, int command)
{
    for (size_t i = 0; i < NUM_OPTIONS; i++) {
        const struct option *t = &table[i];
        if (!(t->commands & command) || !t->help)
            continue;
        char left[64];
        snprintf(left, sizeof(left), "%s%c%s --%s%s%s", t->letter ? "-" : " ",
                 t->letter ? t->letter : ' ', t->letter ? "," : " ", t->name, t->arg ? " " : "",
                 t->arg ? t->arg : "");
        fprintf(file, "  %-30s %s\n", left, t->help);
    }
}
