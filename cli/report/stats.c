#include "report/stats.h"

#include "io/json.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "sink/display.h"

/* Frames that came in and where they went; they add up. */
struct counts {
    int64_t captured, analysed, skipped, dropped, discarded;
};

static struct counts count(const struct mn_loop *l)
{
    const struct mn_source_facts *f = mn_source_facts(l->source);
    struct counts c = {
        .captured = f->frames_decoded,
        .analysed = l->frames,
        .skipped = l->skipped + l->passed_over,
        .dropped = f->frames_dropped,
    };
    c.discarded = c.captured - c.analysed - c.skipped - c.dropped;
    return c;
}

void mn_stats_objects(struct mn_loop *l)
{
    for (int i = 0; i < l->num_sinks; i++)
        if (l->sink[i]->info->counts) {
            const struct mn_sink_counts c = l->sink[i]->info->counts(l->sink[i]);
            l->live->send = true;
            l->live->objects_sent = c.sent;
            l->live->objects_dropped = c.dropped;
        }
}

void mn_stats_line(struct mn_loop *l)
{
    mn_stats_objects(l);
    const struct mn_monitor *m = &l->live->monitor;
    const struct mn_rate captured = mn_source_rate(l->source);
    char more[120] = "";
    int n = 0;
    if (mn_source_facts(l->source)->live)
        n = snprintf(more, sizeof(more), ", %lld dropped, %d at a time",
                     (long long)mn_source_facts(l->source)->frames_dropped, l->live->depth.now);
    if (l->live->send)
        snprintf(more + n, sizeof(more) - (size_t)n, ", %lld not sent",
                 (long long)l->live->objects_dropped);
    mn_msg_print(
        "%lld frames; a second, lately and overall: captured %.1f and %.1f, analysed %.1f and "
        "%.1f, delivered %.1f and %.1f; latency median %.0f ms, p95 %.0f, longest %.0f%s",
        (long long)l->frames, mn_rate_recent(&captured), mn_rate_mean(&captured),
        mn_rate_recent(&m->analysed), mn_rate_mean(&m->analysed), mn_rate_recent(&m->delivered),
        mn_rate_mean(&m->delivered), mn_monitor_recent(m, 0.5) * 1e3,
        mn_monitor_recent(m, 0.95) * 1e3, mn_monitor_recent(m, 1) * 1e3, more);

    mien_stats s;
    mien_get_stats(l->pipeline, &s);
    char text[MIEN_STAGES_MAX * 48];
    n = 0;
    for (int i = 0; i < s.num_stages; i++)
        if (s.stage[i].frames && n < (int)sizeof(text))
            n += snprintf(text + n, sizeof(text) - (size_t)n, "%s %s %.1f and %.1f", n ? "," : "",
                          s.stage[i].name, s.stage[i].recent, s.stage[i].mean);
    if (n)
        mn_msg_print("%lld frames; by stage:%s", (long long)l->frames, text);
}

static void line(FILE *file, const char *name, int64_t count, double recent, double mean)
{
    if (count)
        fprintf(file, "  %-16s %8lld %11.1f %11.1f\n", name, (long long)count, recent, mean);
}

static void rate_line(FILE *file, const char *name, const struct mn_rate *r)
{
    line(file, name, r->count, mn_rate_recent(r), mn_rate_mean(r));
}

void mn_stats_summary(FILE *file, const struct mn_loop *l)
{
    const struct mn_live *live = l->live;
    const struct mn_monitor *m = &live->monitor;
    const struct mn_rate captured = mn_source_rate(l->source);
    const struct counts c = count(l);
    fprintf(file, "  %-16s %8s %11s %11s\n", "frames", "count", "a second", "overall");
    rate_line(file, "captured", &captured);
    mien_stats s;
    mien_get_stats(l->pipeline, &s);
    for (int i = 0; i < s.num_stages; i++)
        line(file, s.stage[i].name, s.stage[i].frames, s.stage[i].recent, s.stage[i].mean);
    rate_line(file, "analysed", &m->analysed);
    rate_line(file, "delivered", &m->delivered);
    if (live->view) {
        const struct mn_rate shown = mn_display_rate();
        rate_line(file, "shown", &shown);
    }
    fprintf(file,
            "  %lld captured = %lld analysed + %lld skipped + %lld dropped + %lld discarded\n",
            (long long)c.captured, (long long)c.analysed, (long long)c.skipped,
            (long long)c.dropped, (long long)c.discarded);
    fprintf(file, "  latency: median %.1f ms, p95 %.1f ms, longest %.1f ms\n",
            mn_hist_quantile(&m->latency, 0.5) * 1e3, mn_hist_quantile(&m->latency, 0.95) * 1e3,
            m->latency.max * 1e3);
    if (live->depth.most)
        fprintf(file, "  frames at a time: %d at most, %d allowed\n", live->depth.highest,
                live->depth.most);
    if (live->send)
        fprintf(file, "  %lld objects sent, %lld left out\n", (long long)live->objects_sent,
                (long long)live->objects_dropped);
}

