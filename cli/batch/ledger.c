#include "batch/ledger.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mien/mien.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/json.h"
#include "io/msg.h"
#include "io/path.h"

enum { LINE = 32768 }; /* most bytes of a line; longer ones are ignored */

static const char *const events[MN_LEDGER_EVENTS] = {
    [MN_LEDGER_START] = "start",
    [MN_LEDGER_RUN] = "run",
    [MN_LEDGER_DONE] = "done",
    [MN_LEDGER_SKIPPED] = "skipped",
    [MN_LEDGER_FAILED] = "failed",
    [MN_LEDGER_LOST] = "lost",
    [MN_LEDGER_QUARANTINED] = "quarantined",
    [MN_LEDGER_STOP] = "stop",
};

/* The members that are texts or numbers; "event" and "time" are separate. */
static const struct {
    const char *name;
    size_t offset;
    char kind; /* s: text, i: whole number, d: number */
} members[] = {
#define MEMBER(name, kind)                                  \
    {                                                       \
#name, offsetof(struct mn_ledger_entry, name), kind \
    }
    MEMBER(video, 's'),         MEMBER(key, 's'),    MEMBER(output, 's'),
    MEMBER(cause, 's'),         MEMBER(host, 's'),   MEMBER(pid, 'i'),
    MEMBER(batch, 'i'),         MEMBER(job, 'i'),    MEMBER(attempt, 'i'),
    MEMBER(files, 'i'),         MEMBER(bytes, 'i'),  MEMBER(all_files, 'i'),
    MEMBER(all_bytes, 'i'),     MEMBER(frames, 'i'), MEMBER(frame, 'i'),
    MEMBER(exit, 'i'),          MEMBER(signal, 'i'), MEMBER(seconds, 'd'),
    MEMBER(media_seconds, 'd'),
#undef MEMBER
};
#define NUM_MEMBERS (int)(sizeof(members) / sizeof(members[0]))

/* ------------------------------------------------------------------------------- writing ---- */

static void now(char *text, size_t size, bool plain)
{
    struct timespec t;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &tm);
    size_t n = strftime(text, size, plain ? "%Y%m%dT%H%M%S" : "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + n, size - n, plain ? "%03d" : ".%03dZ", (int)(t.tv_nsec / 1000000));
}

/* The name becomes part of a file name. */
void mn_ledger_host(char host[MN_LEDGER_HOST])
{
    if (gethostname(host, MN_LEDGER_HOST) < 0)
        snprintf(host, MN_LEDGER_HOST, "host");
    host[MN_LEDGER_HOST - 1] = 0;
    for (char *p = host; *p; p++)
        if (*p == '/' || (unsigned char)*p <= ' ')
            *p = '_';
}

void mn_ledger_open(struct mn_ledger *l, const char *folder)
{
    char stamp[32], name[160];
    *l = (struct mn_ledger){.fd = -1};
    char *place = mn_path_join(folder, ".mien");
    mn_ledger_host(l->host);
    now(stamp, sizeof(stamp), true);
    snprintf(name, sizeof(name), "%s-%ld-%s.jsonl", l->host, (long)getpid(), stamp);
    l->path = place ? mn_path_join(place, name) : NULL;
    if (l->path && (mkdir(place, 0777) == 0 || errno == EEXIST))
        l->fd = open(l->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (l->fd < 0)
        mn_msg(MIEN_LOG_WARNING, "%s cannot be written: %s; mien status will not know this run",
               l->path ? l->path : folder, strerror(errno));
    free(place);
}

static void put_member(struct mn_json *j, const struct mn_ledger_entry *e, int i)
{
    const char *field = (const char *)e + members[i].offset;
    if (members[i].kind == 's' && *(const char *const *)field)
        mn_json_str(j, members[i].name, *(const char *const *)field);
    else if (members[i].kind == 'i' && *(const int64_t *)field)
        mn_json_int(j, members[i].name, *(const int64_t *)field);
    else if (members[i].kind == 'd' && *(const double *)field > 0)
        mn_json_num(j, members[i].name, *(const double *)field, 3);
}

/* One write, so that the lines of a file are complete or at its end. */
void mn_ledger_write(struct mn_ledger *l, const struct mn_ledger_entry *entry)
{
    char line[LINE];
    struct mn_ledger_entry e = *entry;
    FILE *file = l->fd >= 0 ? fmemopen(line, sizeof(line), "w") : NULL;
    if (!file)
        return;
    struct mn_json j;
    e.host = l->host;
    e.batch = getpid();
    e.pid = e.pid ? e.pid : getpid();
    now(e.time, sizeof(e.time), false);
    mn_json_init(&j, file, false);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "time", e.time);
    mn_json_str(&j, "event", events[e.event]);
    for (int i = 0; i < NUM_MEMBERS; i++)
        put_member(&j, &e, i);
    mn_json_end(&j, '}');
    long n = ftell(file);
    if (fclose(file) == 0 && n > 0 && n < LINE - 1) {
        if (line[n - 1] != '\n')
            line[n++] = '\n';
        if (write(l->fd, line, (size_t)n) != n && errno != ENOSPC)
            mn_msg(MIEN_LOG_DEBUG, "%s: %s", l->path, strerror(errno));
    }
}

