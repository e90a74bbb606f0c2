/* mien status: the state of a batch, from its ledger. */
#include <mien/mien.h>
#include <stdio.h>
#include <string.h>

#include "batch/status.h"
#include "command.h"
#include "io/json.h"
#include "io/msg.h"
#include "options.h"

struct totals {
    int done, skipped, failed, running, stopped; /* stopped: begun, and not running any more */
    int64_t left;                                /* inputs of the latest batch without an end */
    int64_t frames;
    double media; /* seconds */
    int64_t bytes_done;
    /* since the latest start, for the rate */
    double spent; /* seconds */
    int64_t frames_now, bytes_now;
};

static bool is_over(const struct mn_status_input *i)
{
    return i->last == MN_LEDGER_DONE || i->last == MN_LEDGER_SKIPPED ||
           i->last == MN_LEDGER_FAILED || i->last == MN_LEDGER_QUARANTINED;
}

static bool is_running(const struct mn_status_input *i)
{
    return i->last == MN_LEDGER_RUN && mn_status_alive(i);
}

static struct totals sum(const struct mn_status *s)
{
    struct totals t = {.done = mn_status_count(s, MN_LEDGER_DONE),
                       .skipped = mn_status_count(s, MN_LEDGER_SKIPPED),
                       .failed = mn_status_count(s, MN_LEDGER_FAILED) +
                                 mn_status_count(s, MN_LEDGER_QUARANTINED)};
    for (int k = 0; k < s->n; k++) {
        const struct mn_status_input *i = &s->input[k];
        t.running += is_running(i);
        t.stopped += !is_over(i) && !is_running(i);
        t.bytes_done += is_over(i) ? i->bytes : 0;
        if (i->last != MN_LEDGER_DONE)
            continue;
        t.frames += i->frames;
        t.media += i->media_seconds;
        if (strcmp(i->time, s->started) < 0)
            continue;
        t.frames_now += i->frames;
        t.bytes_now += i->bytes;
    }
    t.left = s->files - t.done - t.skipped - t.failed - t.running;
    t.left = t.left > 0 ? t.left : 0;
    t.spent = mn_status_seconds(s->last) - mn_status_seconds(s->started);
    return t;
}

/* Seconds until the batch ends, by the bytes of the inputs that are done; 0: not known. */
static double remaining(const struct mn_status *s, const struct totals *t)
{
    const int64_t rest = s->bytes - t->bytes_done;
    return t->running && t->bytes_now > 0 && rest > 0
               ? t->spent * (double)rest / (double)t->bytes_now
               : 0;
}

static double frames_per_second(const struct totals *t)
{
    return t->spent > 0 ? (double)t->frames_now / t->spent : 0;
}

static void write_input(struct mn_json *j, const struct mn_status_input *i, const char *state)
{
    mn_json_begin(j, NULL, '{');
    mn_json_str(j, "video", i->video);
    mn_json_str(j, "state", state);
    mn_json_str(j, "host", i->host);
    mn_json_int(j, "pid", i->pid);
    mn_json_int(j, "attempt", i->attempt);
    mn_json_str(j, "since", i->time);
    mn_json_str(j, "cause", i->cause);
    mn_json_end(j, '}');
}

/* NULL: the input is done, and not listed. */
static const char *state_of(const struct mn_status_input *i)
{
    return is_running(i)                      ? "running"
           : i->last == MN_LEDGER_FAILED      ? "failed"
           : i->last == MN_LEDGER_QUARANTINED ? "quarantined"
           : is_over(i)                       ? NULL
                                              : "interrupted";
}

static void write_json(const struct mn_status *s, const struct totals *t)
{
    struct mn_json j;
    mn_json_init(&j, stdout, true);
    mn_json_begin(&j, NULL, '{');
    mn_json_int(&j, "files", s->files);
    mn_json_int(&j, "done", t->done);
    mn_json_int(&j, "kept", t->skipped);
    mn_json_int(&j, "failed", t->failed);
    mn_json_int(&j, "running", t->running);
    mn_json_int(&j, "interrupted", t->stopped);
    mn_json_int(&j, "left", t->left);
    mn_json_int(&j, "frames", t->frames);
    mn_json_num(&j, "media_s", t->media, 1);
    mn_json_num(&j, "fps", frames_per_second(t), 2);
    mn_json_num(&j, "eta_s", remaining(s, t), 0);
    mn_json_str(&j, "started", s->started);
    mn_json_str(&j, "last", s->last);
    mn_json_begin(&j, "inputs", '[');
    for (int i = 0; i < s->n; i++)
        if (state_of(&s->input[i]))
            write_input(&j, &s->input[i], state_of(&s->input[i]));
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
}

static void print_input(const struct mn_status_input *i, const char *state)
{
    printf("  %-12s %s", state, i->video);
    if (is_running(i))
        printf("  (%s, process %lld, since %s)", i->host ? i->host : "?", (long long)i->pid,
               i->time);
    else if (i->cause)
        printf(": %s", i->cause);
    putchar('\n');
}

static void print_text(const struct mn_status *s, const struct totals *t)
{
    const double left = remaining(s, t);
    printf("%lld inputs: %d done, %d kept from earlier, %d failed, %d running, %lld left\n",
           (long long)s->files, t->done, t->skipped, t->failed, t->running, (long long)t->left);
    printf("%lld frames, %.0f seconds of video, %.1f frames per second", (long long)t->frames,
           t->media, frames_per_second(t));
    if (left > 0)
        printf(", about %.0f minutes left", left / 60 + 0.5);
    printf("\nstarted %s, last entry %s\n", s->started, s->last);
    for (int i = 0; i < s->n; i++)
        if (state_of(&s->input[i]))
            print_input(&s->input[i], state_of(&s->input[i]));
}

int mn_cmd_status(struct mn_options *o)
{
    struct mn_status s;
    if (o->num_inputs != 1)
        return mn_fail(MIEN_EINVAL, "mien status needs one folder of results; see mien status "
                                    "--help");
    int err = mn_status_read(&s, o->inputs[0]);
    if (err == 0) {
        const struct totals t = sum(&s);
        if (o->json)
            write_json(&s, &t);
        else
            print_text(&s, &t);
    }
    mn_status_free(&s);
    return err;
}
