#include "optparse.h"

#include <errno.h>
#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------------------- limits ---- */

struct mn_opt_limits mn_opt_limits(const struct mn_opt *o)
{
    struct mn_opt_limits l = {.kind = o->type->kind, .min = o->min, .max = o->max};
    if (o->type->limits)
        return o->type->limits(o);
    snprintf(l.choices, sizeof(l.choices), "%s", o->choices ? o->choices : "");
    return l;
}

/* "auto" and "0" of "auto=0"; the value of "320" is "320". */
struct word {
    const char *text, *value;
    int length, value_length;
};

/* Takes the next word of the list and returns the rest; NULL at the end. */
static const char *next_word(const char *list, struct word *w)
{
    list += strspn(list, " ");
    if (!*list)
        return NULL;
    const int all = (int)strcspn(list, " "), name = (int)strcspn(list, " =");
    const int skip = name < all ? name + 1 : 0;
    *w = (struct word){list, list + skip, name, all - skip};
    return list + all;
}

static bool equal(const char *a, int length_a, const char *b, int length_b)
{
    return length_a == length_b && !strncmp(a, b, (size_t)length_a);
}

/* A word with the value of an earlier one is an alias: accepted, not listed. So is a word whose
 * value is another word. */
static bool is_alias(const char *list, const struct word *w)
{
    struct word other;
    if (w->value == w->text)
        return false;
    for (const char *p = list; (p = next_word(p, &other));)
        if (other.text != w->text &&
            ((other.text < w->text &&
              equal(other.value, other.value_length, w->value, w->value_length)) ||
             equal(other.text, other.length, w->value, w->value_length)))
            return true;
    return false;
}

const char *mn_opt_word(const char *choices, const char *word, int *length)
{
    struct word w;
    for (const char *p = choices; (p = next_word(p, &w));)
        if (equal(w.text, w.length, word, (int)strlen(word))) {
            *length = w.value_length;
            return w.value;
        }
    return NULL;
}

static void append(char *buf, size_t size, const char *text, int length)
{
    size_t used = strlen(buf);
    if (used < size)
        snprintf(buf + used, size - used, "%.*s", length < 0 ? (int)strlen(text) : length, text);
}

/* The words but for aliases: "auto, 320, 480 or 640". */
static void join(char *buf, size_t size, const char *list, const char *between, const char *last)
{
    struct word w, pending = {0};
    for (const char *p = list; (p = next_word(p, &w));) {
        if (is_alias(list, &w))
            continue;
        if (pending.text) {
            append(buf, size, *buf ? between : "", -1);
            append(buf, size, pending.text, pending.length);
        }
        pending = w;
    }
    append(buf, size, *buf ? last : "", -1);
    append(buf, size, pending.text ? pending.text : "", pending.length);
}

void mn_opt_choices(const struct mn_opt *o, char *buf, size_t size, const char *between)
{
    const struct mn_opt_limits l = mn_opt_limits(o);
    buf[0] = 0;
    join(buf, size, l.choices, between, between);
}

static const char *noun(const char *kind)
{
    if (!strcmp(kind, "number"))
        return "a number";
    return strcmp(kind, "integer") && strcmp(kind, "choice") ? kind : "a whole number";
}

/* What the option accepts: "a whole number from 1 to 5", "auto, 320, 480 or 640". */
static void describe(const struct mn_opt *o, char *buf, size_t size)
{
    const struct mn_opt_limits l = mn_opt_limits(o);
    const bool list = !strcmp(l.kind, "list"), number = l.max > l.min;
    buf[0] = 0;
    join(buf, size, l.choices, ", ", list || number ? ", " : " or ");
    if (list)
        append(buf, size, ", separated by commas", -1);
    if (o->type == &mn_opt_uint64)
        append(buf, size, "a whole number from 0 to 2^64 - 1", -1);
    if (number) {
        const size_t used = strlen(buf);
        if (used < size)
            snprintf(buf + used, size - used, "%s%s from %.10g to %.10g", used ? " or " : "",
                     noun(l.kind), l.min, l.max);
    }
}

void mn_opt_argument(const struct mn_opt *o, char *buf, size_t size)
{
    mn_opt_choices(o, buf, size, "|");
    if (o->argument)
        snprintf(buf, size, "%s", o->argument);
}

/* ---------------------------------------------------------------------------------- types ---- */

bool mn_opt_number(const char *text, bool whole, double min, double max, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    /* strtod also reads blanks, hexadecimal numbers and names */
    return strspn(text, "0123456789.eE+-") == strlen(text) && end != text && !*end && !errno &&
           isfinite(*out) && *out >= min && *out <= max && (!whole || *out == floor(*out));
}

static bool parse_flag(const struct mn_opt *o, void *field, const char *text)
{
    (void)o;
    (void)text;
    *(bool *)field = true;
    return true;
}

