#include "option_types.h"

#include <mien/mien.h>
#include <string.h>

#include "sink/sink.h"

/* ------------------------------------------------------------------------------- settings ---- */

static void append(char *words, size_t size, const char *word)
{
    size_t used = strlen(words);
    if (word && used < size)
        snprintf(words + used, size - used, "%s%s", used ? " " : "", word);
}

static const char *kind_of(const mien_setting *s)
{
    switch (s->type) {
    case MIEN_TYPE_FLAG:
        return "flag";
    case MIEN_TYPE_TEXT:
        return "text";
    case MIEN_TYPE_CHOICE:
        return "choice";
    case MIEN_TYPE_ANALYSIS:
        return "list";
    case MIEN_TYPE_INT:
        return s->choices ? "choice" : "integer";
    default:
        return "number";
    }
}

static struct mn_opt_limits setting_limits(const struct mn_opt *o)
{
    const mien_setting *s = mien_setting_find(o->setting);
    struct mn_opt_limits l = {.kind = kind_of(s)};
    append(l.choices, sizeof(l.choices), o->choices);
    append(l.choices, sizeof(l.choices), s->choices);
    for (unsigned bit = 1; s->type == MIEN_TYPE_ANALYSIS && bit <= MIEN_ALL; bit <<= 1)
        append(l.choices, sizeof(l.choices), mien_analysis_name(bit));
    if (s->type == MIEN_TYPE_ANALYSIS)
        append(l.choices, sizeof(l.choices), "all");
    if (!s->choices) {
        l.min = o->min > s->min ? o->min : s->min;
        l.max = o->max > 0 && o->max < s->max ? o->max : s->max;
    }
    return l;
}

static bool parse_setting(const struct mn_opt *o, void *field, const char *text)
{
    const struct mn_opt_limits l = setting_limits(o);
    const bool number = l.max > l.min, whole = strcmp(l.kind, "number") != 0;
    char value[100];
    double v;
    int length;
    const char *word = mn_opt_word(l.choices, text, &length);
    if (word && strcmp(l.kind, "list")) {
        snprintf(value, sizeof(value), "%.*s", length, word);
        return mien_settings_set(field, o->setting, value) == 0;
    }
    if (number ? !mn_opt_number(text, whole, l.min, l.max, &v) : strcmp(l.kind, "choice") == 0)
        return false;
    if (number && v == 0 && (word = mn_opt_word(l.choices, "0", &length))) /* "0.0" */
        return parse_setting(o, field, "0");
    return mien_settings_set(field, o->setting, text) == 0 && (*text || !strcmp(l.kind, "text"));
}

/* A value that has a word only in the row comes as that word. */
static void print_setting(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    const mien_setting *s = mien_setting_find(o->setting);
    char value[100];
    int length;
    if (mien_settings_get(field, o->setting, buf, size) < 0)
        snprintf(buf, size, "%s", "");
    if (s->choices && mn_opt_word(s->choices, buf, &length))
        return;
    for (const char *p = o->choices; p && *p; p += strspn(p, " ")) {
        const int n = (int)strcspn(p, " =");
        snprintf(value, sizeof(value), "%.*s", n, p);
        const char *meaning = mn_opt_word(o->choices, value, &length);
        if ((int)strlen(buf) == length && !strncmp(buf, meaning, (size_t)length))
            snprintf(buf, size, "%s", value);
        p += strcspn(p, " ");
    }
}

static bool parse_setting_flag(const struct mn_opt *o, void *field, const char *text)
{
    (void)text;
    return mien_settings_set(field, o->setting, "true") == 0;
}

static void print_setting_flag(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    if (mien_settings_get(field, o->setting, buf, size) < 0 || !strcmp(buf, "0"))
        snprintf(buf, size, "%s", "");
}

const struct mn_opt_type mn_opt_setting = {"setting", false, parse_setting, print_setting,
                                           setting_limits};
const struct mn_opt_type mn_opt_setting_flag = {"flag", true, parse_setting_flag,
                                                print_setting_flag, NULL};

/* -------------------------------------------------------------------------------- formats ---- */

static bool parse_format(const struct mn_opt *o, void *field, const char *text)
{
    return mn_sink_for(text, NULL) && mn_opt_text.parse(o, field, text);
}

static struct mn_opt_limits format_limits(const struct mn_opt *o)
{
    struct mn_opt_limits l = {.kind = "choice"};
    (void)o;
    mn_sink_formats(l.choices, sizeof(l.choices), " ");
    return l;
}

static void print_format(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    mn_opt_text.print(o, field, buf, size);
}

const struct mn_opt_type mn_opt_format = {"choice", false, parse_format, print_format,
                                          format_limits};
