#include "evaluate/intervals.h"

#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/resample.h"
#include "io/msg.h"
#include "io/signal.h"

struct drawing {
    const struct mn_evaluation *e;
    const int *times; /* of each person; NULL: each once */
    double sums[MN_SCORINGS][MN_SCORES_SUMS];
};

static void add_people(struct drawing *d, const struct mn_scored_item *item)
{
    const size_t n = (size_t)item->kind->num_sums;
    memset(d->sums[0], 0, n * sizeof(double));
    memset(d->sums[1], 0, n * sizeof(double));
    for (int p = 0; p < d->e->labels.num_people; p++) {
        const double *from = item->sums + (size_t)p * MN_SCORINGS * n;
        const double weight = d->times ? d->times[p] : 1;
        if (weight == 0 || (mn_scores_frames(from) == 0 && mn_scores_frames(from + n) == 0))
            continue;
        for (size_t i = 0; i < n; i++) {
            d->sums[MN_SCORING_MEASURED][i] += weight * from[i];
            d->sums[MN_SCORING_ALL][i] += weight * (from[i] + from[n + i]);
        }
    }
}

/* Mean of a metric over the items before this one; their values precede `value`. */
static double mean_of(const struct mn_evaluation *e, int item, const double *value, int metric)
{
    const int step = MN_SCORINGS * e->item[item].kind->num_metrics;
    double sum = 0;
    int n = 0;
    for (int i = 1; i <= item; i++) {
        const double v = value[metric - i * step];
        sum += isnan(v) ? 0 : v;
        n += !isnan(v);
    }
    return n ? sum / n : NAN;
}

/* The values of all metrics, in the order of items, scorings and metrics. */
static void compute(struct drawing *d, double *value)
{
    for (int i = 0; i < d->e->num_items; i++) {
        const struct mn_scored_item *item = &d->e->item[i];
        const int n = item->kind->num_metrics;
        if (!item->mean)
            add_people(d, item);
        for (int k = 0; k < MN_SCORINGS * n; k++)
            value[k] = item->mean ? mean_of(d->e, i, value, k)
                                  : item->kind->metric[k % n].of(d->sums[k / n]);
        for (int k = 0; k < MN_SCORINGS * n; k++)
            value[k] = isfinite(value[k]) ? value[k] : NAN;
        value += MN_SCORINGS * n;
    }
}

static int count_values(const struct mn_evaluation *e)
{
    int n = 0;
    for (int i = 0; i < e->num_items; i++)
        n += MN_SCORINGS * e->item[i].kind->num_metrics;
    return n;
}

static int draw_all(struct drawing *d, const struct mn_evaluation *e, double *values, int *people)
{
    const int n = count_values(e), draws = e->people > 1 ? e->rules.resamples : 0;
    int *with = people, *times = people + e->labels.num_people,
        *drawn = times + e->labels.num_people;
    int count = 0;
    for (int p = 0; p < e->labels.num_people; p++)
        for (int i = 0; i < e->num_items; i++) {
            const struct mn_scored_item *item = &e->item[i];
            const size_t sums = (size_t)item->kind->num_sums;
            const double *s = item->mean ? NULL : item->sums + (size_t)p * MN_SCORINGS * sums;
            if (s && mn_scores_frames(s) + mn_scores_frames(s + sums) > 0) {
                with[count++] = p;
                break;
            }
        }
    d->times = NULL;
    compute(d, values);
    for (int k = 0; k < draws; k++) {
        if (atomic_load(&mn_signal_received))
            return MIEN_EINTERRUPTED;
        mn_resample_draw(e->rules.seed, k, count, drawn);
        memset(times, 0, (size_t)e->labels.num_people * sizeof(*times));
        for (int i = 0; i < count; i++)
            times[with[i]] = drawn[i];
        d->times = times;
        compute(d, values + (size_t)(k + 1) * (size_t)n);
    }
    return 0;
}

/* Moves the values to the scores. The first metric, a number of frames, gets no interval. column:
 * room for a value of each draw. */
static int keep(struct mn_evaluation *e, const double *values, double *column)
{
    const int n = count_values(e), draws = e->people > 1 ? e->rules.resamples : 0;
    int at = 0;
    for (int i = 0; i < e->num_items; i++)
        for (int s = 0; s < MN_SCORINGS; s++) {
            struct mn_scored_item *item = &e->item[i];
            item->score[s] = calloc((size_t)item->kind->num_metrics, sizeof(struct mn_score));
            if (!item->score[s])
                return mn_fail(MIEN_ENOMEM, "out of memory for the scores");
            for (int m = 0; m < item->kind->num_metrics; m++, at++) {
                struct mn_score *score = &item->score[s][m];
                for (int k = 0; k < draws; k++)
                    column[k] = values[(size_t)(k + 1) * (size_t)n + (size_t)at];
                score->value = values[at];
                mn_resample_interval(column, m > 0 ? draws : 0, &score->low, &score->high);
            }
        }
    return 0;
}

int mn_intervals(struct mn_evaluation *e)
{
    const size_t n = (size_t)count_values(e), draws = (size_t)e->rules.resamples;
    struct drawing *d = calloc(1, sizeof(*d));
    double *values = calloc(n * (draws + 1), sizeof(*values));
    double *column = calloc(draws + 1, sizeof(*column));
    int *people = calloc(3 * (size_t)e->labels.num_people, sizeof(*people));
    int err =
        d && values && column && people ? 0 : mn_fail(MIEN_ENOMEM, "out of memory for the scores");
    if (err == 0) {
        d->e = e;
        err = draw_all(d, e, values, people);
    }
    if (err == 0)
        err = keep(e, values, column);
    free(d);
    free(values);
    free(column);
    free(people);
    return err;
}
