/* How fast: each executor and worker count against its floor, the speed of the networks alone,
 * measured in the same round. */
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

/* exec x workers; sequential stands once. */
static int configs_of(const struct mn_options *o, struct config *c, int *n)
{
    char execs[200], workers[200], *save1, *save2;
    snprintf(execs, sizeof(execs), "%s", o->exec_list);
    *n = 0;
    for (char *e = strtok_r(execs, ",", &save1); e; e = strtok_r(NULL, ",", &save1)) {
        mien_settings s;
        mien_settings_init(&s);
        if (mien_settings_set(&s, "exec", e) < 0)
            return mn_fail(MIEN_EINVAL, "--exec takes sequential, threads and processes, not '%s'",
                           e);
        bool many = s.exec != MIEN_SEQUENTIAL;
        snprintf(workers, sizeof(workers), "%s", many ? o->workers_list : "auto");
        for (char *w = strtok_r(workers, ",", &save2); w; w = strtok_r(NULL, ",", &save2)) {
            int count = !many ? 1 : !strcmp(w, "auto") ? mien_cores() : atoi(w);
            if (count < 1 || count > 256)
                return mn_fail(MIEN_EINVAL,
                               "--workers takes numbers from 1 to 256 and auto, not '%s'", w);
            if (*n == MAX_CONFIGS)
                return mn_fail(MIEN_EINVAL, "at most %d combinations at a time", MAX_CONFIGS);
            c[*n].exec = s.exec;
            snprintf(c[*n].name, sizeof(c[*n].name), "%s", e);
            c[(*n)++].workers = count;
        }
    }
    return *n ? 0 : mn_fail(MIEN_EINVAL, "--exec names nothing to measure");
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

/* One round: the networks alone, the run, the networks again, so that a machine that slows down
 * slows both. */
static int round_of(struct config *c, const struct mn_options *o, const char *input)
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
    mien_pipeline *p = NULL;
    struct mn_tally *t = &c->last;
    memset(t, 0, sizeof(*t));
    struct mn_run run = {
        .progress = MN_PROGRESS_NONE,
        .start = o->start,
        .person = -1,
        .layout = {MIEN_ALL, false},
        .max_frames = o->max_frames ? o->max_frames : DEFAULT_FRAMES,
    };
    int err = mien_open(&p, &s);
    if (err == 0)
        err = mn_source_open(&run.source, input, &so);
    if (err == 0 && o->landmarks_from)
        err = mn_external_landmarks_open(&run.landmarks, o->landmarks_from);
    mien_network_time before[MIEN_MODELS_MAX], after[MIEN_MODELS_MAX];
    if (err == 0)
        err = measure(p, 0.2, before); /* to warm up */
    if (err == 0)
        err = measure(p, FLOOR_SECONDS / 2, before);
    if (err == 0) {
        char *used = mn_models_used_providers(p);
        snprintf(c->provider, sizeof(c->provider), "%s", used ? used : "none");
        free(used);
        run.pipeline = p;
        mn_source_decode_into(run.source, p);
        mien_clear_stats(p);
        err = mn_session_frames(&run, t);
    }
    if (err == 0 && t->frames == 0)
        err = mn_source_verdict(run.source, false);
    if (err == 0) {
        mien_get_stats(p, &c->stats);
        err = measure(p, FLOOR_SECONDS / 2, after);
        c->fps[c->rounds] = (double)t->frames / t->seconds;
        double seconds = in_networks(&c->stats, before) + in_networks(&c->stats, after);
        c->floor[c->rounds++] =
            seconds > 0 ? 2 * c->stats.workers * (double)t->frames / seconds : 0; /* no network */
    }
    mn_external_landmarks_close(&run.landmarks);
    mn_tally_finish(t);
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

/* Milliseconds a frame of our own work in the workers: neither networks nor decoding. */
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
    printf("  our own work: %.3f ms a frame and %.3f ms a face\n", own_work(c, false),
           own_work(c, true));
}

