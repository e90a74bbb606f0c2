/* The parser of options with a table of its own, and the program's table against the library's
 * table of settings. */
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "check.h"
#include "options.h"

struct fields {
    bool flag;
    const char *text;
    int number, word;
    int64_t large;
    uint64_t all;
    float single;
    double real;
};

#define AT(type, member, c_type) MN_OPT_FIELD(type, struct fields, member, c_type)

static const struct mn_opt table[] = {
    {.name = "flag", .alias = "sign", .letter = 'f', AT(mn_opt_flag, flag, bool), .help = "a flag"},
    {.name = "text",
     .letter = 't',
     .argument = "WORDS",
     AT(mn_opt_text, text, const char *),
     .initial = "nothing",
     .help = "words"},
    {.name = "number",
     .letter = 'n',
     .argument = "N",
     AT(mn_opt_int, number, int),
     .min = -3,
     .max = 5,
     .commands = "go,go on",
     .help = "a number"},
    {.name = "number",
     .argument = "N",
     AT(mn_opt_int, number, int),
     .min = 7,
     .max = 8,
     .commands = "stop",
     .help = "another"},
    {.name = "word",
     AT(mn_opt_choice, word, int),
     .choices = "auto=-1 one=1 uno=1",
     .min = 10,
     .max = 20,
     .initial = "auto",
     .help = "a word"},
    {.name = "large", .argument = "N", AT(mn_opt_int64, large, int64_t), .max = 9e15},
    {.name = "all", .argument = "N", AT(mn_opt_uint64, all, uint64_t)},
    {.name = "single", .argument = "X", AT(mn_opt_float, single, float), .min = -1, .max = 1},
    {.name = "real", .argument = "X", AT(mn_opt_double, real, double), .max = 1, .initial = "0.1"},
};

static char message[500];
static int messages;

__attribute__((format(printf, 2, 3))) static int fail(int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    messages++;
    return error;
}

/* Arguments without the program's name, separated by blanks; "_" stands for an empty one. */
static int parse(struct fields *f, const char *command, const char *arguments, int *operands,
                 char **argv)
{
    static char text[300];
    const struct mn_optparse p = {table, sizeof(table) / sizeof(table[0]), command, "try", f, fail};
    int argc = 1;
    char *save;
    snprintf(text, sizeof(text), "%s", arguments);
    for (char *a = strtok_r(text, " ", &save); a; a = strtok_r(NULL, " ", &save))
        argv[argc++] = strcmp(a, "_") ? a : a + 1;
    argv[0] = text;
    message[0] = 0;
    messages = 0;
    *f = (struct fields){0};
    mn_optparse_init(&p);
    return mn_optparse(&p, argc, argv, operands);
}

static void test_forms(void)
{
    struct fields f;
    char *argv[30];
    int n;
    CHECK_INT(parse(&f, "go", "", &n, argv), 0);
    CHECK_INT(n, 0);
    CHECK_STR(f.text, "nothing");
    CHECK(f.word == -1 && f.real == 0.1 && !f.flag);
    CHECK_INT(parse(&f, "go", "a -f -tx --number=-3 - --real 1 b --word uno -- -f", &n, argv), 0);
    CHECK_INT(n, 4);
    CHECK_STR(argv[0], "a");
    CHECK_STR(argv[1], "-");
    CHECK_STR(argv[2], "b");
    CHECK_STR(argv[3], "-f");
    CHECK(f.flag && f.number == -3 && f.real == 1 && f.word == 1);
    CHECK_STR(f.text, "x");
    CHECK_INT(parse(&f, "go on", "--sign -n 5 -n4 --text= --word 12", &n, argv), 0);
    CHECK(f.flag && f.number == 4 && f.word == 12);
    CHECK_STR(f.text, "");
    CHECK_INT(parse(&f, "stop", "--number 8", &n, argv), 0);
    CHECK_INT(f.number, 8);
    CHECK_INT(parse(&f, NULL, "--all 18446744073709551615 --large 9e15 --single -0.1", &n, argv),
              0);
    CHECK(f.all == UINT64_MAX && f.large == 9000000000000000 && f.single == -0.1f);
}

static void refused(const char *command, const char *arguments, const char *sentence)
{
    struct fields f;
    char *argv[30];
    int n;
    CHECK_INT(parse(&f, command, arguments, &n, argv), MIEN_EINVAL);
    CHECK_INT(messages, 1);
    CHECK_STR(message, sentence);
}

