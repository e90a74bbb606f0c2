/* Measures each executor and worker count against its floor: the speed of the networks alone in the
 * same round. */
#include <math.h>
#include <mien/models.h>
#include <mien/stats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "io/json.h"
#include "options.h"
#include "io/msg.h"
#include "report/models_used.h"
#include "report/stage_table.h"
#include "io/signal.h"
#include "run/session.h"

#define MAX_CONFIGS 16
#define MAX_ROUNDS 100
#define FLOOR_SECONDS 2.0
#define DEFAULT_FRAMES 300

struct config {
    enum mien_exec exec;
    char name[20]; /* of exec */
    int workers;
    double fps[MAX_ROUNDS], floor[MAX_ROUNDS];
    int rounds;
    struct mn_tally last; /* of the last round */
    mien_stats stats;
    char provider[160];
};

static int add_config(struct config *c, int *n, enum mien_exec exec, const char *name, int workers)
{
    if (*n == MAX_CONFIGS)
        return mn_fail(MIEN_EINVAL,
                       "--exec and --workers give more than %d combinations; choose "
                       "fewer",
                       MAX_CONFIGS);
    c += (*n)++;
    c->exec = exec;
    c->workers = workers;
    snprintf(c->name, sizeof(c->name), "%s", name);
    return 0;
}

/* The executor with each count of the list; sequential, which has one worker, once. */
static int add_executor(struct config *c, int *n, const char *name, const char *list)
{
    char workers[200], *save;
    mien_settings s;
    mien_settings_init(&s);
    if (mien_settings_set(&s, "exec", name) < 0)
        return mn_fail(MIEN_EINVAL, "--exec takes a list of these: %s; not '%s'",
                       mien_setting_find("exec")->choices, name);
    if (s.exec == MIEN_SEQUENTIAL)
        return add_config(c, n, s.exec, name, 1);
    snprintf(workers, sizeof(workers), "%s", list);
    int err = 0;
    for (char *w = strtok_r(workers, ",", &save); w && err == 0; w = strtok_r(NULL, ",", &save)) {
        const int count = !strcmp(w, "auto") ? mien_cores() : atoi(w);
        if (count < 1 || count > 256)
            return mn_fail(MIEN_EINVAL,
                           "--workers takes a list of numbers from 1 to 256 and auto, not '%s'", w);
        err = add_config(c, n, s.exec, name, count);
    }
    return err;
}

static int add_configs(const struct mn_options *o, struct config *c, int *n)
{
    char names[200], *save;
    snprintf(names, sizeof(names), "%s", o->exec_list);
    int err = 0;
    for (char *e = strtok_r(names, ",", &save); e && err == 0; e = strtok_r(NULL, ",", &save))
        err = add_executor(c, n, e, o->workers_list);
    return err == 0 && *n == 0 ? mn_fail(MIEN_EINVAL, "--exec names no executor; use sequential, "
                                                      "threads or processes")
                               : err;
}

/* time: MIEN_MODELS_MAX entries; those that are not networks in use stay zero. */
static int measure(mien_pipeline *p, double seconds, mien_network_time *time)
{
    memset(time, 0, MIEN_MODELS_MAX * sizeof(*time));
    int n = mien_measure_networks(p, seconds, time, MIEN_MODELS_MAX);
    return n < 0 ? n : 0;
}

/* Seconds that the run would have spent in the networks alone. */
static double in_networks(const mien_stats *stats, const mien_network_time *time)
{
    double sum = 0;
    for (int i = 0; i < MIEN_MODELS_MAX; i++)
        sum += (double)(time[i].per_face ? stats->faces : stats->detections) * time[i].seconds;
    return sum;
}

/* Opens the pipeline, the input and the landmarks of a round. */
static int open_round(mien_pipeline **p, struct mn_run *run, const struct config *c,
                      const struct mn_options *o)
{
    mien_settings s = o->settings;
    s.exec = c->exec;
    s.workers = c->workers;
    const struct mn_source_options so = {.rotate = o->rotate,
                                         .tagged_colour = o->tagged_colour,
                                         .fps = o->fps,
                                         .threads = 1,
                                         .remote = false,
                                         .stop = &mn_signal_received};
    int err = mien_open(p, &s);
    if (err == 0)
        err = mn_source_open(&run->source, o->inputs[0], &so);
    if (err == 0 && o->landmarks_from)
        err = mn_external_landmarks_open(&run->landmarks, o->landmarks_from);
    run->pipeline = *p;
    return err;
}

