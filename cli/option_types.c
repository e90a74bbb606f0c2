#include "option_types.h"

#include <mien/mien.h>
#include <string.h>

#include "sink/sink.h"

/* -------------------------------------------------------------------------------- formats ---- */

static bool parse_format(const struct mn_opt *o, void *field, const char *text)
{
    (void)o;
    *(const char **)field = text;
    return mn_sink_for(text, NULL) != NULL;
}

static struct mn_opt_limits format_limits(const struct mn_opt *o)
{
    static char words[100];
    (void)o;
    return (struct mn_opt_limits){"choice", 0, 0, mn_sink_formats(words, sizeof(words), " ")};
}

static void print_format(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    mn_opt_text.print(o, field, buf, size);
}

const struct mn_opt_type mn_opt_format = {"choice", false, parse_format, print_format,
                                          format_limits};

/* ------------------------------------------------------------------------------- analyses ---- */

static const struct {
    const char *name;
    unsigned bits;
} analyses[] = {
    {"gaze", MIEN_GAZE}, {"landmarks", MIEN_LANDMARKS}, {"pose", MIEN_POSE}, {"shape", MIEN_SHAPE},
    {"au", MIEN_AU},     {"eyes", MIEN_EYES},           {"all", MIEN_ALL}};
#define NUM_ANALYSES (sizeof(analyses) / sizeof(analyses[0]))

static bool parse_analysis(const struct mn_opt *o, void *field, const char *text)
{
    unsigned bits = 0;
    (void)o;
    while (*text) {
        size_t n = strcspn(text, ","), k = 0;
        while (k < NUM_ANALYSES &&
               (strlen(analyses[k].name) != n || strncmp(analyses[k].name, text, n)))
            k++;
        if (k == NUM_ANALYSES)
            return false;
        bits |= analyses[k].bits;
        text += n + (text[n] == ',');
    }
    *(unsigned *)field = bits;
    return bits != 0;
}

static void print_analysis(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    const unsigned bits = *(const unsigned *)field;
    (void)o;
    buf[0] = 0;
    for (size_t k = 0, used = 0; k < NUM_ANALYSES - 1 && used < size; k++)
        if (bits & analyses[k].bits)
            used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? "," : "",
                                     analyses[k].name);
}

static struct mn_opt_limits analysis_limits(const struct mn_opt *o)
{
    (void)o;
    return (struct mn_opt_limits){"list", 0, 0, "gaze landmarks pose shape au eyes all"};
}

const struct mn_opt_type mn_opt_analysis = {"list", false, parse_analysis, print_analysis,
                                            analysis_limits};

/* -------------------------------------------------------------------------------- switches ---- */

static bool parse_switch(const struct mn_opt *o, void *field, const char *text)
{
    (void)o;
    (void)text;
    *(int *)field = 1;
    return true;
}

static void print_switch(const struct mn_opt *o, const void *field, char *buf, size_t size)
{
    (void)o;
    snprintf(buf, size, "%s", *(const int *)field ? "true" : "");
}

const struct mn_opt_type mn_opt_switch = {"flag", true, parse_switch, print_switch, NULL};
