#include "io/json.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "io/number.h"

void mn_json_init(struct mn_json *j, FILE *file, bool indent)
{
    *j = (struct mn_json){.file = file, .indent = indent, .first = true};
}

/* Length in bytes of the UTF-8 sequence at s; 0 if it is invalid. */
static int utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    int n = s[0] < 0x80                   ? 1
            : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
            : (s[0] & 0xf0) == 0xe0       ? 3
            : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                          : 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool outside = (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf4 && s[1] >= 0x90);
    return n > 1 && (overlong || outside) ? 0 : n;
}

bool mn_json_is_text(const char *s)
{
    for (int n; *s; s += n)
        if ((n = utf8(s)) == 0)
            return false;
    return true;
}

static void string(struct mn_json *j, const char *s)
{
    fputc('"', j->file);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        int n = utf8(s);
        if (n == 0) {
            fputs("\\ufffd", j->file); /* the name of a file may contain any byte */
        } else if (n > 1) {
            fwrite(s, 1, (size_t)n, j->file);
            s += n - 1;
        } else if (c == '"' || c == '\\')
            fprintf(j->file, "\\%c", c);
        else if (c < 0x20 || (c == '<' && j->html))
            fprintf(j->file, "\\u%04x", c);
        else
            fputc(c, j->file);
    }
    fputc('"', j->file);
}

static void newline(struct mn_json *j)
{
    if (!j->indent)
        return;
    fputc('\n', j->file);
    for (int i = 0; i < j->depth; i++)
        fputs("  ", j->file);
}

static void item(struct mn_json *j, const char *key)
{
    if (!j->first)
        fputc(',', j->file);
    j->first = false;
    if (j->depth)
        newline(j);
    if (key) {
        string(j, key);
        fputs(j->indent ? ": " : ":", j->file);
    }
}

void mn_json_begin(struct mn_json *j, const char *key, char bracket)
{
    item(j, key);
    fputc(bracket, j->file);
    j->depth++;
    j->first = true;
}

void mn_json_end(struct mn_json *j, char bracket)
{
    j->depth--;
    if (!j->first)
        newline(j);
    fputc(bracket, j->file);
    j->first = false;
    if (j->depth == 0)
        fputc('\n', j->file);
}

void mn_json_str(struct mn_json *j, const char *key, const char *value)
{
    item(j, key);
    if (value)
        string(j, value);
    else
        fputs("null", j->file);
}

void mn_json_key(struct mn_json *j, const char *key)
{
    item(j, key);
}

void mn_json_int(struct mn_json *j, const char *key, int64_t value)
{
    item(j, key);
    fprintf(j->file, "%lld", (long long)value);
}

void mn_json_num(struct mn_json *j, const char *key, double value, int decimals)
{
    item(j, key);
    if (isfinite(value))
        mn_number_print(j->file, value, decimals);
    else
        fputs("null", j->file);
}

void mn_json_bool(struct mn_json *j, const char *key, bool value)
{
    item(j, key);
    fputs(value ? "true" : "false", j->file);
}