/* The networks alone, the run, the networks again, so that a machine that slows down slows both. */
static int measure_round(struct config *c, const struct mn_run *run)
{
    mien_pipeline *p = run->pipeline;
    struct mn_tally *t = &c->last;
    mien_network_time before[MIEN_MODELS_MAX], after[MIEN_MODELS_MAX];
    int err = measure(p, 0.2, before); /* to warm up */
    if (err == 0)
        err = measure(p, FLOOR_SECONDS / 2, before);
    if (err < 0)
        return err;
    char *used = mn_models_used_providers(p);
    snprintf(c->provider, sizeof(c->provider), "%s", used ? used : "none");
    free(used);
    mn_source_decode_into(run->source, p);
    mien_clear_stats(p);
    err = mn_session_frames(run, t);
    if (err == 0 && t->frames == 0)
        err = mn_source_verdict(run->source, false);
    if (err < 0)
        return err;
    mien_get_stats(p, &c->stats);
    err = measure(p, FLOOR_SECONDS / 2, after);
    c->fps[c->rounds] = (double)t->frames / t->seconds;
    const double seconds = in_networks(&c->stats, before) + in_networks(&c->stats, after);
    c->floor[c->rounds++] =
        seconds > 0 ? 2 * c->stats.workers * (double)t->frames / seconds : 0; /* no network */
    return err;
}