static void print_flag(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    (void)o;
    snprintf(buf, size, "%s", *(const bool *)field ? "true" : "");
}

static bool parse_text(const struct mn_opt *o, void *field, const char *text)
{
    (void)o;
    *(const char **)field = text;
    return true;
}

static void print_text(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    (void)o;
    const char *text = *(const char *const *)field;
    snprintf(buf, size, "%s", text ? text : "");
}

/* As few digits as give the same number again: "0.1". */
static void print_real(double v, int few, int all, char *buf, size_t size)
{
    snprintf(buf, size, "%.*g", few, v);
    const double again = strtod(buf, NULL);
    if (all < 17 ? (float)again != (float)v : again != v)
        snprintf(buf, size, "%.*g", all, v);
}

/* parse_int and the like for a C type that the row's range fits into. */
#define NUMBER_TYPE(name, c_type, whole, print)                                                 \
    static bool parse_##name(const struct mn_opt *o, void *field, const char *text)             \
    {                                                                                           \
        double v;                                                                               \
        if (!mn_opt_number(text, whole, o->min, o->max, &v))                                    \
            return false;                                                                       \
        *(c_type *)field = (c_type)v;                                                           \
        return true;                                                                            \
    }                                                                                           \
    static void print_##name(const struct mn_opt *o, const void *field, char *buf, size_t size) \
    {                                                                                           \
        (void)o;                                                                                \
        const c_type v = *(const c_type *)field;                                                \
        print;                                                                                  \
    }

NUMBER_TYPE(int, int, true, snprintf(buf, size, "%d", v))
NUMBER_TYPE(int64, int64_t, true, snprintf(buf, size, "%lld", (long long)v))
NUMBER_TYPE(float, float, false, print_real((double)v, 6, 9, buf, size))
NUMBER_TYPE(double, double, false, print_real(v, 15, 17, buf, size))

/* All 64 bits count, which a double does not hold. */
static bool parse_uint64(const struct mn_opt *o, void *field, const char *text)
{
    (void)o;
    errno = 0;
    *(uint64_t *)field = strtoull(text, NULL, 10);
    return *text && strspn(text, "0123456789") == strlen(text) && !errno;
}

static void print_uint64(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    (void)o;
    snprintf(buf, size, "%llu", (unsigned long long)*(const uint64_t *)field);
}

static bool parse_choice(const struct mn_opt *o, void *field, const char *text)
{
    int length;
    const char *value = mn_opt_word(o->choices, text, &length);
    if (value)
        *(int *)field = atoi(value);
    return value || (o->max > o->min && parse_int(o, field, text));
}

static void print_choice(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    struct word w;
    for (const char *p = o->choices; (p = next_word(p, &w));)
        if (atoi(w.value) == *(const int *)field) {
            snprintf(buf, size, "%.*s", w.length, w.text);
            return;
        }
    print_int(o, field, buf, size);
}

const struct mn_opt_type mn_opt_flag = {"flag", true, parse_flag, print_flag, NULL};
const struct mn_opt_type mn_opt_text = {"text", false, parse_text, print_text, NULL};
const struct mn_opt_type mn_opt_int = {"integer", false, parse_int, print_int, NULL};
const struct mn_opt_type mn_opt_int64 = {"integer", false, parse_int64, print_int64, NULL};
const struct mn_opt_type mn_opt_uint64 = {"integer", false, parse_uint64, print_uint64, NULL};
const struct mn_opt_type mn_opt_float = {"number", false, parse_float, print_float, NULL};
const struct mn_opt_type mn_opt_double = {"number", false, parse_double, print_double, NULL};
const struct mn_opt_type mn_opt_choice = {"choice", false, parse_choice, print_choice, NULL};

/* -------------------------------------------------------------------------------- parsing ---- */

/* Is `command` one of the names in "extract,models list"? */
static bool takes(const struct mn_opt *o, const char *command)
{
    size_t n = command ? strlen(command) : 0;
    for (const char *p = o->commands; p && command; p++) {
        size_t length = strcspn(p, ",");
        if (length == n && !strncmp(p, command, n))
            return true;
        p += length;
        if (!*p)
            return false;
    }
    return true; /* every command, or the program has none */
}

static const struct mn_opt *row(const struct mn_optparse *p, int i)
{
    if (i < p->n)
        return &p->table[i];
    return i - p->n < p->num_more ? &p->more[i - p->n] : NULL;
}

const struct mn_opt *mn_optparse_at(const struct mn_optparse *p, int i)
{
    const struct mn_opt *o;
    for (int k = 0; (o = row(p, k)); k++)
        if (takes(o, p->command) && i-- == 0)
            return o;
    return NULL;
}

static bool named(const char *name, const char *text, size_t length)
{
    return name && strlen(name) == length && !strncmp(name, text, length);
}

