/* Command lines: the first byte chooses the command, the rest are arguments, ended by a newline
 * or a zero each. The functions of io/msg.c are replaced by ones that only count messages. */
#include <mien/mien.h>
#include <stdarg.h>
#include <stdbool.h>

#include "fuzz.h"
#include "options.h"
#include "io/msg.h"

#define MOST 64

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x01-o\nout.csv\n--detect-every=5\n--video\nx.mp4\na.mp4\n--\n-b.mp4"),
    FUZZ_TEXT("\x01--workers\nauto\n-j8\n--exec\nthreads\n--rotate=90\n-f\nin.mp4\n-"),
    FUZZ_TEXT("\x01--min-face\n1e5\n--det-threshold=0.5\n--smooth\n0\n--max-frames\n9e15\nx"),
    FUZZ_TEXT("\x01--log-level\ndebug\n--progress=json\n--format=jsonl\n--start=1e9\nx"),
    FUZZ_TEXT("\x02--source\nlavfi:testsrc\n--csv\n-\n--output\nx.mp4"),
    FUZZ_TEXT("\x06--exec\nsequential,threads\n--workers=1,2\n--repeat\n3\n--json\nx.mp4"),
    FUZZ_TEXT("\x01--analysis\ngaze,au,all\n--analysis=pose,shape,landmarks\n--analysis=,\nx"),
    FUZZ_TEXT("\x07--json\n--help"),
    FUZZ_TEXT("\x01--workers=nan\n--workers=1e999\n--workers=-1\n--workers=0x10"),
    FUZZ_TEXT("\x01--\x00-o"),
    FUZZ_TEXT("\x03--models=a\n--json\nb"),
    FUZZ_TEXT("\x04--from\nfile:///a\n--force\n--models\nb\nname"),
    FUZZ_TEXT("\x01--independent\n--static\n--independent=1"),
    FUZZ_TEXT("\x01--landmarks-from=t.csv\n--max-faces\n2\nx"),
    FUZZ_TEXT("\x01--columns\nopenface\n--landmarks=clnf\n--detector\nmtcnn\nx"),
    FUZZ_TEXT("\x01--landmarks-from=t.csv\n--force\n--resume\nx"),
    {NULL, 0},
};
const int fuzz_rounds = 60000;
const size_t fuzz_longest = 300;

static int complaints;

__attribute__((format(printf, 1, 0))) static void count(const char *format, va_list args)
{
    char text[2000];
    int n = vsnprintf(text, sizeof(text), format, args);
    FUZZ_CHECK(n > 0);
    complaints++;
}

int mn_fail(int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    count(format, args);
    va_end(args);
    return error;
}

