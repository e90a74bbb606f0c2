#include "face/dat.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static _Thread_local char (*noted)[MN_SHA256_HEX];

void mn_dat_note(char (*digest)[MN_SHA256_HEX])
{
    noted = digest;
    if (noted)
        (*noted)[0] = 0;
}

/* Files above 32 MB are read in part: their size, and 4 kB of every megabyte. Otherwise the digest
 * would take longer than everything else that happens before the first frame. */
#define WHOLE ((size_t)32 << 20)
#define STEP ((size_t)1 << 20)
#define PART 4096

static void digest(const struct mn_file *f, char hex[MN_SHA256_HEX])
{
    char text[2 * MN_SHA256_HEX];
    if (f->size <= WHOLE) {
        mn_sha256_hex(f->data, f->size, hex);
        return;
    }
    int n = snprintf(text, sizeof(text), "%zu", f->size);
    mn_sha256_hex(text, (size_t)n, hex);
    for (size_t at = 0; at + PART <= f->size; at += STEP) {
        memcpy(text, hex, MN_SHA256_HEX - 1);
        mn_sha256_hex(f->data + at, PART, text + MN_SHA256_HEX - 1);
        mn_sha256_hex(text, 2 * (MN_SHA256_HEX - 1), hex);
    }
}

static void note(const struct mn_file *f)
{
    char both[2 * MN_SHA256_HEX];
    const size_t n = strlen(*noted);
    memcpy(both, *noted, n);
    digest(f, both + n);
    mn_sha256_hex(both, strlen(both), *noted);
}

int mn_dat_open(struct mn_dat *d, const char *path, size_t max_size, struct mn_log *log)
{
    *d = (struct mn_dat){.path = path, .log = log};
    if (mn_file_map(&d->file, path, max_size) == 0) {
        if (noted)
            note(&d->file);
        return 0;
    }
    int missing = errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    mn_error(log, "%s: %s", path,
             errno == EFBIG ? "too large for this kind of model file" : strerror(errno));
    d->error = missing ? MIEN_ENOMODEL : MIEN_EBADMODEL;
    return d->error;
}

void mn_dat_close(struct mn_dat *d)
{
    mn_file_unmap(&d->file);
}

int mn_dat_refuse(struct mn_dat *d, size_t at, const char *why)
{
    if (!d->error) {
        mn_error(d->log, "%s: damaged at byte %zu: %s; replace it with an intact copy", d->path, at,
                 why);
        d->error = MIEN_EBADMODEL;
    }
    return d->error;
}

static int peek(const struct mn_dat *d)
{
    return !d->error && d->at < d->file.size ? d->file.data[d->at] : -1;
}

static bool blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool digit(int c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(struct mn_dat *d)
{
    while (blank(peek(d)))
        d->at++;
}

/* Up to 15 digits with a power of ten up to 22 take one correctly rounded division or
 * multiplication. The numbers of model files are within that. */
double mn_dat_number(struct mn_dat *d)
{
    skip_blanks(d);
    size_t start = d->at;
    bool negative = peek(d) == '-';
    if (negative || peek(d) == '+')
        d->at++;
    double mantissa = 0;
    int digits = 0, power = 0;
    for (; digit(peek(d)); d->at++, digits++)
        mantissa = 10 * mantissa + (peek(d) - '0');
    if (peek(d) == '.')
        for (d->at++; digit(peek(d)); d->at++, digits++, power--)
            mantissa = 10 * mantissa + (peek(d) - '0');
    if (digits && (peek(d) == 'e' || peek(d) == 'E')) {
        d->at++;
        bool down = peek(d) == '-';
        if (down || peek(d) == '+')
            d->at++;
        int e = 0, n = 0;
        for (; digit(peek(d)) && e < 1000; d->at++, n++)
            e = 10 * e + (peek(d) - '0');
        digits = n ? digits : 0;
        power += down ? -e : e;
    }
    int end = peek(d);
    if (!digits || digits > 300 || (end >= 0 && !blank(end))) {
        mn_dat_refuse(d, start, "expected a decimal number");
        return 0;
    }
    double v = power < 0 ? mantissa / pow(10, -power) : mantissa * pow(10, power);
    if (!isfinite(v)) {
        mn_dat_refuse(d, start, "a number is out of range");
        return 0;
    }
    return negative ? -v : v;
}

int mn_dat_int(struct mn_dat *d, int lowest, int highest)
{
    skip_blanks(d);
    size_t start = d->at;
    double v = mn_dat_number(d);
    if (d->error)
        return lowest;
    if (!(v >= lowest && v <= highest) || v != floor(v)) {
        mn_dat_refuse(d, start, "a whole number is out of range");
        return lowest;
    }
    return (int)v;
}

void mn_dat_skip_comments(struct mn_dat *d)
{
    while (peek(d) == '#' || peek(d) == ' ' || peek(d) == '\r' || peek(d) == '\n') {
        while (peek(d) >= 0 && peek(d) != '\n')
            d->at++;
        if (peek(d) == '\n')
            d->at++;
    }
}

void mn_dat_expect_end(struct mn_dat *d)
{
    skip_blanks(d);
    if (!d->error && d->at != d->file.size)
        mn_dat_refuse(d, d->at, "data follows where the file should end");
}

bool mn_dat_line(struct mn_dat *d, char *line, size_t size)
{
    if (peek(d) < 0)
        return false;
    size_t start = d->at, n = 0;
    for (; peek(d) >= 0 && peek(d) != '\n'; d->at++) {
        if (n + 1 >= size || peek(d) == 0) {
            mn_dat_refuse(d, start, "a line is too long or not text");
            return false;
        }
        if (n || !blank(peek(d)))
            line[n++] = (char)peek(d);
    }
    d->at += peek(d) == '\n';
    while (n && blank(line[n - 1]))
        n--;
    line[n] = 0;
    return true;
}

/* The next n bytes; NULL if there are fewer, which is an error. */
static const uint8_t *take(struct mn_dat *d, size_t n)
{
    if (d->error)
        return NULL;
    if (n > d->file.size - d->at) {
        mn_dat_refuse(d, d->file.size, "the file ends too early");
        return NULL;
    }
    const uint8_t *p = d->file.data + d->at;
    d->at += n;
    return p;
}

int32_t mn_dat_i32(struct mn_dat *d)
{
    const uint8_t *p = take(d, 4);
    return p ? (int32_t)mn_dat_word(p) : 0;
}

int mn_dat_i32_between(struct mn_dat *d, int lowest, int highest, const char *why)
{
    size_t at = d->at;
    int v = mn_dat_i32(d);
    if (!d->error && (v < lowest || v > highest))
        mn_dat_refuse(d, at, why);
    return d->error ? lowest : v;
}

void mn_dat_expect_i32(struct mn_dat *d, int value, const char *why)
{
    mn_dat_i32_between(d, value, value, why);
}

double mn_dat_f64(struct mn_dat *d)
{
    double v = 0;
    mn_dat_f64s(d, &v, 1);
    return v;
}

void mn_dat_f64s(struct mn_dat *d, double *out, size_t n)
{
    size_t start = d->at;
    const uint8_t *p = n <= SIZE_MAX / 8 ? take(d, 8 * n) : NULL;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = 0;
        for (int k = 0; p && k < 8; k++)
            bits |= (uint64_t)p[8 * i + (size_t)k] << (8 * k);
        memcpy(&out[i], &bits, 8);
        if (!isfinite(out[i]) || fabs(out[i]) > 1e30) {
            mn_dat_refuse(d, start + 8 * i, "a number is not finite or too large");
            out[i] = 0;
        }
    }
}

