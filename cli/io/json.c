#include "io/json.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Writes the number before `end` and returns where it begins; NULL leaves it to printf. A row has
 * hundreds of numbers, and printf computes with all digits that a double has: a tenth of the time.
 * The product is off by less than 1e-4, so what is not that near to the middle between two results
 * is rounded as printf rounds it. */
static char *quick_fixed(char *end, double value, int decimals)
{
    static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    if (decimals < 0 || decimals > 6 || !(fabs(value) < 1e5))
        return NULL;
    double scaled = fabs(value) * power[decimals], whole = floor(scaled), rest = scaled - whole;
    if (fabs(rest - 0.5) < 1e-3)
        return NULL;
    uint64_t n = (uint64_t)whole + (rest > 0.5);
    bool negative = value < 0 && n > 0;
    for (int i = 0; n > 0 || i <= decimals; i++) {
        if (i == decimals && decimals > 0)
            *--end = '.';
        *--end = (char)('0' + n % 10);
        n /= 10;
    }
    if (negative)
        *--end = '-';
    return end;
}

void mn_print_fixed(FILE *file, double value, int decimals)
{
    char text[400], *end = text + sizeof(text) - 1;
    *end = 0;
    const char *quick = quick_fixed(end, value, decimals);
    if (quick) {
        fputs(quick, file);
        return;
    }
    snprintf(text, sizeof(text), "%.*f", decimals, value);
    bool zero = !text[strspn(text, "-0.")];
    fputs(zero && text[0] == '-' ? text + 1 : text, file);
}

void mn_json_init(struct mn_json *j, FILE *file, bool indent)
{
    *j = (struct mn_json){.file = file, .indent = indent, .first = true};
}

/* Bytes of the UTF-8 sequence at s; 0 if it is none. */
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

static void string(struct mn_json *j, const char *s)
{
    fputc('"', j->file);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        int n = utf8(s);
        if (n == 0) {
            fputs("\\ufffd", j->file); /* names of files may be any bytes */
        } else if (n > 1) {
            fwrite(s, 1, (size_t)n, j->file);
            s += n - 1;
        } else if (c == '"' || c == '\\')
            fprintf(j->file, "\\%c", c);
        else if (c < 0x20)
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

void mn_json_int(struct mn_json *j, const char *key, int64_t value)
{
    item(j, key);
    fprintf(j->file, "%lld", (long long)value);
}

void mn_json_num(struct mn_json *j, const char *key, double value, int decimals)
{
    item(j, key);
    if (isfinite(value))
        mn_print_fixed(j->file, value, decimals);
    else
        fputs("null", j->file);
}

void mn_json_bool(struct mn_json *j, const char *key, bool value)
{
    item(j, key);
    fputs(value ? "true" : "false", j->file);
}
