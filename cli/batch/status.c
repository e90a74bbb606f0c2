#include "batch/status.h"

#include <errno.h>
#include <mien/mien.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/msg.h"

static void take(void *ctx, const struct mn_ledger_entry *e)
{
    struct mn_status *s = ctx;
    if (strcmp(e->time, s->last) > 0)
        memcpy(s->last, e->time, sizeof(s->last));
    if (e->event == MN_LEDGER_START && strcmp(e->time, s->started) > 0) {
        memcpy(s->started, e->time, sizeof(s->started));
        s->files = e->all_files ? e->all_files : e->files;
        s->bytes = e->all_files ? e->all_bytes : e->bytes;
    }
    if (!e->video || e->event == MN_LEDGER_START)
        return;
    struct mn_status_input *more = mn_grow(s->input, s->n, &s->room, sizeof(*more));
    if (!more) {
        s->no_memory = true;
        return;
    }
    s->input = more;
    struct mn_status_input *i = &s->input[s->n++];
    *i = (struct mn_status_input){.video = strdup(e->video),
                                  .key = e->key ? strdup(e->key) : NULL,
                                  .cause = e->cause ? strdup(e->cause) : NULL,
                                  .host = e->host ? strdup(e->host) : NULL,
                                  .last = e->event,
                                  .number = s->entries++,
                                  .attempt = e->attempt,
                                  .frames = e->frames,
                                  .bytes = e->bytes,
                                  .pid = e->pid,
                                  .media_seconds = e->media_seconds,
                                  .seconds = e->seconds,
                                  .silent = e->silent};
    memcpy(i->time, e->time, sizeof(i->time));
    s->no_memory = s->no_memory || !i->video;
}

int mn_status_order(const struct mn_status_input *x, const struct mn_status_input *y)
{
    const int order = strcmp(x->video, y->video);
    return order ? order : strcmp(x->key ? x->key : "", y->key ? y->key : "");
}

static int compare(const void *a, const void *b)
{
    const struct mn_status_input *x = a, *y = b;
    const int order = mn_status_order(x, y), later = strcmp(x->time, y->time);
    if (order || later)
        return order ? order : later;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void free_input(struct mn_status_input *i)
{
    free(i->video);
    free(i->key);
    free(i->cause);
    free(i->host);
}

/* Keeps the latest entry of each input. */
static void keep_latest(struct mn_status *s)
{
    int n = 0;
    if (s->n)
        qsort(s->input, (size_t)s->n, sizeof(*s->input), compare);
    for (int i = 0; i < s->n; i++)
        if (i + 1 < s->n && mn_status_order(&s->input[i], &s->input[i + 1]) == 0)
            free_input(&s->input[i]);
        else
            s->input[n++] = s->input[i];
    s->n = n;
}

int mn_status_read(struct mn_status *s, const char *folder)
{
    memset(s, 0, sizeof(*s));
    const int ledgers = mn_ledger_read(folder, take, s, &s->ignored);
    if (ledgers < 0 || s->no_memory)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory for its ledger", folder);
    s->ledgers = ledgers;
    if (ledgers == 0)
        return mn_fail(MIEN_ENOINPUT,
                       "%s has no ledger (%s/.mien/*.jsonl); give the folder of results of mien "
                       "extract --jobs",
                       folder, folder);
    keep_latest(s);
    return 0;
}

void mn_status_free(struct mn_status *s)
{
    for (int i = 0; i < s->n; i++)
        free_input(&s->input[i]);
    free(s->input);
    memset(s, 0, sizeof(*s));
}

int mn_status_count(const struct mn_status *s, enum mn_ledger_event event)
{
    int n = 0;
    for (int i = 0; i < s->n; i++)
        n += s->input[i].last == event;
    return n;
}

bool mn_status_alive(const struct mn_status_input *input)
{
    char host[MN_LEDGER_HOST];
    mn_ledger_host(host);
    if (!input->host || strcmp(host, input->host) != 0)
        return input->silent < MN_LEDGER_SILENCE;
    return input->pid > 0 && (kill((pid_t)input->pid, 0) == 0 || errno == EPERM);
}

/* Days since 1970 by the civil calendar: timegm is not in POSIX.1-2008. */
static double days(int year, int month, int day)
{
    const int y = year - (month <= 2), m = (month + 9) % 12;
    const int leap = y / 4 - y / 100 + y / 400;
    return 365.0 * y + leap + (m * 306 + 5) / 10 + day - 1 - 719468;
}

double mn_status_seconds(const char *time)
{
    int y, m, d, h, min;
    double s;
    if (sscanf(time, "%4d-%2d-%2dT%2d:%2d:%6lfZ", &y, &m, &d, &h, &min, &s) != 6)
        return 0;
    return ((days(y, m, d) * 24 + h) * 60 + min) * 60 + s;
}