static void print_json(const struct config *c, int n, const struct mn_options *o, const char *input)
{
    struct mn_json j;
    const struct config *best = &c[n - 1];
    mn_json_init(&j, stdout, true);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "input", input);
    mn_json_int(&j, "frames", best->last.frames);
    mn_json_int(&j, "faces", best->last.faces);
    mn_json_int(&j, "detect_every", best->stats.detect_every);
    mn_json_int(&j, "rounds", best->rounds);
    mn_json_str(&j, "provider", best->provider);
    /* of the last configuration, the one usually asked for */
    mn_json_str(&j, "exec", best->name);
    mn_json_int(&j, "workers", best->workers);
    mn_json_num(&j, "fps", median(best->fps, best->rounds), 3);
    mn_json_num(&j, "floor_fps", median(best->floor, best->rounds), 3);
    mn_json_num(&j, "efficiency", median_ratio(best->fps, best->floor, best->rounds), 4);
    mn_json_num(
        &j, "speedup",
        c[0].exec == MIEN_SEQUENTIAL ? median_ratio(best->fps, c[0].fps, best->rounds) : NAN, 4);
    mn_json_num(&j, "own_ms_per_frame", own_work(best, false), 4);
    mn_json_num(&j, "own_ms_per_face", own_work(best, true), 4);
    mn_json_begin(&j, "stages", '[');
    double all = best->last.decode.total;
    for (int i = 0; i < best->stats.num_spans; i++)
        all += best->stats.span[i].total;
    for (int i = -1; i < best->stats.num_spans; i++) {
        const struct mn_hist *h = &best->last.decode;
        mien_span s = i >= 0 ? best->stats.span[i] : (mien_span){"decode",
                                                                 0,
                                                                 h->count,
                                                                 h->total,
                                                                 mn_hist_quantile(h, 0.5),
                                                                 mn_hist_quantile(h, 0.95),
                                                                 h->max};
        mn_json_begin(&j, NULL, '{');
        mn_json_str(&j, "name", s.name);
        mn_json_bool(&j, "network", s.network);
        mn_json_int(&j, "count", s.count);
        mn_json_num(&j, "median_ms", 1e3 * s.median, 4);
        mn_json_num(&j, "p95_ms", 1e3 * s.p95, 4);
        mn_json_num(&j, "share", all > 0 ? s.total / all : 0, 4);
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_begin(&j, "configurations", '[');
    for (int i = 0; i < n; i++) {
        mn_json_begin(&j, NULL, '{');
        mn_json_str(&j, "exec", c[i].name);
        mn_json_int(&j, "workers", c[i].workers);
        mn_json_num(&j, "fps", median(c[i].fps, c[i].rounds), 3);
        mn_json_num(&j, "floor_fps", median(c[i].floor, c[i].rounds), 3);
        mn_json_num(&j, "efficiency", median_ratio(c[i].fps, c[i].floor, c[i].rounds), 4);
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
}

int mn_cmd_bench(struct mn_options *o)
{
    int err, n = 0;
    if (o->num_inputs != 1)
        return mn_fail(MIEN_EINVAL, "bench takes one input; for example: mien bench video.mp4");
    struct config *c = calloc(MAX_CONFIGS, sizeof(*c));
    if (!c)
        return MIEN_ENOMEM;
    err = configs_of(o, c, &n);
    for (int r = 0; r < o->repeat && err == 0; r++)
        for (int i = 0; i < n && err == 0; i++)
            err = round_of(&c[i], o, o->inputs[0]);
    if (err == 0 && o->json) {
        print_json(c, n, o, o->inputs[0]);
    } else if (err == 0) {
        printf("%s: medians of %d rounds, provider %s\n", o->inputs[0], o->repeat, c[0].provider);
        print_table(c, n);
        for (int i = 0; i < n; i++)
            print_stages(&c[i]);
    }
    free(c);
    return err;
}
