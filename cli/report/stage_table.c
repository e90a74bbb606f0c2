#include "report/stage_table.h"

#include <mien/stats.h>

static void row(FILE *file, const mien_span *s, double all)
{
    if (s->count)
        fprintf(file, "  %-16s %8lld %11.3f %11.3f %8.1f %%\n", s->name, (long long)s->count,
                s->median * 1e3, s->p95 * 1e3, all > 0 ? 100 * s->total / all : 0);
}

static mien_span span_of(const char *name, const struct mn_hist *h)
{
    return (mien_span){
        .name = name,
        .count = h->count,
        .total = h->total,
        .median = mn_hist_quantile(h, 0.5),
        .p95 = mn_hist_quantile(h, 0.95),
        .max = h->max,
    };
}

void mn_stage_table_print(FILE *file, const struct mn_tally *t, const mien_stats *stats)
{
    const mien_span decode = span_of("decode", &t->decode);
    const mien_span sinks = span_of("rows, video", &t->sinks);
    double all = decode.total + sinks.total;
    for (int i = 0; i < stats->num_spans; i++)
        all += stats->span[i].total;
    fprintf(file, "  %-16s %8s %11s %11s %10s\n", "stage", "count", "median ms", "p95 ms", "share");
    row(file, &decode, all);
    for (int i = 0; i < stats->num_spans; i++)
        row(file, &stats->span[i], all);
    row(file, &sinks, all);
}

void mn_stage_table_queue(FILE *file, const mien_stats *stats)
{
    fprintf(file, "  queue: %.1f frames waiting on average, %d at most; %d frames in the pool\n",
            stats->queue_mean, stats->queue_max, stats->frames_in_pool);
}