static void pace_json(struct mn_json *j, const char *name, int64_t count, double recent,
                      double mean)
{
    mn_json_begin(j, name, '{');
    mn_json_int(j, "count", count);
    mn_json_num(j, "recent", recent, 3);
    mn_json_num(j, "mean", mean, 3);
    mn_json_end(j, '}');
}

static void rate_json(struct mn_json *j, const char *name, const struct mn_rate *r)
{
    pace_json(j, name, r->count, mn_rate_recent(r), mn_rate_mean(r));
}

static void hist_json(struct mn_json *j, const char *name, const struct mn_hist *h)
{
    mn_json_begin(j, name, '{');
    mn_json_int(j, "count", h->count);
    mn_json_num(j, "median", mn_hist_quantile(h, 0.5) * 1e3, 4);
    mn_json_num(j, "p95", mn_hist_quantile(h, 0.95) * 1e3, 4);
    mn_json_num(j, "max", h->max * 1e3, 4);
    mn_json_end(j, '}');
}

static void stages_json(struct mn_json *j, const struct mn_loop *l)
{
    mien_stats s;
    mien_get_stats(l->pipeline, &s);
    mn_json_begin(j, "stages", '{'); /* in frames */
    for (int i = 0; i < s.num_stages; i++)
        if (s.stage[i].frames)
            pace_json(j, s.stage[i].name, s.stage[i].frames, s.stage[i].recent, s.stage[i].mean);
    mn_json_end(j, '}');
    mn_json_begin(j, "stages_ms", '{'); /* in what they do: a face, a run of a network */
    for (int i = 0; i < s.num_spans; i++) {
        if (!s.span[i].count)
            continue;
        mn_json_begin(j, s.span[i].name, '{');
        mn_json_int(j, "count", s.span[i].count);
        mn_json_num(j, "a_second", l->seconds > 0 ? (double)s.span[i].count / l->seconds : 0, 3);
        mn_json_num(j, "median", s.span[i].median * 1e3, 4);
        mn_json_num(j, "p95", s.span[i].p95 * 1e3, 4);
        mn_json_num(j, "max", s.span[i].max * 1e3, 4);
        mn_json_end(j, '}');
    }
    mn_json_end(j, '}');
}

int mn_stats_write(const char *path, const struct mn_loop *l, int err)
{
    struct mn_atomic_file out;
    int e = mn_atomic_file_open(&out, path, true); /* whether it may be replaced was asked before */
    if (e < 0)
        return e;
    const struct mn_live *live = l->live;
    const struct mn_monitor *m = &live->monitor;
    const struct mn_rate captured = mn_source_rate(l->source);
    const struct counts c = count(l);
    struct mn_json j;
    mn_json_init(&j, out.file, true);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "source", mn_source_facts(l->source)->name);
    mn_json_bool(&j, "live", mn_source_facts(l->source)->live);
    mn_json_str(&j, "status", mien_error_name(err));
    mn_json_num(&j, "seconds", l->seconds, 6);
    mn_json_begin(&j, "frames", '{');
    mn_json_int(&j, "captured", c.captured);
    mn_json_int(&j, "analysed", c.analysed);
    mn_json_int(&j, "skipped", c.skipped);
    mn_json_int(&j, "dropped", c.dropped);
    mn_json_int(&j, "discarded", c.discarded);
    mn_json_end(&j, '}');
    if (mn_source_facts(l->source)->live)
        mn_json_int(&j, "reconnects", mn_source_facts(l->source)->reconnects);
    mn_json_begin(&j, "rates", '{');
    rate_json(&j, "captured", &captured);
    rate_json(&j, "analysed", &m->analysed);
    rate_json(&j, "delivered", &m->delivered);
    if (live->view) {
        const struct mn_rate shown = mn_display_rate();
        rate_json(&j, "shown", &shown);
    }
    mn_json_end(&j, '}');
    hist_json(&j, "latency_ms", &m->latency);
    hist_json(&j, "in_pipeline_ms", &m->service);
    hist_json(&j, "sinks_ms", &l->sinks);
    mn_json_begin(&j, "at_a_time", '{');
    mn_json_int(&j, "highest", live->depth.highest);
    mn_json_int(&j, "allowed", live->depth.most);
    mn_json_int(&j, "changes", live->depth.changes);
    mn_json_end(&j, '}');
    if (live->send) {
        mn_json_begin(&j, "objects", '{');
        mn_json_int(&j, "sent", live->objects_sent);
        mn_json_int(&j, "dropped", live->objects_dropped);
        mn_json_end(&j, '}');
    }
    stages_json(&j, l);
    mn_json_end(&j, '}');
    return mn_atomic_file_finish(&out, true);
}
