#include "report/stats.h"

#include <mien/stats.h>

#include "io/atomic_file.h"
#include "io/json.h"
#include "io/msg.h"

/* Frames that arrived and where they went; the sum of the others is `captured`. */
struct counts {
    int64_t captured, analysed, skipped, dropped, discarded;
};

static struct counts count(const struct mn_run *run, const struct mn_tally *t)
{
    const struct mn_source_facts *f = mn_source_facts(run->source);
    struct counts c = {
        .captured = f->frames_decoded,
        .analysed = t->frames,
        .skipped = t->before_start + t->passed_over,
        .dropped = f->frames_dropped,
    };
    c.discarded = c.captured - c.analysed - c.skipped - c.dropped;
    return c;
}

/* ------------------------------------------------------------------------------ log lines ---- */

static void rates_line(const struct mn_run *run, const struct mn_tally *t)
{
    const struct mn_monitor *m = t->monitor;
    const struct mn_rate captured = mn_source_rate(run->source);
    const struct mn_source_facts *f = mn_source_facts(run->source);
    char more[120] = "";
    int n = 0;
    if (f->live)
        n = snprintf(more, sizeof(more), ", %lld dropped, in flight at most %d",
                     (long long)f->frames_dropped, t->limit.now);
    if (t->sends)
        snprintf(more + n, sizeof(more) - (size_t)n, ", %lld not sent",
                 (long long)t->objects.dropped);
    mn_msg_print(
        "%lld frames; per second, recent and overall: captured %.1f and %.1f, analysed %.1f and "
        "%.1f, delivered %.1f and %.1f; latency median %.0f ms, p95 %.0f, maximum %.0f%s",
        (long long)t->frames, mn_rate_recent(&captured), mn_rate_mean(&captured),
        mn_rate_recent(&m->analysed), mn_rate_mean(&m->analysed), mn_rate_recent(&m->delivered),
        mn_rate_mean(&m->delivered), mn_monitor_recent(m, 0.5) * 1e3,
        mn_monitor_recent(m, 0.95) * 1e3, mn_monitor_recent(m, 1) * 1e3, more);
}

static void stages_line(const struct mn_run *run, const struct mn_tally *t)
{
    mien_stats s;
    mien_get_stats(run->pipeline, &s);
    char text[MIEN_STAGES_MAX * 48];
    int n = 0;
    for (int i = 0; i < s.num_stages; i++)
        if (s.stage[i].frames && n < (int)sizeof(text))
            n += snprintf(text + n, sizeof(text) - (size_t)n, "%s %s %.1f and %.1f", n ? "," : "",
                          s.stage[i].name, s.stage[i].recent, s.stage[i].mean);
    if (n)
        mn_msg_print("%lld frames; by stage:%s", (long long)t->frames, text);
}

void mn_stats_line(const struct mn_run *run, const struct mn_tally *t)
{
    rates_line(run, t);
    stages_line(run, t);
}

/* ---------------------------------------------------------------------------------- table ---- */

static void row(FILE *file, const char *name, int64_t count, double recent, double mean)
{
    if (count)
        fprintf(file, "  %-16s %8lld %11.1f %11.1f\n", name, (long long)count, recent, mean);
}

static void rate_row(FILE *file, const char *name, const struct mn_rate *r)
{
    row(file, name, r->count, mn_rate_recent(r), mn_rate_mean(r));
}

static void rates_table(FILE *file, const struct mn_run *run, const struct mn_tally *t)
{
    const struct mn_rate captured = mn_source_rate(run->source);
    mien_stats s;
    mien_get_stats(run->pipeline, &s);
    fprintf(file, "  %-16s %8s %11s %11s\n", "frames", "count", "per second", "overall");
    rate_row(file, "captured", &captured);
    for (int i = 0; i < s.num_stages; i++)
        row(file, s.stage[i].name, s.stage[i].frames, s.stage[i].recent, s.stage[i].mean);
    rate_row(file, "analysed", &t->monitor->analysed);
    rate_row(file, "delivered", &t->monitor->delivered);
    if (t->shows)
        rate_row(file, "shown", &t->shown);
}

void mn_stats_summary(FILE *file, const struct mn_run *run, const struct mn_tally *t)
{
    const struct mn_hist *latency = &t->monitor->latency;
    const struct counts c = count(run, t);
    rates_table(file, run, t);
    fprintf(file,
            "  %lld captured = %lld analysed + %lld skipped + %lld dropped + %lld discarded\n",
            (long long)c.captured, (long long)c.analysed, (long long)c.skipped,
            (long long)c.dropped, (long long)c.discarded);
    fprintf(file, "  latency: median %.1f ms, p95 %.1f ms, maximum %.1f ms\n",
            mn_hist_quantile(latency, 0.5) * 1e3, mn_hist_quantile(latency, 0.95) * 1e3,
            latency->max * 1e3);
    if (t->limit.most)
        fprintf(file, "  frames in flight: %d at most, %d allowed\n", t->limit.highest,
                t->limit.most);
    if (t->sends)
        fprintf(file, "  %lld objects sent, %lld dropped\n", (long long)t->objects.sent,
                (long long)t->objects.dropped);
}