void mn_ledger_touch(struct mn_ledger *l)
{
    if (l->fd >= 0)
        futimens(l->fd, NULL);
}

void mn_ledger_key(char key[MN_LEDGER_KEY], const char *name)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *p = name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    key[0] = 0;
    if (!mn_json_is_text(name))
        snprintf(key, MN_LEDGER_KEY, "%016" PRIx64, hash);
}

void mn_ledger_close(struct mn_ledger *l)
{
    if (l->fd >= 0)
        close(l->fd);
    free(l->path);
    *l = (struct mn_ledger){.fd = -1};
}

/* ------------------------------------------------------------------------------- parsing ---- */

static char *skip_space(char *s)
{
    return s + strspn(s, " \t\r");
}

static int hex(const char *s)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef", *d = s[i] ? strchr(digits, s[i] | 0x20) : NULL;
        if (!d)
            return -1;
        v = v * 16 + (int)(d - digits);
    }
    return v;
}

/* Reads the string at *s, a quote, in place. Characters outside ASCII that are written as \u become
 * '?': mien does not write them so. NULL: not a string. */
static char *string(char **s)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (**s != '"')
        return NULL;
    char *start = *s + 1, *out = start, *p = start;
    for (; *p && *p != '"'; p++) {
        if (*p != '\\') {
            *out++ = *p;
            continue;
        }
        const char *known = *++p ? strchr(from, *p) : NULL;
        const int code = *p == 'u' ? hex(p + 1) : -1;
        if (!known && code < 0)
            return NULL;
        *out++ = known ? to[known - from] : code > 0 && code < 0x80 ? (char)code : '?';
        p += known ? 0 : 4;
    }
    if (!*p)
        return NULL;
    *s = p + 1;
    *out = 0;
    return start;
}

static bool is_member(int i, const char *name, char kind)
{
    return !strcmp(members[i].name, name) && (members[i].kind == 's') == (kind == 's');
}

static bool set_text(struct mn_ledger_entry *e, const char *name, const char *text)
{
    if (!strcmp(name, "time")) {
        snprintf(e->time, sizeof(e->time), "%s", text);
        return true;
    }
    for (int i = 0; i < MN_LEDGER_EVENTS; i++)
        if (!strcmp(name, "event") && !strcmp(text, events[i]))
            e->event = (enum mn_ledger_event)i;
    for (int i = 0; i < NUM_MEMBERS; i++)
        if (is_member(i, name, 's'))
            *(const char **)((char *)e + members[i].offset) = text;
    return true;
}

static void set_number(struct mn_ledger_entry *e, const char *name, double v)
{
    for (int i = 0; i < NUM_MEMBERS; i++) {
        char *field = (char *)e + members[i].offset;
        if (!is_member(i, name, 'n') || !(v >= -9e15 && v <= 9e15))
            continue;
        if (members[i].kind == 'i')
            *(int64_t *)field = (int64_t)v;
        else
            *(double *)field = v;
    }
}