static void test_errors(void)
{
    refused("go", "--nothing", "unknown option --nothing; try --help lists the options");
    refused("go", "-x", "unknown option -x; try --help lists the options");
    refused("go", "--flags", "unknown option --flags; try --help lists the options");
    refused("go", "--fla", "unknown option --fla; try --help lists the options");
    refused("halt", "--number 1", "unknown option --number; try --help lists the options");
    refused("g", "-n 1", "unknown option -n; try --help lists the options");
    refused("go", "--sign=1", "--flag takes no value");
    refused("go", "-fx", "--flag takes no value");
    refused("go", "--text", "--text needs a value: WORDS");
    refused("go", "--word", "--word needs a value: auto|one");
    refused("go", "--number 6", "--number takes a whole number from -3 to 5, not '6'");
    refused("go", "--number 1.5", "--number takes a whole number from -3 to 5, not '1.5'");
    refused("go", "--number 0x1", "--number takes a whole number from -3 to 5, not '0x1'");
    refused("go", "--number _", "--number takes a whole number from -3 to 5, not ''");
    refused("stop", "--number 6", "--number takes a whole number from 7 to 8, not '6'");
    refused("go", "--word two",
            "--word takes auto, one or a whole number from 10 to 20, not 'two'");
    refused("go", "--real nan", "--real takes a number from 0 to 1, not 'nan'");
    refused("go", "--real 1e999", "--real takes a number from 0 to 1, not '1e999'");
    refused("go", "--all -1", "--all takes a whole number from 0 to 2^64 - 1, not '-1'");
    refused("go", "--all 18446744073709551616",
            "--all takes a whole number from 0 to 2^64 - 1, not '18446744073709551616'");
}

static void test_printing(void)
{
    struct fields f;
    char *argv[30], text[60];
    int n;
    static const char *const want[] = {
        "true", "x y", "-3", "-3", "one", "7", "18446744073709551615", "0.1", "0.3"};
    CHECK_INT(parse(&f, NULL,
                    "-f -n -3 --word uno --large 7 --all 18446744073709551615 --single .1 "
                    "--real 0.3",
                    &n, argv),
              0);
    f.text = "x y";
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        table[i].type->print(&table[i], (const char *)&f + table[i].offset, text, sizeof(text));
        CHECK_STR(text, want[i]);
    }
    f.real = 1.0 / 3;
    table[8].type->print(&table[8], &f.real, text, sizeof(text));
    CHECK(strtod(text, NULL) == f.real);
}

/* Each option that stands for a setting: the name exists, the type fits, and the values at both
 * ends of the range go into that setting and come back. */
static void test_settings(void)
{
    int found = 0;
    for (int i = 0; mn_options_row(i); i++) {
        const struct mn_opt *o = mn_options_row(i);
        if (!o->setting)
            continue;
        const mien_setting *s = mien_setting_find(o->setting);
        REQUIRE(s != NULL);
        found++;
        CHECK_INT(o->type->flag, s->type == MIEN_TYPE_FLAG);
        CHECK_INT(o->argument == NULL && !s->choices, s->type == MIEN_TYPE_FLAG);
        const struct mn_opt_limits l = mn_opt_limits(o);
        struct mn_options values;
        mn_options_init(&values);
        char text[40], back[40];
        for (int end = 0; l.max > l.min && end < 2; end++) {
            snprintf(text, sizeof(text), "%.9g", end ? l.max : l.min);
            CHECK(o->type->parse(o, &values.settings, text));
            o->type->print(o, &values.settings, back, sizeof(back));
            CHECK_NEAR(strtod(back, NULL), end ? l.max : l.min, 1e-7);
            CHECK(!o->type->parse(o, &values.settings, end ? "1e12" : "-5"));
        }
    }
    CHECK(found > 20);
}

/* Settings without an option are set by the program itself. */
static void test_no_setting_is_forgotten(void)
{
    static const char *const inside[] = {"exclude", "external_landmarks", "live", "keep_lost",
                                         "frames",  "max_workers"};
    const mien_setting *s;
    for (int i = 0; (s = mien_setting_at(i)); i++) {
        int here = 0;
        for (size_t k = 0; k < sizeof(inside) / sizeof(inside[0]); k++)
            here += !strcmp(inside[k], s->name);
        for (int k = 0; mn_options_row(k) && !here; k++)
            here += mn_options_row(k)->setting && !strcmp(mn_options_row(k)->setting, s->name);
        CHECK(here == 1);
        if (here != 1)
            printf("no option for the setting %s\n", s->name);
    }
}

static void test_zero(void)
{
    struct mn_options o;
    static const struct {
        const char *option, *value;
        double smooth; /* 9: refused */
    } cases[] = {{"--smooth", "0", -1}, {"--smooth", "0.0", -1}, {"--smooth", "2", 2},
                 {"--workers", "0", 9}, {"--fx", "0", 9},        {"--detect-every", "0", 9},
                 {"--cx", "0", 0.1},    {"--min-face", "0", 0.1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[] = "extract";
        char *argv[] = {name, (char *)cases[i].option, (char *)cases[i].value};
        int err = mn_options_parse(&o, "extract", 3, argv);
        CHECK_INT(err, cases[i].smooth == 9 ? MIEN_EINVAL : 0);
        CHECK(err || o.settings.smooth == cases[i].smooth);
    }
}

int main(void)
{
    test_forms();
    test_errors();
    test_printing();
    test_settings();
    test_no_setting_is_forgotten();
    test_zero();
    return check_done();
}