/* The i-th float32 at p, which is byte `start` of the file; 0 where p is NULL. */
static float f32_at(struct mn_dat *d, const uint8_t *p, size_t start, size_t i, float limit)
{
    const uint32_t bits = p ? mn_dat_word(p + 4 * i) : 0;
    float v;
    memcpy(&v, &bits, 4);
    if (fabsf(v) < limit) /* false for NAN */
        return v;
    mn_dat_refuse(d, start + 4 * i, "a number is not finite or too large");
    return 0;
}

void mn_dat_f32s(struct mn_dat *d, float *out, size_t n)
{
    size_t start = d->at;
    const uint8_t *p = n <= SIZE_MAX / 4 ? take(d, 4 * n) : NULL;
    for (size_t i = 0; i < n; i++) {
        float v = f32_at(d, p, start, i, 1e20f);
        if (out)
            out[i] = v;
    }
}

float mn_dat_f32(struct mn_dat *d)
{
    float v;
    mn_dat_f32s(d, &v, 1);
    return v;
}

void mn_dat_f32s_as_f64(struct mn_dat *d, double *out, size_t n)
{
    size_t start = d->at;
    const uint8_t *p = n <= SIZE_MAX / 4 ? take(d, 4 * n) : NULL;
    for (size_t i = 0; i < n; i++)
        out[i] = (double)f32_at(d, p, start, i, 1e30f);
}

void mn_dat_scaled(struct mn_dat *d, enum mn_dat_type type, double unit, double *out, size_t n)
{
    const size_t size = type == MN_DAT_I8 ? 1 : 2;
    const uint8_t *p = n <= SIZE_MAX / size ? take(d, size * n) : NULL;
    for (size_t i = 0; i < n; i++) {
        const int v = !p         ? 0
                      : size > 1 ? (int16_t)((uint16_t)p[2 * i] | (uint16_t)p[2 * i + 1] << 8)
                                 : (int8_t)p[i];
        out[i] = v * unit;
    }
}

void mn_dat_matrix(struct mn_dat *d, int rows, int columns, enum mn_dat_type type)
{
    size_t at = d->at;
    int r = mn_dat_i32(d), c = mn_dat_i32(d), t = mn_dat_i32(d);
    if (!d->error && (r != rows || c != columns || t != (int)type))
        mn_dat_refuse(d, at, "a matrix has the wrong size or type");
}

char *mn_dat_join(const char *folder, const char *name)
{
    size_t a = strlen(folder), b = strlen(name);
    char *s = malloc(a + b + 2);
    if (!s)
        return NULL;
    memcpy(s, folder, a);
    s[a] = '/';
    memcpy(s + a + 1, name, b + 1);
    return s;
}

bool mn_dat_is_inside(const char *name)
{
    if (!*name || *name == '/' || strchr(name, '\\'))
        return false;
    for (const char *p = name; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (!strncmp(p, "..", 2) && (p[2] == '/' || !p[2]))
            return false;
    }
    return true;
}