/* A number, true, false or null. */
static bool scalar(struct mn_ledger_entry *e, const char *name, char **s)
{
    char *end;
    const double v = strtod(*s, &end);
    if (end == *s)
        end = *s + strspn(*s, "truefalsn");
    else
        set_number(e, name, v);
    const bool any = end > *s;
    *s = end;
    return any;
}

/* Skips an object or a list, which mien does not write but a later version may. */
static bool nested(char **s)
{
    int depth = 0;
    for (char *p = *s; *p;) {
        if (*p == '"') {
            if (!string(&p))
                return false;
            continue;
        }
        depth += *p == '{' || *p == '[';
        depth -= *p == '}' || *p == ']';
        p++;
        if (depth == 0) {
            *s = p;
            return true;
        }
    }
    return false;
}

/* A value that is no string. */
static bool other(struct mn_ledger_entry *e, const char *name, char **s)
{
    if (**s == '{' || **s == '[')
        return nested(s);
    return scalar(e, name, s);
}

bool mn_ledger_parse(char *line, struct mn_ledger_entry *e)
{
    *e = (struct mn_ledger_entry){.event = MN_LEDGER_EVENTS};
    char *s = skip_space(line);
    if (*s++ != '{')
        return false;
    for (bool more = true; more; s++) {
        s = skip_space(s);
        char *name = string(&s), *text = NULL;
        s = skip_space(s);
        if (!name || *s++ != ':')
            return false;
        s = skip_space(s);
        const bool ok = (text = string(&s)) ? set_text(e, name, text) : other(e, name, &s);
        s = skip_space(s);
        if (!ok || (*s != ',' && *s != '}'))
            return false;
        more = *s == ',';
    }
    return !*skip_space(s) && e->event != MN_LEDGER_EVENTS && e->time[0];
}

/* ------------------------------------------------------------------------------- reading ---- */

typedef void take_fn(void *ctx, const struct mn_ledger_entry *entry);

/* Seconds since the file was written or touched. */
static double silence(FILE *file)
{
    struct stat st;
    return fstat(fileno(file), &st) == 0 ? difftime(time(NULL), st.st_mtime) : 0;
}

static void read_file(FILE *file, char *line, take_fn *take, void *ctx, int64_t *ignored)
{
    struct mn_ledger_entry e;
    const double silent = silence(file);
    char last[sizeof(e.time)] = ""; /* a clock may have been set back */
    bool begun = false;             /* the rest of a line that was too long */
    while (fgets(line, LINE, file)) {
        size_t n = strlen(line);
        const bool complete = n && line[n - 1] == '\n';
        if (complete)
            line[n - 1] = 0;
        if (complete && !begun && mn_ledger_parse(line, &e)) {
            if (strcmp(e.time, last) > 0)
                memcpy(last, e.time, sizeof(last));
            else
                memcpy(e.time, last, sizeof(last));
            e.silent = silent;
            take(ctx, &e);
        } else if (complete || !begun) {
            ++*ignored;
        }
        begun = !complete;
    }
}

static int is_ledger(const struct dirent *d)
{
    const char *dot = strrchr(d->d_name, '.');
    return dot && dot != d->d_name && !strcmp(dot, ".jsonl");
}

static int read_all(const char *place, struct dirent **names, int n, take_fn *take, void *ctx,
                    int64_t *ignored)
{
    char *line = malloc(LINE);
    int files = 0;
    for (int i = 0; i < n && line; i++) {
        char *path = mn_path_join(place, names[i]->d_name);
        FILE *file = path ? fopen(path, "re") : NULL;
        free(path);
        if (!file)
            continue;
        read_file(file, line, take, ctx, ignored);
        fclose(file);
        files++;
    }
    const bool memory = line != NULL;
    free(line);
    return memory ? files : MIEN_ENOMEM;
}

int mn_ledger_read(const char *folder, take_fn *take, void *ctx, int64_t *ignored)
{
    char *place = mn_path_join(folder, ".mien");
    struct dirent **names = NULL;
    int n = place ? scandir(place, &names, is_ledger, alphasort) : 0;
    *ignored = 0;
    int files = !place ? MIEN_ENOMEM : n > 0 ? read_all(place, names, n, take, ctx, ignored) : 0;
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(place);
    return files;
}