static const struct mn_opt *find(const struct mn_optparse *p, const char *name, size_t length,
                                 char letter)
{
    const struct mn_opt *o;
    for (int i = 0; (o = mn_optparse_at(p, i)); i++)
        if (name ? named(o->name, name, length) || named(o->alias, name, length)
                 : o->letter && o->letter == letter)
            return o;
    return NULL;
}

static void *field_of(const struct mn_optparse *p, const struct mn_opt *o)
{
    return (char *)p->fields + o->offset;
}

void mn_optparse_init(const struct mn_optparse *p)
{
    const struct mn_opt *o;
    for (int i = 0; (o = row(p, i)); i++)
        if (o->initial)
            o->type->parse(o, field_of(p, o), o->initial);
}

static int store(const struct mn_optparse *p, const struct mn_opt *o, const char *text)
{
    char accepted[300];
    if (o->type->parse(o, field_of(p, o), text))
        return 0;
    describe(o, accepted, sizeof(accepted));
    return p->fail(MIEN_EINVAL, "--%s takes %s, not '%s'", o->name, accepted, text);
}

/* "--name VALUE" if the next argument is a value of the option, else "--name" alone. */
static int take_optional(const struct mn_optparse *p, const struct mn_opt *o, int argc, char **argv,
                         int *i)
{
    if (*i + 1 < argc && o->type->parse(o, field_of(p, o), argv[*i + 1])) {
        ++*i;
        return 0;
    }
    return store(p, o, o->bare);
}

/* The option at argv[*i], with its value there or in the argument that follows. */
static int take(const struct mn_optparse *p, int argc, char **argv, int *i)
{
    const char *a = argv[*i], *value = NULL;
    const struct mn_opt *o;
    if (a[1] == '-') {
        size_t length = strcspn(a + 2, "=");
        o = find(p, a + 2, length, 0);
        value = a[2 + length] == '=' ? a + 2 + length + 1 : NULL;
    } else {
        o = find(p, NULL, 0, a[1]);
        value = a[2] ? a + 2 : NULL;
    }
    if (!o)
        return p->fail(MIEN_EINVAL, "unknown option %s; %s --help lists the options", a,
                       p->program);
    if (o->type->flag && value)
        return p->fail(MIEN_EINVAL, "--%s takes no value", o->name);
    if (o->bare && !value)
        return take_optional(p, o, argc, argv, i);
    if (!o->type->flag && !value && ++*i < argc)
        value = argv[*i];
    if (!o->type->flag && !value) {
        char argument[100];
        mn_opt_argument(o, argument, sizeof(argument));
        return p->fail(MIEN_EINVAL, "--%s needs a value: %s", o->name, argument);
    }
    return store(p, o, value);
}

int mn_optparse(const struct mn_optparse *p, int argc, char **argv, int *operands)
{
    bool only_operands = false;
    *operands = 0;
    for (int i = 1; i < argc; i++) {
        char *a = argv[i];
        if (only_operands || a[0] != '-' || !a[1]) {
            argv[(*operands)++] = a; /* never overtakes i */
            continue;
        }
        only_operands = !strcmp(a, "--");
        int err = only_operands ? 0 : take(p, argc, argv, &i);
        if (err < 0)
            return err;
    }
    return 0;
}

/* ----------------------------------------------------------------------------------- help ---- */

#define HELP_COLUMN 33
#define LINE_END 98

void mn_optparse_wrap(FILE *file, int indent, int column, const char *text)
{
    bool first = true;
    while (*text) {
        int word = (int)strcspn(text, " ");
        if (!first && column + 1 + word > LINE_END)
            column = fprintf(file, "\n%*s", indent, "") - 1;
        else if (!first)
            column += fprintf(file, " ");
        column += fprintf(file, "%.*s", word, text);
        text += word;
        text += strspn(text, " ");
        first = false;
    }
    fputc('\n', file);
}

static void help_line(FILE *file, const struct mn_opt *o)
{
    char argument[100], left[200], right[400];
    mn_opt_argument(o, argument, sizeof(argument));
    int n = snprintf(left, sizeof(left), "%c%c%c --%s%s%s", o->letter ? '-' : ' ',
                     o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
                     *argument ? " " : "", argument);
    snprintf(right, sizeof(right), "%s%s%s%s%s%s%s", o->help, o->initial ? " (default " : "",
             o->initial ? o->initial : "", o->initial ? ")" : "", o->alias ? " (alias --" : "",
             o->alias ? o->alias : "", o->alias ? ")" : "");
    fprintf(file, "  %-*s ", HELP_COLUMN - 3, left);
    mn_optparse_wrap(file, HELP_COLUMN, n > HELP_COLUMN - 3 ? n + 3 : HELP_COLUMN, right);
}

void mn_optparse_help(const struct mn_optparse *p, FILE *file)
{
    const struct mn_opt *o;
    for (int i = 0; (o = mn_optparse_at(p, i)); i++)
        if (o->help)
            help_line(file, o);
}