static int run_round(struct config *c, const struct mn_options *o)
{
    mien_pipeline *p = NULL;
    struct mn_run run = {
        .progress = MN_PROGRESS_NONE,
        .start = o->start,
        .person = -1,
        .layout = {.analysis = MIEN_ALL},
        .max_frames = o->max_frames ? o->max_frames : DEFAULT_FRAMES,
    };
    memset(&c->last, 0, sizeof(c->last));
    int err = open_round(&p, &run, c, o);
    if (err == 0)
        err = measure_round(c, &run);
    mn_external_landmarks_close(&run.landmarks);
    mn_tally_finish(&c->last);
    mn_source_close(&run.source);
    mien_close(&p);
    return err;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *v, int n)
{
    double sorted[MAX_ROUNDS];
    memcpy(sorted, v, (size_t)n * sizeof(*v));
    qsort(sorted, (size_t)n, sizeof(*sorted), ascending);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Median over rounds of a ratio of two figures of the same round. */
static double median_ratio(const double *a, const double *b, int n)
{
    double r[MAX_ROUNDS];
    for (int i = 0; i < n; i++)
        r[i] = b[i] > 0 ? a[i] / b[i] : 0;
    return median(r, n);
}

/* Milliseconds per frame (or per face) that workers spend in mien's own code: neither in networks
 * nor in decoding. */
static double own_work(const struct config *c, bool faces)
{
    double total = 0;
    for (int i = 0; i < c->stats.num_spans; i++) {
        const mien_span *s = &c->stats.span[i];
        if (!s->network && !strncmp(s->name, "gaze.", 5) == faces)
            total += s->total;
    }
    int64_t n = faces ? c->stats.faces : c->last.frames;
    return n ? 1e3 * total / (double)n : 0;
}

static void print_table(const struct config *c, int n)
{
    printf("  %-10s %7s %9s %9s %10s %9s\n", "exec", "workers", "fps", "floor", "efficiency",
           "speed-up");
    for (int i = 0; i < n; i++) {
        printf("  %-10s %7d %9.2f %9.2f %10.3f", c[i].name, c[i].workers,
               median(c[i].fps, c[i].rounds), median(c[i].floor, c[i].rounds),
               median_ratio(c[i].fps, c[i].floor, c[i].rounds));
        if (c[0].exec == MIEN_SEQUENTIAL)
            printf(" %8.2fx", median_ratio(c[i].fps, c[0].fps, c[i].rounds));
        putchar('\n');
    }
}

static void print_stages(const struct config *c)
{
    const struct mn_tally *l = &c->last;
    printf("\n%s, %d %s, %lld frames, %lld faces, last round:\n", c->name, c->workers,
           c->workers == 1 ? "worker" : "workers", (long long)l->frames, (long long)l->faces);
    mn_stage_table_print(stdout, l, &c->stats);
    printf("  mien's own code: %.3f ms per frame and %.3f ms per face\n", own_work(c, false),
           own_work(c, true));
}

static void span_json(struct mn_json *j, const mien_span *s, double all)
{
    mn_json_begin(j, NULL, '{');
    mn_json_str(j, "name", s->name);
    mn_json_bool(j, "network", s->network);
    mn_json_int(j, "count", s->count);
    mn_json_num(j, "median_ms", 1e3 * s->median, 4);
    mn_json_num(j, "p95_ms", 1e3 * s->p95, 4);
    mn_json_num(j, "share", all > 0 ? s->total / all : 0, 4);
    mn_json_end(j, '}');
}

/* Decoding and the spans of the pipeline, with their shares of the time. */
static void stages_json(struct mn_json *j, const struct config *c)
{
    const struct mn_hist *h = &c->last.decode;
    const mien_span decode = {
        "decode", 0, h->count, h->total, mn_hist_quantile(h, 0.5), mn_hist_quantile(h, 0.95),
        h->max};
    double all = decode.total;
    for (int i = 0; i < c->stats.num_spans; i++)
        all += c->stats.span[i].total;
    mn_json_begin(j, "stages", '[');
    span_json(j, &decode, all);
    for (int i = 0; i < c->stats.num_spans; i++)
        span_json(j, &c->stats.span[i], all);
    mn_json_end(j, ']');
}

/* The members that the result has for its main configuration and for each one. */
static void speed_json(struct mn_json *j, const struct config *c)
{
    mn_json_str(j, "exec", c->name);
    mn_json_int(j, "workers", c->workers);
    mn_json_num(j, "fps", median(c->fps, c->rounds), 3);
    mn_json_num(j, "floor_fps", median(c->floor, c->rounds), 3);
    mn_json_num(j, "efficiency", median_ratio(c->fps, c->floor, c->rounds), 4);
}

/* The main configuration is the last one. */
static void print_json(const struct config *c, int n, const char *input)
{
    struct mn_json j;
    const struct config *last = &c[n - 1];
    const bool sequential = c[0].exec == MIEN_SEQUENTIAL;
    mn_json_init(&j, stdout, true);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "input", input);
    mn_json_int(&j, "frames", last->last.frames);
    mn_json_int(&j, "faces", last->last.faces);
    mn_json_int(&j, "detect_every", last->stats.detect_every);
    mn_json_int(&j, "rounds", last->rounds);
    mn_json_str(&j, "provider", last->provider);
    speed_json(&j, last);
    mn_json_num(&j, "speedup", sequential ? median_ratio(last->fps, c[0].fps, last->rounds) : NAN,
                4);
    mn_json_num(&j, "own_ms_per_frame", own_work(last, false), 4);
    mn_json_num(&j, "own_ms_per_face", own_work(last, true), 4);
    stages_json(&j, last);
    mn_json_begin(&j, "configurations", '[');
    for (int i = 0; i < n; i++) {
        mn_json_begin(&j, NULL, '{');
        speed_json(&j, &c[i]);
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
}

int mn_cmd_bench(struct mn_options *o)
{
    int err, n = 0;
    if (o->num_inputs != 1)
        return mn_fail(MIEN_EINVAL,
                       "mien bench takes one input; for example: mien bench video.mp4");
    struct config *c = calloc(MAX_CONFIGS, sizeof(*c));
    if (!c)
        return MIEN_ENOMEM;
    err = add_configs(o, c, &n);
    for (int r = 0; r < o->repeat && err == 0; r++)
        for (int i = 0; i < n && err == 0; i++)
            err = run_round(&c[i], o);
    if (err == 0 && o->json) {
        print_json(c, n, o->inputs[0]);
    } else if (err == 0) {
        printf("%s: medians of %d rounds, provider %s\n", o->inputs[0], o->repeat, c[0].provider);
        print_table(c, n);
        for (int i = 0; i < n; i++)
            print_stages(&c[i]);
    }
    free(c);
    return err;
}