/* ----------------------------------------------------------------------------------- JSON ---- */

static void rate_item(struct mn_json *j, const char *name, int64_t count, double recent,
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
    rate_item(j, name, r->count, mn_rate_recent(r), mn_rate_mean(r));
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

static void frames_json(struct mn_json *j, const struct mn_run *run, const struct mn_tally *t)
{
    const struct counts c = count(run, t);
    mn_json_begin(j, "frames", '{');
    mn_json_int(j, "captured", c.captured);
    mn_json_int(j, "analysed", c.analysed);
    mn_json_int(j, "skipped", c.skipped);
    mn_json_int(j, "dropped", c.dropped);
    mn_json_int(j, "discarded", c.discarded);
    mn_json_end(j, '}');
    if (mn_source_facts(run->source)->live)
        mn_json_int(j, "reconnects", mn_source_facts(run->source)->reconnects);
}

static void rates_json(struct mn_json *j, const struct mn_run *run, const struct mn_tally *t)
{
    const struct mn_rate captured = mn_source_rate(run->source);
    mn_json_begin(j, "rates", '{');
    rate_json(j, "captured", &captured);
    rate_json(j, "analysed", &t->monitor->analysed);
    rate_json(j, "delivered", &t->monitor->delivered);
    if (t->shows)
        rate_json(j, "shown", &t->shown);
    mn_json_end(j, '}');
}

static void limit_json(struct mn_json *j, const struct mn_tally *t)
{
    mn_json_begin(j, "at_a_time", '{');
    mn_json_int(j, "highest", t->limit.highest);
    mn_json_int(j, "allowed", t->limit.most);
    mn_json_int(j, "changes", t->limit.changes);
    mn_json_end(j, '}');
    if (!t->sends)
        return;
    mn_json_begin(j, "objects", '{');
    mn_json_int(j, "sent", t->objects.sent);
    mn_json_int(j, "dropped", t->objects.dropped);
    mn_json_end(j, '}');
}

static void stages_json(struct mn_json *j, const mien_stats *s)
{
    mn_json_begin(j, "stages", '{'); /* counted in frames */
    for (int i = 0; i < s->num_stages; i++)
        if (s->stage[i].frames)
            rate_item(j, s->stage[i].name, s->stage[i].frames, s->stage[i].recent,
                      s->stage[i].mean);
    mn_json_end(j, '}');
}

static void spans_json(struct mn_json *j, const mien_stats *s, double seconds)
{
    mn_json_begin(j, "stages_ms", '{'); /* counted in units of work: a face, a run of a network */
    for (int i = 0; i < s->num_spans; i++) {
        const mien_span *p = &s->span[i];
        if (!p->count)
            continue;
        mn_json_begin(j, p->name, '{');
        mn_json_int(j, "count", p->count);
        mn_json_num(j, "a_second", seconds > 0 ? (double)p->count / seconds : 0, 3);
        mn_json_num(j, "median", p->median * 1e3, 4);
        mn_json_num(j, "p95", p->p95 * 1e3, 4);
        mn_json_num(j, "max", p->max * 1e3, 4);
        mn_json_end(j, '}');
    }
    mn_json_end(j, '}');
}

int mn_stats_write(const char *path, const struct mn_run *run, const struct mn_tally *t, int err)
{
    struct mn_atomic_file out;
    int e = mn_atomic_file_open(&out, path, true); /* the start of the run checked --force */
    if (e < 0)
        return e;
    mien_stats stats;
    mien_get_stats(run->pipeline, &stats);
    struct mn_json j;
    mn_json_init(&j, out.file, true);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "source", mn_source_facts(run->source)->name);
    mn_json_bool(&j, "live", mn_source_facts(run->source)->live);
    mn_json_str(&j, "status", mien_error_name(err));
    mn_json_num(&j, "seconds", t->seconds, 6);
    frames_json(&j, run, t);
    rates_json(&j, run, t);
    hist_json(&j, "latency_ms", &t->monitor->latency);
    hist_json(&j, "in_pipeline_ms", &t->monitor->service);
    hist_json(&j, "sinks_ms", &t->sinks);
    limit_json(&j, t);
    stages_json(&j, &stats);
    spans_json(&j, &stats, t->seconds);
    mn_json_end(&j, '}');
    return mn_atomic_file_finish(&out, true);
}