void mn_msg(enum mien_log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

void mn_msg_set_level(enum mien_log_level level)
{
    FUZZ_CHECK(level <= MIEN_LOG_DEBUG);
}

enum mien_log_level mn_msg_level(void)
{
    return MIEN_LOG_WARNING;
}

void mn_msg_callback(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    (void)message;
}

void mn_msg_print(const char *format, ...)
{
}

void mn_msg_capture(char *text, size_t size)
{
}

void mn_msg_on_print(void (*wipe)(void))
{
    (void)wipe;
}

static int is_argument(const char *s, char **strings, int n)
{
    for (int i = 0; i < n; i++) /* or a part of one: the value of --name=value */
        if (s >= strings[i] && s <= strings[i] + strlen(strings[i]))
            return 1;
    return 0;
}

static void check(const struct mn_options *o, char **strings, int n)
{
    const mien_settings *s = &o->settings;
    FUZZ_CHECK(s->workers >= 0 && s->workers <= 256);
    FUZZ_CHECK(s->intra_op >= 0 && s->intra_op <= 256);
    FUZZ_CHECK(s->detect_every >= 0 && s->detect_every <= 1000);
    FUZZ_CHECK(s->max_faces >= 0 && s->max_faces <= MIEN_FACES_LIMIT);
    FUZZ_CHECK(s->min_face >= 0 && s->min_face <= 1e6f);
    FUZZ_CHECK(s->det_threshold >= 0 && s->det_threshold < 1);
    FUZZ_CHECK(s->smooth == -1 || (s->smooth > 0 && s->smooth <= 1e6)); /* -1: off */
    FUZZ_CHECK((unsigned)s->exec <= MIEN_PROCESSES && s->analysis <= MIEN_ALL);
    FUZZ_CHECK(o->rotate == -1 || (o->rotate % 90 == 0 && o->rotate >= 0 && o->rotate < 360));
    FUZZ_CHECK(o->start >= 0 && o->max_frames >= 0 && o->repeat >= 1 && o->fps >= 0);
    FUZZ_CHECK((unsigned)o->progress <= MN_PROGRESS_NONE);
    FUZZ_CHECK(!o->format || !strcmp(o->format, "csv") || !strcmp(o->format, "jsonl"));
    FUZZ_CHECK(o->num_inputs >= 0 && o->num_inputs < n);
    for (int i = 0; i < o->num_inputs; i++)
        FUZZ_CHECK(is_argument(o->inputs[i], strings, n));
    const char *const texts[] = {o->output, o->csv,           o->video,      o->source,
                                 s->models, s->detector,      s->gaze_model, s->provider,
                                 o->from,   o->landmarks_from};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        FUZZ_CHECK(!texts[i] || is_argument(texts[i], strings, n));
}

/* What print writes, parse reads back as the same value. */
static void check_round_trip(const struct mn_options *o)
{
    struct mn_options again;
    mn_options_init(&again);
    for (int i = 0; mn_options_row(i); i++) {
        const struct mn_opt *row = mn_options_row(i);
        char text[1000], second[1000];
        row->type->print(row, (const char *)o + row->offset, text, sizeof(text));
        if (!text[0] || row->type->flag || strlen(text) + 1 == sizeof(text))
            continue;
        if (!strcmp(text, "0") || !strcmp(text, "-1")) /* not given; often below the range */
            continue;
        FUZZ_CHECK(row->type->parse(row, (char *)&again + row->offset, text));
        row->type->print(row, (const char *)&again + row->offset, second, sizeof(second));
        FUZZ_CHECK(!strcmp(text, second));
    }
}

static const char *const commands[] = {"columns",     "extract",       "run",  "models list",
                                       "models pull", "models verify", "bench"};
#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* The help of each command, once: no line is wider than a terminal of 100 columns. */
static void check_help(void)
{
    static bool checked;
    for (size_t i = 0; i < NUM_COMMANDS && !checked; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);
        FUZZ_CHECK(f);
        mn_options_help(f, commands[i]);
        FUZZ_CHECK(fclose(f) == 0 && size > 0);
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            FUZZ_CHECK(strcspn(line, "\n") <= 100);
        free(text);
    }
    checked = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    char *strings[MOST] = {NULL}, *argv[MOST + 1] = {NULL};
    const uint8_t first = fuzz_byte(&in);
    const char *command = commands[first % NUM_COMMANDS];
    int n = 0;
    strings[n++] = strdup("mien");
    while (in.size && n < MOST) {
        size_t length = 0;
        while (length < in.size && in.data[length] != '\n' && in.data[length] != 0)
            length++;
        strings[n] = malloc(length + 1);
        if (!strings[n])
            break;
        fuzz_bytes(&in, strings[n], length);
        strings[n++][length] = 0;
        fuzz_byte(&in);
    }
    memcpy(argv, strings, sizeof(strings));

    struct mn_options o;
    check_help();
    complaints = 0;
    int err = mn_options_parse(&o, command, n, argv);
    FUZZ_CHECK(err == 0 || err == MIEN_EINVAL);
    FUZZ_CHECK(complaints == (err < 0)); /* one sentence, and only for an error */
    if (err == 0) {
        check(&o, strings, n);
        check_round_trip(&o);
    }
    for (int i = 0; i < n; i++)
        free(strings[i]);
    return 0;
}
